"""Measurements of describers, on drawn pictures whose answers are known."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from casetrail.adapters.image_files.read_image import read_image
from casetrail.app.drawn_pictures import draw_face, draw_figure
from casetrail.app.evaluate.faces import FacePair, consent_for_evaluation, evaluate_faces, read_pairs
from casetrail.app.evaluate.masks import evaluate_masks
from casetrail.app.evaluate.reid import evaluate_reid
from casetrail.model.arrays import Image
from casetrail.model.errors import BadInputError, MissingError, RefusedError
from casetrail.testing.fake_describers import (
    MASK_BGR,
    FakeClothingEmbedder,
    FakeFaceDetector,
    FakeFaceEmbedder,
    FakeMaskClassifier,
)

STATEMENT = "drawn pictures made for this test; nobody is in them"


def _write(path: Path, image: Image) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), image)


def _masked_face() -> Image:
    image = draw_face()[0]
    image[105:135, 72:128] = MASK_BGR
    return image


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Three drawn people, each from two cameras."""
    for name, top in {"a": (40, 40, 200), "b": (200, 60, 40), "c": (40, 180, 40)}.items():
        for camera in ("01", "02"):
            _write(tmp_path / "people" / name / f"{camera}_1.png", draw_figure(top, (60, 60, 60)))
    return tmp_path / "people"


def test_reid_finds_drawn_people(people: Path) -> None:
    """Each person is found first; the keys that the contract names are there."""
    result = evaluate_reid(people, people, ("01", "02"), FakeClothingEmbedder(), read_image)
    assert (result.rank1, result.rank5, result.map) == (1.0, 1.0, 1.0)
    assert (result.queries, result.gallery, result.model) == (3, 3, "fake-clothing")
    assert result.same_mean > result.different_mean
    assert result.provenance["parameters"] == {"split_prefix": ["01", "02"]}


def test_reid_refuses_a_picture_searched_in_itself(people: Path) -> None:
    """One folder as query and gallery without prefixes would find every picture itself."""
    with pytest.raises(BadInputError, match="split-prefix"):
        evaluate_reid(people, people, None, FakeClothingEmbedder(), read_image)
    with pytest.raises(BadInputError, match="07"):
        evaluate_reid(people, people, ("07", "02"), FakeClothingEmbedder(), read_image)


def test_reid_names_what_it_cannot_read(people: Path, tmp_path: Path) -> None:
    """A file that is no picture, and a folder without any, are named."""
    (people / "a" / "02_9.png").write_text("no picture")
    with pytest.raises(BadInputError, match=r"02_9\.png"):
        evaluate_reid(people, people, ("01", "02"), FakeClothingEmbedder(), read_image)
    (tmp_path / "empty").mkdir()
    with pytest.raises(MissingError, match="empty"):
        evaluate_reid(tmp_path / "empty", people, None, FakeClothingEmbedder(), read_image)


def test_masks_are_counted_by_state_and_size(tmp_path: Path) -> None:
    """Masked and bare drawn faces are told apart at 32 px, and unknown below 24."""
    for index in range(2):
        _write(tmp_path / "worn" / f"{index}.png", _masked_face())
        _write(tmp_path / "bare" / f"{index}.png", draw_face()[0])
    _write(tmp_path / "bare" / "nobody.png", np.full((60, 60, 3), 90, dtype=np.uint8))
    result = evaluate_masks(tmp_path / "worn", tmp_path / "bare", FakeFaceDetector(), FakeMaskClassifier(), read_image)
    assert result.recall_worn == 1.0
    assert result.recall_bare == pytest.approx(2 / 3)
    assert result.unknown_rate == pytest.approx(1 / 5)
    assert (result.n, result.wrong_rate) == (5, pytest.approx(0))
    sizes = {size.face_px: size for size in result.by_size}
    assert sizes[32].recall_worn == sizes[32].recall_bare == 1.0
    assert sizes[16].unknown_rate == 1.0


def test_faces_are_compared_under_a_statement(tmp_path: Path) -> None:
    """Same and different drawn faces are told apart; a picture without a face makes its pair unreadable."""
    face = draw_face()[0]
    other = np.where(face == (150, 180, 215), np.array((165, 165, 200), dtype=np.uint8), face).astype(np.uint8)
    for name, image in {"a": face, "b": face, "c": other, "n": np.zeros_like(face)}.items():
        _write(tmp_path / f"{name}.png", image)
    pairs = tuple(
        FacePair(f"{one}.png", f"{two}.png", same)
        for one, two, same in (("a", "b", True), ("a", "c", False), ("b", "c", False), ("a", "n", False))
    )
    consent = consent_for_evaluation(STATEMENT, 1000)
    result = evaluate_faces(pairs, tmp_path, FakeFaceDetector(), FakeFaceEmbedder(), read_image, consent)
    assert (result.auc, result.tar_at_far_1pct) == (1.0, 1.0)
    assert (result.pairs_same, result.pairs_different, result.unreadable) == (1, 2, 1)
    assert result.provenance["parameters"] == {"consent_statement_sha256": consent.text_hash}


def test_no_statement_no_faces() -> None:
    """Without words that say under which terms, faces are not compared."""
    with pytest.raises(RefusedError, match="consent-statement"):
        consent_for_evaluation("  ok  ", 1000)


def test_pairs_outside_their_folder_are_refused(tmp_path: Path) -> None:
    """A pair cannot reach files outside the folder of images."""
    pairs = (FacePair("../secret.png", "a.png", True),)
    consent = consent_for_evaluation(STATEMENT, 1000)
    with pytest.raises(BadInputError, match="outside"):
        evaluate_faces(pairs, tmp_path / "in", FakeFaceDetector(), FakeFaceEmbedder(), read_image, consent)


@pytest.mark.parametrize(
    ("text", "where"),
    [("x,y\n1,2\n", "columns"), ("file_x,file_y,Decision\na,b,Yes\na,c,Perhaps\n", ":3")],
)
def test_wrong_pairs_name_their_line(tmp_path: Path, text: str, where: str) -> None:
    """Missing columns and undecided lines are named."""
    path = tmp_path / "pairs.csv"
    path.write_text(text)
    with pytest.raises(BadInputError, match=where):
        read_pairs(path)


def test_pairs_are_read(tmp_path: Path) -> None:
    """Yes and No become same and different, whatever their case; other columns do not disturb."""
    path = tmp_path / "pairs.csv"
    path.write_text("id,file_x,file_y,Decision\n1,a.png,b.png,Yes\n2,a.png,c.png,no\n")
    assert read_pairs(path) == (FacePair("a.png", "b.png", True), FacePair("a.png", "c.png", False))
