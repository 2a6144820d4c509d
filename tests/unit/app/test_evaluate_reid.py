"""Measuring clothing embedders on several pictures of a person, and against what a camera's crowd shares."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from casetrail.app.evaluate.reid import ReidOptions, ReidResult, evaluate_reid, spread_views
from casetrail.model.arrays import Floats, Image
from casetrail.model.errors import BadInputError, UsageError
from casetrail.testing.fake_describers import FakeClothingEmbedder, FakeSilhouetteSegmenter

PEOPLE, PICTURES, SIZE = 12, 4, 32


class Noted:
    """An embedder whose pictures say which row to answer with; keeps the silhouettes it was given."""

    stamp, calibration = FakeClothingEmbedder.stamp, FakeClothingEmbedder.calibration

    def __init__(self, rows: Floats) -> None:
        self._rows, self.silhouettes = rows, list[Floats | None]()

    def embed(self, crops: Sequence[Image], silhouettes: Sequence[Floats | None]) -> Floats:
        """The rows that the pictures name."""
        self.silhouettes += silhouettes
        rows = self._rows[[int(crop[0, 0, 0]) for crop in crops]]
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twelve people, four pictures from each of two cameras; only their names matter here."""
    for person in range(PEOPLE):
        (tmp_path / f"{person:02}").mkdir()
        for camera in ("01", "02"):
            for picture in range(PICTURES):
                (tmp_path / f"{person:02}" / f"{camera}_{picture}.png").touch()
    return tmp_path


def described(cast: float) -> Noted:
    """Clothes, a cast of each camera and much noise, for every picture in the order it is asked for."""
    rng = np.random.default_rng(5)
    clothes, casts = rng.normal(size=(PEOPLE, SIZE)), cast * rng.normal(size=(2, SIZE))
    rows = [
        clothes[person] + casts[camera] + 1.2 * rng.normal(size=SIZE)
        for person in range(PEOPLE)
        for camera in (0, 1)
        for _ in range(PICTURES)
    ]
    return Noted(np.array(rows))


def numbered(path: Path) -> Image:
    """A picture of one colour: its number."""
    camera, picture = path.stem.split("_")
    number = (int(path.parent.name) * 2 + int(camera) - 1) * PICTURES + int(picture)
    return np.full((16, 8, 3), number, np.uint8)


def measure(folder: Path, embedder: Noted, options: ReidOptions) -> ReidResult:
    """Camera 01 against 02."""
    return evaluate_reid(folder, folder, ("01", "02"), embedder, numbered, options=options)


def test_the_mean_of_several_pictures_separates_better(folder: Path) -> None:
    """Means of two and of four pictures count as descriptions, and tell people apart better than one."""
    embedder = described(cast=0.0)
    one, two, four = (measure(folder, embedder, ReidOptions(views, centred=False)) for views in (1, 2, 4))
    assert (one.queries, two.queries, four.queries) == (48, 24, 12)
    assert (one.views, four.views, four.gallery) == (1, 4, 12)
    assert one.same_mean < two.same_mean < four.same_mean
    assert one.map < two.map < four.map
    assert one.tar_at_far_0_1pct <= one.tar_at_far_1pct < four.tar_at_far_1pct


def test_what_a_side_has_in_common_is_taken_out(folder: Path) -> None:
    """Between cameras with casts the crowd is taken out unless asked not to, and the result says which."""
    embedder = described(cast=2.0)
    centred, plain = (measure(folder, embedder, ReidOptions(centred=which)) for which in (True, False))
    assert centred.map > plain.map + 0.05
    assert centred.different_mean == pytest.approx(0, abs=0.1)
    assert (centred.provenance["parameters"], plain.provenance["parameters"]) == (
        {"split_prefix": ["01", "02"], "views": 1, "centred": True},
        {"split_prefix": ["01", "02"], "views": 1, "centred": False},
    )


def test_pictures_of_one_description_lie_apart() -> None:
    """Of eight pictures, three make each of two descriptions; none serves twice."""
    assert spread_views(8, 3) == [[0, 2, 4], [1, 3, 5]]
    assert spread_views(3, 1) == [[0], [1], [2]]
    assert spread_views(2, 3) == []


def test_too_many_views_are_refused(folder: Path) -> None:
    """More pictures than anybody has, or none, is an error and not an empty measurement."""
    with pytest.raises(BadInputError, match="5 pictures"):
        measure(folder, described(0.0), ReidOptions(5))
    with pytest.raises(UsageError):
        ReidOptions(0)


def test_silhouettes_reach_the_embedder(folder: Path) -> None:
    """Asked for, every picture is embedded with its silhouette, and the segmenter is named beside the numbers."""
    embedder = described(0.0)
    result = evaluate_reid(folder, folder, ("01", "02"), embedder, numbered, silhouette=FakeSilhouetteSegmenter())
    assert all(each is not None and each.shape == (16, 8) for each in embedder.silhouettes)
    models = result.provenance["models"]
    assert isinstance(models, list) and [model["role"] for model in models] == ["clothing_embedding", "silhouette"]
