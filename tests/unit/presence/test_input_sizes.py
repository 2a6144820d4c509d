"""At which sizes the detector looks, from the sizes of the people there."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from casetrail import bootstrap
from casetrail.app.evaluate.head_truth import TruthFormat
from casetrail.app.evaluate.people_truth import read_people_truth
from casetrail.app.evaluate.tracking import open_recording, whole_segment
from casetrail.app.settings import Settings
from casetrail.footage.decoder import DecodedFrame, Packet
from casetrail.footage.recordings import MediaFacts, Recording, RecordingKind
from casetrail.model.arrays import Image
from casetrail.model.geometry import box_overlap
from casetrail.presence.detector import Detections, Detector
from casetrail.presence.input_sizes import SizeRules, choose_scales, measure_heights, merge, scales_to_try
from casetrail.presence.looking import look
from casetrail.presence.sampling import ADAPTIVE

RULES = SizeRules()


@pytest.mark.parametrize(
    ("heights", "scales"),
    [
        ([], (1.0,)),
        ([80, 90, 100, 30], (1.0, 2.0)),
        ([80, 90, 100, 120, 30], (1.0,)),
        ([20, 25, 30], (2.0,)),
        ([400, 500, 600], (0.4,)),
        ([400, 20, 90], (0.4, 1.0, 2.0)),
        ([36, 239], (1.0,)),
    ],
)
def test_sizes_follow_the_people(heights: list[float], scales: tuple[float, ...]) -> None:
    """People of usual heights need one look; many small or large ones add another, or replace the usual one."""
    assert choose_scales(np.array(heights, np.float64), RULES) == scales


@pytest.mark.parametrize(
    ("heights", "scales"), [([], (0.4, 2.0)), ([80, 90, 100, 120], ()), ([45, 90, 100], (2.0,)), ([170, 90], (0.4,))]
)
def test_other_sizes_are_tried_only_near_the_limits(heights: list[float], scales: tuple[float, ...]) -> None:
    """A place where everybody has a usual height costs no further look; one where nobody was found costs two."""
    assert scales_to_try(np.array(heights, np.float64), RULES) == scales


def test_unsure_detections_do_not_count() -> None:
    """A size is never chosen for the sake of boxes that may be nobody."""
    found = Detections(np.array([[0, 0, 10, 20], [0, 0, 30, 90]], np.float32), np.array([0.3, 0.9], np.float32))
    assert measure_heights([found], RULES).tolist() == [90.0]
    assert len(measure_heights([], RULES)) == 0


def test_one_person_seen_at_two_sizes_is_one() -> None:
    """Boxes of one person from two looks are one, the surer; others stay, surest first."""
    usual = Detections(np.array([[0, 0, 40, 100]], np.float32), np.array([0.7], np.float32))
    enlarged = Detections(np.array([[1, 1, 41, 99], [200, 0, 215, 35]], np.float32), np.array([0.8, 0.9], np.float32))
    merged = merge([usual, enlarged])
    assert merged.xyxy.tolist() == [[200, 0, 215, 35], [1, 1, 41, 99]]


class Pictures:
    """A decoder of pictures in memory, every one of them a keyframe."""

    def __init__(self, pictures: list[Image]) -> None:
        self._pictures = pictures
        height, width = pictures[0].shape[:2]
        count = len(pictures)
        media = MediaFacts(RecordingKind.IMAGES, "none", width, height, Fraction(1, 5), 0, count, count)
        self.recording = Recording("CAM01", "pictures", 0, media, 1)

    def read_packets(self, _recording: Recording, start_pts: int, end_pts: int) -> Iterator[Packet]:
        """One each."""
        yield from (Packet(pts, 1000, True) for pts in range(start_pts, end_pts))

    def scan(
        self, _recording: Recording, start_pts: int, end_pts: int, *, leave_out: Collection[int] = ()
    ) -> Iterator[DecodedFrame]:
        """The pictures of a span."""
        yield from (_Picture(pts, self._pictures[pts]) for pts in range(start_pts, end_pts) if pts not in leave_out)


class _Picture:
    keyframe = True

    def __init__(self, pts: int, image: Image) -> None:
        self.pts, self._image, self.size_bytes = pts, image, image.nbytes

    def picture(self, wh: tuple[int, int] | None = None) -> Image:
        """The picture, scaled."""
        return self._image if wh is None else np.asarray(cv2.resize(self._image, wh, interpolation=cv2.INTER_AREA))


def test_people_of_40_and_of_700_px_are_found(models_dir: Path, shared_data: Path) -> None:
    """A high street at a third of its size, nine times over, and four times as large: most people are found.

    At the usual size 0.27 of the small ones are (heights 40 to 110 px in 1080 lines).
    """
    detector = bootstrap.open_detector(Settings(models=models_dir), 1)
    pictures, truth = _high_street(shared_data / "towncentre", range(10, 60, 24))
    small = [np.tile(cv2.resize(one, (640, 360), interpolation=cv2.INTER_AREA), (3, 3, 1)) for one in pictures]
    shifts = [np.array([640 * x, 360 * y] * 2) for x in range(3) for y in range(3)]
    small_truth = [np.concatenate([boxes / 3 + shift for shift in shifts]) for boxes in truth]
    assert _found_share(small, small_truth, detector) > 0.55
    large = [cv2.resize(one[90:360, 830:1310], (1920, 1080), interpolation=cv2.INTER_CUBIC) for one in pictures]
    large_truth = [_inside((boxes - np.array([830, 90] * 2)) * 4) for boxes in truth]
    heights = np.concatenate(large_truth)[:, 3] - np.concatenate(large_truth)[:, 1]
    assert heights.max() > 650
    assert _found_share(large, large_truth, detector) > 0.8


def _high_street(folder: Path, numbers: range) -> tuple[list[Image], list[np.ndarray]]:
    decoder = bootstrap.open_decoder(1)
    source = open_recording(folder / "TownCentreXVID_5s_25fps.mp4", decoder)
    file = folder / "dataset/TownCentre-groundtruth.top.gz"
    truth = read_people_truth(file, TruthFormat.TOWNCENTRE, -4, source.media.frames, (1920, 1080))
    chosen = [(n, one.picture()) for n, one in enumerate(decoder.scan(source, None, None)) if n in numbers]
    return [one for _, one in chosen], [truth.xyxy[truth.frame == n].astype(np.float64) for n, _ in chosen]


def _inside(boxes: np.ndarray) -> np.ndarray:
    """The boxes of those who are mostly inside the picture."""
    cut = np.clip(boxes, 0, [1920, 1080] * 2)
    share = np.prod(cut[:, 2:] - cut[:, :2], axis=1) / np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    return np.asarray(cut[share > 0.6])


def _found_share(pictures: list[Image], truth: list[np.ndarray], detector: Detector) -> float:
    decoder = Pictures(pictures)
    rules = replace(ADAPTIVE, looks_per_s=5.0)
    segment = whole_segment(decoder.recording)
    found = look(segment, decoder, detector, rules, lambda _found, _seconds: ())  # type: ignore[arg-type]
    seen = []
    for boxes, here in zip(truth, found.detections, strict=True):
        overlap = box_overlap(boxes.astype(np.float32), here.xyxy[here.confidence >= 0.5])
        seen += (overlap.max(axis=1, initial=0) >= 0.5).tolist()
    return float(np.mean(seen))
