"""Which cameras people come to next and how soon: what one-hop contenders learn from true hops of other people."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from casetrail.app.evaluate.world import TrueHops, World
from casetrail.model.arrays import Doubles, Integers
from casetrail.model.errors import UsageError

LEAST_HOPS = 3  # of a pair of cameras, to know when people arrive


@dataclass(frozen=True)
class HopsFrom:
    """Hops from one camera, by the other camera: `seconds` in order of `other`, of `first[i]:first[i + 1]` each."""

    other: Integers
    seconds: Doubles
    camera_ids: tuple[str, ...]

    def windows(self, least_share: float, arrived: float) -> Iterator[tuple[str, float, tuple[float, float]]]:
        """Cameras that at least this share of people come to, most usual first: which, its share, and from when to when
        that many of them arrive.
        """
        others, first, count = np.unique(self.other, return_index=True, return_counts=True)
        usual = np.argsort(-count, kind="stable")
        for at in usual:
            if count[at] < LEAST_HOPS or count[at] < least_share * len(self.other):
                break
            seconds = self.seconds[first[at] : first[at] + count[at]]
            low, high = np.quantile(seconds, [1 - arrived, arrived])
            yield self.camera_ids[int(others[at])], float(count[at] / len(self.other)), (float(low), float(high))


@dataclass(frozen=True)
class HopModel:
    """Hops sorted by the camera left and, for going backwards, by the camera reached."""

    camera_ids: tuple[str, ...]
    onward: TrueHops
    onward_first: Integers
    back: TrueHops
    back_first: Integers

    def hops_from(self, camera_id: str, forward: bool) -> HopsFrom:
        """What is known of leaving a camera, or of how people came to it."""
        hops, first = (self.onward, self.onward_first) if forward else (self.back, self.back_first)
        row = int(np.searchsorted(np.array(self.camera_ids), camera_id))
        part = slice(int(first[row]), int(first[row + 1]))
        return HopsFrom(hops.enter[part], hops.seconds[part], self.camera_ids)


def build_hop_model(world: World, seed: int) -> HopModel:
    """Learn from the true hops of people who are no index case. Raises UsageError when the world does not tell them."""
    hops = world.hops(seed)
    if hops is None:
        raise UsageError("this world tells no true hops, so nothing can be learnt", where="--contender one-hop")
    camera_ids = tuple(sorted(camera.camera_id for camera in world.cameras))
    swapped = TrueHops(hops.enter, hops.leave, hops.seconds)
    return HopModel(camera_ids, *_sorted(hops, len(camera_ids)), *_sorted(swapped, len(camera_ids)))


def _sorted(hops: TrueHops, cameras: int) -> tuple[TrueHops, Integers]:
    order = np.lexsort((hops.enter, hops.leave))
    ordered = TrueHops(hops.leave[order], hops.enter[order], hops.seconds[order])
    return ordered, np.searchsorted(ordered.leave, np.arange(cameras + 1))
