"""Episodes: a separation cut into stretches of nearness, with what cannot be told kept beside them."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from casetrail.contacts.separations import Separation
from casetrail.model.arrays import Doubles, Flags, Integers
from casetrail.model.time import SECOND_US, UtcInterval

BRIDGED_S = 2.0  # episodes merge over gaps up to this
CLOSING_M_S = 4.0  # two people who both walk briskly come no nearer to one another in a second


@dataclass(frozen=True)
class Distance:
    """Metres between feet: `median_m` and the ends of the 90 % interval."""

    median_m: float
    low_m: float
    high_m: float


class UnmeasuredReason(StrEnum):
    """Why two people in the same picture have no exposure although they may have been near."""

    NO_GROUND_PLANE = "the camera has no ground plane"
    FOOT_HIDDEN = "a foot was hidden"
    PERHAPS_NEAR = "perhaps within the distance"


@dataclass(frozen=True)
class Episode:
    """A stretch of a separation within `within_m`; the fields are those of `Exposure`."""

    interval: UtcInterval
    within_m: float
    closest: Distance
    duration_s: float
    duration_low_s: float
    duration_high_s: float
    cannot_tell_share: float


@dataclass(frozen=True)
class OpenStretch:
    """A stretch in which nearness is possible but never found."""

    interval: UtcInterval
    duration_s: float
    reason: UnmeasuredReason


@dataclass(frozen=True)
class Episodes:
    """What a separation holds within one distance."""

    episodes: tuple[Episode, ...]
    open: tuple[OpenStretch, ...]


def find_episodes(apart: Separation, within_m: float, bridged_s: float = BRIDGED_S) -> Episodes:
    """Episodes in which the median distance is at most `within_m`, merged over gaps up to `bridged_s` seconds.

    The duration counts the moments whose median is within; its low end those whose whole interval is, its high
    end those whose interval reaches in or whose foot is hidden, around the episode too as far as they hang
    together. Hidden and possible stretches that belong to no episode are returned as open; a hidden moment is not
    possible when, before or after, the two were further apart than they could walk meanwhile.
    """
    with np.errstate(invalid="ignore"):
        near, sure = apart.median_m <= within_m, apart.high_m <= within_m
        possible = near | (_least_m(apart) <= within_m)
    episode_of = _episode_numbers(apart.utc_us, near, possible, bridged_s)
    count = int(episode_of.max(initial=-1)) + 1
    episodes = tuple(_episode(apart, near, sure, possible & (episode_of == one), within_m) for one in range(count))
    return Episodes(episodes, tuple(_open_stretches(apart, possible & (episode_of < 0), bridged_s)))


def _least_m(apart: Separation) -> Doubles:
    """The least that each moment's distance can be: its low end, or where hidden what walking leaves of the known."""
    least = np.where(apart.hidden, -np.inf, apart.low_m)
    known = np.flatnonzero(~apart.hidden)
    hidden = np.flatnonzero(apart.hidden)
    if len(known) == 0 or len(hidden) == 0:
        return least
    after = np.searchsorted(known, hidden)
    for side in (known[np.maximum(after - 1, 0)], known[np.minimum(after, len(known) - 1)]):
        seconds = np.abs(apart.utc_us[hidden] - apart.utc_us[side]) / SECOND_US
        least[hidden] = np.maximum(least[hidden], apart.low_m[side] - CLOSING_M_S * seconds)
    return least


def _episode_numbers(utc_us: Integers, near: Flags, possible: Flags, bridged_s: float) -> Integers:
    """For each moment, which episode it belongs to: its own if near, else the nearest that it hangs together with."""
    numbers = np.full(len(utc_us), -1, dtype=np.int64)
    places = np.flatnonzero(near)
    if len(places) == 0:
        return numbers
    core = _grouped(utc_us[places], bridged_s)
    chain = np.full(len(utc_us), -1, dtype=np.int64)
    chain[possible] = _grouped(utc_us[possible], bridged_s)
    free = np.flatnonzero(possible)
    after = np.searchsorted(places, free)
    sides = np.stack([np.maximum(after - 1, 0), np.minimum(after, len(places) - 1)])
    apart_us = np.abs(utc_us[places[sides]] - utc_us[free])
    apart_us[chain[places[sides]] != chain[free]] = np.iinfo(np.int64).max
    nearest = sides[np.argmin(apart_us, axis=0), np.arange(len(free))]
    numbers[free] = np.where(chain[places[nearest]] == chain[free], core[nearest], -1)
    return numbers


def _grouped(utc_us: Integers, bridged_s: float) -> Integers:
    """Numbers from 0 that grow at every gap longer than `bridged_s`."""
    numbers: Integers = np.concatenate([[0], np.cumsum(np.diff(utc_us) > bridged_s * SECOND_US)]).astype(np.int64)
    return numbers[: len(utc_us)]


def _episode(apart: Separation, near: Flags, sure: Flags, mine: Flags, within_m: float) -> Episode:
    near, sure = near & mine, sure & mine
    places = np.flatnonzero(near)
    closest = places[np.argmin(apart.median_m[places])]
    span = slice(places[0], places[-1] + 1)
    steps = apart.step_s
    return Episode(
        _interval(apart.utc_us[span], steps[span]),
        within_m,
        Distance(*(float(part[closest]) for part in (apart.median_m, apart.low_m, apart.high_m))),
        float(steps[near].sum()),
        float(steps[sure & near].sum()),
        float(steps[mine].sum()),
        float(steps[span][apart.hidden[span]].sum() / max(steps[span].sum(), 1e-9)),
    )


def _open_stretches(apart: Separation, free: Flags, bridged_s: float) -> list[OpenStretch]:
    places = np.flatnonzero(free)
    groups = _grouped(apart.utc_us[places], bridged_s)
    return [_open_stretch(apart, places[groups == one]) for one in range(int(groups.max(initial=-1)) + 1)]


def _open_stretch(apart: Separation, places: Integers) -> OpenStretch:
    steps = apart.step_s[places]
    measured = not apart.hidden[places].all()
    reason = UnmeasuredReason.PERHAPS_NEAR if measured else UnmeasuredReason.FOOT_HIDDEN
    return OpenStretch(_interval(apart.utc_us[places], steps), float(steps.sum()), reason)


def _interval(utc_us: Integers, steps_s: Doubles) -> UtcInterval:
    """From the first moment to the last and the time that it stands for."""
    return UtcInterval(int(utc_us[0]), int(utc_us[-1]) + max(1, round(float(steps_s[-1]) * SECOND_US)))
