"""From walks to passes: who is in which view from when to when, seen or not."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from casetrail.model.arrays import Array, Doubles, Integers
from casetrail.testing.city.cameras import Views
from casetrail.testing.city.people import Walks
from casetrail.testing.city.streets import Streets
from casetrail.testing.city.ways import Lookouts, Ways


@dataclass(frozen=True)
class Passes:
    """`k` passes: `person`, `camera`, `enter_s`, `leave_s` since the first midnight, true time.

    `towards` int8: 1 for who walks towards the camera, -1 for who walks away from it.
    """

    person: Array
    camera: Array
    enter_s: Array
    leave_s: Array
    towards: Array

    def __len__(self) -> int:
        return len(self.person)


def find_passes(walks: Walks, streets: Streets, ways: Ways, lookouts: Lookouts, views: Views) -> Passes:
    """Every pass of these walks."""
    found = list(_steps(walks, streets, ways, lookouts))
    walk, camera, from_m, to_m, onward = (_joined(found, column) for column in range(5))
    enter, leave = _times(walks, ways, walk, from_m, to_m)
    away = (onward != walks.back[walk]) == views.forward[camera]
    towards = np.where(away, -1, 1).astype(np.int8)
    return Passes(walks.person[walk].astype(np.int32), camera.astype(np.int32), enter, leave, towards)


def join_passes(parts: list[Passes]) -> Passes:
    """All of them."""
    names = ("person", "camera", "enter_s", "leave_s", "towards")
    return Passes(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def _steps(walks: Walks, streets: Streets, ways: Ways, lookouts: Lookouts) -> Iterator[tuple[Array, ...]]:
    """All walks at once, street by street towards their roots.

    (walk, camera, metres from its node in and out, whether the way to the root takes the street from its first node).
    """
    roots = np.tile(ways.roots, len(ways.towards) // len(ways.roots))
    walk = np.flatnonzero(walks.node != roots[walks.tree])
    at, done_m = walks.node[walk], np.zeros(len(walk))
    while len(walk):
        tree = walks.tree[walk]
        street, ahead = ways.by[tree, at], ways.towards[tree, at]
        length = streets.length_m[street]
        count = lookouts.first[street + 1] - lookouts.first[street]
        seen = np.repeat(np.arange(len(walk)), count)
        slot = np.arange(len(seen)) - np.repeat(np.cumsum(count) - count, count) + lookouts.first[street[seen]]
        onward = streets.edges[street[seen], 0] == at[seen]
        near = np.where(onward, lookouts.near_m[slot], length[seen] - lookouts.far_m[slot])
        far = np.where(onward, lookouts.far_m[slot], length[seen] - lookouts.near_m[slot])
        yield walk[seen], lookouts.camera[slot], done_m[seen] + near, done_m[seen] + far, onward
        going = ahead != roots[tree]
        walk, at, done_m = walk[going], ahead[going], (done_m + length)[going]


def _times(walks: Walks, ways: Ways, walk: Integers, from_m: Doubles, to_m: Doubles) -> tuple[Doubles, Doubles]:
    total = ways.length_m[walks.tree[walk], walks.node[walk]]
    back = walks.back[walk]
    first = np.where(back, total - to_m, from_m)
    last = np.where(back, total - from_m, to_m)
    return _when(walks, walk, first), _when(walks, walk, last)


def _when(walks: Walks, walk: Integers, metres: Doubles) -> Doubles:
    standing = np.where(metres > walks.pause_at_m[walk], walks.pause_s[walk], 0.0)
    return np.asarray(walks.depart_s[walk] + metres / walks.speed_mps[walk] + standing)


def _joined(parts: list[tuple[Array, ...]], column: int) -> Array:
    return np.concatenate([part[column] for part in parts]) if parts else np.zeros(0)
