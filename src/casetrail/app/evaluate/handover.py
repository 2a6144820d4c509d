"""`evaluate handover`: are people found again from one recording to another, without merging two of them?

Everybody in both recordings is described in memory and forgotten at the end: a measurement, on recordings that may
be used so. The contender links by similarity alone, best pair first, down to the least similarity that serves it best.
"""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment

from casetrail.app.evaluate.mot_truth import MotTruth
from casetrail.app.evaluate.person_recall import match_people
from casetrail.app.evaluate.tracking import FrameBoxes, TrackingPorts, found_boxes, open_recording, true_boxes
from casetrail.app.provenance import build_provenance
from casetrail.footage.cameras import ClockOffset
from casetrail.footage.recordings import Recording, Segment
from casetrail.model.errors import BadInputError, MissingError, UsageError
from casetrail.model.time import SECOND_US
from casetrail.presence.presences import MOST_VIEWS, Presence
from casetrail.presence.segment_presences import find_presences
from casetrail.sightings.describers import Describers
from casetrail.sightings.opening import describe_presences
from casetrail.sightings.sightings import Sighting
from casetrail.trace.handover import LINK_ABOVE, Link, link_sightings

COLUMNS = ("recording", "frame", "person", "x1", "y1", "x2", "y2")
SIDES = ("a", "b")
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Pair:
    """Two presences that are probably one person; seconds from the start of each recording."""

    a_start_s: float
    a_end_s: float
    b_start_s: float
    b_end_s: float
    confidence: float
    right: bool | None


@dataclass(frozen=True)
class HandoverFigures:
    """Both recordings taken together. `idf1`: global IDF1 over both. `pairs_true`: pairs of presences, one in each,
    that are mostly the same person; `pairs_found`: those of them that were linked; `pairs_wrong`: linked, but two
    people. `people_merged`: identities that hold more than one person.
    """

    idf1: float
    pairs_found: int
    pairs_true: int
    pairs_wrong: int
    people_merged: int


@dataclass(frozen=True)
class HandoverEvaluation:
    """What `evaluate handover` measured; figures are None without a truth."""

    idf1: float | None
    pairs_found: int | None
    pairs_true: int | None
    pairs_wrong: int | None
    people_merged: int | None
    contender: HandoverFigures | None
    presences: tuple[int, int]
    pairs: tuple[Pair, ...]
    models: tuple[str, ...]
    provenance: dict[str, object]


@dataclass(frozen=True)
class HandoverPorts:
    """What measuring needs."""

    tracking: TrackingPorts
    describers: Describers


@dataclass(frozen=True)
class _Side:
    source: Recording
    presences: list[Presence]
    sightings: list[Sighting]


def evaluate_handover(
    recordings: Sequence[Path],
    truth: Path | None,
    ports: HandoverPorts,
    least: float = LINK_ABOVE,
    tell: Tell | None = None,
) -> HandoverEvaluation:
    """Index, describe and link two recordings that start together.

    `truth`: CSV with the columns recording (a or b), frame (from 0), person, x1, y1, x2, y2 (pixels), the same person
    number in both. Raises UsageError unless two recordings are given, MissingError and BadInputError on bad files.
    """
    if len(recordings) != 2:
        raise UsageError(f"{len(recordings)} recordings are not two", where="--recording", todo="give it twice")
    known = None if truth is None else read_handover_truth(truth)
    sides = [_see(path, name, ports, tell) for path, name in zip(recordings, SIDES, strict=True)]
    calibration = ports.describers.clothing.calibration
    links = link_sightings(sides[0].sightings, sides[1].sightings, calibration, least)
    figures = contender = None
    people: tuple[dict[int, int], dict[int, int]] = ({}, {})
    if known is not None:
        scenes = [_scene(side, rows, ports) for side, rows in zip(sides, known, strict=True)]
        people = match_people(*scenes[0]), match_people(*scenes[1])
        figures = _measure(links, sides, scenes, people, ports)
        contender = _measure_contender(sides, scenes, people, ports)
    stamps = [ports.tracking.detector.stamp, ports.describers.clothing.stamp]
    return HandoverEvaluation(
        **(vars(figures) if figures else dict.fromkeys(HandoverFigures.__dataclass_fields__)),
        contender=contender,
        presences=(len(sides[0].presences), len(sides[1].presences)),
        pairs=tuple(_pair(link, sides, people if known else None) for link in links),
        models=tuple(stamp.describe() for stamp in stamps),
        provenance=build_provenance(stamps, {"recordings": [path.name for path in recordings], "least": least}),
    )


def read_handover_truth(path: Path) -> tuple[MotTruth, MotTruth]:
    """Who is where in both recordings. Raises MissingError without the file, BadInputError when a row is not right."""
    if not path.is_file():
        raise MissingError("no such truth file", where=str(path), todo="check the path")
    rows: dict[str, list[list[float]]] = {side: [] for side in SIDES}
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            try:
                rows[row["recording"].strip().lower()].append([float(row[name]) for name in COLUMNS[1:]])
            except (KeyError, TypeError, ValueError, AttributeError):
                where, todo = f"{path} line {number}", f"give the columns {', '.join(COLUMNS)}; recording is a or b"
                raise BadInputError("not a row of truth", where=where, todo=todo) from None
    return _as_truth(rows["a"], path), _as_truth(rows["b"], path)


def _as_truth(rows: list[list[float]], path: Path) -> MotTruth:
    table = np.array(rows, np.float64).reshape(-1, 6)
    if not np.isfinite(table).all() or (table[:, 0] < 0).any():
        raise BadInputError("a frame or a box is not a number", where=str(path), todo="check the rows")
    return MotTruth(table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), table[:, 2:].astype(np.float32))


def _see(path: Path, name: str, ports: HandoverPorts, tell: Tell | None) -> _Side:
    if tell is not None:
        tell(f"indexing and describing recording {name}")
    opened = open_recording(path, ports.tracking.decoder)
    source = replace(opened, camera_id=f"EVALUATED-{name}")
    segment = Segment(source, ClockOffset(0.0, 0.0), source.media.first_pts, source.media.end_pts)
    found = find_presences(segment, ports.tracking.decoder, ports.tracking.detector)
    presences = [presence for presence in found.presences if presence.views]
    recordings = {source.recording_id: source}
    described = {
        sighting.presence_id: sighting
        for sighting in describe_presences(
            presences, recordings, ports.tracking.decoder, ports.describers, views_per_presence=MOST_VIEWS
        )
    }
    kept = [presence for presence in presences if presence.presence_id in described]
    return _Side(source, kept, [described[presence.presence_id] for presence in kept])


Scene = tuple[list[FrameBoxes], list[FrameBoxes]]


def _scene(side: _Side, truth: MotTruth, ports: HandoverPorts) -> Scene:
    """What is truly in each frame of a recording, and what was found there; who was found goes by place in the list."""
    pts = np.array([packet.pts for packet in ports.tracking.decoder.read_packets(side.source)], np.int64)
    if len(truth.frame) and int(truth.frame.max()) >= len(pts):
        what = f"the truth annotates frame {int(truth.frame.max())}, the recording has {len(pts)}"
        raise BadInputError(what, where=Path(side.source.path).name, todo="name the truth of these recordings")
    return true_boxes(truth, len(pts)), found_boxes(side.presences, pts)


def _measure(
    links: Sequence[Link],
    sides: Sequence[_Side],
    scenes: Sequence[Scene],
    people: tuple[dict[int, int], dict[int, int]],
    ports: HandoverPorts,
) -> HandoverFigures:
    identity = _identities(links, len(sides[0].presences), len(sides[1].presences))
    count = len(sides[0].presences)
    found = _named(scenes[0][1], identity[:count]) + _named(scenes[1][1], identity[count:])
    figures = ports.tracking.meter.measure([*scenes[0][0], *scenes[1][0]], found)
    true = {(a, b) for a, who in people[0].items() for b, other in people[1].items() if who == other}
    claimed = {(link.one, link.other) for link in links}
    wrong = sum(_right(link, people) is False for link in links)
    merged = _merged(identity, people, count)
    return HandoverFigures(figures.idf1, len(claimed & true), len(true), wrong, merged)


def _identities(links: Sequence[Link], count: int, other: int) -> list[int]:
    """A number for each presence of both recordings; linked ones share it."""
    identity = list(range(count + other))
    for link in links:
        mine, theirs = identity[link.one], identity[count + link.other]
        identity = [mine if each == theirs else each for each in identity]
    return identity


def _named(frames: Sequence[FrameBoxes], identity: Sequence[int]) -> list[FrameBoxes]:
    names = np.array(identity, np.int64)
    return [FrameBoxes(names[frame.person], frame.xyxy) for frame in frames]


def _merged(identity: Sequence[int], people: tuple[dict[int, int], dict[int, int]], count: int) -> int:
    """Identities that hold presences of more than one person."""
    held: dict[int, set[int]] = {}
    for offset, known in zip((0, count), people, strict=True):
        for place, person in known.items():
            held.setdefault(identity[offset + place], set()).add(person)
    return sum(len(who) > 1 for who in held.values())


def _measure_contender(
    sides: Sequence[_Side],
    scenes: Sequence[Scene],
    people: tuple[dict[int, int], dict[int, int]],
    ports: HandoverPorts,
) -> HandoverFigures:
    """The best of what one-to-one assignment by similarity alone gives, over all least similarities."""
    if not sides[0].sightings or not sides[1].sightings:
        return _measure((), sides, scenes, people, ports)
    vectors = [np.stack([sighting.embedding for sighting in side.sightings]) for side in sides]
    similarity = np.asarray(vectors[0] @ vectors[1].T, np.float64)
    pairs = [(int(i), int(j)) for i, j in zip(*linear_sum_assignment(-similarity), strict=True)]
    tries = [
        [Link(i, j, float(similarity[i, j])) for i, j in pairs if similarity[i, j] >= level]
        for level in np.arange(0.2, 0.95, 0.05)
    ]
    return max((_measure(links, sides, scenes, people, ports) for links in tries), key=lambda each: each.idf1)


def _right(link: Link, people: tuple[dict[int, int], dict[int, int]]) -> bool | None:
    """Whether both are mostly the same person; None when one of them is nobody in the truth."""
    one, other = people[0].get(link.one), people[1].get(link.other)
    return None if one is None or other is None else one == other


def _pair(link: Link, sides: Sequence[_Side], people: tuple[dict[int, int], dict[int, int]] | None) -> Pair:
    one, other = sides[0].sightings[link.one].interval, sides[1].sightings[link.other].interval
    return Pair(
        a_start_s=one.start_us / SECOND_US,
        a_end_s=one.end_us / SECOND_US,
        b_start_s=other.start_us / SECOND_US,
        b_end_s=other.end_us / SECOND_US,
        confidence=link.probability,
        right=None if people is None else _right(link, people),
    )
