"""How often the path of a box tells that somebody walks towards the camera or away from it, and how often rightly.

usage: python benchmarks/directions.py [--own]   (needs CASETRAIL_TEST_DATA; with --own also CASETRAIL_MODELS)

Tracks are cut into pieces of 5 to 20 s. Of true boxes, a piece is held against the net way of the whole true track in
the picture: who gets half their height up or down it and hardly turns back goes away or comes. With --own, the
presences that casetrail finds itself are held against the way of the true person in the same frames. Prints JSON:
`pieces` of those who come or go, which share of them is `told`, and which share of the told is `right`; the same of the
`others`, who stand, cross or wander. A whole track that turns back says little of which way its pieces go.
"""

import argparse
import json
import os
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from casetrail import bootstrap
from casetrail.app.evaluate.head_truth import TruthFormat, read_body_truth
from casetrail.app.evaluate.mot_truth import MotTruth, read_mot_truth
from casetrail.app.evaluate.people_truth import read_people_truth
from casetrail.app.evaluate.tracking import open_recording, whole_segment
from casetrail.app.settings import Settings
from casetrail.model.arrays import Array, Floats, Integers, frozen
from casetrail.model.geometry import box_overlap
from casetrail.model.time import SECOND_US
from casetrail.presence.directions import find_towards
from casetrail.presence.presences import Presence
from casetrail.presence.segment_presences import find_presences
from clips import CLIPS

LEAST_S, SHORTEST_S, LONGEST_S = 3.0, 5.0, 20.0
GOES = 0.5  # heights up or down the picture from which on somebody comes or goes
STRAIGHT = 0.8  # of all the way up and down that the net way is, for who does not turn back
SAME_PERSON = 0.4  # overlap of a presence with a true person
PARTS = 10
TRUE_TRACKS = {  # frames per second, width and height of the picture
    "towncentre": (25.0, (1920, 1080)),
    "vtest": (10.0, (768, 576)),
    "pets": (7.0, (768, 576)),
}
CHALLENGE = "trackeval_mot/trackeval_pedes_mot.tar.gz"  # cameras that stand still, of those whose truth is in there
CHALLENGE_TRACKS = {
    "MOT17-train/MOT17-02-FRCNN": (30.0, (1920, 1080)),
    "MOT17-train/MOT17-04-FRCNN": (30.0, (1920, 1080)),
    "MOT17-train/MOT17-09-FRCNN": (30.0, (1920, 1080)),
    "MOT20-train/MOT20-01": (25.0, (1920, 1080)),
}


@dataclass(frozen=True)
class Piece:
    """A piece of a presence, how many heights its person truly got down the picture, and whether straight on."""

    presence: Presence
    net: float
    straight: bool


@dataclass(frozen=True)
class Row:
    """What was told of one recording."""

    name: str
    boxes: str
    pieces: int
    told: float
    right: float
    others: int
    others_told: float
    others_right: float


def main() -> None:
    """Count, recording by recording, and all together."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--own", action="store_true", help="also of presences that are found in the recordings")
    own = parser.parse_args().own
    data = Path(os.environ["CASETRAIL_TEST_DATA"])
    found = {(name, "true"): list(_true_pieces(*track)) for name, *track in _true_tracks(data)}
    if own:
        found |= {(name, "own"): list(_own_pieces(name, data)) for name in CLIPS}
    rows = [_count(name, boxes, pieces) for (name, boxes), pieces in found.items()]
    rows += [_count("all", kind, _of_kind(found, kind)) for kind in (("true", "own") if own else ("true",))]
    print(json.dumps([asdict(row) for row in rows], indent=1))


def _of_kind(found: Mapping[tuple[str, str], list[Piece]], kind: str) -> list[Piece]:
    return [piece for (_, boxes), pieces in found.items() if boxes == kind for piece in pieces]


def _count(name: str, boxes: str, pieces: Iterable[Piece]) -> Row:
    table = np.array([(piece.net, piece.straight, find_towards(piece.presence)) for piece in pieces]).reshape(-1, 3)
    goes, told = (np.abs(table[:, 0]) >= GOES) & (table[:, 1] != 0), table[:, 2] != 0
    right = told & (np.sign(table[:, 0]) == table[:, 2])
    return Row(
        name,
        boxes,
        int(goes.sum()),
        _share(goes & told, goes),
        _share(goes & right, goes & told),
        int((~goes).sum()),
        _share(~goes & told, ~goes),
        _share(~goes & right, ~goes & told),
    )


def _share(part: Array, whole: Array) -> float:
    return round(float(part.sum() / max(whole.sum(), 1)), 3)


def _true_tracks(data: Path) -> Iterator[tuple[str, MotTruth, float, tuple[int, int]]]:
    for name, (fps, wh) in TRUE_TRACKS.items():
        people = read_body_truth(data / CLIPS[name].truth, TruthFormat(CLIPS[name].truth_format))
        yield name, MotTruth(people.frame, people.person, people.xyxy), fps, wh
    with tarfile.open(data / CHALLENGE) as archive, tempfile.TemporaryDirectory() as folder:
        for name, (fps, wh) in CHALLENGE_TRACKS.items():
            member = archive.extractfile(f"./data/gt/mot_challenge/{name}/gt/gt.txt")
            path = Path(folder) / "gt.txt"
            path.write_bytes(member.read() if member else b"")
            yield name.split("/")[1], read_mot_truth(path), fps, wh


def _true_pieces(truth: MotTruth, fps: float, wh: tuple[int, int]) -> Iterator[Piece]:
    rng = np.random.default_rng(1)
    for person in np.unique(truth.person):
        rows = np.flatnonzero(truth.person == person)
        rows = rows[np.argsort(truth.frame[rows])]
        whole = _presence(truth.frame[rows], truth.xyxy[rows], fps, wh)
        way = _way(truth.xyxy[rows])
        yield from (Piece(piece, *way) for piece in _pieces(whole, rng))


def _own_pieces(name: str, data: Path) -> Iterator[Piece]:
    clip, rng = CLIPS[name], np.random.default_rng(1)
    decoder, detector = bootstrap.open_decoder(), bootstrap.open_detector(Settings())
    recording = open_recording(data / clip.recording, decoder)
    pts = np.array([frame.pts for frame in decoder.read_packets(recording)])
    wh = (recording.media.width, recording.media.height)
    form = TruthFormat(clip.truth_format)
    truth = read_people_truth(data / clip.truth, form, clip.frame_offset, len(pts), wh)
    for whole in find_presences(whole_segment(recording), decoder, detector).presences:
        for piece in _pieces(whole, rng):
            boxes = _same_person(piece, np.searchsorted(pts, piece.pts), truth)
            if boxes is not None:
                yield Piece(piece, *_way(boxes))


def _same_person(piece: Presence, frame: Integers, truth: MotTruth) -> Floats | None:
    """Boxes of the true person whom this piece follows best, or None where it follows nobody that is annotated."""
    best, chosen = SAME_PERSON, None
    for person in np.unique(truth.person[np.isin(truth.frame, frame)]):
        rows = np.flatnonzero((truth.person == person) & np.isin(truth.frame, frame))
        if 2 * len(rows) < len(frame):
            continue
        rows = rows[np.argsort(truth.frame[rows])]
        there = piece.xyxy[np.searchsorted(frame, truth.frame[rows])]
        overlap = float(np.median(np.diag(box_overlap(there, truth.xyxy[rows]))))
        if overlap > best:
            best, chosen = overlap, truth.xyxy[rows]
    return chosen


def _way(boxes: Floats) -> tuple[float, bool]:
    """How many heights the feet got down the picture from the first tenth to the last, and whether straight on."""
    feet = np.array([np.median(part) for part in np.array_split(boxes[:, 3], PARTS) if len(part)])
    net = float(feet[-1] - feet[0]) / float(np.median(boxes[:, 3] - boxes[:, 1]))
    return net, bool(abs(feet[-1] - feet[0]) >= STRAIGHT * np.abs(np.diff(feet)).sum())


def _pieces(whole: Presence, rng: np.random.Generator) -> Iterator[Presence]:
    seconds = (whole.utc_us - whole.utc_us[0]) / SECOND_US
    begin = 0.0
    while begin < seconds[-1]:
        end = begin + rng.uniform(SHORTEST_S, LONGEST_S)
        rows = np.flatnonzero((seconds >= begin) & (seconds < end))
        if len(rows) and seconds[rows[-1]] - seconds[rows[0]] >= LEAST_S:
            yield _part(whole, rows)
        begin = end


def _part(whole: Presence, rows: Integers) -> Presence:
    return replace(
        whole,
        pts=whole.pts[rows],
        utc_us=whole.utc_us[rows],
        xyxy=whole.xyxy[rows],
        confidence=whole.confidence[rows],
        foot_hidden=whole.foot_hidden[rows],
    )


def _presence(frame: Integers, xyxy: Floats, fps: float, wh: tuple[int, int]) -> Presence:
    """A presence of true boxes, as if they were found: cut at the picture's borders."""
    return Presence(
        presence_id="true",
        camera_id="true",
        recording_id="true",
        pts=frozen(frame.copy()),
        utc_us=frozen(np.round(frame * (SECOND_US / fps)).astype(np.int64)),
        xyxy=frozen(np.clip(xyxy, 0, np.tile(wh, 2)).astype(np.float32)),
        confidence=frozen(np.ones(len(frame), np.float32)),
        foot_hidden=frozen(xyxy[:, 3] >= wh[1] - 1),
        foot_m=None,
        views=(),
        models="true boxes",
    )


if __name__ == "__main__":
    main()
