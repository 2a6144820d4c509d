"""Embeddings turned by a rotation of their case: alike within it, meaningless between cases."""

import numpy as np
import pytest

from casetrail.model.time import UtcInterval
from casetrail.sightings.sightings import MaskReading, Sighting
from casetrail.sightings.turning import Turning, build_turning

SIZE = 256
EXPECTED = [-0.765349870410389, 0.238303248596634, -0.597872174943015]


def _sightings(count: int) -> list[Sighting]:
    vectors = np.random.default_rng(3).normal(size=(count, SIZE)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return [Sighting(f"p{n}", "A", UtcInterval(0, 1), v, 1.0, 1, MaskReading()) for n, v in enumerate(vectors)]


def _stacked(sightings: list[Sighting]) -> np.ndarray:
    return np.stack([sighting.embedding for sighting in sightings])


def test_a_rotation_is_orthogonal_and_follows_from_its_secret() -> None:
    """The same secret gives the same rotation, another secret another one, and each keeps lengths."""
    one, again, other = (build_turning(secret, SIZE) for secret in (b"a", b"a", b"b"))
    assert np.array_equal(one, again)
    assert np.allclose(one @ one.T, np.eye(SIZE), atol=1e-12)
    assert np.abs(one - other).max() > 0.1


def test_a_rotation_is_the_same_on_every_machine() -> None:
    """Its first numbers are what they were when vaults were first written: a change would spoil every open case."""
    assert build_turning(b"a", 3)[0] == pytest.approx(EXPECTED, abs=1e-12)


def test_cosines_within_a_case_stay() -> None:
    """Every similarity between sightings of one case is what it was, whether turned together or one by one."""
    before, turning = _sightings(20), Turning(b"one case")
    together = _stacked(turning.turned(before))
    apart = _stacked([one for each in before for one in turning.turned([each])])
    assert np.allclose(together @ apart.T, _stacked(before) @ _stacked(before).T, atol=1e-6)


def test_the_same_coat_in_two_cases_has_nothing_in_common() -> None:
    """One embedding turned for two cases is as unlike as two strangers', so cases cannot be joined by it."""
    before = _sightings(200)
    one, other = (_stacked(Turning(secret).turned(before)) for secret in (b"one", b"other"))
    cosines = np.einsum("nd,nd->n", one, other)
    assert np.abs(cosines).max() < 0.35
    assert abs(float(cosines.mean())) < 0.05


def test_nothing_to_turn() -> None:
    """No sightings are no sightings."""
    assert Turning(b"x").turned([]) == []
