"""Opening a case: a disease, dates, a legal basis and a scope; nothing of the person.

An opened case is a draft. Nobody may look into footage for it before a second person granted a request
(`request_access`, `approve_access`; PIPA 29, Enforcement Decree 30).
"""

import secrets
from dataclasses import dataclass, replace

from casetrail.app.case_ports import CasePorts
from casetrail.app.case_records import CaseFile, read_case, write_case_file
from casetrail.app.gate import part_of
from casetrail.governance.access import check_legal_basis
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor
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
    """Open a case under a new pseudonym, as a draft.

    Raises RefusedError without an order in force for the disease, without a legal basis or beyond what it can cover.
    """
    _check(request)
    disease = request.disease.strip()
    opening = ports.gate.check_opening(actor, disease, request.legal_basis)
    case = Case(
        new_case_id(),
        CaseState.DRAFT,
        disease,
        request.infectious_period,
        request.legal_basis,
        request.scope,
        now_us,
    )
    file = CaseFile(case, secrets.token_bytes(16))
    entry = CaseEntry(case.case_id, CaseState.DRAFT, now_us + request.keep_days * _DAY_US)
    event = replace(opening, case_id=case.case_id, basis=file.basis, counts=count_scope(request.scope))
    ports.store.add_case(entry, audit=event)
    ports.vault.create_case(case.case_id, audit=part_of(event, "case.create_key"))
    write_case_file(ports.vault, file, audit=part_of(event, "case.describe"))
    return read_case(ports.store, ports.vault, case.case_id)


def list_cases(ports: CasePorts, actor: Actor) -> list[CaseSummary]:
    """Every case in the register, described where its vault still is. Looking is on record."""
    ports.gate.permit(actor, Act.CASE_LIST)
    return [_summary(ports, entry) for entry in ports.store.read_cases()]


def check_inside(scope: Scope, period: UtcInterval) -> None:
    """Raises RefusedError when a scope leaves the infectious period, BadInputError without a budget of views."""
    if scope.views < 1:
        raise BadInputError("a case needs a budget of views, at least 1")
    if scope.interval.start_us < period.start_us or scope.interval.end_us > period.end_us:
        raise RefusedError(
            f"the scope {scope.interval.describe()} leaves the infectious period {period.describe()}",
            todo="narrow --from and --to, or correct the dates",
        )


def count_scope(scope: Scope) -> dict[str, int | float]:
    """How far a scope reaches, for audit events: numbers only."""
    hours = scope.interval.duration_s / 3600
    return {"cameras": len(scope.cameras), "hours": round(hours, 3), "views": scope.views}


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
    if request.keep_days < 1:
        raise BadInputError("a case needs days to be kept, at least 1")
    check_inside(request.scope, request.infectious_period)
