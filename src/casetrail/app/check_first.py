"""Asking the gate before models are loaded, so that a refusal takes no seconds.

Nothing happens by asking and nothing is recorded: the act asks again when it begins.
"""

from casetrail.app.case_ports import CasePorts
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor


def check_first(ports: CasePorts, case_id: str, act: Act, actor: Actor) -> None:
    """Raises what the gate raises when the act may not happen now."""
    ports.gate.check(actor, act, case_id)
