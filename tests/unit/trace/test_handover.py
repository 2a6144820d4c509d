"""People are linked from one camera to another where the evidence says so, and are never merged for want of better."""

import numpy as np
import pytest

from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.sightings.describers import SimilarityCalibration
from casetrail.sightings.sightings import MaskReading, Sighting
from casetrail.trace.handover import judge_pairs, link_sightings

CALIBRATION = SimilarityCalibration(0.40, 0.13, 0.0, 0.08, "test")
WIDE = 156


def crowd(people: int, seed: int, alike: float = 0.0) -> np.ndarray:
    """A direction of clothing for each person; `alike`: how much of it everybody shares."""
    rng = np.random.default_rng(seed)
    own = rng.normal(size=(people, WIDE)) / np.sqrt(WIDE)
    shared = rng.normal(size=WIDE) / np.sqrt(WIDE)
    return np.sqrt(1 - alike) * own + np.sqrt(alike) * shared


def seen(clothes: np.ndarray, camera: str, start_s: list[float], share: float, seed: int) -> list[Sighting]:
    """A sighting of each person, with noise, for five seconds each."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=clothes.shape) / np.sqrt(clothes.shape[1])
    vectors = np.sqrt(share) * clothes + np.sqrt(1 - share) * noise
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return [
        Sighting(
            f"{camera}{n}", camera, UtcInterval(*us(start, start + 5)), v.astype(np.float32), 0.8, 1, MaskReading()
        )
        for n, (v, start) in enumerate(zip(vectors, start_s, strict=True))
    ]


def us(*seconds: float) -> list[int]:
    """Seconds as whole microseconds."""
    return [round(each * SECOND_US) for each in seconds]


@pytest.mark.parametrize("seed", range(5))
def test_people_who_pass_both_are_linked_and_nobody_is_merged(seed: int) -> None:
    """Of twelve people eight come by again half a minute later: most are linked, none to somebody else."""
    clothes = crowd(16, seed)
    first = seen(clothes[:12], "A", [20.0 * n for n in range(12)], 0.75, seed + 1)
    second = seen(clothes[4:], "B", [20.0 * n + 110 for n in range(12)], 0.75, seed + 2)
    links = link_sightings(first, second, CALIBRATION)
    right = [link for link in links if link.one == link.other + 4]
    assert len(right) >= 6
    assert len(right) == len(links)


def test_people_in_one_uniform_are_left_unlinked() -> None:
    """Where everybody wears the very same and comes by at any time, nobody is claimed to be anybody."""
    clothes = crowd(12, 3, alike=1.0)
    times = np.random.default_rng(3).uniform(0, 600, (2, 12))
    first = seen(clothes, "A", times[0].tolist(), 0.9, 4)
    second = seen(clothes, "B", times[1].tolist(), 0.9, 5)
    assert not link_sightings(first, second, CALIBRATION)


def test_one_person_is_never_twice_in_one_picture() -> None:
    """Two sightings at one time on one camera are two people, however alike they are."""
    clothes = crowd(8, 6)
    first = seen(clothes, "A", [20.0 * n for n in range(8)], 0.8, 7)
    twins = seen(clothes[[0, 0]], "B", [40.0, 41.0], 0.9, 8)
    second = twins + seen(clothes[1:], "B", [20.0 * n + 60 for n in range(7)], 0.8, 9)
    linked = [link for link in link_sightings(first, second, CALIBRATION, least=0.01) if link.one == 0]
    assert not {0, 1} <= {link.other for link in linked}


def test_rivals_share_and_probabilities_stay_probabilities() -> None:
    """All that one sighting may be is at most one, where all of it was in one picture."""
    clothes = crowd(10, 10)
    first = seen(clothes, "A", [0.0] * 10, 0.7, 11)
    second = seen(clothes, "B", [60.0] * 10, 0.7, 12)
    probability = judge_pairs(first, second, CALIBRATION)
    assert probability.min() >= 0
    assert probability.sum(axis=1).max() <= 1 + 1e-9
    assert probability.sum(axis=0).max() <= 1 + 1e-9


def test_the_usual_way_is_learned_from_the_pairs() -> None:
    """Somebody who came at the usual time is likelier than the same somebody at an odd one."""
    clothes = crowd(14, 13)
    start = [20.0 * n for n in range(14)]
    first = seen(clothes, "A", start, 0.7, 14)
    usual = seen(clothes, "B", [each + 40 for each in start], 0.7, 15)
    odd = seen(clothes, "B", [*[each + 40 for each in start[:-1]], start[-1] - 200], 0.7, 15)
    assert judge_pairs(first, usual, CALIBRATION)[-1, -1] > judge_pairs(first, odd, CALIBRATION)[-1, -1]


def test_nobody_is_nobody() -> None:
    """An empty recording links with nothing."""
    assert link_sightings([], seen(crowd(2, 1), "B", [0.0, 9.0], 0.7, 1), CALIBRATION) == ()
