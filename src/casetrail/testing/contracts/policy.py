"""Contract of the Policy port: it decides the same way twice, names its text by a hash, and refuses what it forbids."""

from casetrail.governance.audit import PURPOSE, Actor, Role
from casetrail.governance.policy import Policy

CONTEXT: dict[str, bool | str] = {
    "purpose": PURPOSE,
    "role": Role.INVESTIGATOR.value,
    "state": "tracing",
    "order": True,
    "alert": "caution",
    "basis": True,
    "grant": True,
    "method": "clothing",
    "consent": False,
    "own_request": False,
}
ACTOR = Actor("somebody", Role.INVESTIGATOR)


class PolicyContract:
    """Subclasses give fixtures `policy` (permits `trace.run` in `CONTEXT`) and `closed` (permits nothing)."""

    def test_the_text_has_a_hash(self, policy: Policy) -> None:
        """It is that of SHA-256, in hexadecimal digits."""
        assert len(bytes.fromhex(policy.text_hash)) == 32

    def test_it_permits_and_refuses(self, policy: Policy, closed: Policy) -> None:
        """What the text permits is permitted, time and again; what no text permits is not."""
        assert [policy.permits(ACTOR, "trace.run", "C-1", CONTEXT) for _ in range(3)] == [True] * 3
        assert not closed.permits(ACTOR, "trace.run", "C-1", CONTEXT)

    def test_an_unknown_act_is_no_fault(self, closed: Policy) -> None:
        """An act, or an actor with any name, that the text does not know is refused without an error."""
        odd = Actor('"] || true; //', Role.INVESTIGATOR)
        assert not closed.permits(odd, 'no.such"act', None, CONTEXT)
