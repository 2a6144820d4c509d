"""Mask states: doubt becomes unknown."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casetrail.sightings.describers import Faces
from casetrail.sightings.masks import combine_masks, read_face, read_mask
from casetrail.sightings.sightings import MaskReading, MaskState
from casetrail.testing.counting_describers import counting_describers

WORN, NONE = MaskReading(MaskState.WORN, 0.9), MaskReading(MaskState.NONE, 0.9)
BADLY, UNKNOWN = MaskReading(MaskState.BADLY, 0.9), MaskReading()


@pytest.mark.parametrize(
    ("readings", "state"),
    [
        ([], MaskState.UNKNOWN),
        ([UNKNOWN, UNKNOWN], MaskState.UNKNOWN),
        ([WORN], MaskState.WORN),
        ([WORN, UNKNOWN, WORN], MaskState.WORN),
        ([WORN, NONE], MaskState.UNKNOWN),
        ([WORN, WORN, NONE], MaskState.UNKNOWN),
        ([NONE, NONE, NONE, WORN], MaskState.NONE),
        ([BADLY, WORN], MaskState.UNKNOWN),
    ],
)
def test_views_agree_or_nothing_is_known(readings: list[MaskReading], state: MaskState) -> None:
    """Views that agree give their state, views that contradict each other give unknown."""
    assert combine_masks([(reading, 30.0) for reading in readings]).state is state


def test_dissent_lowers_confidence() -> None:
    """A state that not all views share is less sure than one that they do."""
    agreed = combine_masks([(WORN, 30.0)] * 4)
    doubted = combine_masks([(WORN, 30.0)] * 4 + [(NONE, 30.0)])
    assert 0.9 < agreed.confidence <= 0.99
    assert doubted.state is MaskState.WORN
    assert doubted.confidence < agreed.confidence


def test_larger_faces_weigh_more() -> None:
    """A large face outweighs a small one that says otherwise."""
    assert combine_masks([(WORN, 90.0), (NONE, 25.0)]).state is MaskState.WORN


def test_views_of_one_presence_are_not_independent() -> None:
    """Two agreeing views are surer than one, and less sure than two independent witnesses would be."""
    one, two = combine_masks([(WORN, 30.0)]), combine_masks([(WORN, 30.0)] * 2)
    likelihood = np.array([0.9, 0.05, 0.05])
    independent = float((likelihood**2 / (likelihood**2).sum())[0])
    assert one.confidence == pytest.approx(0.9)
    assert one.confidence < two.confidence < independent


def test_doubtful_views_add_up_to_a_state() -> None:
    """A state that no single view is sure enough to claim is claimed when several agree; one alone is unknown."""
    doubtful = MaskReading(MaskState.NONE, 0.75)
    assert combine_masks([(doubtful, 30.0)]) == MaskReading()
    assert combine_masks([(doubtful, 30.0)] * 4).state is MaskState.NONE


@given(
    st.lists(
        st.tuples(
            st.builds(MaskReading, st.sampled_from([MaskState.WORN, MaskState.BADLY, MaskState.NONE]), st.floats(0, 1)),
            st.floats(24, 200),
        ),
        max_size=6,
    )
)
def test_never_a_state_that_no_view_showed(readings: list[tuple[MaskReading, float]]) -> None:
    """What comes out was seen in some view or is unknown, and its confidence is what may be claimed."""
    combined = combine_masks(readings)
    seen = {reading.state for reading, _ in readings}
    assert combined.state in seen | {MaskState.UNKNOWN}
    assert combined == MaskReading() or 0.8 <= combined.confidence <= 0.99


def make_frame() -> np.ndarray:
    """A grey frame."""
    return np.full((400, 400, 3), 128, np.uint8)


def test_small_faces_stay_unknown() -> None:
    """A face under 24 pixels of the frame is unknown and not even classified, however far it was enlarged."""
    describers = counting_describers(0.5, [WORN])
    face = read_face(make_frame(), (100, 100, 132, 196), describers)
    assert face is not None
    assert face.width_px == pytest.approx(21, abs=1.5)
    assert face.mask == MaskReading()
    assert describers.masks is not None
    assert describers.masks.widths_px == []  # type: ignore[attr-defined]


def test_narrow_boxes_are_not_searched_for_faces() -> None:
    """In a box too narrow for a face of any use, no face is looked for."""
    describers = counting_describers(0.9, [WORN])
    assert read_face(make_frame(), (100, 100, 129, 187), describers) is None
    assert describers.faces is not None
    assert describers.faces.pictures == 0  # type: ignore[attr-defined]


def test_sizes_are_those_of_the_frame() -> None:
    """The classifier gets the frame and the face in the frame's own pixels, not in the enlarged picture's."""
    describers = counting_describers(0.5, [WORN])
    face = read_face(make_frame(), (100, 100, 180, 340), describers)
    assert face is not None
    assert face.mask == WORN
    assert describers.masks is not None
    assert describers.masks.widths_px == pytest.approx([52], abs=1)  # type: ignore[attr-defined]
    assert (face.faces.xyxy[0, 0] + face.faces.xyxy[0, 2]) / 2 == pytest.approx(140, abs=1)


def test_no_face_no_state() -> None:
    """Where no face is seen there is nothing to read."""
    assert read_face(make_frame(), (100, 100, 180, 340), counting_describers(0.0)) is None


def test_a_face_in_profile_is_unknown() -> None:
    """Half of a mask cannot be seen from the side, so it is not even classified."""
    describers = counting_describers(0.5, [WORN])
    xyxy = np.array([[100, 100, 160, 180]], np.float32)
    front = np.array([[[115, 130], [145, 130], [130, 145], [118, 160], [142, 160]]], np.float32)
    side = front.copy()
    side[0, 2, 0] = 150
    assert describers.masks is not None
    for landmarks, expected in ((front, WORN), (side, MaskReading())):
        assert read_mask(make_frame(), Faces(xyxy, landmarks, np.ones(1, np.float32)), describers.masks) == expected
    assert len(describers.masks.widths_px) == 1  # type: ignore[attr-defined]
