"""Opening a case: a disease, dates, a legal basis and a scope; nothing of the person.

For now a case with a legal basis is authorised as it is opened. The grant by a second person (PIPA 29, Decree
30) and the signed outbreak order come before that step in a later version.
"""

import secrets
from dataclasses import dataclass

from casetrail.app.case_ports import CasePorts
from casetrail.app.case_records import CaseFile, read_case, write_case_file
from casetrail.governance.access import check_legal_basis
from casetrail.governance.audit import Actor, AuditEvent
from casetrail.governance.case_store import CaseEntry
from casetrail.governance.cases import Case, CaseState, LegalBasis, Scope
from casetrail.model.errors import BadInputError, IntegrityError, MissingError, RefusedError
from casetrail.model.ids import new_case_id
from casetrail.model.time import SECOND_US, UtcInterval

KEEP_DAYS = 30
_DAY_US = 86_400 * SECOND_US


@dataclass(frozen=True)
class CaseRequest:
    """What somebody asks to open. `keep_days`: after so many days the case must be closed and erased."""

    disease: str
    infectious_period: UtcInterval
    legal_basis: LegalBasis
    scope: Scope
    keep_days: int = KEEP_DAYS


@dataclass(frozen=True)
class CaseSummary:
    """A line of the list of cases; where `case` is None, `fault` says why nothing describes it."""

    entry: CaseEntry
    case: Case | None
    fault: str = ""


def open_case(ports: CasePorts, request: CaseRequest, actor: Actor, now_us: int) -> Case:
    """Open a case under a new pseudonym. Raises RefusedError without a legal basis or beyond what it can cover."""
    _check(request)
    case = Case(
        new_case_id(),
        CaseState.DRAFT,
        request.disease.strip(),
        request.infectious_period,
        request.legal_basis,
        request.scope,
        now_us,
    )
    file = CaseFile(case, secrets.token_bytes(16))
    entry = CaseEntry(case.case_id, CaseState.DRAFT, now_us + request.keep_days * _DAY_US)
    ports.store.add_case(entry, audit=_event(file, "case.open", actor))
    ports.vault.create_case(case.case_id, audit=_event(file, "case.create_key", actor))
    write_case_file(ports.vault, file, audit=_event(file, "case.describe", actor))
    event = _event(file, "case.authorise", actor)
    ports.store.change_state(case.case_id, CaseState.DRAFT, CaseState.AUTHORISED, audit=event)
    return read_case(ports.store, ports.vault, case.case_id)


def list_cases(ports: CasePorts) -> list[CaseSummary]:
    """Every case in the register, described where its vault still is."""
    return [_summary(ports, entry) for entry in ports.store.read_cases()]


def _summary(ports: CasePorts, entry: CaseEntry) -> CaseSummary:
    if entry.state is CaseState.ERASED:
        return CaseSummary(entry, None, "erased")
    try:
        return CaseSummary(entry, read_case(ports.store, ports.vault, entry.case_id))
    except (MissingError, IntegrityError) as error:
        return CaseSummary(entry, None, error.what)


def _check(request: CaseRequest) -> None:
    check_legal_basis(request.legal_basis)
    if not request.disease.strip():
        raise BadInputError("a case needs a disease", todo="name it with --disease")
    if request.scope.views < 1 or request.keep_days < 1:
        raise BadInputError("a case needs a budget of views and days to be kept, both at least 1")
    period, wanted = request.infectious_period, request.scope.interval
    if wanted.start_us < period.start_us or wanted.end_us > period.end_us:
        raise RefusedError(
            f"the scope {wanted.describe()} leaves the infectious period {period.describe()}",
            todo="narrow --from and --to, or correct the dates",
        )


def _event(file: CaseFile, act: str, actor: Actor) -> AuditEvent:
    scope = file.case.scope
    hours = scope.interval.duration_s / 3600
    counts = {"cameras": len(scope.cameras), "hours": round(hours, 3), "views": scope.views}
    return AuditEvent(actor, act, file.case.case_id, counts, file.basis)
