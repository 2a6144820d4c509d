"""AuditLog in files: `log.jsonl` only ever grows, `head.json` says how far it was acknowledged.

An append writes the line, waits for the disk, then replaces the head. A crash between the two leaves a
line that nobody was told of: whole, it is taken in at the next append (an act that was announced and not
done does no harm); torn, it is cut off. Anything before the head is never changed, and whatever is taken in
is recomputed first.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path

from casetrail.adapters.audit_files import checkpoints
from casetrail.adapters.audit_files.head import RESTORE, Head, UnfoundedHeadError, read_head, write_head
from casetrail.adapters.audit_files.lines import Line, WrongNumberError, check_line, make_line
from casetrail.adapters.audit_files.reading import find_line, name_fault, read_leaves, read_lines
from casetrail.app.private_files import PRIVATE_FILE, make_folder, open_lock
from casetrail.governance.audit import AuditEvent, LogHead, RecordedEvent
from casetrail.governance.audit_codec import encode_event
from casetrail.governance.merkle import Frontier, leaf_hash, tree_root
from casetrail.governance.proofs import ConsistencyProof, InclusionProof, prove_consistency, prove_inclusion
from casetrail.model.errors import IntegrityError


class AuditFiles:
    """Append-only log in a folder; safe with several processes. `now_us` gives UTC in microseconds.

    `policy`: hash of the policy text in force, for events that do not name it themselves.
    """

    def __init__(self, folder: Path, now_us: Callable[[], int], policy: str = "") -> None:
        self._folder, self._now_us, self._policy = folder, now_us, policy
        self._log, self._head = folder / "log.jsonl", folder / "head.json"
        self._checkpoints = folder / "checkpoints"

    def record(self, event: AuditEvent) -> RecordedEvent:
        """Append the event durably. Raises IntegrityError when the log cannot be written or is not whole."""
        try:
            make_folder(self._folder)
            with open_lock(self._folder / "lock", exclusive=True):
                return self._append(event, self._settled_head())
        except OSError as error:
            raise IntegrityError(
                f"the audit log cannot be written ({error.strerror}); nothing was done",
                where=str(self._folder),
                todo="free disk space or mend the folder's permissions",
            ) from error

    def read_events(self, case_id: str | None = None) -> Iterator[RecordedEvent]:
        """Every event in order, of one case when named. Raises IntegrityError at the first fault."""
        for recorded, _ in self._walk():
            if case_id is None or recorded.event.case_id == case_id:
                yield recorded

    def read_head(self) -> LogHead:
        """The acknowledged tree."""
        with self._snapshot() as (head, _):
            return LogHead(head.frontier.size, head.frontier.root.hex())

    def verify(self) -> int:
        """Recompute the whole tree; returns the number of events. Raises IntegrityError naming the first fault."""
        count = 0
        for _ in self._walk():
            count += 1
        return count

    def read_root(self, size: int) -> str:
        """Root of the tree of the first `size` events, as the log states it."""
        return self._line(size - 1).root if size else tree_root(()).hex()

    def read_leaf(self, index: int) -> bytes:
        """The bytes of an event as they were hashed."""
        return self._line(index).data

    def prove_inclusion(self, index: int, size: int | None = None) -> InclusionProof:
        """That an event is in the tree of the first `size` events."""
        return prove_inclusion(self._leaves(size), index)

    def prove_consistency(self, old_size: int, size: int | None = None) -> ConsistencyProof:
        """That the tree of the first `size` events continues that of `old_size`."""
        return prove_consistency(self._leaves(size), old_size)

    def read_checkpoint(self) -> str | None:
        """The newest checkpoint that was published."""
        return checkpoints.read_checkpoint(self._checkpoints)

    def read_checkpoints(self) -> tuple[str, ...]:
        """Every checkpoint that was published, oldest first."""
        return checkpoints.read_checkpoints(self._checkpoints)

    def add_checkpoint(self, size: int, text: str) -> None:
        """Keep a checkpoint of the first `size` events."""
        checkpoints.add_checkpoint(self._checkpoints, size, text)

    def _append(self, event: AuditEvent, head: Head) -> RecordedEvent:
        event = event if event.policy else replace(event, policy=self._policy)
        index, utc_us = head.frontier.size, self._now_us()
        data = encode_event(index, utc_us, event)
        leaf = leaf_hash(data)
        after = head.frontier.appended(leaf)
        line = make_line(data, after)
        with self._open_log() as handle:
            os.lseek(handle, 0, os.SEEK_END)
            _write_all(handle, line)
            os.fsync(handle)
        write_head(self._head, Head(after, head.length_bytes + len(line)), durable=not index)
        return RecordedEvent(index, utc_us, event, leaf.hex(), after.root.hex())

    def _settled_head(self) -> Head:
        """The head after mending what a crash in the middle of an append may have left."""
        head = self._known_head()
        if head is None:
            head = Head()
            write_head(self._head, head, durable=True)
        size = self._log.stat().st_size if self._log.exists() else 0
        self._check_length(head, size)
        return head if size == head.length_bytes else self._take_in_tail(head)

    def _line(self, index: int) -> Line:
        with self._snapshot() as (_, size):
            line = find_line(self._log, index, size)
        if line is None:
            what = f"the audit log holds no event {index}: it was truncated, or is an older copy"
            raise IntegrityError(what, where=str(self._log), todo=RESTORE)
        return line

    def _leaves(self, size: int | None) -> list[bytes]:
        with self._snapshot() as (head, length):
            wanted = head.frontier.size if size is None else size
            leaves = read_leaves(self._log, wanted, length)
        if len(leaves) < wanted:
            what = f"the audit log holds {len(leaves)} events, not {wanted}: it was truncated, or is an older copy"
            raise IntegrityError(what, where=str(self._log), todo=RESTORE)
        return leaves

    def _take_in_tail(self, head: Head) -> Head:
        with self._log.open("rb") as file:
            file.seek(head.length_bytes)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                frontier = self._check(line, head.frontier)[1]
                head = Head(frontier, head.length_bytes + len(line))
        with self._open_log() as handle:
            os.ftruncate(handle, head.length_bytes)
            os.fsync(handle)
        write_head(self._head, head, durable=True)
        return head

    def _walk(self) -> Iterator[tuple[RecordedEvent, Frontier]]:
        with self._snapshot(whole=False) as (head, size):
            pass
        frontier = Frontier()
        for line in read_lines(self._log, size):
            recorded, frontier = self._check(line, frontier)
            if frontier.size == head.frontier.size and frontier != head.frontier:
                raise IntegrityError("the log does not give the root of its head", where=self._where(recorded.index))
            yield recorded, frontier
        if frontier.size < head.frontier.size:
            held, told = frontier.size, head.frontier.size
            what = f"the audit log was truncated: {told} events were acknowledged, {held} are there"
            raise IntegrityError(what, where=self._where(held), todo=RESTORE)

    @contextmanager
    def _snapshot(self, *, whole: bool = True) -> Iterator[tuple[Head, int]]:
        """Head and length of the log at one moment; `whole`: no byte that was acknowledged may be missing."""
        if not self._folder.exists():
            yield Head(), 0
            return
        with open_lock(self._folder / "lock", exclusive=False):
            head = self._known_head() or Head()
            size = self._log.stat().st_size if self._log.exists() else 0
            if whole:
                self._check_length(head, size)
            yield head, size

    def _known_head(self) -> Head | None:
        try:
            head = read_head(self._head)
        except UnfoundedHeadError as unfounded:
            head = self._refounded(unfounded)
        if head is None and self._log.exists():
            raise IntegrityError("the head of the audit log is missing", where=str(self._head), todo=RESTORE)
        return head

    def _refounded(self, head: UnfoundedHeadError) -> Head:
        """The same head with subtrees from the log, when the log gives its root; else it was edited."""
        frontier = Frontier()
        length = head.length_bytes if self._log.exists() else 0
        for line in islice(read_lines(self._log, max(length, 0)), max(head.size, 0)):
            frontier = self._check(line, frontier)[1]
        if frontier.size != head.size or frontier.root.hex() != head.root:
            raise head
        return Head(frontier, head.length_bytes)

    def _check_length(self, head: Head, size: int) -> None:
        if size < head.length_bytes:
            what = f"the audit log is {head.length_bytes - size} bytes shorter than was acknowledged"
            raise IntegrityError(what, where=str(self._log), todo=RESTORE)

    def _check(self, line: bytes, before: Frontier) -> tuple[RecordedEvent, Frontier]:
        try:
            return check_line(line, before)
        except IntegrityError as error:
            what = name_fault(self._log, before.size, error) if isinstance(error, WrongNumberError) else error.what
            where = self._where(before.size)
            raise IntegrityError(f"the audit log was changed: {what}", where=where, todo=RESTORE) from None

    def _where(self, index: int) -> str:
        return f"{self._log}, event {index}"

    @contextmanager
    def _open_log(self) -> Iterator[int]:
        handle = os.open(self._log, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
        try:
            yield handle
        finally:
            os.close(handle)


def _write_all(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]
