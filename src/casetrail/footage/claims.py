"""What somebody says about files: which camera, which start. A manifest says it, or the names of the files do."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from casetrail.footage.files import is_image_sequence
from casetrail.footage.naming import NamePattern, read_name
from casetrail.footage.problems import FootageProblem, problem_of
from casetrail.footage.tables import read_table
from casetrail.model.errors import BadInputError, CasetrailError, MissingError, printable
from casetrail.model.ids import check_name
from casetrail.model.time import parse_utc

SUFFIXES = frozenset(
    {".mp4", ".mkv", ".avi", ".ts", ".m2ts", ".264", ".h264", ".265", ".h265", ".hevc", ".mov", ".m4v", ".mpg"}
    | {".mpeg", ".flv", ".webm", ".asf", ".wmv", ".dav", ".3gp"}
)
_COLUMNS = ("path", "camera_id", "start")
_MORE_COLUMNS = ("duration_s", "sha256")
_EARLIEST_US, _LATEST_US = parse_utc("1980-01-01T00:00:00Z"), parse_utc("2100-01-01T00:00:00Z")
_LONGEST_PATH_BYTES = 4096
_HEXADECIMAL = frozenset("0123456789abcdef")


@dataclass(frozen=True)
class RecordingClaim:
    """A file or image sequence with its camera and start as stated; `where` names the statement.

    `duration_s` and `sha256` are checked when given. Raises BadInputError when the start is no year of recordings.
    """

    path: Path
    camera_id: str
    start_us: int
    where: str
    duration_s: float | None = None
    sha256: str = ""

    def __post_init__(self) -> None:
        if not _EARLIEST_US <= self.start_us < _LATEST_US:
            raise BadInputError("it starts before 1980 or after 2100", todo="correct the stated start")


@dataclass(frozen=True)
class ClaimListing:
    """Claims, statements that could not be understood, and remarks."""

    claims: tuple[RecordingClaim, ...]
    problems: tuple[FootageProblem, ...]
    notes: tuple[str, ...] = ()


def read_manifest(path: Path) -> ClaimListing:
    """A manifest: CSV with `path,camera_id,start` and optionally `duration_s,sha256`.

    Paths are relative to the manifest's folder; `start` is ISO 8601 with an offset. Raises MissingError when
    the file is not there, BadInputError when it is no manifest.
    """
    table = read_table(path)
    missing = [column for column in _COLUMNS if column not in table.columns]
    if missing:
        todo = f"name the columns {','.join(_COLUMNS)}"
        raise BadInputError(f"there is no column {missing[0]}", where=str(path), todo=todo)
    claims = []
    problems = [
        FootageProblem(f"{path.name} line {line}", "more cells than columns", "quote cells with commas")
        for line in table.uneven
    ]
    for line, row in table.rows:
        where = f"{path.name} line {line}"
        try:
            claims.append(_claim(path.parent, dict(row), where))
        except CasetrailError as error:
            problems.append(problem_of(error, where=where))
    unused = [column for column in table.columns if column not in _COLUMNS + _MORE_COLUMNS]
    notes = (f"columns not used: {', '.join(unused)}",) if unused else ()
    return ClaimListing(tuple(claims), tuple(problems), notes)


def find_claims(path: Path, pattern: NamePattern) -> ClaimListing:
    """Recordings in a folder and below it, or one file, by their names. Files of other kinds are only counted.

    Raises MissingError when the path is not there.
    """
    if not path.exists() and not path.is_symlink():
        raise MissingError("nothing is there", where=str(path), todo="check its name")
    alone = not path.is_dir() or is_image_sequence(path)
    base = path.parent if alone else path
    claims: list[RecordingClaim] = []
    problems: list[FootageProblem] = []
    others = 0
    for found in [path] if alone else _walk(path, problems):
        if not found.is_dir() and not alone and found.suffix.lower() not in SUFFIXES:
            others += 1
            continue
        try:
            camera_id, start_us = read_name(PurePosixPath(found.relative_to(base).as_posix()), pattern)
            claims.append(RecordingClaim(_resolved(found), camera_id, start_us, str(found)))
        except CasetrailError as error:
            problems.append(problem_of(error, where=str(found)))
    notes = (f"{others} files of other kinds are left alone",) if others else ()
    return ClaimListing(tuple(claims), tuple(problems), notes)


def _walk(folder: Path, problems: list[FootageProblem]) -> Iterator[Path]:
    """Whatever is no folder, by name, and image sequences; hidden things are not seen.

    Links to folders are not followed, and folders that cannot be opened are not looked into: both are problems.
    """
    try:
        items = sorted(folder.iterdir())
    except OSError as error:
        problems.append(FootageProblem(printable(str(folder)), f"this folder cannot be opened ({error.strerror})"))
        return
    for item in items:
        if item.name.startswith("."):
            continue
        if not item.is_dir() or is_image_sequence(item) or _is_empty_recording(item):
            yield item
        elif item.is_symlink():
            what = "this link leads to a folder and is not followed"
            problems.append(FootageProblem(printable(str(item)), what, "add that folder by its own name"))
        else:
            yield from _walk(item, problems)


def _is_empty_recording(folder: Path) -> bool:
    """Whether a folder bears the name of a recording and holds nothing: somebody expected a file there."""
    try:
        return folder.suffix.lower() in SUFFIXES and not any(folder.iterdir())
    except OSError:  # walking into it says that it cannot be opened
        return False


def _resolved(path: Path) -> Path:
    """The path without links. Raises BadInputError when they go round, or the name cannot be kept as text."""
    try:
        resolved = path.resolve()
        if len(str(resolved).encode()) > _LONGEST_PATH_BYTES:
            raise OSError
    except UnicodeEncodeError:
        raise BadInputError("its name is not in UTF-8", todo="rename it") from None
    except (OSError, RuntimeError, ValueError):
        raise BadInputError("its path leads nowhere", todo="check its links and its name") from None
    return resolved


def _claim(folder: Path, row: dict[str, str], where: str) -> RecordingClaim:
    if not row["path"]:
        raise BadInputError("the path is empty")
    return RecordingClaim(
        _resolved(folder / row["path"]),
        check_name(row["camera_id"], what="camera id"),
        parse_utc(row["start"]),
        where,
        _duration_s(row.get("duration_s", "")),
        _sha256(row.get("sha256", "")),
    )


def _duration_s(text: str) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e7:
        raise BadInputError(f"duration_s {text[:40]!r} is not a number of seconds")
    return value


def _sha256(text: str) -> str:
    low = text.lower()
    if low and (len(low) != 64 or not _HEXADECIMAL.issuperset(low)):
        raise BadInputError("sha256 is not 64 hexadecimal digits")
    return low
