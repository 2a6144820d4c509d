"""Policy in Cedar (https://www.cedarpolicy.com): the shipped text, or an installation's own in its place."""

import hashlib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

import cedarpy

from casetrail.governance.audit import Actor
from casetrail.model.errors import BadInputError

SHIPPED = "casetrail.cedar"
LARGEST_BYTES = 256 * 1024


class CedarPolicy:
    """Decides by Cedar text. Raises BadInputError when the text is not Cedar."""

    def __init__(self, text: str, *, where: str = SHIPPED) -> None:
        self._hash = _hash(text)
        try:
            self._policies = cedarpy.PolicySet.from_str(text)
        except ValueError as error:
            what = f"the policy text is not Cedar: {error}"
            raise BadInputError(what, where=where, todo="correct it, or take it away for the shipped one") from None

    @property
    def text_hash(self) -> str:
        """sha256 of the policy text, hexadecimal."""
        return self._hash

    def permits(self, actor: Actor, act: str, case_id: str | None, context: Mapping[str, bool | str]) -> bool:
        """Whether the text permits the act. A rule that cannot be evaluated refuses, also where Cedar would skip it."""
        principal = {"type": "Actor", "id": actor.actor_id}
        request = {
            "principal": principal,
            "action": {"type": "Action", "id": act},
            "resource": {"type": "Case", "id": case_id} if case_id else {"type": "Installation", "id": "here"},
            "context": dict(context),
        }
        entities = [{"uid": principal, "attrs": {}, "parents": [{"type": "Role", "id": actor.role.value}]}]
        answer = cedarpy.is_authorized(request, self._policies, entities)
        return bool(answer.allowed) and not answer.diagnostics.errors


def read_policy(own: Path) -> CedarPolicy:
    """The installation's own text at `own` where there is one, else the shipped one. Raises BadInputError."""
    return CedarPolicy(_text(own), where=str(own) if own.exists() else SHIPPED)


def hash_policy(own: Path) -> str:
    """The hash of the text that `read_policy` would read, without parsing it."""
    return _hash(_text(own))


def _text(own: Path) -> str:
    if not own.exists():
        shipped = resources.files("casetrail.adapters.cedar_policy").joinpath(SHIPPED)
        return shipped.read_text(encoding="utf-8")
    if not own.is_file() or own.stat().st_size > LARGEST_BYTES:
        raise BadInputError("this is no policy text", where=str(own), todo="put Cedar text there, or nothing")
    try:
        return own.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise BadInputError("this is no policy text", where=str(own), todo="put Cedar text there") from None


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
