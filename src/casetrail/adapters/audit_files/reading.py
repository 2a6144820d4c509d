"""Finding single lines and all leaf hashes in the log file, without checking them."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from casetrail.adapters.audit_files.lines import Line, WrongNumberError, parse_line
from casetrail.model.errors import IntegrityError


def read_lines(path: Path, length_bytes: int) -> Iterator[bytes]:
    """The whole lines in the first `length_bytes` of a log; one that a crash tore is left out."""
    if not length_bytes:
        return
    with path.open("rb") as file:
        for line in file:
            length_bytes -= len(line)
            if length_bytes < 0 or not line.endswith(b"\n"):
                break
            yield line


def find_line(path: Path, index: int, length_bytes: int) -> Line | None:
    """The line of one event in the first `length_bytes` of a log, by bisection; None when there is no such event."""
    if not length_bytes:
        return None
    low, high = 0, length_bytes
    with path.open("rb") as file:
        while low < high:
            middle = (low + high) // 2
            start = _next_start(file, middle)
            if start >= high:
                high = middle
                continue
            line = file.readline()
            parsed = parse_line(line)
            number = number_of(parsed)
            if number == index:
                return parsed
            low, high = (start + len(line), high) if number < index else (low, middle)
    return None


def read_leaves(path: Path, size: int, length_bytes: int) -> list[bytes]:
    """The first `size` leaf hashes as the lines of a log state them; fewer when it is shorter."""
    lines = islice(read_lines(path, length_bytes), size)
    try:
        return [bytes.fromhex(parse_line(line).leaf) for line in lines]
    except ValueError:
        raise IntegrityError("a leaf hash of the audit log was edited", where=str(path)) from None


def number_of(line: Line) -> int:
    """The number that the event of a line gives itself. Raises IntegrityError when it gives none."""
    try:
        return int(json.loads(line.data)["index"])
    except (ValueError, KeyError, TypeError):
        raise IntegrityError("not an audit event") from None


def name_fault(path: Path, at: int, fault: WrongNumberError) -> str:
    """What was done to a log in which another event than number `at` stands at that place."""
    with path.open("rb") as file:
        lines = list(file)
    if fault.number < at:
        if fault.number >= 0 and parse_line(lines[fault.number]).leaf == fault.leaf:
            return f"event {fault.number} was duplicated"
        return f"an event was inserted: two say that they are number {fault.number}"
    if any(_number_or_none(line) == at for line in lines[at:]):
        return f"events were reordered: event {fault.number} stands before event {at}"
    gone = f"event {at} was" if fault.number == at + 1 else f"events {at} to {fault.number - 1} were"
    return f"{gone} removed: event {fault.number} follows event {at - 1}"


def _number_or_none(line: bytes) -> int | None:
    try:
        return number_of(parse_line(line))
    except IntegrityError:
        return None


def _next_start(file: BinaryIO, at: int) -> int:
    """Where the first line begins that begins at byte `at` or later; the file then stands there."""
    file.seek(max(at - 1, 0))
    if at:
        file.readline()
    return file.tell()
