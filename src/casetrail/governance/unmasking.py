"""Showing one third person's face: asked for by one, granted by a privacy officer, one tracklet, a quarter of an hour.

Nobody who was merely filmed is shown otherwise. The proof that it was granted lives as briefly as the grant.
"""

import secrets
from dataclasses import dataclass

from casetrail.governance.audit import Actor
from casetrail.model.errors import BadInputError, RefusedError
from casetrail.model.time import SECOND_US, UtcInterval

MOST_S = 15 * 60


@dataclass(frozen=True)
class UnmaskRequest:
    """That somebody wants to see the face in one presence, why, and who granted it; `approver` empty: nobody yet."""

    request_id: str
    case_id: str
    presence_id: str
    camera_id: str
    interval: UtcInterval
    reason: str
    requester: str
    asked_us: int
    approver: str = ""
    approved_us: int = 0

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise BadInputError("to see somebody's face takes a reason", where=f"case {self.case_id}")
        if self.interval.duration_s > MOST_S:
            what = f"a stretch of {self.interval.duration_s / 60:.0f} minutes is more than may be shown of anybody"
            raise BadInputError(what, where=f"case {self.case_id}", todo=f"name one of {MOST_S // 60} minutes at most")

    @property
    def until_us(self) -> int:
        """When a grant ends."""
        return self.approved_us + MOST_S * SECOND_US


class ShownFace:
    """Proof that one presence's face may be shown at a moment. Only `check_unmasking` makes it; it cannot be kept."""

    __slots__ = ("case_id", "presence_id")
    _opener = object()
    case_id: str
    presence_id: str

    def __init__(self, maker: object, case_id: str, presence_id: str) -> None:
        if maker is not ShownFace._opener:
            raise RefusedError("a third person's face is shown only under a checked grant")
        object.__setattr__(self, "case_id", case_id)
        object.__setattr__(self, "presence_id", presence_id)

    def __init_subclass__(cls) -> None:
        raise TypeError("the proof of a grant has no variants")

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"the proof of a grant cannot be changed: {name}")

    def __reduce__(self) -> str:
        raise TypeError("the proof of a grant cannot be copied or stored")


def new_unmask_id() -> str:
    """A name for a request that says nothing."""
    return f"U-{secrets.token_hex(4)}"


def check_unmasking(request: UnmaskRequest, actor: Actor, now_us: int) -> ShownFace:
    """Proof that this actor may see this face now. Raises RefusedError saying what is missing."""
    where = f"request {request.request_id}"
    if not request.approver:
        todo = f"a privacy officer approves it with `casetrail unmask approve {request.case_id} {request.request_id}`"
        raise RefusedError("nobody approved showing this face", where=where, todo=todo)
    if request.approver in (request.requester, actor.actor_id):
        raise RefusedError("who approved showing a face cannot be who asked or looks", where=where)
    if not request.approved_us <= now_us < request.until_us:
        raise RefusedError(f"the {MOST_S // 60} minutes of this grant are over", where=where, todo="ask again")
    return ShownFace(ShownFace._opener, request.case_id, request.presence_id)
