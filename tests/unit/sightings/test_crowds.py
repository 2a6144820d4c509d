"""What a camera's crowd has in common is taken out, and only as far as a crowd was seen."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casetrail.model.arrays import Floats
from casetrail.sightings.crowds import centre_on_crowd

RNG = np.random.default_rng(3)
SIZE = 64


def unit(rows: Floats) -> Floats:
    """Rows at length 1."""
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def city(people: int, cast: float) -> tuple[Floats, Floats, Floats]:
    """The same people seen by two cameras, each of which adds a cast of its own; embeddings, camera, crowd."""
    clothes = RNG.normal(size=(people, SIZE))
    casts = cast * RNG.normal(size=(2, SIZE))
    rows = np.concatenate([clothes + casts[camera] + 0.8 * RNG.normal(size=clothes.shape) for camera in (0, 1)])
    return unit(rows), np.repeat([0, 1], people), np.ones(2 * people, bool)


def separation(embeddings: Floats) -> float:
    """How many spreads apart the same and different people of both cameras are."""
    half = len(embeddings) // 2
    cosines = embeddings[:half] @ embeddings[half:].T
    same, other = np.diag(cosines), cosines[~np.eye(half, dtype=bool)]
    return float((same.mean() - other.mean()) / np.sqrt((same.var() + other.var()) / 2))


def test_people_are_told_apart_better_between_cameras_with_casts() -> None:
    """Each camera's own cast hides who is who; taking out what its crowd shares brings them back."""
    embeddings, camera, crowd = city(40, cast=1.5)
    assert separation(centre_on_crowd(embeddings, camera, crowd)) > 1.2 * separation(embeddings)


def test_strangers_are_no_longer_alike() -> None:
    """People of one camera share its cast; without it they are as unlike as strangers are."""
    embeddings, camera, crowd = city(40, cast=1.5)
    centred = centre_on_crowd(embeddings, camera, crowd)
    apart = ~np.eye(40, dtype=bool)
    before, after = ((rows[:40] @ rows[:40].T)[apart].mean() for rows in (embeddings, centred))
    assert before > 0.4
    assert abs(after) < 0.15


def test_a_person_known_to_be_the_case_is_no_crowd() -> None:
    """Many sightings of the case at a camera do not count as what its people have in common."""
    embeddings, camera, _ = city(20, cast=0.5)
    crowd = np.arange(40) >= 5
    changed = embeddings.copy()
    changed[:5] = unit(RNG.normal(size=(5, SIZE)))
    assert np.array_equal(centre_on_crowd(embeddings, camera, crowd)[5:], centre_on_crowd(changed, camera, crowd)[5:])


def test_two_people_are_hardly_a_crowd() -> None:
    """With a couple of presences opened the embeddings stay nearly as they are."""
    embeddings, camera, crowd = city(2, cast=0.5)
    centred = centre_on_crowd(embeddings, camera, crowd)
    assert (np.sum(embeddings * centred, axis=1) > 0.9).all()


@given(st.integers(1, 12), st.integers(1, 3), st.floats(0, 1))
def test_vectors_stay_unit_vectors(count: int, cameras: int, crowded: float) -> None:
    """Whoever counts as crowd, everyone keeps a finite vector of length 1, in the same place."""
    rng = np.random.default_rng(count)
    embeddings = unit(rng.normal(size=(count, 3)))
    centred = centre_on_crowd(embeddings, rng.integers(0, cameras, count), rng.random(count) < crowded)
    assert centred.dtype == np.float32
    assert np.linalg.norm(centred, axis=1) == pytest.approx(np.ones(count), abs=1e-5)


def test_nobody_opened() -> None:
    """No embeddings, nothing to do."""
    empty = np.zeros((0, 4), np.float32)
    assert centre_on_crowd(empty, np.zeros(0, np.int64), np.zeros(0, bool)).shape == (0, 4)
