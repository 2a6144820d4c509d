"""What a city's search holds of each opened presence, and what follows from all of them together."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from casetrail.model.arrays import Array, Doubles, Floats, Integers


@dataclass(frozen=True)
class Look:
    """One opened presence: its row among the spans, its embedding and how many views that took."""

    row: int
    embedding: Floats
    views: int
    extra: float = 0.0  # evidence of its own besides clothing: a consented face


class Looks:
    """Everything opened, in the order of opening: `rows`, `views`, `extra` `(n,)`, `embeddings` `(n, d)`."""

    def __init__(self) -> None:
        self.rows = np.zeros(0, np.int64)
        self.views = np.zeros(0, np.int64)
        self.extra = np.zeros(0)
        self.embeddings: Floats = np.zeros((0, 0), np.float32)
        self._position: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def position(self, row: int) -> int | None:
        """Where an opened row stands among the opened ones."""
        return self._position.get(row)

    def put(self, looks: Sequence[Look]) -> None:
        """Add these, each once, in place of what was held of the same rows."""
        if not looks:
            return
        at = np.array([self._position.setdefault(look.row, len(self._position)) for look in looks])
        size, wide = len(self._position), len(looks[0].embedding)
        self.rows = _with(self.rows, at, np.array([look.row for look in looks]), size)
        self.views = _with(self.views, at, np.array([look.views for look in looks]), size)
        self.extra = _with(self.extra, at, np.array([look.extra for look in looks]), size)
        held = self.embeddings if len(self.embeddings) else np.zeros((0, wide), np.float32)
        self.embeddings = _with(held, at, np.stack([look.embedding for look in looks]), size)


def _with(held: Array, at: Integers, values: Array, size: int) -> Array:
    result = np.zeros((size, *held.shape[1:]), held.dtype)
    result[: len(held)] = held
    result[at] = values
    return result


@dataclass
class Standing:
    """What follows from everything known, for the rows `(n,)` of the spans. `share`: probability of being the person
    for evidence of 1; opened ones by position: `probability`, `similarity`, `log_ratio`.
    """

    share: Floats
    probability: Doubles = field(default_factory=lambda: np.zeros(0))
    similarity: Doubles = field(default_factory=lambda: np.zeros(0))
    log_ratio: Doubles = field(default_factory=lambda: np.zeros(0))
