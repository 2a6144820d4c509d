"""Who acts on this machine. Accounts come with the workbench; until then the operating system's account stands in."""

import os

from casetrail.governance.audit import Actor, Role
from casetrail.model.ids import check_name

VARIABLE = "CASETRAIL_ACTOR"


def local_actor(role: Role = Role.INVESTIGATOR) -> Actor:
    """The actor of a command: `CASETRAIL_ACTOR`, a pseudonym, or the account's number.

    Raises BadInputError when the variable holds what may not serve as an id.
    """
    name = os.environ.get(VARIABLE, "").strip()
    return Actor(check_name(name, what="actor") if name else f"local-{os.getuid()}", role)
