"""What each role is for, and who may not be on both sides of a pair (PIPA 29, Enforcement Decree 30)."""

from casetrail.governance.audit import Actor, Role
from casetrail.model.errors import BadInputError, RefusedError
from casetrail.model.ids import check_name

PURPOSES: dict[Role, str] = {
    Role.INVESTIGATOR: "opens cases, traces, reviews, writes evidence",
    Role.SUPERVISOR: "approves requests, imports orders, suspends and resumes",
    Role.PRIVACY_OFFICER: "approves scope, unmasking and release; answers data subjects",
    Role.AUDITOR: "reads the audit log and statistics; sees no pixels and no case",
    Role.ADMINISTRATOR: "keeps cameras, recordings, keys and storage; sees no case",
}
APPROVERS = frozenset({Role.SUPERVISOR, Role.PRIVACY_OFFICER})


def parse_actor(text: str) -> Actor:
    """An actor written as ROLE:NAME, such as supervisor:kim. Raises BadInputError."""
    role, colon, name = text.strip().partition(":")
    if not colon:
        raise BadInputError(f"{text.strip()[:40]!r} is not ROLE:NAME", todo="write it like supervisor:kim")
    return Actor(check_name(name.strip(), what="actor"), parse_role(role))


def parse_role(text: str) -> Role:
    """A role by its name. Raises BadInputError."""
    word = text.strip().lower().replace("-", "_").replace(" ", "_")
    if word not in list(Role):
        raise BadInputError(f"there is no role {text.strip()[:30]!r}", todo=f"name one of {', '.join(Role)}")
    return Role(word)


def check_other(actor: Actor, earlier: str, *, what: str, where: str) -> None:
    """Raises RefusedError when the actor is the one who did the other side of the pair."""
    if actor.actor_id == earlier:
        raise RefusedError(f"{what} needs another person than {earlier}", where=where, todo="ask a second person")
