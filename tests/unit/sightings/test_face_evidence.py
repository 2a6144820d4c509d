"""What a face similarity is worth: by size, by masks, and nothing where nothing was measured."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casetrail.sightings.face_evidence import HIGHEST, face_log_ratio
from casetrail.sightings.sightings import MaskState

BARE, WORN, BADLY, UNKNOWN = MaskState.NONE, MaskState.WORN, MaskState.BADLY, MaskState.UNKNOWN
states = st.tuples(st.sampled_from(MaskState), st.sampled_from(MaskState))


def test_alike_speaks_for_and_unlike_against() -> None:
    """A similarity that strangers hardly reach speaks for one person, one at their centre against."""
    assert face_log_ratio(0.5, 60, (BARE, BARE)) > 2
    assert face_log_ratio(0.0, 60, (BARE, BARE)) < -1


def test_small_faces_give_no_evidence() -> None:
    """Below what was measured nothing is said, however alike two faces are."""
    assert face_log_ratio(0.9, 23.9, (BARE, BARE)) == 0
    assert face_log_ratio(-0.9, 10, (WORN, BARE)) == 0


@pytest.mark.parametrize("similarity", [0.0, 0.05])
def test_unlikeness_says_less_under_a_mask(similarity: float) -> None:
    """Low similarity is weaker evidence against a person whose mouth is hidden."""
    bare, masked = (face_log_ratio(similarity, 60, (BARE, state)) for state in (BARE, WORN))
    assert bare < masked < 0


def test_two_masks_resemble_each_other() -> None:
    """The same likeness is worth less when both wear a mask than when nobody does."""
    assert face_log_ratio(0.3, 60, (WORN, BADLY)) < face_log_ratio(0.3, 60, (BARE, BARE))


@given(st.floats(-1, 1), st.floats(24, 200), states)
def test_unknown_masks_never_strengthen_evidence(
    similarity: float, width_px: float, known: tuple[MaskState, MaskState]
) -> None:
    """Not knowing whether there is a mask is worth no more than any of the possible cases."""
    unsure = face_log_ratio(similarity, width_px, (UNKNOWN, known[1]))
    for state in (BARE, WORN):
        assert abs(unsure) <= abs(face_log_ratio(similarity, width_px, (state, known[1]))) + 1e-12


@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(0, 200), states)
def test_more_alike_is_never_less_evidence(
    one: float, other: float, width_px: float, both: tuple[MaskState, MaskState]
) -> None:
    """Evidence rises with similarity and stays within its limits."""
    low, high = (face_log_ratio(value, width_px, both) for value in sorted((one, other)))
    assert -HIGHEST <= low <= high <= HIGHEST
