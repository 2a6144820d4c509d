"""Which frames of a segment are looked at: a cascade from what costs nothing to what costs most.

Compressed sizes come first (demultiplexing only): a fixed camera that sees nothing move writes small packets. Still
stretches are checked with single looks, at keyframes where there are any, because somebody may stand there. Where
something moves, or a check found somebody, frames are looked at several times a second, and once more in between
where it stays doubtful who is who. Every decision is kept beside the presences, so that it can be explained and
repeated frame by frame.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby, pairwise

import numpy as np

from casetrail.footage.decoder import Packet
from casetrail.model.arrays import Doubles, Flags, Integers
from casetrail.presence.input_sizes import SizeRules

BLOCK_PX = 16 * 16
CHECK_REACH = 1.5  # a keyframe that was checked speaks for so many `check_s` around it


class Reason(StrEnum):
    """Why a stretch was looked at as it was."""

    STILL = "still by packet sizes, checked, nobody there"
    MOVING = "packets larger than in the quietest stretches"
    FOUND = "still by packet sizes, but a check found somebody"
    UNTOLD = "packet sizes say nothing here: most checks found people in still stretches"
    NO_SIZES = "packet sizes say nothing: steady traffic, noise, or pictures that stand alone"
    EVERY_FRAME = "asked for"


@dataclass(frozen=True)
class SamplingRules:
    """How closely is looked. `looks_per_s`: where people are; infinite is every frame. Times in seconds.

    A window of `window_s` is still when the median of its packets is at most `still_ratio` times that of the quietest
    `quiet_share` of windows, and no neighbour moves. It is checked at least every `check_s`. Where even quiet packets
    take more than `noisy_bytes` for each 16 by 16 pixels, noise or steady traffic hides who walks, and sizes say
    nothing. A stretch with people reaches `margin_s` beyond them. If most of the checks that come first find
    somebody, sizes say nothing either: keyframes come first, and without any `first_checks` of the others. Where
    something moves, one look every `scout_s` tells whether it is people. `doubt`: whether there is one more look
    wherever it is doubtful who is who; `spare_middle`: how far from the middle between two looks it may be, as a share
    of the time between them, if that saves decoding a frame.
    """

    looks_per_s: float = 4.0
    window_s: float = 2.0
    still_ratio: float = 1.3
    noisy_bytes: float = 0.1
    quiet_share: float = 0.1
    check_s: float = 5.0
    margin_s: float = 1.0
    first_checks: int = 3
    scout_s: float = 1.0
    doubt: bool = True
    spare_middle: float = 0.25
    sizes: SizeRules = field(default_factory=SizeRules)


ADAPTIVE = SamplingRules()
EVERY_FRAME = SamplingRules(looks_per_s=float("inf"), doubt=False)


@dataclass(frozen=True)
class Stretch:
    """`[start_pts, end_pts)` and why it was looked at as it was."""

    start_pts: int
    end_pts: int
    reason: Reason

    @property
    def still(self) -> bool:
        """Whether only checks were made in it."""
        return self.reason is Reason.STILL


@dataclass(frozen=True)
class Sampling:
    """What was decided for a segment, and every frame that was looked at: enough to look again at the same frames.

    `frames`: how many there were; `looked` int64 `(n,)`: pts, ascending; `input_sizes`: width and height, in pixels, at
    which the detector looked, one or several; `lost`: how many frames should have been decoded and could not be.
    """

    stretches: tuple[Stretch, ...]
    frames: int
    looked: Integers
    input_sizes: tuple[tuple[int, int], ...]
    lost: int = 0

    def describe(self) -> str:
        """The decision in one line: how much was looked at, and the reasons by their share of time."""
        whole = max(sum(one.end_pts - one.start_pts for one in self.stretches), 1)
        share: dict[Reason, int] = {}
        for one in self.stretches:
            share[one.reason] = share.get(one.reason, 0) + one.end_pts - one.start_pts
        reasons = "; ".join(f"{ticks / whole:.0%} {reason}" for reason, ticks in share.items())
        sizes = " and ".join(f"{width}x{height}" for width, height in self.input_sizes)
        lost = f", {self.lost} cannot be decoded" if self.lost else ""
        return f"{len(self.looked)} of {self.frames} frames looked at in {sizes}{lost} ({reasons})"


def find_still(packets: Sequence[Packet], seconds: Doubles, pixels: int, rules: SamplingRules) -> Flags | None:
    """Whether each packet lies in a still window, bool `(n,)`; None where packet sizes cannot tell.

    `seconds` `(n,)`: presentation times; `pixels`: of a picture. Keyframes are left out: they show the scene, not what
    moves in it. Encoders spend unevenly after each, so a window counts by its median.
    """
    window = (seconds // rules.window_s).astype(np.int64)
    size = np.array([packet.size_bytes for packet in packets], np.float64)
    between = np.array([not packet.keyframe for packet in packets], bool)
    starts = np.searchsorted(window, np.arange(int(window[-1]) + 2)) if len(window) else np.zeros(1, np.int64)
    median = np.array([_median(size[a:b][between[a:b]]) for a, b in pairwise(starts.tolist())])
    told = np.isfinite(median)
    if told.sum() < 2:
        return None
    quiet = float(np.quantile(median[told], rules.quiet_share))
    if quiet > rules.noisy_bytes * pixels / BLOCK_PX:
        return None
    still = median <= rules.still_ratio * quiet
    calm = still & np.append(still[1:], True) & np.insert(still[:-1], 0, True)
    return np.asarray(calm[window], bool)


def _median(sizes: Doubles) -> float:
    return float(np.median(sizes)) if len(sizes) else float("inf")


def choose_checks(packets: Sequence[Packet], seconds: Doubles, still: Flags, rules: SamplingRules) -> list[int]:
    """Positions of the packets to check, ascending: the first keyframe in each `check_s` of still time.

    Where keyframes lie farther apart, a packet in the middle is checked if no keyframe is near: it costs decoding
    everything before it.
    """
    spans = (seconds // rules.check_s).astype(np.int64)
    members = [list(group) for _, group in groupby(np.flatnonzero(still).tolist(), key=lambda index: spans[index])]
    keys = [next((index for index in group if packets[index].keyframe), None) for group in members]
    there = seconds[[key for key in keys if key is not None]]
    checks = []
    for group, key in zip(members, keys, strict=True):
        middle = group[len(group) // 2]
        if key is not None:
            checks.append(key)
        elif not len(there) or np.abs(there - seconds[middle]).min() > CHECK_REACH * rules.check_s:
            checks.append(middle)
    return checks


def choose_first(checks: Sequence[int], packets: Sequence[Packet], rules: SamplingRules) -> list[int]:
    """The checks that cost one picture each, at keyframes; without any, a few of the others, spread over them all."""
    cheap = [index for index in checks if packets[index].keyframe]
    if cheap or not checks:
        return cheap
    places = np.linspace(0, len(checks) - 1, min(rules.first_checks, len(checks))).round().astype(int)
    return [checks[place] for place in np.unique(places)]


def choose_left_out(packets: Sequence[Packet], seconds: Doubles, rules: SamplingRules) -> frozenset[int]:
    """The pts of frames that need not be decoded: disposable, no look begins there, and others serve a doubt as well.

    A doubt asks for a frame in the middle between two looks; the disposable frame there stays where no other is within
    `spare_middle` of the time between those looks.
    """
    if np.isinf(rules.looks_per_s) or not len(packets):
        return frozenset()
    look = np.floor(seconds * rules.looks_per_s + 1e-6)
    stays = np.array([not packet.disposable for packet in packets]) | (np.diff(look, prepend=-1) != 0)
    edges = np.append(np.flatnonzero(np.diff(look, prepend=-1)), len(packets) - 1)
    for first, last in pairwise(edges.tolist()):
        between = np.arange(first + 1, last)
        if len(between):
            away = np.abs(seconds[between] - (seconds[first] + seconds[last]) / 2)
            near = stays[between] & (away <= rules.spare_middle * (seconds[last] - seconds[first]))
            if not near.any():
                stays[between[np.argmin(away)]] = True
    return frozenset(packet.pts for packet, kept in zip(packets, stays, strict=True) if not kept)


def widen_found(still: Flags, seconds: Doubles, found_s: Sequence[float], rules: SamplingRules) -> Flags:
    """Still packets near a check that found somebody, bool `(n,)`: up to the checks before and after it."""
    reach = rules.check_s + rules.margin_s
    near = np.zeros(len(seconds), bool)
    for moment in found_s:
        near |= np.abs(seconds - moment) <= reach
    return np.asarray(near & still, bool)


def cut_stretches(pts: Integers, end_pts: int, reasons: Sequence[Reason]) -> tuple[Stretch, ...]:
    """Stretches of packets with the same reason; each ends where the next begins, the last at `end_pts`."""
    if not len(pts):  # a pause of the recorder
        return ()
    starts = [index for index in range(len(pts)) if index == 0 or reasons[index] is not reasons[index - 1]]
    ends = [int(pts[start]) for start in starts[1:]] + [end_pts]
    return tuple(Stretch(int(pts[start]), end, reasons[start]) for start, end in zip(starts, ends, strict=True))


def join_stretches(stretches: Sequence[Stretch], keyframes: Sequence[int]) -> list[list[Stretch]]:
    """The stretches that are not still, in runs that are best decoded in one go: no keyframe lies between them."""
    runs: list[list[Stretch]] = []
    keys = np.array(keyframes, np.int64)
    for stretch in stretches:
        if stretch.still:
            continue
        if runs and not ((keys > runs[-1][-1].end_pts) & (keys <= stretch.start_pts)).any():
            runs[-1].append(stretch)
        else:
            runs.append([stretch])
    return runs
