"""Who acts on this machine. Accounts come with the workbench; until then the operating system's account stands in.

`CASETRAIL_ACTOR` names a pseudonym and `CASETRAIL_ROLE` the capacity. Nothing proves either yet: what the gate makes
sure of is that two names are involved, not that two people are.
"""

import os

from casetrail.governance.audit import Actor, Role
from casetrail.governance.roles import parse_actor, parse_role
from casetrail.model.ids import check_name

VARIABLE, ROLE_VARIABLE = "CASETRAIL_ACTOR", "CASETRAIL_ROLE"


def local_actor(role: Role | None = None, given: str = "") -> Actor:
    """The actor of a command: `given` as ROLE:NAME, else the variables, else the account's number as investigator.

    `role`: used where neither says one. Raises BadInputError when what is given may not serve as an id or a role.
    """
    if given:
        return parse_actor(given)
    name = os.environ.get(VARIABLE, "").strip()
    word = os.environ.get(ROLE_VARIABLE, "").strip()
    role = parse_role(word) if word else role or Role.INVESTIGATOR
    return Actor(check_name(name, what="actor") if name else f"local-{os.getuid()}", role)
