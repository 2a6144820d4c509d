"""What a city's search holds of each opened presence, and what follows from all of them together."""

from dataclasses import dataclass, field

import numpy as np

from casetrail.model.arrays import Doubles, Floats


@dataclass
class Look:
    """One opened presence: its row among the spans, its embedding and how many views that took."""

    row: int
    embedding: Floats
    views: int
    extra: float = 0.0  # evidence of its own besides clothing: a consented face


@dataclass
class Standing:
    """What follows from everything known, for the rows `(n,)` of the spans. `share`: probability of being the person
    for evidence of 1; opened ones by position: `probability`, `similarity`, `log_ratio`.
    """

    share: Floats
    probability: Doubles = field(default_factory=lambda: np.zeros(0))
    similarity: Doubles = field(default_factory=lambda: np.zeros(0))
    log_ratio: Doubles = field(default_factory=lambda: np.zeros(0))
