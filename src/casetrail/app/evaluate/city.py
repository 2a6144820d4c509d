"""Measuring a trace at city size: how much of each index case's day is found again, at what cost, how honestly."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from casetrail.app.evaluate.metering import Meter
from casetrail.app.evaluate.reviewers import CaseReviewer, Reviewer
from casetrail.app.evaluate.tracing import Claim, Outcome, Tracer
from casetrail.app.evaluate.world import Start, World, WorldCase
from casetrail.app.provenance import build_provenance
from casetrail.model.errors import UsageError
from casetrail.model.models import ModelStamp

BINS = 10
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class CityRun:
    """What to measure: so many index cases of so many days, with a budget of views for each. Raises UsageError."""

    cases: int
    days: int
    seed: int
    budget: int
    start: Start = Start.RECORDS
    reviewer: Reviewer = Reviewer.ERRING

    def __post_init__(self) -> None:
        if min(self.cases, self.days, self.budget) < 1:
            raise UsageError("cases, days and budget are at least 1", where="evaluate city")


@dataclass(frozen=True)
class DescribingCost:
    """Milliseconds that describing one view takes: decoding is not in it. `source`: how they are known."""

    milliseconds: float
    source: str
    stamps: tuple[ModelStamp, ...] = ()


@dataclass(frozen=True)
class CaseMeasured:
    """One case. `seen`: presences of the person in the index; `passes`: all their passes, missed ones too."""

    case_id: str
    seen: int
    passes: int
    found: int
    wrong: int
    questions: int
    shown: int
    presences: int
    views: int
    camera_hours: int
    engine_s: float
    first_s: float
    first_views: int
    answer_s: tuple[float, ...]
    claims: tuple[tuple[float, bool], ...] = field(repr=False)

    @property
    def recall(self) -> float:
        """Share of what is in the index."""
        return self.found / max(self.seen, 1)


@dataclass(frozen=True)
class ReliabilityBin:
    """Claims of about one probability: the mean of what was claimed, and the share that held."""

    claims: int
    claimed: float
    held: float


@dataclass(frozen=True)
class CityMeasured:
    """What `evaluate city` gives. Shares pool all cases; counts and seconds are means of a case unless they say else.

    `presences_per_question`: shown with each, the one asked about included. `seconds_per_case_*`,
    `seconds_to_first_trace_p95`: own computing plus describing at `description_ms` a view. `opened_share`: of all
    camera-hours of the window, those in which anything was described. `brier`: of every probability stated, before
    the answer.
    """

    route_recall: float
    route_recall_all_passes: float
    route_precision: float
    questions_per_sighting: float
    presences_per_question: float
    opened_camera_hours: float
    opened_share: float
    presences_described: float
    views_described: float
    seconds_per_case_p50: float
    seconds_per_case_p95: float
    seconds_all_cases: float
    engine_seconds_p95: float
    first_trace_seconds_p95: float
    first_trace_views: float
    seconds_to_first_trace_p95: float
    answer_seconds_p95: float
    description_ms: float
    description_seconds_modelled: float
    brier: float
    reliability: tuple[ReliabilityBin, ...]
    cases: int
    cases_lost: int
    recall_by_case: tuple[float, ...]
    contender: str
    contender_route_recall: float | None
    contender_route_precision: float | None
    contender_questions_per_sighting: float | None
    contender_views_described: float | None
    provenance: Mapping[str, object]


def evaluate_city(
    world: World,
    run: CityRun,
    tracer: Tracer,
    cost: DescribingCost,
    contender: tuple[str, Tracer] | None = None,
    progress: Progress | None = None,
) -> CityMeasured:
    """Trace every case with the engine, and with a contender on the same ports, budget, records and answers."""
    cases = world.cases(run.cases, run.seed, run.days, run.start)
    measured = measure_cases(world, run, cases, tracer, "engine", progress)
    other = () if contender is None else measure_cases(world, run, cases, contender[1], contender[0], progress)
    hours = len(world.cameras) * 24 * run.days
    rest = _contender(contender[0] if contender else "", other)
    return _summarise(measured, cost, hours, rest, build_provenance(cost.stamps, _parameters(world, run, cost)))


def measure_cases(
    world: World, run: CityRun, cases: Sequence[WorldCase], tracer: Tracer, name: str, progress: Progress | None = None
) -> tuple[CaseMeasured, ...]:
    """Every case by itself, with a reviewer and a budget of its own."""
    measured = []
    for number, case in enumerate(cases):
        if progress is not None:
            progress(name, number, len(cases))
        meter = Meter(case.describe, run.budget)
        reviewer = CaseReviewer(run.reviewer, case.truth, run.seed, case.case_id)
        began = time.perf_counter()
        outcome = tracer(world, case, meter, reviewer)
        own_s = outcome.engine_s or time.perf_counter() - began - meter.seconds
        measured.append(_measure(case, outcome, meter, reviewer, own_s))
    return tuple(measured)


def find_reliability(claims: Sequence[tuple[float, bool]]) -> tuple[ReliabilityBin, ...]:
    """Claims in ten bins of equal width, empty ones left out."""
    claimed = np.array([claim for claim, _ in claims])
    held = np.array([truth for _, truth in claims], np.float64)
    which = np.minimum((claimed * BINS).astype(np.int64), BINS - 1) if len(claims) else np.zeros(0, np.int64)
    bins = [which == index for index in range(BINS)]
    return tuple(
        ReliabilityBin(int(here.sum()), float(claimed[here].mean()), float(held[here].mean()))
        for here in bins
        if here.any()
    )


def _measure(case: WorldCase, outcome: Outcome, meter: Meter, reviewer: CaseReviewer, own_s: float) -> CaseMeasured:
    known = case.start or (case.lead if outcome.given_lead else None)
    given = set() if known is None else {known.presence_id}
    confirmed = outcome.confirmed - given
    truth = case.truth - given
    return CaseMeasured(
        case_id=case.case_id,
        seen=len(truth),
        passes=max(case.passes - len(given), 1),
        found=len(confirmed & truth),
        wrong=len(confirmed - truth),
        questions=reviewer.questions,
        shown=reviewer.shown,
        presences=meter.presences,
        views=meter.views,
        camera_hours=meter.camera_hours,
        engine_s=own_s,
        first_s=outcome.first_s,
        first_views=outcome.first_views,
        answer_s=tuple(outcome.answers_s),
        claims=tuple((claim.probability, claim.presence_id in case.truth) for claim in outcome.claims),
    )


def _summarise(
    measured: Sequence[CaseMeasured],
    cost: DescribingCost,
    hours: int,
    contender: Mapping[str, object],
    provenance: Mapping[str, object],
) -> CityMeasured:
    describing = [each.views * cost.milliseconds / 1000 for each in measured]
    engine = [each.engine_s for each in measured]
    seconds = np.array(describing) + np.array(engine)
    first = [each.first_s + each.first_views * cost.milliseconds / 1000 for each in measured]
    claims = [claim for each in measured for claim in each.claims]
    answers = [seconds for each in measured for seconds in each.answer_s]
    opened = float(np.mean([each.camera_hours for each in measured]))
    return CityMeasured(
        route_recall=_ratio(measured, "found", "seen"),
        route_recall_all_passes=_all_passes(measured),
        route_precision=route_precision(measured),
        questions_per_sighting=questions_per_sighting(measured),
        presences_per_question=_ratio(measured, "shown", "questions"),
        opened_camera_hours=opened,
        opened_share=opened / hours,
        presences_described=float(np.mean([each.presences for each in measured])),
        views_described=float(np.mean([each.views for each in measured])),
        seconds_per_case_p50=float(np.quantile(seconds, 0.5)),
        seconds_per_case_p95=float(np.quantile(seconds, 0.95)),
        seconds_all_cases=float(seconds.sum()),
        engine_seconds_p95=float(np.quantile(engine, 0.95)),
        first_trace_seconds_p95=float(np.quantile([each.first_s for each in measured], 0.95)),
        first_trace_views=float(np.mean([each.first_views for each in measured])),
        seconds_to_first_trace_p95=float(np.quantile(first, 0.95)),
        answer_seconds_p95=float(np.quantile(answers, 0.95)) if answers else 0.0,
        description_ms=cost.milliseconds,
        description_seconds_modelled=float(np.mean(describing)),
        brier=float(np.mean([(claim - truth) ** 2 for claim, truth in claims])) if claims else float("nan"),
        reliability=find_reliability(claims),
        cases=len(measured),
        cases_lost=sum(each.found == 0 for each in measured),
        recall_by_case=tuple(round(each.recall, 3) for each in measured),
        provenance=provenance,
        **contender,  # type: ignore[arg-type]
    )


def _contender(name: str, measured: Sequence[CaseMeasured]) -> dict[str, object]:
    return {
        "contender": name,
        "contender_route_recall": _ratio(measured, "found", "seen") if measured else None,
        "contender_route_precision": route_precision(measured) if measured else None,
        "contender_questions_per_sighting": questions_per_sighting(measured) if measured else None,
        "contender_views_described": float(np.mean([each.views for each in measured])) if measured else None,
    }


def route_precision(measured: Sequence[CaseMeasured]) -> float:
    """Of what is reported as confirmed, the share that is the person; 1 where nothing is."""
    found, wrong = (sum(getattr(each, name) for each in measured) for name in ("found", "wrong"))
    return float(found / (found + wrong)) if found + wrong else 1.0


def questions_per_sighting(measured: Sequence[CaseMeasured]) -> float:
    """Questions asked for each confirmed sighting."""
    confirmed = sum(each.found + each.wrong for each in measured)
    return float(sum(each.questions for each in measured) / max(confirmed, 1))


def _all_passes(measured: Sequence[CaseMeasured]) -> float:
    """Passes, not tracklets: two of one pass count once at most, so this is never above the share found."""
    return sum(min(each.found, each.passes) for each in measured) / max(sum(each.passes for each in measured), 1)


def _ratio(measured: Sequence[CaseMeasured], above: str, below: str) -> float:
    return float(
        sum(getattr(each, above) for each in measured) / max(sum(getattr(each, below) for each in measured), 1)
    )


def _parameters(world: World, run: CityRun, cost: DescribingCost) -> dict[str, object]:
    return {
        "cases": run.cases,
        "days": run.days,
        "seed": run.seed,
        "budget": run.budget,
        "start": run.start.value,
        "reviewer": run.reviewer.value,
        "description_ms_source": cost.source,
        "world": dict(world.facts),
    }


__all__ = [
    "CaseMeasured",
    "CityMeasured",
    "CityRun",
    "Claim",
    "DescribingCost",
    "ReliabilityBin",
    "evaluate_city",
    "find_reliability",
    "measure_cases",
]
