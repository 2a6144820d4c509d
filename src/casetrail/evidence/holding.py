"""Holding people through the frames in which a detector missed them, in both directions of time.

A recording allows looking ahead, so a head is covered from before its first detection until after its last.
What is linked here is only ever painted over: a wrong link or a false detection costs a false mask, nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from casetrail.model.arrays import Doubles, Floats
from casetrail.model.geometry import box_overlap

SAME_PERSON = 0.25  # least overlap of a predicted and a found box; generous, since a wrong link only masks more
STEADY_MEMBERS = 3  # a member is also covered where those so many places before and after it say
GROWTH_PER_S = 0.35  # how fast a held box widens, per second and side, in shares of its size


@dataclass(frozen=True)
class Holding:
    """How long somebody unseen stays covered, in seconds: beyond either end of a chain, and over a gap within it.

    A detection that stands alone (no second one links to it) is held for `lone_s` only.
    """

    ends_s: float = 0.8
    lone_s: float = 0.3
    gap_s: float = 2.0


def hold_boxes(times_s: Doubles, found: Sequence[Floats], holding: Holding) -> list[Floats]:
    """Boxes to cover in every frame: those found, those bridged between two finds, those held at either end.

    Beside a found box stands the one that its neighbours in time suggest. `times_s` `(n,)` ascending; `found`: per
    frame float32 `(k, 4)` xyxy pixels. Returns the same form, never fewer.
    """
    filled: list[list[Floats]] = [[] for _ in found]
    for chain in _link(times_s, found, holding.gap_s):
        for frame, box in _fill(chain, times_s, holding):
            filled[frame].append(box)
    return [np.concatenate([seen, np.reshape(more, (-1, 4))]) for seen, more in zip(found, filled, strict=True)]


@dataclass
class _Chain:
    """Frames and boxes of what is probably one person."""

    frames: list[int] = field(default_factory=list)
    boxes: list[Floats] = field(default_factory=list)

    def moved_to(self, times_s: Doubles, time_s: float, *, forward: bool = True) -> Floats:
        """The nearest end moved on with the speed of up to five members there."""
        last, other = (-1, -min(5, len(self.frames))) if forward else (0, min(5, len(self.frames)) - 1)
        span = times_s[self.frames[last]] - times_s[self.frames[other]]
        moved = (self.boxes[last] - self.boxes[other]) / span if span else np.zeros(4, np.float32)
        centre_speed = (moved[:2] + moved[2:]) / 2
        ahead = time_s - times_s[self.frames[last]]
        return np.asarray(self.boxes[last] + np.tile(centre_speed * ahead, 2), dtype=np.float32)


def _link(times_s: Doubles, found: Sequence[Floats], gap_s: float) -> list[_Chain]:
    chains: list[_Chain] = []
    for frame, boxes in enumerate(found):
        live = [chain for chain in chains if times_s[frame] - times_s[chain.frames[-1]] <= gap_s]
        joined = _join(live, boxes, times_s, frame)
        for number, box in enumerate(boxes):
            chain = joined.get(number)
            if chain is None:
                chain = _Chain()
                chains.append(chain)
            chain.frames.append(frame)
            chain.boxes.append(box)
    return chains


def _join(live: list[_Chain], boxes: Floats, times_s: Doubles, frame: int) -> dict[int, _Chain]:
    if not live or not len(boxes):
        return {}
    ahead = np.stack([chain.moved_to(times_s, times_s[frame]) for chain in live])
    overlap = box_overlap(ahead, boxes)
    joined: dict[int, _Chain] = {}
    taken: set[int] = set()
    for place in np.argsort(-overlap, axis=None, kind="stable"):
        row, column = divmod(int(place), len(boxes))
        if overlap[row, column] < SAME_PERSON:
            break
        if row not in taken and column not in joined:
            taken.add(row)
            joined[column] = live[row]
    return joined


def _fill(chain: _Chain, times_s: Doubles, holding: Holding) -> list[tuple[int, Floats]]:
    filled: list[tuple[int, Floats]] = []
    steps = zip(chain.frames, chain.frames[1:], chain.boxes, chain.boxes[1:], strict=False)
    for before, after, first, second in steps:
        for frame in range(before + 1, after):
            share = (times_s[frame] - times_s[before]) / (times_s[after] - times_s[before])
            away = min(times_s[frame] - times_s[before], times_s[after] - times_s[frame])
            filled.append((frame, _grown(np.asarray(first + (second - first) * share, np.float32), away)))
    return filled + _steadied(chain, times_s) + _held(chain, times_s, holding)


def _steadied(chain: _Chain, times_s: Doubles) -> list[tuple[int, Floats]]:
    """What the neighbours before and after say of each member: a doubtful box often sits too low or too narrow."""
    steadied = []
    for place in range(1, len(chain.frames) - 1):
        first, last = max(0, place - STEADY_MEMBERS), min(len(chain.frames) - 1, place + STEADY_MEMBERS)
        here, before, after = (times_s[chain.frames[at]] for at in (place, first, last))
        share = (here - before) / (after - before)
        between = chain.boxes[first] + (chain.boxes[last] - chain.boxes[first]) * share
        steadied.append((chain.frames[place], np.asarray(between, np.float32)))
    return steadied


def _held(chain: _Chain, times_s: Doubles, holding: Holding) -> list[tuple[int, Floats]]:
    hold_s = holding.ends_s if len(chain.frames) > 1 else holding.lone_s
    held = []
    for forward, end in ((True, chain.frames[-1]), (False, chain.frames[0])):
        frame = end + (1 if forward else -1)
        while 0 <= frame < len(times_s) and abs(times_s[frame] - times_s[end]) <= hold_s:
            away = abs(times_s[frame] - times_s[end])
            held.append((frame, _grown(chain.moved_to(times_s, times_s[frame], forward=forward), away)))
            frame += 1 if forward else -1
    return held


def _grown(box: Floats, away_s: float) -> Floats:
    by = (box[2:] - box[:2]) * np.float32(GROWTH_PER_S * away_s) / 2
    return np.concatenate([box[:2] - by, box[2:] + by]).astype(np.float32)
