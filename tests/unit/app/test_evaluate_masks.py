"""Measurements of the mask state, on drawn pictures whose answers are known."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from casetrail.adapters.image_files.read_image import read_image
from casetrail.app.drawn_pictures import draw_face
from casetrail.app.evaluate.mask_truth import read_mask_truth
from casetrail.app.evaluate.masks import evaluate_masks
from casetrail.model.arrays import Image
from casetrail.model.errors import BadInputError, MissingError, UsageError
from casetrail.testing.fake_describers import MASK_BGR, FakeFaceDetector, FakeMaskClassifier


def _write(path: Path, image: Image) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), image)


def _masked_face() -> Image:
    image = draw_face()[0]
    image[105:135, 72:128] = MASK_BGR
    return image


def test_masks_are_counted_by_state_and_size(tmp_path: Path) -> None:
    """Masked and bare drawn faces are told apart at 32 px, and unknown below 24."""
    for index in range(2):
        _write(tmp_path / "worn" / f"{index}.png", _masked_face())
        _write(tmp_path / "bare" / f"{index}.png", draw_face()[0])
    _write(tmp_path / "bare" / "nobody.png", np.full((60, 60, 3), 90, dtype=np.uint8))
    truth = read_mask_truth(tmp_path / "worn", tmp_path / "bare", None)
    result = evaluate_masks(truth, FakeFaceDetector(), FakeMaskClassifier(), read_image)
    assert result.recall_worn == 1.0
    assert result.recall_bare == pytest.approx(2 / 3)
    assert result.unknown_rate == pytest.approx(1 / 5)
    assert (result.n, result.wrong_rate) == (5, pytest.approx(0))
    sizes = {size.face_px: size for size in result.by_size}
    assert sizes[32].recall_worn == sizes[32].recall_bare == 1.0
    assert sizes[16].unknown_rate == 1.0


def _annotate(folder: Path, name: str, faces: list[tuple[str, tuple[int, int, int, int]]]) -> None:
    objects = "".join(
        f"<object><name>{state}</name><bndbox><xmin>{box[0]}</xmin><ymin>{box[1]}</ymin>"
        f"<xmax>{box[2]}</xmax><ymax>{box[3]}</ymax></bndbox></object>"
        for state, box in faces
    )
    (folder / "annotations").mkdir(parents=True, exist_ok=True)
    text = f"\n<annotation><filename>{name}.png</filename>{objects}</annotation>"
    (folder / "annotations" / f"{name}.xml").write_text(text)


def test_annotated_faces_are_found_again(tmp_path: Path) -> None:
    """The face whose box was annotated is read; one that no detector finds is unknown; badly worn is counted apart."""
    _write(tmp_path / "images" / "a.png", _masked_face())
    _write(tmp_path / "images" / "b.png", draw_face()[0])
    _annotate(tmp_path, "a", [("mask_weared_incorrect", (60, 50, 140, 150)), ("without_mask", (150, 10, 180, 50))])
    _annotate(tmp_path, "b", [("without_mask", (62, 52, 140, 150))])
    truth = read_mask_truth(None, None, tmp_path)
    result = evaluate_masks(truth, FakeFaceDetector(), FakeMaskClassifier(), read_image)
    assert (result.n, result.recall_bare, result.not_found_rate) == (3, 0.5, pytest.approx(1 / 3))
    assert (result.recall_badly, result.badly_called_worn, result.opposite_rate) == (0.0, 1.0, 0.0)
    assert result.wrong_rate == pytest.approx(1 / 3)
    assert sum(row.n for row in result.by_confidence) == 2 * (1 + len([24, 32, 48]))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("not XML", BadInputError),
        ('<!DOCTYPE a [<!ENTITY b "c">]><annotation><filename>a.png</filename></annotation>', BadInputError),
        ("<annotation><filename>gone.png</filename></annotation>", MissingError),
        ("<annotation><filename>a.png</filename><object><name>hat</name></object></annotation>", BadInputError),
    ],
)
def test_wrong_annotations_are_named(tmp_path: Path, text: str, error: type[Exception]) -> None:
    """What is no annotation, names no picture or no state is refused with the file's name."""
    _write(tmp_path / "a.png", draw_face()[0])
    (tmp_path / "a.xml").write_text(text)
    with pytest.raises(error, match=r"a\.xml"):
        read_mask_truth(None, None, tmp_path)


def test_masks_need_two_folders_or_annotations(tmp_path: Path) -> None:
    """A folder of worn masks alone says nothing about bare faces."""
    for worn, bare in ((None, None), (tmp_path, None), (None, tmp_path)):
        with pytest.raises(UsageError, match="--voc"):
            read_mask_truth(worn, bare, None)
