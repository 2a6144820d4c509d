"""Self-tests of models find what is broken."""

from pathlib import Path

import numpy as np
import pytest

from casetrail.adapters.model_files.model_files import LocalModelFiles
from casetrail.app.check_models import ModelOpeners, check_model
from casetrail.app.model_catalogue import CatalogueEntry, find_entry, read_model_catalogue
from casetrail.app.models import FoundModel, Progress
from casetrail.bootstrap import model_openers
from casetrail.model.arrays import Floats, Image
from casetrail.testing.fake_describers import (
    FakeClothingEmbedder,
    FakeFaceDetector,
    FakeFaceEmbedder,
    FakeMaskClassifier,
    FakeSilhouetteSegmenter,
)
from casetrail.testing.fake_detector import FakeDetector


class _Everything:
    """Files of every model are here."""

    def find_model(self, entry: CatalogueEntry) -> FoundModel | None:
        """The model's name stands for its file."""
        return FoundModel((Path(entry.name),), "here")

    def pull_model(self, entry: CatalogueEntry, progress: Progress) -> FoundModel:
        """Never asked."""
        raise NotImplementedError


class _ShortVectors(FakeClothingEmbedder):
    """An embedder whose vectors have not length one."""

    def embed(self, crops: list[Image], silhouettes: list[Floats | None]) -> Floats:  # type: ignore[override]
        """Half the vectors."""
        return super().embed(crops, silhouettes) / np.float32(2)


class _Restless(FakeClothingEmbedder):
    """An embedder that answers otherwise each time."""

    turn = 1e-3

    def embed(self, crops: list[Image], silhouettes: list[Floats | None]) -> Floats:  # type: ignore[override]
        """Vectors that turn a little at every call."""
        self.turn *= 2
        vectors = super().embed(crops, silhouettes) + np.float32(self.turn)
        unit: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


def _openers(clothing: type[FakeClothingEmbedder] = FakeClothingEmbedder) -> ModelOpeners:
    return ModelOpeners(
        lambda _: FakeDetector(),
        lambda _: clothing(),
        lambda _: FakeSilhouetteSegmenter(),
        lambda _: FakeFaceDetector(),
        lambda _: FakeMaskClassifier(),
        lambda _: FakeFaceEmbedder(),
    )


@pytest.mark.parametrize("entry", read_model_catalogue(), ids=lambda entry: entry.name)
def test_sound_model_passes(entry: CatalogueEntry) -> None:
    """A model that keeps its contract passes, with the time it took."""
    check = check_model(entry, _Everything(), _openers(), 1000)
    assert check.ok and check.milliseconds is not None and check.problem == ""


@pytest.mark.parametrize(
    ("broken", "why"), [(_ShortVectors, "length 1"), (_Restless, "other answers")], ids=["length", "restless"]
)
def test_broken_model_is_found(broken: type[FakeClothingEmbedder], why: str) -> None:
    """Vectors of the wrong length, and answers that change, are problems that are named."""
    check = check_model(find_entry("person-reidentification-retail-0286"), _Everything(), _openers(broken), 1000)
    assert not check.ok and why in check.problem


def test_absent_model_is_no_fault(tmp_path: Path) -> None:
    """A model that is not here is said to be absent, and nothing is raised."""
    check = check_model(find_entry("aizoo-mask-360"), LocalModelFiles(None, tmp_path), model_openers(), 1000)
    assert check.absent and not check.ok


def test_garbage_model_is_a_problem_not_a_crash(tmp_path: Path) -> None:
    """A file that the runtime cannot read ends as one line."""

    class Garbage(_Everything):
        """A file that is no model."""

        def find_model(self, entry: CatalogueEntry) -> FoundModel | None:
            """Ten bytes."""
            (tmp_path / "net.onnx").write_bytes(b"no model!!")
            return FoundModel((tmp_path / "net.onnx",), "here")

    check = check_model(find_entry("aizoo-mask-360"), Garbage(), model_openers(), 1000)
    assert not check.ok and "cannot be run" in check.problem and "\n" not in check.problem


def test_default_set_passes(models_dir: Path, tmp_path: Path) -> None:
    """Every model of the default set loads and passes its self-test."""
    files = LocalModelFiles(models_dir, tmp_path)
    entries = [entry for entry in read_model_catalogue() if entry.accuracy.value == "default"]
    checks = [check_model(entry, files, model_openers(), 1000) for entry in entries]
    assert [check.problem for check in checks if not check.ok] == []
