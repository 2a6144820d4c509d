"""The work that running and reviewing a trace share: read the case, move the gate, open what it reaches, infer.

Everything known lies in the case vault, so stopping anywhere loses nothing and the next call goes on.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from casetrail.app.case_ports import CasePorts
from casetrail.app.case_records import (
    CaseFile,
    read_anchors,
    read_answers,
    read_case_file,
    read_sightings,
)
from casetrail.app.city_map import read_topology
from casetrail.footage.catalogue import Catalogue
from casetrail.governance.access import check_working
from casetrail.governance.audit import Actor, AuditEvent
from casetrail.model.arrays import Doubles
from casetrail.presence.index import PresenceIndex
from casetrail.presence.presences import Presence
from casetrail.sightings.describers import SimilarityCalibration
from casetrail.sightings.opening import VIEWS_PER_PRESENCE
from casetrail.sightings.sightings import Sighting
from casetrail.trace.anchors import Anchor
from casetrail.trace.answers import count_votes
from casetrail.trace.case_trace import Answer, Reviewed
from casetrail.trace.gates import Gate, build_gate, fix_of_anchor, fix_of_sighting
from casetrail.trace.inference import Inference, Surroundings, infer_trace
from casetrail.trace.prediction import predict_presences
from casetrail.trace.topology import Topology

FEW = 500  # so few presences are all opened at once
BATCH = 200  # otherwise the likeliest are opened in batches of this many
MOST_ROUNDS = 50
LEAST_ODDS = 0.002  # a presence with lower predicted odds of being the person is left closed,
WIDER_ODDS = (LEAST_ODDS, LEAST_ODDS / 20, 0.0)  # until nothing is left to ask: then what was skipped is looked at
PLAUSIBLE = 0.02  # sightings below this probability do not lead the search on

Opener = Callable[[Sequence[Presence], Sequence[Presence], int], Sequence[Sighting]]
FaceComparer = Callable[[Sequence[Presence], Sequence[Presence]], Sequence[Sighting]]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class TracePorts:
    """What a trace needs. `open_presences` describes presences for this case, given those confirmed as a reference, by
    so many views each; looking again with more views replaces the sighting.

    `compare_faces` compares faces of opened presences with the confirmed ones', under live consent only.
    """

    case: CasePorts
    index: PresenceIndex
    catalogue: Catalogue
    open_presences: Opener
    calibration: SimilarityCalibration
    models: tuple[str, ...]
    now_us: Callable[[], int]
    compare_faces: FaceComparer | None = None


@dataclass(frozen=True)
class Known:
    """What is on record for a case. `answers`: the one in force for each presence; `reviewed`: who gave it."""

    file: CaseFile
    anchors: tuple[Anchor, ...]
    reviewed: Mapping[str, Reviewed]
    sightings: Mapping[str, Sighting]

    @property
    def answers(self) -> dict[str, Answer]:
        """Answers in force, by presence."""
        return {presence_id: each.answer for presence_id, each in self.reviewed.items()}

    @property
    def confirmed(self) -> tuple[Sighting, ...]:
        """Confirmed sightings in time order."""
        yes = [self.sightings[p] for p, a in self.answers.items() if a is Answer.YES and p in self.sightings]
        return tuple(sorted(yes, key=lambda sighting: sighting.interval))


@dataclass(frozen=True)
class Work:
    """Where a trace stands: what is known, the gate, what lies in it and what follows."""

    known: Known
    topology: Topology
    gate: Gate
    presences: Mapping[str, Presence] = field(repr=False)
    inference: Inference = field(repr=False)


def read_known(ports: CasePorts, case_id: str) -> Known:
    """Everything on record. Raises MissingError without such a case."""
    return Known(
        read_case_file(ports.store, ports.vault, case_id),
        read_anchors(ports.vault, case_id),
        answers_in_force(read_answers(ports.vault, case_id)),
        read_sightings(ports.vault, case_id),
    )


def answers_in_force(reviewed: Iterable[Reviewed]) -> dict[str, Reviewed]:
    """The last answer for each presence; one that was withdrawn is none, nor one that was given along with another
    which stands no longer.
    """
    last: dict[str, Reviewed] = {}
    asked: dict[str, list[Answer]] = {}
    for each in sorted(reviewed, key=lambda each: each.utc_us):
        last[each.presence_id] = each
        given = asked.setdefault(each.covered_by or each.presence_id, [])
        if each.covered_by:
            continue
        if each.answer is Answer.WITHDRAWN:
            del given[-1:]
        else:
            given.append(each.answer)
    votes = {presence_id: count_votes(given) for presence_id, given in asked.items()}
    return {
        presence_id: each
        for presence_id, each in last.items()
        if each.answer is not Answer.WITHDRAWN
        and (not each.covered_by or votes[each.covered_by] * count_votes([each.answer]) > 0)
    }


def advance(
    ports: TracePorts,
    known: Known,
    actor: Actor,
    progress: Progress | None = None,
    least_odds: float = LEAST_ODDS,
) -> Work:
    """Move the gate to what is known, open what it reaches within the budget of views, and infer.

    Presences with lower predicted odds than `least_odds` stay closed. Raises RefusedError when nobody may work on
    the case, MissingError without cameras.
    """
    case = known.file.case
    check_working(case.case_id, case.state)
    topology = read_topology(ports.catalogue)
    gate = _gate(known, topology)
    presences = _read_gate(ports, known.file, gate, actor)
    tried: set[str] = set()
    for _ in range(MOST_ROUNDS):
        around = _surroundings(known, topology, gate, presences.values())
        inference = infer_trace(list(known.sightings.values()), known.answers, known.anchors, around, ports.calibration)
        batch = _choose_batch(known, presences, inference, around, tried, least_odds)
        if not batch:
            break
        if progress is not None:
            progress("opening presences", len(known.sightings), len(known.sightings) + len(batch))
        tried |= {presence.presence_id for presence in batch}
        known = _open(ports, known, batch, presences)
    return Work(known, topology, gate, presences, inference)


def _gate(known: Known, topology: Topology) -> Gate:
    inside = [s for s in known.confirmed if s.camera_id in topology.camera_ids]
    fixes = [fix_of_anchor(anchor, topology) for anchor in known.anchors]
    fixes += [fix_of_sighting(s.camera_id, s.interval, topology, 0.95) for s in inside]
    return build_gate(fixes, topology, known.file.case.scope)


def _read_gate(ports: TracePorts, file: CaseFile, gate: Gate, actor: Actor) -> dict[str, Presence]:
    """Presences in the gate; that they were looked up is on record first."""
    counts = {"cameras": len(gate.camera_ids), "camera_hours": round(gate.camera_hours, 4)}
    ports.case.audit_log.record(AuditEvent(actor, "trace.gate", file.case.case_id, counts, file.basis))
    return {presence.presence_id: presence for presence in ports.index.read_presences(gate.reaches)}


def _surroundings(known: Known, topology: Topology, gate: Gate, presences: Iterable[Presence]) -> Surroundings:
    """Cameras of the gate and of whatever was opened before, with how many people pass each."""
    here = {*gate.camera_ids, *(sighting.camera_id for sighting in known.sightings.values())}
    cameras = topology.only(sorted(here))
    seen = dict.fromkeys(cameras.camera_ids, 0.5)
    for presence in presences:
        seen[presence.camera_id] += 1
    open_s = gate.open_s()
    window = known.file.case.scope.interval
    crowd = [count / max(open_s.get(camera_id, 0.0) or window.duration_s, 1.0) for camera_id, count in seen.items()]
    return Surroundings(cameras, np.array(crowd), window)


def _choose_batch(
    known: Known,
    presences: Mapping[str, Presence],
    inference: Inference,
    around: Surroundings,
    tried: set[str],
    least_odds: float,
) -> list[Presence]:
    """What to open next: everything when it is little, else the likeliest first, never beyond the budget of views."""
    unopened = [p for key, p in presences.items() if key not in known.sightings and key not in tried and p.views]
    budget = known.file.case.scope.views - sum(s.views_described for s in known.sightings.values())
    if not unopened or budget <= 0:
        return []
    if len(unopened) + len(known.sightings) <= FEW and sum(map(_cost, unopened)) <= budget:
        return unopened
    worth = _predict(known, unopened, inference, around)
    if not _has_lead(known):  # nothing says where to look: a few of the best pictures, and then the reviewer
        quality = np.array([max(view.quality for view in presence.views) for presence in unopened])
        worth = quality if len(known.sightings) + len(tried) < FEW else np.zeros(len(unopened))
    ranked = [unopened[int(i)] for i in np.argsort(-worth, kind="stable")[:BATCH] if worth[int(i)] > least_odds]
    return _within(ranked, budget)


def _has_lead(known: Known) -> bool:
    return bool(known.confirmed) or any(anchor.place is not None for anchor in known.anchors)


def _predict(known: Known, unopened: Sequence[Presence], inference: Inference, around: Surroundings) -> Doubles:
    likely = {
        (s.camera_id, s.interval): float(p)
        for s, p in zip(inference.sightings, inference.probability, strict=True)
        if p >= PLAUSIBLE
    }
    return predict_presences([(p.camera_id, p.interval) for p in unopened], likely, known.anchors, around)


def _within(ranked: Sequence[Presence], budget: int) -> list[Presence]:
    """The first of them whose views the budget still covers."""
    spent = np.cumsum([_cost(presence) for presence in ranked])
    return [presence for presence, total in zip(ranked, spent, strict=True) if total <= budget]


def _cost(presence: Presence) -> int:
    return min(len(presence.views), VIEWS_PER_PRESENCE)


def _open(ports: TracePorts, known: Known, batch: Sequence[Presence], presences: Mapping[str, Presence]) -> Known:
    confirmed = [presences[s.presence_id] for s in known.confirmed if s.presence_id in presences]
    opened = ports.open_presences(batch, confirmed, VIEWS_PER_PRESENCE)
    return replace(known, sightings={**known.sightings, **{sighting.presence_id: sighting for sighting in opened}})
