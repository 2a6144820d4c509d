"""Checking that what is stored is what was stored: audit log, case vaults, presence index."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from casetrail.app.audit_checkpoint import check_checkpoint, check_kept_checkpoints
from casetrail.app.audit_ports import AuditPorts
from casetrail.app.audit_witness import list_countersignatures
from casetrail.app.case_ports import CasePorts
from casetrail.app.desk_gate import counted
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor, AuditLog, LogHead
from casetrail.governance.cases import CaseState
from casetrail.governance.signing import PublicKey
from casetrail.model.errors import CasetrailError, IntegrityError, MissingError
from casetrail.model.time import day_of
from casetrail.presence.index import PresenceIndex, Reach
from casetrail.presence.spans import merge_intervals
from casetrail.sightings.vault import VERSION

_OF_LOG, _KEPT = ("audit log", "checkpoints", "countersignatures"), "checkpoint "


class Finding(StrEnum):
    """How a store was found."""

    WHOLE = "whole"
    FAULTY = "faulty"
    GONE = "gone"


@dataclass(frozen=True)
class Checked:
    """One store that was checked: how many things are in it, and the first fault when there is one."""

    store: str
    finding: Finding
    things: int
    fault: str = ""

    @property
    def of_log(self) -> bool:
        """Whether it is the log, or what was published of it."""
        return self.store in _OF_LOG or self.store.startswith(_KEPT)


@dataclass(frozen=True)
class KeptCheckpoint:
    """A checkpoint that was kept elsewhere: what to call it, its text, and who signed it (None: this installation)."""

    name: str
    text: str
    key: PublicKey | None = None


@dataclass(frozen=True)
class Verified:
    """What was checked, and the head of the log as it was then; None where a fault keeps it from being read."""

    checked: tuple[Checked, ...]
    head: LogHead | None


def verify_for(
    ports: CasePorts, index: PresenceIndex, audit: AuditPorts, actor: Actor, kept: Sequence[KeptCheckpoint] = ()
) -> Verified:
    """Check every store for somebody, and the log against checkpoints kept elsewhere; that it was done is recorded.

    Nothing is added to a log in which a fault was found: it stays as it is for inquiry. Raises RefusedError.
    """
    event = audit.gate.check(actor, Act.AUDIT_VERIFY)
    checked = verify_installation(ports, index, audit)
    checked += tuple(verify_checkpoint(audit, each.name, each.text, each.key) for each in kept)
    head = _head_of(audit.log)
    if not any(item.of_log and item.finding is Finding.FAULTY for item in checked):
        faulty = sum(item.finding is Finding.FAULTY for item in checked)
        audit.log.record(counted(event, {"stores": len(checked), "faulty": faulty}))
    return Verified(checked, head)


def verify_installation(
    ports: CasePorts, index: PresenceIndex | None = None, audit: AuditPorts | None = None
) -> tuple[Checked, ...]:
    """Check every store to its end; a fault in one does not keep the others from being checked.

    `audit`: hold the log against every checkpoint that was kept, their signatures and countersignatures, too.
    """
    checked = [_check("audit log", ports.audit_log.verify)]
    if audit is not None:
        checked.append(_check("checkpoints", lambda: check_kept_checkpoints(audit)))
        checked.append(_check("countersignatures", lambda: len(list_countersignatures(audit))))
    checked += _check_cases(ports)
    if index is not None:
        checked.append(_check("presence index", lambda: _count_presences(index)))
    return tuple(checked)


def verify_checkpoint(audit: AuditPorts, name: str, text: str, key: PublicKey | None = None) -> Checked:
    """Hold the log against a checkpoint that was kept elsewhere, signed with `key` (ours by default)."""
    return _check(f"{_KEPT}{name}", lambda: check_checkpoint(audit, text, key).size)


def check_whole(checked: tuple[Checked, ...]) -> None:
    """Raises IntegrityError naming the first fault."""
    for item in checked:
        if item.finding is Finding.FAULTY:
            raise IntegrityError(item.fault, where=item.store)


def _head_of(log: AuditLog) -> LogHead | None:
    try:
        return log.read_head()
    except IntegrityError:
        return None


def _check(store: str, count: Callable[[], int]) -> Checked:
    try:
        return Checked(store, Finding.WHOLE, count())
    except CasetrailError as error:
        return Checked(store, Finding.FAULTY, 0, str(error))


def _check_cases(ports: CasePorts) -> Iterator[Checked]:
    try:
        entries = ports.store.read_cases()
    except CasetrailError as error:
        yield Checked("case database", Finding.FAULTY, 0, str(error))
        return
    yield Checked("case database", Finding.WHOLE, len(entries))
    versions = _logged_versions(ports)
    for entry in entries:
        if entry.state is CaseState.ERASED:
            yield Checked(f"vault of {entry.case_id}", Finding.GONE, 0)
        elif entry.state is not CaseState.CLOSING:
            least = versions.get(entry.case_id, 0)
            yield _check(f"vault of {entry.case_id}", _verifier(ports, entry.case_id, least))


def _verifier(ports: CasePorts, case_id: str, logged: int) -> Callable[[], int]:
    return lambda: _count_records(ports, case_id, logged)


def _count_records(ports: CasePorts, case_id: str, logged: int) -> int:
    """Records of a vault. One write less than the log names is what a crash leaves; fewer, and somebody put it back."""
    records, version = ports.vault.verify_case(case_id), ports.vault.read_version(case_id)
    if version < logged - 1:
        what = f"the vault was put back: the log knows of {logged} writes, the vault of {version}"
        raise IntegrityError(what, where=f"case {case_id}", todo="find out who restored it, and from what")
    return records


def _logged_versions(ports: CasePorts) -> dict[str, int]:
    """The last version of each case's vault that the log names; none where the log is faulty, which is told."""
    versions: dict[str, int] = {}
    try:
        for recorded in ports.audit_log.read_events():
            version = recorded.event.counts.get(VERSION)
            if version is not None and recorded.event.case_id:
                versions[recorded.event.case_id] = int(version)
    except CasetrailError:
        return {}
    return versions


def _count_presences(index: PresenceIndex) -> int:
    """Presences of the index, every one of them deciphered: a camera's day at a time."""
    days: dict[tuple[str, str], list[Reach]] = {}
    for key in index.read_segments():
        days.setdefault((key.camera_id, day_of(key.interval.start_us)), []).append(Reach(key.camera_id, key.interval))
    return sum(_count_day(index, reaches) for reaches in days.values())


def _count_day(index: PresenceIndex, reaches: list[Reach]) -> int:
    """Presences that start in these segments; none when the day's key was destroyed, as retention does."""
    try:
        started_us = [int(each.utc_us[0]) for each in index.read_presences(reaches)]
    except MissingError:
        return 0
    starts, ends = merge_intervals(reach.interval for reach in reaches)
    place = np.searchsorted(starts, started_us, side="right") - 1
    return int(((place >= 0) & (np.array(started_us) < ends[place])).sum()) if started_us else 0
