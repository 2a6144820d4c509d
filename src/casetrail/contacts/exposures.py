"""Exposures: episodes in which another person was near the index case, in metres and seconds, with uncertainty."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from casetrail.contacts.episodes import Distance, Episode, OpenStretch, UnmeasuredReason, find_episodes
from casetrail.contacts.foot_paths import build_foot_path
from casetrail.contacts.separations import measure_separation
from casetrail.footage.cameras import Camera
from casetrail.model.ids import stable_id
from casetrail.model.time import UtcInterval
from casetrail.presence.presences import Presence
from casetrail.sightings.sightings import MaskReading

__all__ = [
    "Distance",
    "Exposure",
    "Nearness",
    "Pair",
    "Unmeasured",
    "UnmeasuredReason",
    "find_nearness",
    "pair_presences",
]


@dataclass(frozen=True)
class Exposure:
    """One episode of co-presence on one camera.

    `closest`: at the nearest moment. `duration_s`: time within the largest distance asked for, with
    `duration_low_s` and `duration_high_s` from the distance intervals. `cannot_tell_share`: part of the episode
    in which a foot was hidden, so that no distance is claimed.
    """

    exposure_id: str
    index_presence_id: str
    other_presence_id: str
    camera_id: str
    interval: UtcInterval
    within_m: float
    closest: Distance
    duration_s: float
    duration_low_s: float
    duration_high_s: float
    cannot_tell_share: float
    index_mask: MaskReading
    other_mask: MaskReading
    indoor: bool


@dataclass(frozen=True)
class Unmeasured:
    """Co-presence without a claim: time in the same picture for which nearness can be neither found nor ruled out."""

    index_presence_id: str
    other_presence_id: str
    camera_id: str
    interval: UtcInterval
    within_m: float
    duration_s: float
    reason: UnmeasuredReason


@dataclass(frozen=True)
class Nearness:
    """Everything found between index presences and others: exposures, and what could not be measured."""

    exposures: tuple[Exposure, ...] = ()
    unmeasured: tuple[Unmeasured, ...] = ()


@dataclass(frozen=True)
class Pair:
    """An index presence and another one on the same camera."""

    index: Presence
    other: Presence
    camera: Camera


def pair_presences(
    index: Sequence[Presence], others: Sequence[Presence], cameras: Mapping[str, Camera]
) -> tuple[Pair, ...]:
    """Every index presence with every other presence that shares a moment on its camera.

    `others` may hold the index presences too; `cameras` by id.
    """
    of_index = {presence.presence_id for presence in index}
    return tuple(
        Pair(mine, other, cameras[mine.camera_id])
        for mine in index
        for other in others
        if other.presence_id not in of_index
        and other.camera_id == mine.camera_id
        and other.interval.overlaps(mine.interval)
    )


def find_nearness(pairs: Sequence[Pair], within_m: Sequence[float]) -> Nearness:
    """Exposures of all pairs within each of the distances (metres), and all co-presence that was not measured.

    Each presence's foot path is built once. Exposures come in order of time; their masks are still unknown.
    """
    paths = {presence.presence_id: build_foot_path(presence) for pair in pairs for presence in (pair.index, pair.other)}
    exposures: list[Exposure] = []
    unmeasured: list[Unmeasured] = []
    for pair in pairs:
        plane = pair.camera.ground
        if plane is None:
            unmeasured.extend(_without_plane(pair, distance) for distance in within_m)
            continue
        apart = measure_separation(plane, paths[pair.index.presence_id], paths[pair.other.presence_id])
        if apart is None:
            continue
        for distance in within_m:
            found = find_episodes(apart, distance)
            exposures.extend(_exposure(pair, episode) for episode in found.episodes)
            unmeasured.extend(_unmeasured(pair, open_, distance) for open_ in found.open)
    order = sorted(exposures, key=lambda one: (one.interval, one.within_m, one.exposure_id))
    return Nearness(tuple(order), tuple(sorted(unmeasured, key=lambda one: (one.interval, one.within_m))))


def _exposure(pair: Pair, episode: Episode) -> Exposure:
    index, other = pair.index.presence_id, pair.other.presence_id
    return Exposure(
        stable_id("exposure", index, other, episode.within_m, episode.interval.start_us),
        index,
        other,
        pair.camera.camera_id,
        **{name: getattr(episode, name) for name in Episode.__dataclass_fields__},
        index_mask=MaskReading(),
        other_mask=MaskReading(),
        indoor=pair.camera.indoor,
    )


def _unmeasured(pair: Pair, stretch: OpenStretch, within_m: float) -> Unmeasured:
    return Unmeasured(
        pair.index.presence_id,
        pair.other.presence_id,
        pair.camera.camera_id,
        stretch.interval,
        within_m,
        stretch.duration_s,
        stretch.reason,
    )


def _without_plane(pair: Pair, within_m: float) -> Unmeasured:
    shared = pair.index.interval.intersection(pair.other.interval) or pair.index.interval
    reason = UnmeasuredReason.NO_GROUND_PLANE
    stretch = OpenStretch(shared, shared.duration_s, reason)
    return _unmeasured(pair, stretch, within_m)
