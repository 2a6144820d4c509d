"""The case trace: time-ordered sightings of the index case, gaps shown, each with its probability."""

from dataclasses import dataclass
from enum import StrEnum

from casetrail.model.time import UtcInterval
from casetrail.sightings.sightings import MaskReading


class Verdict(StrEnum):
    """What reviewers said about a candidate."""

    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    UNSURE = "unsure"
    UNREVIEWED = "unreviewed"


class Answer(StrEnum):
    """What a reviewer may say to a question. Taking an answer back is an answer too, so that both stay on record."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Shown:
    """A presence that is shown to a reviewer: which, where and when."""

    presence_id: str
    camera_id: str
    interval: UtcInterval


@dataclass(frozen=True)
class Question:
    """Is this presence the index case? `similarity` is the best against confirmed sightings, None before the first.
    `along`: presences shown with it as the same walker; whoever answers says which of them are somebody else.
    """

    presence_id: str
    camera_id: str
    interval: UtcInterval
    probability: float
    similarity: float | None
    gain: float
    along: tuple[Shown, ...] = ()


@dataclass(frozen=True)
class Reviewed:
    """An answer on record: which presence, what was said, by whom, when. `stated`: the probability when it was asked;
    `along`: whom it holds of as well, a yes once it is sure; `covered_by`: whom the question was about, if another.
    """

    presence_id: str
    answer: Answer
    reviewer: str
    utc_us: int
    stated: float | None = None
    along: tuple[str, ...] = ()
    covered_by: str = ""


@dataclass(frozen=True)
class TraceStep:
    """One sighting in a case trace; `probability` that it is the index case, given everything."""

    presence_id: str
    camera_id: str
    interval: UtcInterval
    probability: float
    verdict: Verdict
    similarity: float | None
    mask: MaskReading
    reviewer: str = ""


@dataclass(frozen=True)
class Gap:
    """Between two steps nobody saw the person. `expected_s`: 90 % interval and median of walking, None if unknown."""

    interval: UtcInterval
    from_camera: str
    to_camera: str
    expected_s: tuple[float, float, float] | None


@dataclass(frozen=True)
class Alternative:
    """Another case trace that differs materially: its presences and how many times less likely it is."""

    presence_ids: tuple[str, ...]
    times_less_likely: float


@dataclass(frozen=True)
class Opened:
    """What a trace has looked into."""

    cameras: int = 0
    camera_hours: float = 0.0
    presences: int = 0
    views: int = 0


@dataclass(frozen=True)
class CaseTrace:
    """The most probable case trace with everything a reader needs to judge it."""

    case_id: str
    steps: tuple[TraceStep, ...]
    gaps: tuple[Gap, ...]
    alternatives: tuple[Alternative, ...]
    opened: Opened
    models: tuple[str, ...]

    @property
    def confirmed(self) -> tuple[TraceStep, ...]:
        """Only what a reviewer confirmed."""
        return tuple(step for step in self.steps if step.verdict is Verdict.CONFIRMED)
