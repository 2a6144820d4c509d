"""Measurements of face comparison, on drawn pictures whose answers are known."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from casetrail.adapters.image_files.read_image import read_image
from casetrail.app.drawn_pictures import draw_face
from casetrail.app.evaluate.faces import FacePair, consent_for_evaluation, evaluate_faces, read_pairs
from casetrail.model.arrays import Image
from casetrail.model.errors import BadInputError, RefusedError
from casetrail.testing.fake_describers import FakeFaceDetector, FakeFaceEmbedder

STATEMENT = "drawn pictures made for this test; nobody is in them"


def _write(path: Path, image: Image) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), image)


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
