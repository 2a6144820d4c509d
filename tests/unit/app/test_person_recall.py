"""People of the truth are counted as found only when presences that are mostly they cover them."""

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from casetrail.app.evaluate.person_recall import PeopleFigures, measure_people
from casetrail.app.evaluate.tracking import FrameBoxes
from casetrail.model.errors import UsageError


def frame(people: Mapping[int, float]) -> FrameBoxes:
    """People of 20 by 50 px, each with the left edge given."""
    boxes = [[left, 0, left + 20, 50] for left in people.values()]
    return FrameBoxes(np.array(list(people), np.int64), np.array(boxes, np.float32).reshape(-1, 4))


def frames(*parts: tuple[int, Mapping[int, float]]) -> list[FrameBoxes]:
    """So many frames with these people, one part after the other."""
    return [frame(people) for count, people in parts for _ in range(count)]


TWO = frames((10, {1: 0, 2: 200}))


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (frames((10, {7: 0, 8: 200})), PeopleFigures(1, 1, 1, 1)),
        (frames((10, {7: 3, 8: 195})), PeopleFigures(1, 1, 1, 1)),
        (frames((10, {})), PeopleFigures(0, 0, 0, 0)),
        (frames((10, {7: 0})), PeopleFigures(0.5, 1, 1, 0.5)),
        (frames((5, {7: 0}), (5, {})), PeopleFigures(0.5, 1, 1, 0.5)),
        (frames((4, {7: 0}), (6, {})), PeopleFigures(0, 1, 1, 0)),
        (frames((4, {7: 0}), (2, {}), (4, {8: 0})), PeopleFigures(0.5, 1, 2, 0.5)),
        (frames((10, {7: 0, 8: 200, 9: 400})), PeopleFigures(1, 2 / 3, 1, 1)),
        (frames((10, {7: 12})), PeopleFigures(0, 0, 0, 0)),
        (frames((5, {7: 0}), (5, {7: 200})), PeopleFigures(0, 0, 0, 0)),
        (frames((6, {7: 0}), (4, {7: 200})), PeopleFigures(0.5, 1, 1, 0.5)),
        (frames((10, {7: 0, 8: 1})), PeopleFigures(0.5, 0.5, 1, 0.5)),
    ],
    ids=[
        "everybody",
        "boxes a little off",
        "nobody",
        "one of two",
        "half of the time",
        "less than half of the time",
        "in two fragments",
        "somebody who is not there",
        "beside the person",
        "two people in equal parts are nobody",
        "mostly the one",
        "a second box of one person is nobody",
    ],
)
def test_people_are_found_or_not(found: Sequence[FrameBoxes], expected: PeopleFigures) -> None:
    """Recall, precision and fragments of two people who stand apart for ten frames."""
    assert measure_people(TWO, found) == expected


def test_frames_without_truth_count_against_a_presence() -> None:
    """A presence that goes on where nobody is annotated is nobody's once that is half of it."""
    truth = frames((5, {1: 0}), (5, {}))
    assert measure_people(truth, frames((10, {7: 0}))).person_precision == 0
    assert measure_people(truth, frames((9, {7: 0}), (1, {}))).person_precision == 1


def test_strict_recall_counts_frames_without_truth() -> None:
    """Who is followed on where nobody is annotated is found by the usual count, and not by the strict one."""
    truth = frames((5, {1: 0}), (5, {}))
    longer, shorter = measure_people(truth, frames((10, {7: 0}))), measure_people(truth, frames((9, {7: 0}), (1, {})))
    assert (longer.person_recall, longer.person_recall_strict) == (1, 0)
    assert (shorter.person_recall, shorter.person_recall_strict) == (1, 1)


def test_nothing_to_compare() -> None:
    """No frames give no figures; a different number of frames is a mistake of the caller."""
    assert measure_people([], []) == PeopleFigures(0, 0, 0, 0)
    with pytest.raises(UsageError, match="10 frames of truth, 9 of findings"):
        measure_people(TWO, TWO[:-1])
