"""What the OpenVINO adapters do around their networks."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from casetrail.adapters.model_files.model_files import LocalModelFiles
from casetrail.adapters.openvino_models.alignment import LANDMARKS, similarity_transform
from casetrail.adapters.openvino_models.clothing import without_background
from casetrail.adapters.openvino_models.face_detectors import on_canvas
from casetrail.app.evaluate.reid import evaluate_reid
from casetrail.app.models import resolve
from casetrail.bootstrap import open_clothing_embedder, open_face_detector, open_image_reader, open_mask_classifier
from casetrail.model.models import AccuracyClass, ModelRole
from casetrail.sightings.sightings import MaskState


def test_alignment_undoes_turn_scale_and_shift() -> None:
    """Landmarks that were turned, scaled and shifted come back to where they belong."""
    turn = np.array([[np.cos(0.4), -np.sin(0.4)], [np.sin(0.4), np.cos(0.4)]])
    seen = LANDMARKS * 128 @ (1.7 * turn).T + (31.0, -12.0)
    matrix = similarity_transform(seen, LANDMARKS * 128)
    assert np.allclose(seen @ matrix[:, :2].T + matrix[:, 2], LANDMARKS * 128, atol=1e-6)


@pytest.mark.parametrize(
    ("wh", "canvas", "scale"),
    [((90, 120), (320, 320), 2.0), ((300, 200), (320, 320), 320 / 300), ((640, 480), (640, 640), 1.0)],
)
def test_crops_share_few_canvases(wh: tuple[int, int], canvas: tuple[int, int], scale: float) -> None:
    """Crops of any size are brought to one of two canvases, never squeezed."""
    picture, factor = on_canvas(np.full((wh[1], wh[0], 3), 200, dtype=np.uint8))
    assert picture.shape[1::-1] == canvas
    assert factor == pytest.approx(scale)
    assert picture[-1, -1].sum() == 0 or wh[0] == wh[1]


def test_background_takes_the_mean_colour() -> None:
    """Where the silhouette is 0 the crop is its own mean, where it is 1 it stays."""
    crop = np.zeros((4, 4, 3), dtype=np.uint8)
    crop[:2] = 200
    mask = np.zeros((4, 4), dtype=np.float32)
    mask[0] = 1
    filled = without_background(crop, mask)
    assert (filled[0] == 200).all() and (filled[1:] == 100).all()


def test_default_clothing_matches_its_calibration(models_dir: Path, shared_data: Path, tmp_path: Path) -> None:
    """On a few real people the default embedder finds nearly all, with similarities as the catalogue says."""
    few = tmp_path / "few"
    for person in sorted((shared_data / "reid_iitd_col780" / "train").iterdir())[:8]:
        (few / person.name).parent.mkdir(exist_ok=True)
        (few / person.name).symlink_to(person)
    pictures = tmp_path / "pictures"
    for link in few.iterdir():
        for path in sorted(link.iterdir()):
            if path.name[3] in "15":
                (pictures / link.name).mkdir(parents=True, exist_ok=True)
                (pictures / link.name / path.name).write_bytes(path.read_bytes())
    files = LocalModelFiles(models_dir, tmp_path)
    embedder = open_clothing_embedder(resolve(ModelRole.CLOTHING, files, AccuracyClass.DEFAULT))
    result = evaluate_reid(pictures, pictures, ("01", "02"), embedder, open_image_reader())
    assert result.rank1 >= 0.9
    calibration = embedder.calibration
    assert abs(result.same_mean - calibration.same_mean) < 1.5 * calibration.same_std
    assert abs(result.different_mean - calibration.different_mean) < calibration.different_std


def test_real_masks_are_read(models_dir: Path, shared_data: Path, tmp_path: Path) -> None:
    """Of large real faces most masks are seen, and hardly any bare face is called masked."""
    files = LocalModelFiles(models_dir, tmp_path)
    detector = open_face_detector(resolve(ModelRole.FACE_DETECTOR, files))
    classifier = open_mask_classifier(resolve(ModelRole.MASK, files))
    share: dict[str, dict[MaskState, int]] = {}
    for name in ("with_mask", "without_mask"):
        counts = share.setdefault(name, dict.fromkeys(MaskState, 0))
        for path in sorted((shared_data / "mask_cls160" / "dataset" / name).iterdir())[::4]:
            image = cv2.imread(str(path))
            image = np.pad(image, ((40, 40), (40, 40), (0, 0)))
            for reading in classifier.classify(image, detector.detect([image])[0])[:1]:
                counts[reading.state] += 1
    assert share["with_mask"][MaskState.WORN] >= 13
    assert share["without_mask"][MaskState.NONE] >= 18
    assert share["without_mask"][MaskState.WORN] <= 1
