"""Measurements of face comparison, on drawn pictures whose answers are known."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from casetrail.adapters.image_files.read_image import read_image
from casetrail.app.drawn_pictures import draw_face
from casetrail.app.evaluate.faces import FacePair, consent_for_evaluation, evaluate_faces, log_ratio_cost, read_pairs
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
    assert (result.tar_at_far_0_1pct, result.by_mask, result.too_poor) == (1.0, (), 0)
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


def test_pairs_are_split_by_their_masks(tmp_path: Path) -> None:
    """Where the pairs say how many masks there are, each kind gets its own line, and what the ratios cost."""
    face = draw_face()[0]
    other = np.where(face == (150, 180, 215), np.array((165, 165, 200), dtype=np.uint8), face).astype(np.uint8)
    for name, image in {"a": face, "b": face, "c": other}.items():
        _write(tmp_path / f"{name}.png", image)
    pairs = tuple(
        FacePair(f"{one}.png", f"{two}.png", same, masked)
        for one, two, same, masked in (("a", "b", True, 0), ("a", "c", False, 0), ("b", "c", False, 1))
    )
    consent = consent_for_evaluation(STATEMENT, 1000)
    result = evaluate_faces(pairs, tmp_path, FakeFaceDetector(), FakeFaceEmbedder(), read_image, consent)
    bare, masked = result.by_mask
    assert (bare.masked, bare.auc, bare.pairs_same, bare.pairs_different) == (0, 1.0, 1, 1)
    assert bare.same_mean > bare.different_mean
    assert bare.cost > 0
    assert (masked.masked, masked.pairs_same, masked.pairs_different) == (1, 0, 1)
    assert np.isnan(masked.auc) and np.isnan(masked.cost)


def test_silence_costs_one_bit() -> None:
    """Saying nothing costs 1, saying the truth loudly almost nothing, the opposite very much."""
    truth = np.full(4, 5.0)
    assert log_ratio_cost(np.zeros(3), np.zeros(5)) == pytest.approx(1)
    assert log_ratio_cost(truth, -truth) < 0.02
    assert log_ratio_cost(-truth, truth) > 5


def test_masks_of_pairs_are_read(tmp_path: Path) -> None:
    """The column `masked` may be there or empty; anything but 0, 1 and 2 is refused with its line."""
    path = tmp_path / "pairs.csv"
    path.write_text("file_x,file_y,Decision,masked\na,b,Yes,2\na,c,No,\n")
    assert [pair.masked for pair in read_pairs(path)] == [2, None]
    path.write_text("file_x,file_y,Decision,masked\na,b,Yes,3\n")
    with pytest.raises(BadInputError, match=":2"):
        read_pairs(path)
