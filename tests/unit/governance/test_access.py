"""What a case allows, as truth tables."""

import pytest

from casetrail.governance.access import can_open, check_legal_basis, check_scope, check_views, check_working
from casetrail.governance.cases import Case, CaseState, LegalBasis, Scope
from casetrail.model.errors import RefusedError
from casetrail.model.time import UtcInterval

BASIS = LegalBasis("KDCA", "2026-17", "2026-03-01", "IDCPA 76-2(1)")


def make_case(state: CaseState = CaseState.TRACING, cameras: frozenset[str] = frozenset({"A", "B"})) -> Case:
    """A case whose scope is cameras A and B, microseconds 100 to 200, ten views."""
    interval = UtcInterval(100, 200)
    return Case("C-1", state, "measles", interval, BASIS, Scope(interval, cameras, views=10), 50)


@pytest.mark.parametrize("field", ["authority", "document", "document_date", "articles"])
@pytest.mark.parametrize("text", ["", "  "])
def test_each_part_of_the_legal_basis_is_needed(field: str, text: str) -> None:
    """A legal basis without any one of its parts is refused, and the refusal names the part."""
    parts = {"authority": "KDCA", "document": "2026-17", "document_date": "2026-03-01", "articles": "IDCPA 18"}
    with pytest.raises(RefusedError, match=field.replace("_", " ")):
        check_legal_basis(LegalBasis(**{**parts, field: text}))
    check_legal_basis(LegalBasis(**parts))


@pytest.mark.parametrize(
    ("state", "allowed"),
    [
        (CaseState.DRAFT, False),
        (CaseState.AUTHORISED, True),
        (CaseState.TRACING, True),
        (CaseState.REVIEWED, True),
        (CaseState.REPORTED, True),
        (CaseState.CLOSING, False),
        (CaseState.ERASED, False),
        (CaseState.SUSPENDED, False),
    ],
)
def test_states_in_which_people_may_work(state: CaseState, allowed: bool) -> None:
    """Only a case that is authorised and neither suspended nor closing is worked on."""
    assert can_open(make_case(state), "A", UtcInterval(120, 130)) is allowed
    if not allowed:
        with pytest.raises(RefusedError):
            check_working("C-1", state)


@pytest.mark.parametrize(
    ("camera", "start", "end", "allowed"),
    [
        ("A", 100, 200, True),
        ("B", 90, 101, True),
        ("A", 199, 300, True),
        ("A", 90, 100, False),
        ("A", 200, 210, False),
        ("C", 120, 130, False),
    ],
)
def test_scope(camera: str, start: int, end: int, allowed: bool) -> None:
    """A presence may be opened on a camera of the scope that shares time with it; the end is not inside."""
    assert can_open(make_case(), camera, UtcInterval(start, end)) is allowed
    if not allowed:
        with pytest.raises(RefusedError):
            check_scope(make_case(), camera, UtcInterval(start, end))


def test_no_camera_named_means_all() -> None:
    """A scope that names no camera covers every camera."""
    assert can_open(make_case(cameras=frozenset()), "Z", UtcInterval(120, 130))


def test_budget_of_views() -> None:
    """The last view of the budget may be described, the next one not."""
    check_views(make_case(), 7, 3)
    with pytest.raises(RefusedError, match="10 of the scope"):
        check_views(make_case(), 7, 4)
