"""Measurements of describers, on drawn pictures whose answers are known."""

from pathlib import Path

import cv2
import pytest

from casetrail.adapters.image_files.read_image import read_image
from casetrail.app.drawn_pictures import draw_figure
from casetrail.app.evaluate.reid import evaluate_reid
from casetrail.model.arrays import Image
from casetrail.model.errors import BadInputError, MissingError
from casetrail.testing.fake_describers import (
    FakeClothingEmbedder,
)


def _write(path: Path, image: Image) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), image)


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
    assert result.provenance["parameters"] == {"split_prefix": ["01", "02"], "views": 1, "centred": True}


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
