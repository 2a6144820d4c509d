"""A case: its states, its legal basis and its scope."""

from dataclasses import dataclass
from enum import StrEnum

from casetrail.model.errors import RefusedError
from casetrail.model.time import UtcInterval


class CaseState(StrEnum):
    """Where a case stands."""

    DRAFT = "draft"
    AUTHORISED = "authorised"
    TRACING = "tracing"
    REVIEWED = "reviewed"
    REPORTED = "reported"
    CLOSING = "closing"
    ERASED = "erased"
    SUSPENDED = "suspended"


TRANSITIONS: dict[CaseState, frozenset[CaseState]] = {
    CaseState.DRAFT: frozenset({CaseState.AUTHORISED, CaseState.CLOSING}),
    CaseState.AUTHORISED: frozenset({CaseState.TRACING, CaseState.SUSPENDED, CaseState.CLOSING}),
    CaseState.TRACING: frozenset({CaseState.REVIEWED, CaseState.SUSPENDED, CaseState.CLOSING}),
    CaseState.REVIEWED: frozenset({CaseState.TRACING, CaseState.REPORTED, CaseState.SUSPENDED, CaseState.CLOSING}),
    CaseState.REPORTED: frozenset({CaseState.TRACING, CaseState.SUSPENDED, CaseState.CLOSING}),
    CaseState.SUSPENDED: frozenset({CaseState.TRACING, CaseState.CLOSING}),
    CaseState.CLOSING: frozenset({CaseState.ERASED}),
    CaseState.ERASED: frozenset(),
}


GRANTABLE = frozenset(
    {CaseState.DRAFT, CaseState.AUTHORISED, CaseState.TRACING, CaseState.REVIEWED, CaseState.REPORTED}
)  # where something may be asked for and granted; grants of a case anywhere else are gone


def check_transition(case_id: str, before: CaseState, after: CaseState) -> None:
    """Raises RefusedError unless a case may go from one state to the other."""
    if after not in TRANSITIONS[before]:
        raise RefusedError(f"a case that is {before} cannot become {after}", where=f"case {case_id}")


@dataclass(frozen=True)
class LegalBasis:
    """Who asked, by which document, under which articles (IDCPA 18, 76-2(1))."""

    authority: str
    document: str
    document_date: str
    articles: str


class Method(StrEnum):
    """What a trace may compare."""

    CLOTHING = "clothing"
    CLOTHING_AND_FACE = "clothing and face"


@dataclass(frozen=True)
class Scope:
    """What the order lets a trace open: cameras (none named means all), one interval, a method, a budget of views."""

    interval: UtcInterval
    cameras: frozenset[str] = frozenset()
    method: Method = Method.CLOTHING
    views: int = 5000

    def allows_camera(self, camera_id: str) -> bool:
        """Whether the camera lies inside the scope."""
        return not self.cameras or camera_id in self.cameras


@dataclass(frozen=True)
class Case:
    """What is known of a case, without anything of the person. `infectious_period`: half-open UTC interval."""

    case_id: str
    state: CaseState
    disease: str
    infectious_period: UtcInterval
    legal_basis: LegalBasis
    scope: Scope
    opened_us: int
