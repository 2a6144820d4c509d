"""The case trace of a search through a city: what was confirmed, what is proposed, and the gaps between."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from casetrail.app.city_search import CityGate
from casetrail.app.open_presences import count_opened
from casetrail.model.time import UtcInterval
from casetrail.trace import planning
from casetrail.trace.case_trace import Answer, CaseTrace, Gap, TraceStep, Verdict
from casetrail.trace.topology import DETOUR

SPEEDS_MPS = (1.9, 1.3, 0.9)  # quick, usual and slow walkers: 5, 50 and 95 % of walking times


def build_city_trace(case_id: str, gate: CityGate, models: tuple[str, ...]) -> CaseTrace:
    """Everything confirmed, and what is probable enough to be shown as proposed; rejected presences are not in it."""
    search = gate.search
    probability = search.standing.probability
    shown = []
    for at, row in enumerate(search.opened.tolist()):
        verdict = _verdict(search.answers.get(row, ()), search.said(row), float(probability[at]))
        if verdict is Verdict.CONFIRMED or (verdict is not Verdict.REJECTED and probability[at] >= planning.SHOWN):
            shown.append(_step(gate, at, row, verdict))
    steps = tuple(sorted(shown, key=lambda step: step.interval))
    opened = count_opened(gate.sightings.values())
    return CaseTrace(case_id, steps, tuple(_gaps(steps, gate)), (), opened, models)


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
    first, then = gate.topology.points_m[gate.topology.indices([leave, enter])].mean(axis=1)
    metres = float(np.linalg.norm(first - then)) * DETOUR
    if not np.isfinite(metres):
        return None
    quick, usual, slow = (metres / speed for speed in SPEEDS_MPS)
    return quick, usual, slow
