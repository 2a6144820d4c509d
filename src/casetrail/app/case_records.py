"""What a case vault holds, by kind, and the way each kind is written and read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from casetrail.app.json_values import from_json, to_json
from casetrail.governance.audit import AuditEvent
from casetrail.governance.audit_codec import commitment
from casetrail.governance.case_store import CaseStore, Standing
from casetrail.governance.cases import Case
from casetrail.governance.consent import ConsentRecord
from casetrail.governance.grants import Grant, GrantEntry, Request, RequestEntry
from casetrail.model.errors import IntegrityError
from casetrail.model.ids import stable_id
from casetrail.sightings.sightings import Sighting
from casetrail.sightings.vault import CaseVault
from casetrail.trace.anchors import Anchor
from casetrail.trace.case_trace import CaseTrace, Reviewed

CASE, CONSENT, ANCHORS, SIGHTINGS, ANSWERS, TRACE = "case", "consent", "anchors", "sightings", "answers", "trace"
REQUESTS, GRANTS = "requests", "grants"

_ONLY, _SALT = "only", "salt"
Value = TypeVar("Value")


@dataclass(frozen=True)
class CaseFile:
    """A case, the salt of its commitments in the audit log, and its latest grant, live or not."""

    case: Case
    salt: bytes
    grant: Grant | None = None

    @property
    def basis(self) -> str:
        """Commitment to the document that allows the work, for audit events."""
        return commitment(self.case.legal_basis.document, self.salt)


def encode_case(case: Case) -> bytes:
    """A case as JSON."""
    return to_json(case)


def decode_case(data: bytes) -> Case:
    """The case that `encode_case` wrote. Raises IntegrityError otherwise."""
    return from_json(Case, data)


def encode_anchor(anchor: Anchor) -> bytes:
    """An anchor as JSON."""
    return to_json(anchor)


def decode_anchor(data: bytes) -> Anchor:
    """The anchor that `encode_anchor` wrote. Raises IntegrityError otherwise."""
    return from_json(Anchor, data)


def encode_sighting(sighting: Sighting) -> bytes:
    """A sighting as JSON, its embedding as base64 of float32."""
    return to_json(sighting)


def decode_sighting(data: bytes) -> Sighting:
    """The sighting that `encode_sighting` wrote. Raises IntegrityError otherwise."""
    return from_json(Sighting, data)


def encode_reviewed(reviewed: Reviewed) -> bytes:
    """An answer as JSON."""
    return to_json(reviewed)


def decode_reviewed(data: bytes) -> Reviewed:
    """The answer that `encode_reviewed` wrote. Raises IntegrityError otherwise."""
    return from_json(Reviewed, data)


def encode_consent(record: ConsentRecord) -> bytes:
    """A consent record as JSON."""
    return to_json(record)


def decode_consent(data: bytes) -> ConsentRecord:
    """The record that `encode_consent` wrote. Raises IntegrityError otherwise."""
    return from_json(ConsentRecord, data)


def encode_trace(trace: CaseTrace) -> bytes:
    """A case trace as JSON."""
    return to_json(trace)


def decode_trace(data: bytes) -> CaseTrace:
    """The case trace that `encode_trace` wrote. Raises IntegrityError otherwise."""
    return from_json(CaseTrace, data)


def write_case_file(vault: CaseVault, file: CaseFile, *, audit: AuditEvent) -> None:
    """Store what describes the case itself."""
    records = {_ONLY: encode_case(file.case), _SALT: file.salt}
    vault.write_records(file.case.case_id, CASE, records, audit=audit)


def read_case_file(store: CaseStore, vault: CaseVault, case_id: str) -> CaseFile:
    """A case as it stands: described by its vault, in the state that the register says, in the scope of its grant.

    The latest grant sets the scope; before there is one, the case has the scope it was opened with. Raises
    MissingError when there is no such case or it was erased, IntegrityError when records were changed.
    """
    return build_case_file(vault, store.read_standing(case_id))


def build_case_file(vault: CaseVault, standing: Standing) -> CaseFile:
    """A case as the register says it stands, described by its vault. Raises what `read_case_file` raises."""
    case_id = standing.entry.case_id
    records = vault.read_records(case_id, CASE)
    if records.keys() != {_ONLY, _SALT}:
        raise IntegrityError("the vault does not say what this case is", where=f"case {case_id}")
    case, salt = replace(decode_case(records[_ONLY]), state=standing.entry.state), records[_SALT]
    grant = _read_grant(vault, standing, salt)
    return CaseFile(case if grant is None else replace(case, scope=grant.scope), salt, grant)


def read_case(store: CaseStore, vault: CaseVault, case_id: str) -> Case:
    """The case of `read_case_file`, without the salt."""
    return read_case_file(store, vault, case_id).case


def write_request(vault: CaseVault, request: Request, *, audit: AuditEvent) -> None:
    """Store what a request asks for."""
    vault.write_records(request.case_id, REQUESTS, {request.request_id: to_json(request)}, audit=audit)


def read_request(vault: CaseVault, entry: RequestEntry, salt: bytes) -> Request:
    """What a request of the register asks for. Raises IntegrityError when the vault holds something else."""
    data = vault.read_records(entry.case_id, REQUESTS).get(entry.request_id)
    if data is None or commitment(data.decode(), salt) != entry.commitment:
        raise IntegrityError("the vault does not hold what was asked for", where=f"request {entry.request_id}")
    return from_json(Request, data)


def commit_request(request: Request, salt: bytes) -> str:
    """Commitment to a request, for the register."""
    return commitment(to_json(request).decode(), salt)


def write_grant(vault: CaseVault, grant: GrantEntry, *, audit: AuditEvent) -> None:
    """Store a copy of a grant, which the register's row is held against: only who has the key can make one."""
    vault.write_records(grant.case_id, GRANTS, {grant.grant_id: to_json(grant)}, audit=audit)


def write_consent(vault: CaseVault, record: ConsentRecord, *, audit: AuditEvent) -> None:
    """Store the consent record of a case; the earlier one is replaced."""
    vault.write_records(record.case_id, CONSENT, {_ONLY: encode_consent(record)}, audit=audit)


def read_consent(vault: CaseVault, case_id: str) -> ConsentRecord | None:
    """The consent record of a case, or None when nobody was asked."""
    data = vault.read_records(case_id, CONSENT).get(_ONLY)
    return None if data is None else decode_consent(data)


def write_anchors(vault: CaseVault, case_id: str, anchors: Iterable[Anchor], *, audit: AuditEvent) -> None:
    """Add anchors; the same anchor twice is one."""
    encoded = [encode_anchor(anchor) for anchor in anchors]
    vault.write_records(case_id, ANCHORS, {stable_id(data): data for data in encoded}, audit=audit)


def read_anchors(vault: CaseVault, case_id: str) -> tuple[Anchor, ...]:
    """Every anchor of a case, by time."""
    anchors = [decode_anchor(data) for data in vault.read_records(case_id, ANCHORS).values()]
    return tuple(sorted(anchors, key=lambda anchor: (anchor.interval, anchor.kind.value, anchor.reference)))


def write_sightings(vault: CaseVault, case_id: str, sightings: Iterable[Sighting], *, audit: AuditEvent) -> None:
    """Store sightings by presence, replacing earlier ones of the same presence."""
    records = {sighting.presence_id: encode_sighting(sighting) for sighting in sightings}
    vault.write_records(case_id, SIGHTINGS, records, audit=audit)


def read_sightings(vault: CaseVault, case_id: str) -> dict[str, Sighting]:
    """Every sighting of a case, by presence."""
    return _decoded(Sighting, vault.read_records(case_id, SIGHTINGS))


def write_answers(vault: CaseVault, case_id: str, answers: Iterable[Reviewed], *, audit: AuditEvent) -> None:
    """Store answers; all that were ever given stay, each under what it says."""
    encoded = [encode_reviewed(answer) for answer in answers]
    vault.write_records(case_id, ANSWERS, {stable_id(data): data for data in encoded}, audit=audit)


def read_answers(vault: CaseVault, case_id: str) -> tuple[Reviewed, ...]:
    """Every answer of a case, in the order given."""
    answers = _decoded(Reviewed, vault.read_records(case_id, ANSWERS)).values()
    return tuple(sorted(answers, key=lambda answer: (answer.utc_us, answer.presence_id)))


def write_trace(vault: CaseVault, trace: CaseTrace, *, audit: AuditEvent) -> None:
    """Store the case trace; the earlier one is replaced."""
    vault.write_records(trace.case_id, TRACE, {_ONLY: encode_trace(trace)}, audit=audit)


def read_trace(vault: CaseVault, case_id: str) -> CaseTrace | None:
    """The case trace, or None when none was made yet."""
    data = vault.read_records(case_id, TRACE).get(_ONLY)
    return None if data is None else decode_trace(data)


def _read_grant(vault: CaseVault, standing: Standing, salt: bytes) -> Grant | None:
    if standing.grant is None:
        return None
    entry, held = standing.request, vault.read_records(standing.entry.case_id, GRANTS)
    if held.get(standing.grant.grant_id) != to_json(standing.grant):
        what = "the register names a grant that nobody gave, or has changed it"
        raise IntegrityError(what, where=f"case {standing.entry.case_id}")
    if entry is None or entry.case_id != standing.entry.case_id:
        raise IntegrityError("a grant names a request that is not there", where=f"case {standing.entry.case_id}")
    return Grant(standing.grant, entry.requester, read_request(vault, entry, salt))


def _decoded(kind: type[Value], records: Mapping[str, bytes]) -> dict[str, Value]:
    return {record_id: from_json(kind, data) for record_id, data in records.items()}
