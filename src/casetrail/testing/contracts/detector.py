"""Contract of the Detector port: boxes inside the picture, low confidences included, the same every time."""

import cv2
import numpy as np

from casetrail.app.drawn_pictures import draw_street
from casetrail.model.arrays import Image
from casetrail.model.models import ModelRole
from casetrail.presence.detector import Detector


class DetectorContract:
    """Every detector passes these. A subclass gives the fixture `detector`."""

    def test_boxes_lie_in_their_picture(self, detector: Detector) -> None:
        """Boxes are float32 `(n, 4)` inside the picture with an area; confidences lie in 0.05..1."""
        pictures: list[Image] = [draw_street(), draw_street()[:200, 100:190], np.zeros((64, 96, 3), dtype=np.uint8)]
        for image, found in zip(pictures, detector.detect(pictures), strict=True):
            height, width = image.shape[:2]
            assert found.xyxy.shape == (len(found.confidence), 4)
            assert found.xyxy.dtype == found.confidence.dtype == np.float32
            assert (found.xyxy[:, :2] < found.xyxy[:, 2:]).all()
            assert (found.xyxy >= 0).all() and (found.xyxy <= [width, height, width, height]).all()
            assert ((found.confidence >= 0.05) & (found.confidence <= 1)).all()

    def test_same_picture_same_answer(self, detector: Detector) -> None:
        """The same picture gives the same numbers, whatever was looked at in between or beside it."""
        street, other = draw_street(), draw_street()[::-1]
        alone = detector.detect([street])[0]
        beside = detector.detect([np.ascontiguousarray(other), street])[1]
        assert np.array_equal(alone.xyxy, beside.xyxy)
        assert np.array_equal(alone.confidence, beside.confidence)

    def test_boxes_are_in_pixels_of_the_picture(self, detector: Detector) -> None:
        """A picture handed over at the size the detector asks for has the surest person, if any, at the same place."""
        street = draw_street()
        wh = (street.shape[1], street.shape[0])
        size = detector.input_size(wh)
        small = np.asarray(cv2.resize(street, size, interpolation=cv2.INTER_LINEAR))
        whole, given = detector.detect([street])[0], detector.detect([small], size)[0]
        there = given.xyxy * np.tile(np.array(wh) / np.array(size), 2)
        assert bool(len(there)) == bool(len(whole.xyxy))
        assert all(np.abs(there - box).max(axis=1).min() < 0.02 * max(wh) for box in whole.xyxy[:1])

    def test_no_pictures_no_answers(self, detector: Detector) -> None:
        """Nothing to look at gives nothing."""
        assert detector.detect([]) == []

    def test_stamp_names_its_role(self, detector: Detector) -> None:
        """Results can say which model made them."""
        assert detector.stamp.role is ModelRole.PERSON_DETECTOR
        assert len(detector.stamp.sha256_12) == 12
