"""Drawn footage is what it says: numbers, boxes and identities."""

from fractions import Fraction

import numpy as np
import pytest

from casetrail.model.time import parse_utc
from casetrail.testing.drawn_footage import (
    Scene,
    draw_image,
    dressed,
    find_truth,
    mot_truth,
    read_number,
    street_scene,
    walk_scenes,
)


@pytest.mark.parametrize("number", [0, 1, 255, 256, 40_000, 65_535])
def test_number(number: int) -> None:
    """A picture carries its number."""
    assert read_number(draw_image(Scene(frames=70_000), number)) == number


def test_no_number() -> None:
    """A picture that was not drawn here carries none."""
    assert read_number(np.full((240, 320, 3), 120, np.uint8)) == -1


def test_truth_is_where_the_colours_are() -> None:
    """The box of a figure is the extent of its coloured pixels, to within two pixels."""
    scene = street_scene(1, frames=20)
    for box in find_truth(scene):
        image = draw_image(scene, box.frame).astype(int)
        image[:10] = 0  # the number
        coloured = np.argwhere(image.max(axis=2) - image.min(axis=2) > 40)
        (top, left), (bottom, right) = coloured.min(axis=0), coloured.max(axis=0) + 1
        assert np.abs(np.array([left, top, right, bottom]) - np.array(box.xyxy)).max() <= 2.5


def test_truth_is_cut_by_the_edge() -> None:
    """A figure that leaves the picture has the box that is left of it, then none."""
    scene = Scene((dressed(0, ((0, 0.0, 100.0), (9, -100.0, 100.0))),), frames=10)
    boxes = find_truth(scene)
    assert boxes[0].xyxy[0] == 0
    assert len(boxes) < 10


def test_mot_truth_counts_from_one() -> None:
    """MOT rows count frames and identities from 1."""
    first = mot_truth(street_scene(2, frames=3)).splitlines()[0].split(",")
    assert (first[:2], len(first)) == (["1", "1"], 9)


def test_walk() -> None:
    """One person passes every camera in turn; the others stay with theirs."""
    start_us = parse_utc("2026-03-02T03:00:00+00:00")
    drawn = walk_scenes(3, start_us=start_us, frames=30, rate=Fraction(10), transit_s=20, others=2)
    people = [{box.person for box in find_truth(one.scene)} for one in drawn]
    assert set.intersection(*people) == {0}
    assert [len(each) for each in people] == [3, 3, 3]
    assert [(one.start_us - start_us) / 1e6 for one in drawn] == [0.0, 23.0, 46.0]
