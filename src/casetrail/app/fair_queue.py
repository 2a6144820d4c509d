"""A queue that gives each of several parties a share of one machine by its weight."""

from dataclasses import dataclass, replace

LEAST_COST = 1e-6  # so that steps that cost nothing also take turns


@dataclass(frozen=True)
class _Party:
    weight: float
    had: float  # what it had so far, divided by its weight, counted from when it came
    turn: int  # of two that had the same, the one that waited longer goes first
    in_hand: bool = False


class FairQueue:
    """Who is next: whoever had least for its weight. A party that comes later starts where the others are."""

    def __init__(self) -> None:
        self._parties: dict[str, _Party] = {}
        self._turn = 0

    def add(self, name: str, weight: float) -> None:
        """A party that shares from now on."""
        level = min((party.had for party in self._parties.values()), default=0.0)
        self._parties[name] = _Party(weight, level, self._next_turn())

    def remove(self, name: str) -> None:
        """A party that wants nothing more; nothing when it is not there."""
        self._parties.pop(name, None)

    def take(self) -> str | None:
        """The next party, which is in hand until it is given back; None when all are in hand."""
        free = {name: party for name, party in self._parties.items() if not party.in_hand}
        if not free:
            return None
        name = min(free, key=lambda one: (free[one].had, -free[one].weight, free[one].turn))
        self._parties[name] = replace(free[name], in_hand=True)
        return name

    def give_back(self, name: str, cost: float) -> None:
        """A party's turn is over and cost so much."""
        party = self._parties[name]
        had = party.had + max(cost, LEAST_COST) / party.weight
        self._parties[name] = replace(party, had=had, turn=self._next_turn(), in_hand=False)

    def _next_turn(self) -> int:
        self._turn += 1
        return self._turn
