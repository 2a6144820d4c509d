"""How frames are brought to the person detectors."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from casetrail.adapters.model_files.model_files import LocalModelFiles
from casetrail.adapters.openvino_models.boxes import keep_distinct
from casetrail.adapters.openvino_models.person_detector import cut_tiles, input_size
from casetrail.app.models import resolve
from casetrail.bootstrap import open_decoder, open_person_detector
from casetrail.footage.recordings import Recording
from casetrail.model.geometry import box_overlap
from casetrail.model.models import ModelRole


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        ((768, 576), (640, 480)),
        ((640, 480), (640, 480)),
        ((216, 576), (320, 864)),
        ((1920, 1080), (960, 544)),
        ((3840, 2160), (960, 544)),
        ((320, 240), (480, 352)),
    ],
)
def test_input_keeps_the_shape_of_the_frame(frame: tuple[int, int], expected: tuple[int, int]) -> None:
    """Sizes that were measured to work; nobody is squeezed by more than rounding to multiples of 32."""
    assert input_size(frame) == expected
    stretch = (expected[0] / frame[0]) / (expected[1] / frame[1])
    assert 0.94 < stretch < 1.06


@pytest.mark.parametrize("wh", [(768, 576), (216, 576), (1920, 1080), (100, 80), (3840, 2160)])
def test_tiles_cover_every_pixel_and_overlap(wh: tuple[int, int]) -> None:
    """Each pixel lies in a tile, tiles lie in the frame, and neighbours share a fifth of their side at least."""
    seen = np.zeros((wh[1], wh[0]), dtype=bool)
    tiles = cut_tiles(wh)
    for left, top, right, bottom in tiles:
        assert 0 <= left < right <= wh[0] and 0 <= top < bottom <= wh[1]
        seen[top:bottom, left:right] = True
    assert seen.all()
    lefts = sorted({(left, right) for left, _, right, _ in tiles})
    for (_, before), (after, right) in itertools.pairwise(lefts):
        assert before - after >= 0.2 * (right - after)


def test_one_box_is_kept_for_one_person() -> None:
    """The surest of overlapping boxes stays, a box inside it goes, a neighbour stays."""
    boxes = np.array([[0, 0, 10, 30], [1, 0, 11, 30], [2, 5, 8, 20], [40, 0, 50, 30]], dtype=np.float32)
    confidence = np.array([0.8, 0.9, 0.7, 0.6], dtype=np.float32)
    assert keep_distinct(boxes, confidence, overlap=0.5, cover=0.75).tolist() == [1, 3]
    assert keep_distinct(boxes[:0], confidence[:0], overlap=0.5).tolist() == []


def test_people_of_real_footage_are_found(models_dir: Path, shared_data: Path, tmp_path: Path) -> None:
    """In the shared clip most people of the truth are found, and most boxes are people."""
    path = shared_data / "opencv_vtest" / "vtest.avi"
    truth = np.loadtxt(shared_data / "opencv_vtest/gt/PETS09-S2L1/gt/gt.txt", delimiter=",")
    decoder = open_decoder(1)
    recording = Recording("A", str(path), 0, decoder.probe(str(path)), path.stat().st_size)
    first = list(decoder.read_frames(recording, end_pts=recording.media.first_pts + 41))[::10]
    detector = open_person_detector(resolve(ModelRole.PERSON_DETECTOR, LocalModelFiles(models_dir, tmp_path)), 1)
    matched = people = boxes = 0
    for index, found in zip(range(0, 41, 10), detector.detect([frame.image for frame in first]), strict=True):
        rows = truth[truth[:, 0] == index + 1]
        real = np.concatenate([rows[:, 2:4], rows[:, 2:4] + rows[:, 4:6]], axis=1).astype(np.float32)
        sure = found.xyxy[found.confidence >= 0.5]
        overlap = box_overlap(real, sure)
        matched += int((overlap.max(axis=1) >= 0.5).sum())
        people, boxes = people + len(real), boxes + len(sure)
    assert matched / people > 0.75
    assert matched / boxes > 0.75
