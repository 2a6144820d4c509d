"""Reading small tables that people keep: CSV in UTF-8 or CP949, each row with its line number."""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from casetrail.model.errors import BadInputError, MissingError

MOST_BYTES = 200_000_000
_ENCODINGS = ("utf-8-sig", "cp949")


@dataclass(frozen=True)
class Table:
    """Columns by name, and rows with the line of the file each ends on; cells are stripped text."""

    columns: tuple[str, ...]
    rows: tuple[tuple[int, Mapping[str, str]], ...]
    uneven: tuple[int, ...] = ()


def read_table(path: Path) -> Table:
    """The rows of a CSV file with a header. Rows with more cells than columns are only counted, in `uneven`.

    Raises MissingError when the file is not there, BadInputError when it is no table.
    """
    reader = csv.DictReader(io.StringIO(read_text(path), newline=""), restval="")
    try:
        columns = tuple(name.strip() for name in reader.fieldnames or ())
        if not any(columns) or len(set(columns)) < len(columns):
            raise BadInputError("its first line does not name columns, each once", where=str(path))
        reader.fieldnames = list(columns)
        return _collected(reader, columns)
    except csv.Error as error:
        raise BadInputError(f"not a CSV table ({error})", where=f"{path} line {reader.line_num}") from None


def read_json(path: Path) -> Any:
    """What a JSON file holds. Raises MissingError when it is not there, BadInputError when it is no usable JSON."""
    text = read_text(path)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise BadInputError(f"not JSON ({error.msg})", where=f"{path} line {error.lineno}") from None
    except (RecursionError, ValueError):  # nested, or numbers written out, beyond what anybody means
        raise BadInputError("JSON of this depth or with such numbers is not read", where=str(path)) from None


def read_text(path: Path) -> str:
    """The text of a file in UTF-8, or in CP949 as Korean offices write it."""
    try:
        if path.exists() and not path.is_file():  # reading a pipe or a device would never end
            raise BadInputError("this is no file", where=str(path), todo="name a file")
        if path.stat().st_size > MOST_BYTES:
            raise BadInputError("the file is too large to be such a list", where=str(path))
        data = path.read_bytes()
    except FileNotFoundError:
        raise MissingError("the file is not there", where=str(path), todo="check its name") from None
    except OSError as error:
        raise BadInputError(f"cannot be read ({error.strerror})", where=str(path)) from None
    for encoding in _ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadInputError("its characters are neither UTF-8 nor CP949", where=str(path), todo="save it as UTF-8")


def _collected(reader: "csv.DictReader[str]", columns: tuple[str, ...]) -> Table:
    rows, uneven = [], []
    for cells in reader:
        if None in cells:
            uneven.append(reader.line_num)
            continue
        row = {name: cell.strip() for name, cell in cells.items()}
        if any(row.values()):
            rows.append((reader.line_num, row))
    return Table(columns, tuple(rows), tuple(uneven))
