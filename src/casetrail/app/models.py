"""Models: which one serves a role, where its files are, how they get here, and whether they work.

Look-up order: the `CASETRAIL_MODELS` directory, the user cache, and last what registry packages carry. The
official address is asked only by `casetrail models pull`. A file whose hash is wrong stops everything: the next
place is never tried silently.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from casetrail.app.model_catalogue import CatalogueEntry, entries_of, find_entry, read_model_catalogue
from casetrail.model.errors import CasetrailError, IntegrityError, MissingError
from casetrail.model.models import AccuracyClass, ModelRole, ModelStamp
from casetrail.sightings.describers import SimilarityCalibration

Progress = Callable[[str, int, int], None]  # file, bytes so far, bytes in all (0 when unknown)


@dataclass(frozen=True)
class FoundModel:
    """Where the verified files of a model are, in the order of its catalogue entry."""

    paths: tuple[Path, ...]
    place: str


class ModelFiles(Protocol):
    """Finds model files on this machine, and downloads them when asked to."""

    def find_model(self, entry: CatalogueEntry) -> FoundModel | None:
        """The first place that holds the model, hashes verified; None when no place does.

        Raises IntegrityError when a place holds a file that is not what the catalogue says, or only some files.
        """

    def pull_model(self, entry: CatalogueEntry, progress: Progress) -> FoundModel:
        """Download the model into the cache, verified before it appears there.

        Raises MissingError when there is no official address or it cannot be reached, IntegrityError when
        what came is not what the catalogue says.
        """


@dataclass(frozen=True)
class ResolvedModel:
    """A model that serves a role: its entry, its files, and the place they were found in."""

    entry: CatalogueEntry
    paths: tuple[Path, ...]
    place: str

    @property
    def stamp(self) -> ModelStamp:
        """What results say about this model."""
        return self.entry.stamp

    @property
    def calibration(self) -> SimilarityCalibration:
        """What similarities of this clothing embedder mean. Raises MissingError for any other model."""
        if self.entry.calibration is None:
            raise MissingError("no similarity calibration is in the catalogue", where=self.entry.name)
        return self.entry.calibration


def resolve(role: ModelRole, files: ModelFiles, accuracy: AccuracyClass = AccuracyClass.DEFAULT) -> ResolvedModel:
    """The model that serves a role.

    Asked for the default, it may be the carried one, and the stamp says so; any other class is served as asked
    or not at all. Raises MissingError when nothing is found, IntegrityError when a file is not what it should be.
    """
    classes = [accuracy] if accuracy is not AccuracyClass.DEFAULT else [accuracy, AccuracyClass.CARRIED]
    for wanted in classes:
        for entry in entries_of(role):
            found = _find(entry, files) if entry.accuracy is wanted else None
            if found is not None:
                return ResolvedModel(entry, found.paths, found.place)
    raise _missing(role, accuracy)


def resolve_optional(role: ModelRole, files: ModelFiles) -> ResolvedModel | None:
    """The model that serves a role, or None when none is found; a wrong file still raises IntegrityError."""
    try:
        return resolve(role, files)
    except MissingError:
        return None


@dataclass(frozen=True)
class ModelState:
    """A line of `models list`. `place` is empty when the model is not on this machine; `used` for its role."""

    name: str
    role: ModelRole
    accuracy: AccuracyClass
    place: str
    used: bool
    licence: str
    published: str
    measured: str
    source: str
    problem: str = ""


def list_models(files: ModelFiles) -> tuple[ModelState, ...]:
    """The catalogue, and for each model whether it is here and whether its role uses it."""
    return tuple(_state(entry, files) for entry in read_model_catalogue())


@dataclass(frozen=True)
class PullResult:
    """What became of one model: `pulled`, `here`, `mirror only` or the one-line reason why not."""

    name: str
    outcome: str
    ok: bool


def choose_models(names: Sequence[str], roles: Iterable[ModelRole]) -> tuple[CatalogueEntry, ...]:
    """The entries named, else the default entries of the roles (of all when none is given)."""
    if names:
        return tuple(find_entry(name) for name in names)
    wanted = set(roles) or set(ModelRole)
    defaults = (entry for entry in read_model_catalogue() if entry.accuracy is AccuracyClass.DEFAULT)
    return tuple(entry for entry in defaults if entry.role in wanted)


def pull_models(entries: Sequence[CatalogueEntry], files: ModelFiles, progress: Progress) -> tuple[PullResult, ...]:
    """Download what is not here yet. Stops at the first address that cannot be reached: the rest would wait too."""
    results: list[PullResult] = []
    for entry in entries:
        result, go_on = _pull(entry, files, progress)
        results.append(result)
        if not go_on:
            break
    return tuple(results)


def _find(entry: CatalogueEntry, files: ModelFiles) -> FoundModel | None:
    return files.find_model(entry) if entry.files else FoundModel((), "built in")


def _missing(role: ModelRole, accuracy: AccuracyClass) -> MissingError:
    names = ", ".join(entry.name for entry in entries_of(role) if entry.accuracy is accuracy) or "none in the catalogue"
    return MissingError(
        f"no {accuracy} model was found ({names})",
        where=f"model for {role}",
        todo="run `casetrail models pull`, or set CASETRAIL_MODELS to a directory that holds it",
    )


def _state(entry: CatalogueEntry, files: ModelFiles) -> ModelState:
    place, problem = "", ""
    try:
        found = _find(entry, files)
        place = "" if found is None else found.place
    except IntegrityError as error:
        problem = str(error)
    return ModelState(
        entry.name,
        entry.role,
        entry.accuracy,
        place,
        bool(place) and _is_used(entry, files),
        entry.licence,
        entry.published,
        entry.measured,
        _source(entry),
        problem,
    )


def _is_used(entry: CatalogueEntry, files: ModelFiles) -> bool:
    try:
        return resolve(entry.role, files).entry == entry
    except CasetrailError:
        return False


def _source(entry: CatalogueEntry) -> str:
    if entry.carrier is not None:
        return f"package {entry.carrier.package} {entry.carrier.version}"
    if not entry.files:
        return "built in"
    return "official address" if entry.downloadable else "mirror only"


def _pull(entry: CatalogueEntry, files: ModelFiles, progress: Progress) -> tuple[PullResult, bool]:
    """What became of the model, and whether going on makes sense."""
    if _find_or_none(entry, files) is not None:
        return PullResult(entry.name, "here", True), True
    if not entry.downloadable:
        return PullResult(entry.name, f"{_source(entry)}: put it into a CASETRAIL_MODELS directory", False), True
    try:
        files.pull_model(entry, progress)
    except MissingError as error:
        return PullResult(entry.name, str(error), False), False
    except IntegrityError as error:
        return PullResult(entry.name, str(error), False), True
    return PullResult(entry.name, "pulled", True), True


def _find_or_none(entry: CatalogueEntry, files: ModelFiles) -> FoundModel | None:
    """A wrong or half-present copy is what pulling mends, so it counts as not here."""
    try:
        return _find(entry, files)
    except IntegrityError:
        return None
