"""From similarity to evidence: monotone, capped, normalised by the crowd."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casetrail.model.arrays import Doubles, Flags, Floats
from casetrail.model.time import UtcInterval
from casetrail.sightings.crowds import centre_on_crowd, measure_likeness
from casetrail.sightings.describers import SimilarityCalibration
from casetrail.sightings.sightings import MaskReading, Sighting
from casetrail.trace import evidence
from casetrail.trace.case_trace import Answer

CALIBRATION = SimilarityCalibration(0.38, 0.14, 0.0, 0.08, "test", crowd_alike=0.1, views_alike=0.5)
RNG = np.random.default_rng(7)


def weigh(similarity, crowd):
    """Evidence of one similarity at a camera where the others have these."""
    values = np.array([similarity, *crowd])
    return float(
        evidence.clothing_evidence(values, np.zeros(len(values), np.int64), np.ones(len(values), bool), CALIBRATION)[0]
    )


@given(st.floats(-0.2, 0.9), st.floats(0.01, 0.3), st.lists(st.floats(-1, 1), min_size=2, max_size=30))
def test_more_similar_is_never_less_evidence(centre, spread, similarities):
    """Whatever the crowd, the ratio rises with similarity and stays within its caps."""
    ratio = evidence.log_ratio(np.sort(similarities), CALIBRATION, evidence.Cohort(centre, spread))
    assert (np.diff(ratio) >= -1e-9).all()
    assert (np.abs(ratio) <= evidence.HIGHEST).all()


def test_an_ordinary_crowd_leaves_a_good_match_standing():
    """Where others lie at 0.04, a similarity of 0.4 is strong and one of 0.04 speaks against."""
    crowd = RNG.normal(0.04, 0.08, 60)
    assert weigh(0.4, crowd) > 3
    assert weigh(0.04, crowd) < -1


def test_a_crowd_in_uniform_is_little_evidence():
    """Where everybody looks alike, looking alike says little, however high the similarity."""
    crowd = RNG.normal(0.8, 0.05, 60)
    assert abs(weigh(0.82, crowd)) < 1
    assert weigh(0.82, crowd) < weigh(0.4, RNG.normal(0.04, 0.08, 60)) - 2


def test_without_a_confirmed_sighting_clothing_says_nothing():
    """No reference, no evidence."""
    assert weigh(float("nan"), []) == 0


def test_few_strangers_leave_the_calibration_in_charge():
    """Two presences are not a crowd."""
    cohort = evidence.build_cohort(np.array([0.5, 0.6]), CALIBRATION)
    assert cohort.mean < 0.2


def test_several_references_are_averaged_and_not_summed():
    """Ten references of one person do not make ten witnesses."""
    one = evidence.best_mean(np.array([[0.5]]))
    ten = evidence.best_mean(np.full((1, 10), 0.5))
    assert one == pytest.approx(ten)
    assert np.isnan(evidence.best_mean(np.array([[np.nan]]))).all()


def test_look_alikes_of_rejected_people_lose_by_the_worst_only():
    """Two rejected people in the same coat cost no more than one; being more like the case costs nothing."""
    own = np.array([0.0, 3.0])
    once = evidence.look_alike_penalty(np.array([[2.0], [2.0]]), own)
    twice = evidence.look_alike_penalty(np.array([[2.0, 2.0], [2.0, 2.0]]), own)
    assert once == pytest.approx([-2.0, 0.0])
    assert twice == pytest.approx(once)


def test_a_face_adds_evidence_only_where_one_was_compared():
    """No comparison, no evidence; what a comparison told counts as it was told."""
    faces = [sighting(None), sighting(1.5), sighting(-2.0)]
    assert evidence.face_evidence(faces).tolist() == [0.0, 1.5, -2.0]


def test_answers_are_evidence_and_not_truth():
    """Strong, finite, and nothing for unsure or withdrawn."""
    assert 5 < evidence.answer_evidence(Answer.YES) < 12
    assert -12 < evidence.answer_evidence(Answer.NO) < -3
    assert evidence.answer_evidence(Answer.UNSURE) == evidence.answer_evidence(Answer.WITHDRAWN) == 0


def sighting(face):
    """A sighting with such a log-likelihood ratio of its face."""
    unit = np.array([1.0, 0.0], np.float32)
    return Sighting("p", "A", UtcInterval(0, 1), unit, 0.8, 1, MaskReading(), face_log_ratio=face)


@pytest.fixture
def uniformed() -> tuple[Floats, Flags]:
    """Forty people in the same uniform at two cameras: the uniform and noise, hardly anything of their own."""
    uniform, own = RNG.normal(size=48), 0.2 * RNG.normal(size=(40, 48))
    rows = np.concatenate([uniform + own + 0.5 * RNG.normal(size=(40, 48)) for _ in range(2)])
    embeddings = np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)
    return embeddings, np.arange(80) == 0


def weigh_crowd(embeddings: Floats, case: Flags) -> Doubles:
    """Evidence of everybody at the second camera, when the first person of the first is the case."""
    camera = np.repeat([0, 1], len(case) // 2)
    likeness = measure_likeness(embeddings, camera, ~case, CALIBRATION.crowd_alike)
    described = evidence.Described(np.ones(len(case)), np.full(len(case), 0.9), likeness)
    centred = centre_on_crowd(embeddings, camera, ~case)
    similarity = np.where(case, np.nan, centred @ centred[0])
    expected = evidence.expect_same(described, case, CALIBRATION)
    return evidence.clothing_evidence(similarity, camera, ~case, CALIBRATION, expected)[len(case) // 2 :]


def test_uniforms_leave_nothing_to_say(uniformed: tuple[Floats, Flags]) -> None:
    """Once the uniform is taken out of everybody only noise is compared, and noise is no evidence for or against."""
    found = weigh_crowd(*uniformed)
    assert np.abs(found).max() < 0.5


def test_own_clothes_speak_for_the_one_who_wears_them() -> None:
    """In an ordinary crowd the case stands out by far and most others are spoken against."""
    clothes = RNG.normal(size=(40, 48))
    rows = np.concatenate([clothes + 0.8 * RNG.normal(size=(40, 48)) for _ in range(2)])
    embeddings = np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)
    found = weigh_crowd(embeddings, np.arange(80) == 0)
    assert found[0] > 2
    assert np.median(found[1:]) < -1


def described(views: float = 1, quality: float = 0.9, likeness: float = 0.1, count: int = 2) -> evidence.Described:
    """So many sightings described alike."""
    return evidence.Described(np.full(count, views), np.full(count, quality), np.full(count, likeness))


def expect(sightings: evidence.Described) -> float:
    """What is expected of the second sighting, the first being the case's."""
    return float(evidence.expect_same(sightings, np.array([True, False]), CALIBRATION)[1])


def test_one_good_view_is_as_calibrated() -> None:
    """Single good views in a usual crowd are what the calibration is about."""
    assert expect(described()) == pytest.approx(CALIBRATION.same_mean)


def test_more_views_promise_more_likeness() -> None:
    """Means of several views carry less noise; the calibration says how much, and nothing is promised beyond it."""
    one, two, five = (expect(described(views)) for views in (1, 2, 5))
    assert one < two < five < 1
    assert two == pytest.approx(CALIBRATION.same_mean / 0.75)


def test_small_people_promise_less() -> None:
    """A poor description on either side lowers what may be expected, a better one than needed raises nothing."""
    small = described()
    small.quality[1] = 0.3
    assert expect(small) < 0.5 * expect(described())
    assert expect(described(quality=0.7)) == expect(described(quality=0.9))


def test_the_more_alike_strangers_are_the_less_is_expected() -> None:
    """Between crowds ever more alike the expectation falls to nothing; an odd crowd promises nothing more."""
    found = [expect(described(likeness=likeness)) for likeness in (-0.2, 0.1, 0.2, 0.3, 0.6)]
    assert found[0] == found[1] > found[2] > found[3] > found[4] == 0


def test_without_references_the_usual_is_expected() -> None:
    """Nobody confirmed yet: there is nothing to compare, and nothing breaks."""
    nobody = evidence.expect_same(described(), np.zeros(2, bool), CALIBRATION)
    assert nobody == pytest.approx(np.full(2, CALIBRATION.same_mean))
