"""Which ride somebody takes from one place to another, if any: the one that saves most time, more or less."""

from dataclasses import dataclass

import numpy as np

from casetrail.model.arrays import Doubles, Integers
from casetrail.trace.streets import StreetGraph

WALK_MPS, DETOUR = 1.3, 1.25  # to and from the stops
TASTE_S = 100.0  # how much people differ in what a ride is worth
MOST_RIDE = 0.7  # who would save much time rides so often,
WORTH_S = 240.0  # and half as often who saves so much; guesses from travel surveys' orders of magnitude


@dataclass(frozen=True)
class Rides:
    """`r` rides. `board`, `alight` `(r,)`: nodes of the street graph; `mean_s`, `std_s` `(r,)`: how long each lasts,
    with waiting.
    """

    board: Integers
    alight: Integers
    mean_s: Doubles
    std_s: Doubles

    def choose(self, nodes_m: Doubles, one: int, other: int, rng: np.random.Generator) -> tuple[int, float]:
        """The ride that somebody would take from one node to another, and how likely they ride at all."""
        if not len(self.board):
            return -1, 0.0
        walked_m = np.linalg.norm(nodes_m[self.board] - nodes_m[one], axis=1)
        walked_m += np.linalg.norm(nodes_m[self.alight] - nodes_m[other], axis=1)
        lasts_s = DETOUR * walked_m / WALK_MPS + self.mean_s
        ride = int(np.argmin(lasts_s - TASTE_S * rng.gumbel(size=len(lasts_s))))
        on_foot_s = DETOUR * float(np.linalg.norm(nodes_m[one] - nodes_m[other])) / WALK_MPS
        saved_s = np.clip(on_foot_s - lasts_s[ride], -20 * WORTH_S, 20 * WORTH_S)
        return ride, float(MOST_RIDE / (1 + np.exp(1 - saved_s / WORTH_S)))

    def draw_s(self, ride: int, rng: np.random.Generator) -> float:
        """How long one such ride lasts, with waiting, seconds: gamma-distributed."""
        mean, std = float(self.mean_s[ride]), float(self.std_s[ride])
        return float(rng.gamma((mean / std) ** 2, std**2 / mean)) if min(mean, std) > 0 else mean


def rides_of(graph: StreetGraph) -> Rides:
    """Every ride of a street graph, both ways."""
    one, other = (np.array([getattr(ride, end) for ride in graph.rides], np.int64) for end in ("from_node", "to_node"))
    mean, std = (np.array([getattr(ride, of) for ride in graph.rides]) for of in ("seconds_mean", "seconds_std"))
    return Rides(np.concatenate([one, other]), np.concatenate([other, one]), np.tile(mean, 2), np.tile(std, 2))
