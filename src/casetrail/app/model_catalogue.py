"""The catalogue of models: what each is for, where it comes from, under which licence, and how good it is."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from casetrail.model.errors import MissingError
from casetrail.model.models import AccuracyClass, ModelRole, ModelStamp
from casetrail.sightings.describers import SimilarityCalibration


@dataclass(frozen=True)
class ModelFile:
    """A file of a model: `path` under a models directory, `url` the official address or empty for mirror only.

    `package_path`: where a registry package carries it, from the folder that packages are installed in.
    """

    path: str
    sha256: str
    url: str = ""
    package_path: str = ""


@dataclass(frozen=True)
class Carrier:
    """The registry package, and its version, that carries a model's files."""

    package: str
    version: str


@dataclass(frozen=True)
class CatalogueEntry:
    """A model of the catalogue. `reader` names the code that reads its input and output contract.

    `published` and `measured` say how accurate it is: by its makers, and as measured for this project.
    An entry without files is casetrail's own: `weights_sha256` is of the weights that lie in the package.
    """

    name: str
    role: ModelRole
    accuracy: AccuracyClass
    reader: str
    licence: str
    provenance: str
    input: str
    output: str
    published: str
    measured: str
    weights_sha256: str = ""
    files: tuple[ModelFile, ...] = ()
    carrier: Carrier | None = None
    calibration: SimilarityCalibration | None = None

    @property
    def sha256(self) -> str:
        """Hash of the weights (the last file, or the package's own), or of the name where there are none."""
        own = self.weights_sha256 or hashlib.sha256(self.name.encode()).hexdigest()
        return self.files[-1].sha256 if self.files else own

    @property
    def stamp(self) -> ModelStamp:
        """What results say about this model."""
        return ModelStamp(self.name, self.role, self.accuracy, self.sha256[:12])

    @property
    def downloadable(self) -> bool:
        """Whether every file has an official address."""
        return bool(self.files) and all(file.url for file in self.files)


@cache
def read_model_catalogue() -> tuple[CatalogueEntry, ...]:
    """Every entry, in the order of the file: by role, the default before the others."""
    text = resources.files("casetrail.app").joinpath("models.toml").read_text(encoding="utf-8")
    return tuple(_entry(table) for table in tomllib.loads(text)["model"])


def find_entry(name: str) -> CatalogueEntry:
    """The entry of that name. Raises MissingError when there is none."""
    for entry in read_model_catalogue():
        if entry.name == name:
            return entry
    known = ", ".join(entry.name for entry in read_model_catalogue())
    raise MissingError(f"no model is called {name[:60]!r}", where="catalogue of models", todo=f"choose one of {known}")


def entries_of(role: ModelRole) -> tuple[CatalogueEntry, ...]:
    """The entries of a role, in catalogue order."""
    return tuple(entry for entry in read_model_catalogue() if entry.role is role)


def _entry(table: Mapping[str, Any]) -> CatalogueEntry:
    plain: dict[str, Any] = {key: value for key, value in table.items() if isinstance(value, str)}
    plain |= {"role": ModelRole(table["role"]), "accuracy": AccuracyClass(table["accuracy"])}
    return CatalogueEntry(
        **plain,
        files=tuple(ModelFile(**file) for file in table.get("files", ())),
        carrier=Carrier(**table["carrier"]) if "carrier" in table else None,
        calibration=SimilarityCalibration(**table["calibration"]) if "calibration" in table else None,
    )
