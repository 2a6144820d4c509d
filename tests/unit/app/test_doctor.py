"""The doctor tells what is fine, what to note and what is missing, and what to do about it."""

import os
from pathlib import Path

import pytest

from casetrail.adapters.model_files.model_files import LocalModelFiles
from casetrail.app.doctor import Finding, Health, examine, is_well
from casetrail.app.settings import Settings
from casetrail.model.errors import IntegrityError

NOW = 4_000_000_000_000_000  # far ahead of every file


def _examine(settings: Settings, now_us: int = NOW, **probes: object) -> dict[str, Finding]:
    files = LocalModelFiles(settings.models, settings.cache)
    found = examine(settings, files, probes, now_us)  # type: ignore[arg-type]
    return {f"{finding.topic} {finding.what}": finding for finding in found}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An installation in an empty folder, without a models directory."""
    monkeypatch.delenv("CASETRAIL_MODELS", raising=False)
    return Settings(data=tmp_path / "data", cache=tmp_path / "cache")


def test_empty_installation_is_explained(settings: Settings) -> None:
    """Without any model, what is missing says how to get it, and clothing has its built-in description."""
    found = _examine(settings)
    assert found["model mask_state"].health is Health.NOTE
    assert "models pull" in found["model mask_state"].todo
    assert found["model clothing_embedding"].health is Health.NOTE
    assert "carried" in found["model clothing_embedding"].found
    assert found["version numpy"].health is Health.OK


def test_default_models_are_fine(settings: Settings, models_dir: Path) -> None:
    """With the default set every role is served without a note."""
    found = _examine(settings.model_copy(update={"models": models_dir}))
    assert {one.health for name, one in found.items() if name.startswith("model")} == {Health.OK}


def test_wrong_model_file_is_missing_not_noted(settings: Settings, tmp_path: Path) -> None:
    """A model file with a wrong hash makes the installation unwell, even for an optional role."""
    (tmp_path / "m" / "face_mask").mkdir(parents=True)
    (tmp_path / "m" / "face_mask" / "aizoo_model360.onnx").write_bytes(b"other")
    found = _examine(settings.model_copy(update={"models": tmp_path / "m"}))
    assert found["model mask_state"].health is Health.MISSING
    assert not is_well(found.values())


def test_broken_store_is_reported_not_raised(settings: Settings) -> None:
    """A store that does not open is one line of the report."""

    def broken() -> None:
        raise IntegrityError("the log was changed", where="audit", todo="restore it")

    found = _examine(settings, index=broken, cases=lambda: None)
    assert found["store index"].health is Health.MISSING and found["store index"].todo == "restore it"
    assert found["store cases"].health is Health.OK


def test_clock_behind_its_own_files_is_wrong(settings: Settings) -> None:
    """A moment before the program's own files were written cannot be now."""
    assert _examine(settings)["clock this machine"].health is Health.OK
    assert _examine(settings, now_us=1_000_000)["clock this machine"].health is Health.MISSING


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_open_key_folder_is_noted(settings: Settings) -> None:
    """Keys that others can read are noted, with the command that mends it."""
    settings.key_dir.mkdir(parents=True)
    settings.key_dir.chmod(0o755)
    assert "chmod 700" in _examine(settings)["folder keys"].todo


def test_absent_models_directory_is_named(settings: Settings, tmp_path: Path) -> None:
    """A CASETRAIL_MODELS that is no folder is an error of the installation."""
    found = _examine(settings.model_copy(update={"models": tmp_path / "nowhere"}))
    assert found["folder CASETRAIL_MODELS"].health is Health.MISSING
