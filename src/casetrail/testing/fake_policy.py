"""Policy in memory: permits what it is told to; by default everything, which the invariants must withstand."""

from collections.abc import Callable, Mapping

from casetrail.governance.audit import Actor

Rule = Callable[[Actor, str, Mapping[str, bool | str]], bool]


class FakePolicy:
    """Decides by a function; `asked` keeps acts and cases, in order."""

    def __init__(self, rule: Rule = lambda _actor, _act, _context: True) -> None:
        self._rule = rule
        self.asked: list[tuple[str, str | None]] = []

    @property
    def text_hash(self) -> str:
        """A hash that no text has."""
        return "0" * 64

    def permits(self, actor: Actor, act: str, case_id: str | None, context: Mapping[str, bool | str]) -> bool:
        """What the function says."""
        self.asked.append((act, case_id))
        return self._rule(actor, act, context)
