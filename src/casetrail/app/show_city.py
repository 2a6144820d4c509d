"""The case trace of a search through a city: what was confirmed, what is proposed, and the gaps between."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from casetrail.app.city_search import CityGate
from casetrail.app.open_presences import count_opened
from casetrail.model.arrays import Flags, Integers
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.trace import planning
from casetrail.trace.branches import Passing, find_branches
from casetrail.trace.case_trace import Alternative, Answer, CaseTrace, Gap, TraceStep, Verdict
from casetrail.trace.search import Search
from casetrail.trace.topology import DETOUR

SPEEDS_MPS = (1.9, 1.3, 0.9)  # quick, usual and slow walkers: 5, 50 and 95 % of walking times


def build_city_trace(case_id: str, gate: CityGate, models: tuple[str, ...]) -> CaseTrace:
    """Everything confirmed, and what is probable enough to be shown as proposed; rejected presences are not in it."""
    search = gate.search
    probability = search.standing.probability
    verdicts = [
        _verdict(search.answers.given.get(row, ()), search.answers.worth(row), float(probability[at]))
        for at, row in enumerate(search.opened.tolist())
    ]
    shown = [
        _step(gate, at, int(search.opened[at]), verdict)
        for at, verdict in enumerate(verdicts)
        if verdict is Verdict.CONFIRMED or (verdict is not Verdict.REJECTED and probability[at] >= planning.SHOWN)
    ]
    steps = tuple(sorted(shown, key=lambda step: step.interval))
    opened = count_opened(gate.sightings.values())
    return CaseTrace(case_id, steps, tuple(_gaps(steps, gate)), _alternatives(gate, verdicts, steps), opened, models)


def _verdict(given: Sequence[Answer], said: float, probability: float) -> Verdict:
    """A yes that everything else contradicts is no confirmation: it is shown as doubtful."""
    if said > 0:
        return Verdict.CONFIRMED if probability >= planning.CONFIRMED else Verdict.UNSURE
    if said < 0:
        return Verdict.REJECTED
    return Verdict.UNSURE if given else Verdict.UNREVIEWED


def _step(gate: CityGate, at: int, row: int, verdict: Verdict) -> TraceStep:
    presence_id = gate.search.spans.ids(np.array([row]))[0]
    sighting = gate.sightings[presence_id]
    similarity = float(gate.search.standing.similarity[at])
    return TraceStep(
        presence_id,
        sighting.camera_id,
        sighting.interval,
        float(gate.search.standing.probability[at]),
        verdict,
        None if np.isnan(similarity) else similarity,
        sighting.mask,
    )


def _alternatives(gate: CityGate, verdicts: Sequence[Verdict], steps: Sequence[TraceStep]) -> tuple[Alternative, ...]:
    """Other ways through everything confirmed that differ materially from what is shown."""
    search = gate.search
    able = np.flatnonzero([verdict is not Verdict.REJECTED for verdict in verdicts])
    confirmed = np.array([verdict is Verdict.CONFIRMED for verdict in verdicts], np.bool_)[able]
    _, *others = find_branches(_passing(search, able, confirmed))
    named = [
        Alternative(tuple(search.spans.ids(search.opened[able[list(way.positions)]])), way.times_less_likely)
        for way in others
    ]
    shown = {step.presence_id for step in steps}
    return tuple(other for other in named if set(other.presence_ids) != shown)


def _passing(search: Search, able: Integers, confirmed: Flags) -> Passing:
    """Some opened presences, by position, as branches are sought among them."""
    city, spans = search.city, search.spans
    rows = search.opened[able]
    place = {camera_id: index for index, camera_id in enumerate(city.camera_ids)}
    camera = np.array([place[camera_id] for camera_id in spans.camera_ids], np.int64)[spans.camera[rows]]
    return Passing(
        (spans.start_us[rows] - search.window.start_us) / SECOND_US,
        (spans.end_us[rows] - search.window.start_us) / SECOND_US,
        camera,
        search.spots_m[spans.camera[rows]],
        city.clock_s[camera],
        search.standing.probability[able],
        confirmed,
    )


def _gaps(steps: tuple[TraceStep, ...], gate: CityGate) -> list[Gap]:
    return [
        Gap(
            UtcInterval(first.interval.end_us, then.interval.start_us),
            first.camera_id,
            then.camera_id,
            _walking_s(first.camera_id, then.camera_id, gate),
        )
        for first, then in pairwise(steps)
        if then.interval.start_us > first.interval.end_us
    ]


def _walking_s(leave: str, enter: str, gate: CityGate) -> tuple[float, float, float] | None:
    if leave == enter:
        return None
    topology = gate.city.topology
    first, then = topology.points_m[topology.indices([leave, enter])].mean(axis=1)
    metres = float(np.linalg.norm(first - then)) * DETOUR
    if not np.isfinite(metres):
        return None
    quick, usual, slow = (metres / speed for speed in SPEEDS_MPS)
    return quick, usual, slow
