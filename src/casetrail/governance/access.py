"""What a case allows: its state, the cameras and hours of its scope, and its budget of views (PIPA 3, 16)."""

from casetrail.governance.cases import GRANTABLE, Case, CaseState, LegalBasis
from casetrail.model.errors import RefusedError
from casetrail.model.time import UtcInterval

WORKING = frozenset({CaseState.AUTHORISED, CaseState.TRACING, CaseState.REVIEWED, CaseState.REPORTED})


def check_legal_basis(basis: LegalBasis) -> None:
    """Raises RefusedError unless authority, document, date and articles are all named (IDCPA 18, 76-2(1))."""
    given = {
        "authority": basis.authority,
        "document": basis.document,
        "document date": basis.document_date,
        "articles": basis.articles,
    }
    absent = [name for name, text in given.items() if not text.strip()]
    if absent:
        raise RefusedError(
            f"a case needs a legal basis; missing: {', '.join(absent)}",
            todo="name the requesting authority, its document with number and date, and the articles",
        )


def check_working(case_id: str, state: CaseState) -> None:
    """Raises RefusedError unless the case stands where people may work on it."""
    if state not in WORKING:
        raise RefusedError(f"nobody may work on a case that is {state}", where=f"case {case_id}")


def check_collecting(case_id: str, state: CaseState) -> None:
    """Raises RefusedError unless other evidence and consent may still be taken in: in a draft, or while working."""
    if state not in GRANTABLE:
        raise RefusedError(f"nothing is taken in for a case that is {state}", where=f"case {case_id}")


def check_scope(case: Case, camera_id: str, interval: UtcInterval) -> None:
    """Raises RefusedError unless the camera is in the case's scope and the interval shares time with it."""
    todo = "ask for a wider order, or leave it out"
    if not case.scope.allows_camera(camera_id):
        raise RefusedError(f"camera {camera_id} is outside the scope", where=f"case {case.case_id}", todo=todo)
    if not case.scope.interval.overlaps(interval):
        raise RefusedError(f"{interval.describe()} is outside the scope", where=f"case {case.case_id}", todo=todo)


def check_views(case: Case, described: int, wanted: int) -> None:
    """Raises RefusedError when `wanted` views more than the `described` ones go beyond the scope's budget."""
    if described + wanted > case.scope.views:
        raise RefusedError(
            f"{wanted} more views after {described} would go beyond the {case.scope.views} of the scope",
            where=f"case {case.case_id}",
            todo="ask for a larger budget of views",
        )


def can_open(case: Case, camera_id: str, interval: UtcInterval) -> bool:
    """Whether state and scope let a presence there and then be opened."""
    try:
        check_working(case.case_id, case.state)
        check_scope(case, camera_id, interval)
    except RefusedError:
        return False
    return True
