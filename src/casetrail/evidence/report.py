"""What a report says about a case, and the port that turns it into a page.

Nothing here decides anything: it gathers what the vault holds, so that a reader who was not there can judge it.
A report never says that transmission happened.
"""

from dataclasses import dataclass, field
from datetime import tzinfo
from enum import StrEnum
from typing import Protocol

from casetrail.contacts.contacts import Contact
from casetrail.evidence.report_plan import Plan
from casetrail.governance.cases import Case, CaseState
from casetrail.model.errors import BadInputError
from casetrail.model.time import UtcInterval
from casetrail.trace.case_trace import Alternative, Gap, Opened, TraceStep, Verdict
from casetrail.trace.reconcile import Finding

_PICTURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


class Language(StrEnum):
    """Languages that a report is written in."""

    ENGLISH = "en"
    KOREAN = "ko"


@dataclass(frozen=True)
class Still:
    """A redacted picture as PNG or JPEG bytes. Raises BadInputError for anything else."""

    data: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not any(self.data.startswith(magic) for magic in _PICTURES):
            raise BadInputError("a still is not a PNG or JPEG picture", where="report", todo="make it anew")

    @property
    def media_type(self) -> str:
        """Its media type."""
        return next(name for magic, name in _PICTURES.items() if self.data.startswith(magic))


@dataclass(frozen=True)
class ReportStep:
    """One sighting of the case trace, numbered from 1 in order of time; `still` is redacted, None without one."""

    number: int
    step: TraceStep
    camera_name: str
    still: Still | None = None

    @property
    def confirmed(self) -> bool:
        """Whether a reviewer confirmed it."""
        return self.step.verdict is Verdict.CONFIRMED


@dataclass(frozen=True)
class AppliedDefinition:
    """A contact definition that was applied. Title, date and source are empty when its text is no longer at hand."""

    name: str
    sha256: str
    title: str = ""
    date: str = ""
    source: str = ""
    distance_m: float | None = None


@dataclass(frozen=True)
class Watched:
    """A stretch of footage of one camera that lies inside the scope."""

    camera_id: str
    interval: UtcInterval


@dataclass(frozen=True)
class ReportContent:
    """Everything a report says.

    `case.state` is the state the report was made in; `reviewed` whether every question was answered by then. `actor`
    made it at `written_us`; `due_us` is when the case, and this report with it, must be erased. `contacts` None:
    nobody looked for them. `zone`: local time of the reader, beside UTC. `doubts`: of the legal basis, as an approver
    was told them; `consent_withdrawn`: a face was compared, or might have been, and may not any more. `notes`: what
    could not be drawn, and why.
    """

    case: Case
    actor: str
    written_us: int
    due_us: int
    language: Language
    zone: tzinfo | None
    steps: tuple[ReportStep, ...]
    gaps: tuple[Gap, ...]
    alternatives: tuple[Alternative, ...]
    opened: Opened
    models: tuple[str, ...]
    plan: Plan
    watched: tuple[Watched, ...]
    findings: tuple[Finding, ...] = ()
    definitions: tuple[AppliedDefinition, ...] = ()
    contacts: tuple[Contact, ...] | None = None
    face_compared: bool = False
    doubts: tuple[str, ...] = ()
    consent_withdrawn: bool = False
    notes: tuple[str, ...] = ()

    @property
    def reviewed(self) -> bool:
        """Whether the review was complete; otherwise the whole report is marked UNCONFIRMED."""
        return self.case.state in (CaseState.REVIEWED, CaseState.REPORTED)

    @property
    def confirmed(self) -> tuple[ReportStep, ...]:
        """Steps that a reviewer confirmed."""
        return tuple(step for step in self.steps if step.confirmed)


class ReportRenderer(Protocol):
    """Turns what a report says into one self-contained page: no outside request, no script, everything escaped."""

    def render(self, content: ReportContent) -> str:
        """The page as text."""
