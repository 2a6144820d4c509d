"""The catalogue of models is complete and honest about every model."""

import re

import pytest

from casetrail.app.model_catalogue import CatalogueEntry, entries_of, find_entry, read_model_catalogue
from casetrail.model.errors import MissingError
from casetrail.model.models import AccuracyClass, ModelRole

ENTRIES = read_model_catalogue()


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_entry_says_everything(entry: CatalogueEntry) -> None:
    """Each entry names licence, provenance, contract and accuracy; each file has a hash."""
    assert all((entry.licence, entry.provenance, entry.input, entry.output, entry.published, entry.measured))
    assert all(re.fullmatch(r"[0-9a-f]{64}", file.sha256) for file in entry.files)
    assert all(file.url == "" or file.url.startswith("https://") for file in entry.files)
    assert len(entry.stamp.sha256_12) == 12


def test_names_and_paths_are_unique() -> None:
    """No two entries share a name, no two files a path."""
    paths = [file.path for entry in ENTRIES for file in entry.files]
    assert len({entry.name for entry in ENTRIES}) == len(ENTRIES)
    assert len(set(paths)) == len(paths)


@pytest.mark.parametrize("role", ModelRole)
def test_each_role_has_one_default(role: ModelRole) -> None:
    """Every role is served by exactly one default model."""
    assert [entry.accuracy for entry in entries_of(role)].count(AccuracyClass.DEFAULT) == 1


def test_carried_models_say_what_carries_them() -> None:
    """A carried model with files names its package, and where in it each file lies."""
    carried = [entry for entry in ENTRIES if entry.accuracy is AccuracyClass.CARRIED and entry.files]
    assert {entry.name for entry in carried} == {"ssd-mobilenet-v2-coco", "centerface"}
    assert all(entry.carrier and all(file.package_path for file in entry.files) for entry in carried)


def test_clothing_models_are_calibrated() -> None:
    """Similarities of every clothing embedder can be turned into evidence, and the carried one separates less."""
    calibrations = {entry.accuracy: entry.calibration for entry in entries_of(ModelRole.CLOTHING)}
    gaps = {
        accuracy: (one.same_mean - one.different_mean) / (one.same_std + one.different_std)
        for accuracy, one in calibrations.items()
        if one is not None
    }
    assert set(gaps) == set(AccuracyClass)
    assert gaps[AccuracyClass.CARRIED] == min(gaps.values())


def test_unknown_name_lists_the_known() -> None:
    """A wrong name is answered with the names there are."""
    with pytest.raises(MissingError, match="person-detection-retail-0013"):
        find_entry("yolo")
