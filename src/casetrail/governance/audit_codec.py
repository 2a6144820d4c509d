"""The bytes of an audit event as the tree hashes them: canonical JSON, keys sorted, nothing between."""

import hashlib
import json
import math
from typing import Any

from casetrail.governance.audit import PURPOSE, Actor, AuditEvent, Role
from casetrail.model.errors import BadInputError, IntegrityError


def encode_event(index: int, utc_us: int, event: AuditEvent) -> bytes:
    """Leaf data of an event at its place in the log. Raises BadInputError when a count is not a finite number."""
    if any(isinstance(count, bool) or not math.isfinite(count) for count in event.counts.values()):
        raise BadInputError("a count is not a finite number", where=f"audit event {event.act}")
    plain: dict[str, Any] = {
        "act": event.act,
        "actor": event.actor.actor_id,
        "basis": event.basis,
        "case": event.case_id,
        "counts": dict(event.counts),
        "index": index,
        "purpose": PURPOSE,
        "role": event.actor.role.value,
        "utc_us": utc_us,
    }
    if event.policy:  # absent where none was in force, as in logs from before there was one
        plain["policy"] = event.policy
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode()


def decode_event(data: bytes) -> tuple[int, int, AuditEvent]:
    """Index, UTC in microseconds and the event of leaf data. Raises IntegrityError when it is not such data."""
    try:
        plain: dict[str, Any] = json.loads(data)
        actor = Actor(plain["actor"], Role(plain["role"]))
        event = AuditEvent(actor, plain["act"], plain["case"], plain["counts"], plain["basis"], plain.get("policy", ""))
        return int(plain["index"]), int(plain["utc_us"]), event
    except (ValueError, KeyError, TypeError):
        raise IntegrityError("not an audit event") from None


def commitment(text: str, salt: bytes) -> str:
    """Salted commitment to a text, for the log: the salt lives in the case vault and dies with it."""
    return hashlib.sha256(salt + b"\x00" + text.encode()).hexdigest()[:32]
