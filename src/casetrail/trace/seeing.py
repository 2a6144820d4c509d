"""How often each camera notices somebody who passes, learnt from confirmed traces.

A person who was confirmed before and after a camera, and whose only short way led through its view, passed it; whether
there was a sighting tells how well it sees. Counts are conjugate (beta and binomial), so a camera that nobody was
confirmed around keeps what is believed of cameras in general.
"""

from dataclasses import dataclass

import numpy as np

from casetrail.model.arrays import Doubles, Integers, frozen
from casetrail.model.errors import BadInputError

SEEN = 0.8  # of the passes through a camera's view, before anything is learnt
PRIOR_PASSES = 8.0  # how many passes this belief is worth


@dataclass(frozen=True)
class Noticing:
    """Of `n` cameras: `seen` `(n,)` the mean probability that a pass becomes a presence, `sigma` `(n,)` its deviation,
    `passes` `(n,)` how many confirmed passes told; arrays read-only.
    """

    seen: Doubles
    sigma: Doubles
    passes: Integers

    @property
    def missed(self) -> Doubles:
        """The mean probability that a pass leaves nothing, `(n,)`."""
        return np.asarray(1.0 - self.seen)


def learn_seeing(
    passes: Integers, noticed: Integers, *, prior: Doubles | float = SEEN, worth: float = PRIOR_PASSES
) -> Noticing:
    """From confirmed passes of each camera `(n,)`, and how many of them were noticed `(n,)`.

    `prior`: what is believed before of all cameras, or of each `(n,)`; `worth`: how many passes that belief is worth.
    Raises BadInputError when more were noticed than passed.
    """
    if passes.shape != noticed.shape or (noticed < 0).any() or (noticed > passes).any():
        raise BadInputError("more people were noticed than passed", todo="count each confirmed pass once")
    yes = worth * prior + noticed
    no = worth * (1 - prior) + passes - noticed
    mean = yes / (yes + no)
    sigma = np.sqrt(mean * (1 - mean) / (yes + no + 1))
    return Noticing(frozen(mean), frozen(sigma), frozen(passes.astype(np.int64)))


def find_silent(counts: Integers, usual: Doubles, least: float = 1e-3) -> Integers:
    """Cameras that were too quiet to have been working: `counts` `(n,)` presences where `usual` `(n,)` are usual.

    Rows in which so few would happen by chance (Poisson) with less than `least` probability. An outage must not be
    taken for the absence of people.
    """
    counts = counts.astype(np.float64)
    with np.errstate(divide="ignore"):
        # P(X <= count) <= exp(count - usual) (usual / count)^count for count < usual (Chernoff)
        log_bound = counts - usual + np.where(counts > 0, counts * (np.log(usual) - np.log(np.maximum(counts, 1))), 0.0)
    return np.flatnonzero((counts < usual) & (log_bound < np.log(least)))
