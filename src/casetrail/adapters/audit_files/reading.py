"""Finding single lines and all leaf hashes in the log file, without checking them."""

import json
from pathlib import Path
from typing import BinaryIO

from casetrail.adapters.audit_files.lines import Line, WrongNumberError, parse_line
from casetrail.model.errors import IntegrityError


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
    leaves: list[bytes] = []
    if not size or not length_bytes:
        return leaves
    with path.open("rb") as file:
        for line in file:
            leaves.append(bytes.fromhex(parse_line(line).leaf))
            if len(leaves) == size or file.tell() >= length_bytes:
                break
    return leaves


def number_of(line: Line) -> int:
    """The number that the event of a line gives itself. Raises IntegrityError when it gives none."""
    try:
        return int(json.loads(line.data)["index"])
    except (ValueError, KeyError, TypeError):
        raise IntegrityError("not an audit event") from None


def name_fault(path: Path, at: int, fault: WrongNumberError) -> str:
    """What was done to a log in which another event than number `at` stands at that place."""
    leaves: dict[int, str] = {}
    with path.open("rb") as file:
        for position, line in enumerate(file):
            number = _number_or_none(line)
            if position < at:
                leaves[position] = parse_line(line).leaf
            elif number == at:
                return f"events were reordered: event {fault.number} stands before event {at}"
    if fault.number > at:
        gone = f"event {at} was" if fault.number == at + 1 else f"events {at} to {fault.number - 1} were"
        return f"{gone} removed: event {fault.number} follows event {at - 1}"
    if leaves.get(fault.number) == fault.leaf:
        return f"event {fault.number} was duplicated"
    return f"an event was inserted: two say that they are number {fault.number}"


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
