"""Rights of the people filmed: to be told, to see, to correct, to object (IDCPA 76-2(7); PIPA 35 to 38)."""

from dataclasses import dataclass
from enum import StrEnum

from casetrail.model.errors import BadInputError, RefusedError
from casetrail.model.time import SECOND_US, format_utc

ANSWER_DAYS = 10  # PIPA Enforcement Decree 41 to 44
_DAY_US = 86_400 * SECOND_US


@dataclass(frozen=True)
class SentNotice:
    """That the person was told: when, in which language, by which means, and the hash of the text that was sent."""

    case_id: str
    sent_us: int
    language: str
    means: str
    text_hash: str
    actor_id: str

    def __post_init__(self) -> None:
        if not self.means.strip():
            todo = "say by which means with --means, such as 'registered letter'"
            raise BadInputError("a notice was sent by some means", where=f"case {self.case_id}", todo=todo)


class RightKind(StrEnum):
    """What a data subject asks for."""

    ACCESS = "access"
    CORRECTION = "correction"
    SUSPENSION = "suspension"


class RequestStatus(StrEnum):
    """Where the answer to a data subject stands."""

    OPEN = "open"
    GRANTED = "granted"
    REFUSED = "refused"


@dataclass(frozen=True)
class SubjectRequest:
    """What a data subject asks of a case, and the answer. `subject`: the index case, or a contact's pseudonym.

    `asks` and `answer` are words, kept in the case vault only. The answer is due ten days after receipt.
    """

    request_id: str
    case_id: str
    kind: RightKind
    subject: str
    received_us: int
    asks: str = ""
    status: RequestStatus = RequestStatus.OPEN
    answered_us: int = 0
    answer: str = ""

    @property
    def due_us(self) -> int:
        """UTC by which it must be answered."""
        return self.received_us + ANSWER_DAYS * _DAY_US

    def is_late(self, now_us: int) -> bool:
        """Whether it is still open after its ten days."""
        return self.status is RequestStatus.OPEN and now_us >= self.due_us


def check_notice_sent(notice: SentNotice | None, case_id: str) -> None:
    """Raises RefusedError unless the person was told what was done with their data (IDCPA 76-2(7))."""
    if notice is None or notice.case_id != case_id:
        todo = f"send the text of `casetrail notice {case_id}` and record it with `--sent --means ...`"
        raise RefusedError("the person has not been notified", where=f"case {case_id}", todo=todo)


def check_answer(request: SubjectRequest, status: RequestStatus, answer: str) -> None:
    """Raises RefusedError when it was answered before or is refused without a reason, BadInputError for no answer."""
    where = f"request {request.request_id}"
    if status is RequestStatus.OPEN:
        raise BadInputError("an answer grants or refuses", where=where)
    if request.status is not RequestStatus.OPEN:
        raise RefusedError(f"it was {request.status} on {format_utc(request.answered_us)[:10]}", where=where)
    if status is RequestStatus.REFUSED and not answer.strip():
        raise RefusedError("refusing needs a reason that can be told to the person (PIPA 35(4), 37(2))", where=where)
