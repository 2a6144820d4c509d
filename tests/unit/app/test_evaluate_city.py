"""Measuring a trace in a city: what is counted, who answers, what contenders do."""

from dataclasses import replace

import numpy as np
import pytest

from casetrail.app.evaluate.city import CityRun, DescribingCost, evaluate_city, find_reliability
from casetrail.app.evaluate.contenders import Contender, open_contender
from casetrail.app.evaluate.metering import HOUR_US, Meter
from casetrail.app.evaluate.reviewers import CaseReviewer, Reviewer
from casetrail.app.evaluate.tracing import Claim, Outcome
from casetrail.app.evaluate.world import Start, WorldSpec
from casetrail.model.errors import UsageError
from casetrail.presence.index import Reach
from casetrail.testing.city.hashing import names_of, rows_of
from casetrail.testing.city.world import open_world
from casetrail.trace.case_trace import Answer

RUN = CityRun(cases=3, days=1, seed=100, budget=400, start=Start.RECORDS_ALONE)
COST = DescribingCost(10.0, "given")


@pytest.fixture(scope="module")
def world():
    """A small city with good descriptions and good clocks."""
    options = {"same_mean": "0.75", "same_std": "0.05", "person_std": "0.03", "clocks": "0.05", "look_alikes": "0"}
    return open_world(WorldSpec(60, 1, 100, options=options))


def tell_truth(world, case, meter, reviewer):
    """A tracer that confirms half of the truth and one stranger, and says how sure it is."""
    some = sorted(case.truth)[: len(case.truth) // 2]
    spans = world.index.read_spans([])
    assert len(spans) == 0
    reviewer(some[0])
    return Outcome(frozenset([*some, "stranger"]), (Claim(some[0], 0.8), Claim("stranger", 0.4)), 1.5, 0.5, 70, (0.1,))


def test_recall_precision_and_questions_pool_all_cases(world):
    """Found over seen, found over confirmed, asked over confirmed."""
    measured = evaluate_city(world, RUN, tell_truth, COST)
    cases = world.cases(3, 100, 1, Start.RECORDS)
    found, seen = sum(len(case.truth) // 2 for case in cases), sum(len(case.truth) for case in cases)
    assert measured.route_recall == pytest.approx(found / seen)
    assert measured.route_precision == pytest.approx(found / (found + 3))
    assert measured.questions_per_sighting == pytest.approx(3 / (found + 3))
    assert measured.engine_seconds_p95 == 1.5
    assert (measured.first_trace_seconds_p95, measured.first_trace_views) == (0.5, 70)
    assert measured.seconds_to_first_trace_p95 == pytest.approx(0.5 + 70 * 0.010)
    assert measured.contender_route_recall is None


def test_brier_is_of_what_was_claimed(world):
    """0.8 of what holds and 0.4 of what does not."""
    measured = evaluate_city(world, RUN, tell_truth, COST)
    assert measured.brier == pytest.approx((0.04 + 0.16) / 2)
    assert [(each.claims, each.held) for each in measured.reliability] == [(3, 0.0), (3, 1.0)]


def test_reliability_of_nothing_is_empty():
    """No claims, no bins."""
    assert find_reliability([]) == ()


def test_describing_is_counted_by_additional_views_and_ends_with_the_budget(world):
    """A second look costs what it adds; what does not fit is not described."""
    case = world.cases(1, 100, 1, Start.SIGHTING)[0]
    spans = world.index.read_spans([Reach(world.cameras[3].camera_id, case.window)])
    looks = spans.take(np.flatnonzero(spans.views >= 3)[:2])
    first, second = world.index.read_chosen(looks)
    meter = Meter(case.describe, 4)
    spent = []
    for presences, views in (([first], 1), ([first], 3), ([second], 2), ([second], 1)):
        meter(presences, (), views)
        spent.append(meter.views)
    assert spent == [1, 3, 3, 4]
    assert (meter.presences, meter.camera_hours) == (2, len({int(start) // HOUR_US for start in looks.start_us}))


def test_the_oracle_never_errs_and_the_other_does_as_often_as_it_says():
    """Five of a hundred wrong, ten unsure, independent when asked again."""
    truth = frozenset(["yes"])
    oracle = CaseReviewer(Reviewer.ORACLE, truth, 1, "C-1")
    assert (oracle("yes"), oracle("no"), oracle.questions) == (Answer.YES, Answer.NO, 2)
    erring = CaseReviewer(Reviewer.ERRING, truth, 1, "C-1")
    answers = [erring("yes") for _ in range(3000)]
    assert answers.count(Answer.NO) / 3000 == pytest.approx(0.05, abs=0.015)
    assert answers.count(Answer.UNSURE) / 3000 == pytest.approx(0.10, abs=0.02)


def test_one_look_at_a_walk_errs_as_often_in_each_picture_and_together_about_one_walker():
    """Somebody else is told apart in 85 of 100 pictures; a wrong answer holds for all pictures of that walker."""
    truth = frozenset(f"t{n}" for n in range(2000))
    reviewer = CaseReviewer(Reviewer.ERRING, truth, 1, "C-1")
    kept = {True: 0, False: 0}
    for n in range(1000):
        answer, along = reviewer.look(f"t{n}", [f"t{n + 1000}", f"s{n}"])
        assert answer is not Answer.WITHDRAWN
        kept[True] += f"t{n + 1000}" in along
        kept[False] += f"s{n}" in along
    assert kept[True] == pytest.approx(850, abs=40)
    assert kept[False] == pytest.approx(50, abs=25)
    assert (reviewer.questions, reviewer.shown) == (1000, 3000)


def test_a_reviewer_answers_the_same_in_every_run():
    """Draws follow from seed, case and presence."""
    first, again = (CaseReviewer(Reviewer.ERRING, frozenset("a"), 7, "C-1") for _ in range(2))
    assert [first("a") for _ in range(50)] == [again("a") for _ in range(50)]


@pytest.mark.parametrize("name", [Contender.ONE_HOP, Contender.NEAREST])
def test_contenders_keep_to_the_budget_and_do_not_err_where_it_is_easy(world, name):
    """With descriptions that hardly err and a reviewer who never does."""
    run = replace(RUN, budget=1500, reviewer=Reviewer.ORACLE, start=Start.SIGHTING)
    contender = (name.value, open_contender(name, world, 100))
    measured = evaluate_city(world, run, tell_truth, COST, contender)
    assert measured.contender == name.value
    assert measured.contender_route_precision == 1.0
    assert measured.contender_views_described <= run.budget
    assert measured.contender_route_recall > (0.1 if name is Contender.ONE_HOP else -1)


def test_the_exhaustive_contender_finds_most_whatever_it_costs():
    """Everything is described and asked about by similarity."""
    options = {"same_mean": "0.75", "same_std": "0.05", "person_std": "0.03", "look_alikes": "0", "uniformed": "0"}
    world = open_world(WorldSpec(20, 1, 100, options=options))
    run = CityRun(1, 1, 100, 10, Start.SIGHTING, Reviewer.ORACLE)
    contender = ("exhaustive", open_contender(Contender.EXHAUSTIVE, world, 100))
    measured = evaluate_city(world, run, tell_truth, COST, contender)
    assert measured.contender_route_recall > 0.5
    assert measured.contender_views_described > run.budget


def test_nothing_can_be_learnt_where_no_hops_are_known(world):
    """A world of somebody else need not tell them."""
    world = type("Silent", (), {"hops": lambda self, seed: None, "cameras": world.cameras})()
    with pytest.raises(UsageError):
        open_contender(Contender.ONE_HOP, world, 1)


def test_names_of_presences_lead_back_to_their_rows_and_never_meet():
    """Names are one to one."""
    rows = np.arange(50_000)
    names = names_of(rows, 5)
    assert len(np.unique(names)) == len(rows)
    assert np.array_equal(rows_of(names, 5), rows)


@pytest.mark.parametrize("options", [{"nonsense": "1"}, {"detected": "much"}, {"model": "magic"}])
def test_options_that_a_city_does_not_have_are_refused(options):
    """One line that says which."""
    with pytest.raises(UsageError):
        open_world(WorldSpec(40, 1, 100, options=options))
