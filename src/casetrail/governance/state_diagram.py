"""The life of a case as a diagram, from the one table of transitions."""

from casetrail.governance.cases import TRANSITIONS, CaseState


def build_state_diagram() -> str:
    """Mermaid text of every transition, in the order of the states."""
    lines = ["stateDiagram-v2", f"    [*] --> {CaseState.DRAFT}"]
    for before in CaseState:
        lines += [f"    {before} --> {after}" for after in CaseState if after in TRANSITIONS[before]]
    return "\n".join([*lines, f"    {CaseState.ERASED} --> [*]"])
