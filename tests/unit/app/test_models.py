"""Which model serves a role, and what pulling does when some cannot be had."""

from pathlib import Path

import pytest

from casetrail.app.model_catalogue import CatalogueEntry, find_entry
from casetrail.app.models import (
    FoundModel,
    Progress,
    choose_models,
    list_models,
    pull_models,
    resolve,
    resolve_optional,
)
from casetrail.model.errors import IntegrityError, MissingError
from casetrail.model.models import AccuracyClass, ModelRole


class FakeModelFiles:
    """Holds models by name; `wrong` ones raise, `offline` refuses to download."""

    def __init__(self, *names: str, wrong: tuple[str, ...] = (), offline: bool = False) -> None:
        self.names, self.wrong, self.offline, self.asked = set(names), wrong, offline, 0

    def find_model(self, entry: CatalogueEntry) -> FoundModel | None:
        """The model, if it is one of the names."""
        if entry.name in self.wrong:
            raise IntegrityError("sha256 differs", where=entry.name)
        return FoundModel((Path(entry.name),), "here") if entry.name in self.names else None

    def pull_model(self, entry: CatalogueEntry, progress: Progress) -> FoundModel:
        """The model appears, unless the network is away."""
        self.asked += 1
        if self.offline:
            raise MissingError("cannot be reached", where=entry.name)
        self.names.add(entry.name)
        return FoundModel((Path(entry.name),), "cache")


def test_default_is_preferred() -> None:
    """With both here, the default serves."""
    files = FakeModelFiles("person-detection-retail-0013", "ssd-mobilenet-v2-coco")
    assert resolve(ModelRole.PERSON_DETECTOR, files).stamp.accuracy is AccuracyClass.DEFAULT


def test_carried_serves_and_says_so() -> None:
    """Without the default the carried model serves, and its stamp says so."""
    model = resolve(ModelRole.PERSON_DETECTOR, FakeModelFiles("ssd-mobilenet-v2-coco"))
    assert model.stamp.accuracy is AccuracyClass.CARRIED
    assert "lower accuracy" in model.stamp.describe()


def test_wrong_file_never_falls_through() -> None:
    """A default model whose hash is wrong is an error, although the carried one is here."""
    files = FakeModelFiles("ssd-mobilenet-v2-coco", wrong=("person-detection-retail-0013",))
    with pytest.raises(IntegrityError):
        resolve(ModelRole.PERSON_DETECTOR, files)
    with pytest.raises(IntegrityError):
        resolve_optional(ModelRole.PERSON_DETECTOR, files)


def test_other_class_is_served_as_asked_or_not_at_all() -> None:
    """Asked for the accurate embedder, nothing else is put in its place."""
    with pytest.raises(MissingError, match="models pull"):
        resolve(ModelRole.CLOTHING, FakeModelFiles("person-reidentification-retail-0286"), AccuracyClass.ACCURATE)


def test_clothing_always_has_the_built_in_one() -> None:
    """With nothing on the machine clothing is described by the network of the package; masks are not."""
    assert resolve(ModelRole.CLOTHING, FakeModelFiles()).entry.name == "clothing-network-1"
    assert resolve_optional(ModelRole.MASK, FakeModelFiles()) is None


def test_list_tells_which_serve() -> None:
    """The list marks one used model per role that has any, and reports a wrong file."""
    files = FakeModelFiles("centerface", "yunet-2023mar", wrong=("aizoo-mask-360",))
    states = {state.name: state for state in list_models(files)}
    assert states["yunet-2023mar"].used and not states["centerface"].used
    assert "sha256" in states["aizoo-mask-360"].problem
    assert states["selfie-segmentation"].source == "mirror only"


def test_pull_keeps_what_is_here_and_brings_the_rest() -> None:
    """What is here stays, what has an official address comes, what has none is said to need a mirror."""
    files = FakeModelFiles("yunet-2023mar")
    results = {one.name: one for one in pull_models(choose_models((), ()), files, lambda *_: None)}
    assert results["yunet-2023mar"].outcome == "here"
    assert results["person-detection-retail-0013"].outcome == "pulled"
    assert not results["aizoo-mask-360"].ok and "CASETRAIL_MODELS" in results["aizoo-mask-360"].outcome


def test_pull_stops_when_the_network_is_away() -> None:
    """The first address that cannot be reached ends the pull: the others would only wait as long."""
    files = FakeModelFiles(offline=True)
    results = pull_models(choose_models((), ()), files, lambda *_: None)
    assert files.asked == 1 and not results[-1].ok


def test_choose_by_name_and_role() -> None:
    """Names are taken as given; roles mean their defaults."""
    assert choose_models(("centerface",), ()) == (find_entry("centerface"),)
    assert [one.name for one in choose_models((), (ModelRole.MASK,))] == ["aizoo-mask-360"]
