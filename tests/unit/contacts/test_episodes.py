"""Episodes and exposures: when somebody was near, for how long, and what could not be told."""

from collections.abc import Sequence

import numpy as np
import pytest

from casetrail.contacts.episodes import UnmeasuredReason, find_episodes
from casetrail.contacts.exposures import find_nearness, pair_presences
from casetrail.contacts.separations import Separation
from casetrail.footage.cameras import Camera
from casetrail.sightings.sightings import MaskState
from casetrail.testing.staged_presences import stage_plane, stage_presence, standing, walking

CAMERA = Camera("CAM01", ground=stage_plane(), indoor=True)


def _apart(metres: Sequence[float], *, half_width_m: float = 0.1) -> Separation:
    """A separation of one moment a second."""
    median = np.array(metres, dtype=np.float64)
    utc_us = np.arange(len(median), dtype=np.int64) * 1_000_000
    return Separation(utc_us, np.ones(len(median)), median, median - half_width_m, median + half_width_m)


def test_short_gap_is_bridged_and_long_one_cuts() -> None:
    """Two stretches a short gap apart are one episode; a longer gap makes two. Bridged time is not counted as near."""
    one = find_episodes(_apart([1, 1, 5, 1, 1]), 2.0).episodes
    two = find_episodes(_apart([1, 1, 5, 5, 5, 1, 1]), 2.0).episodes
    assert [episode.duration_s for episode in one] == [4.0]
    assert [episode.duration_s for episode in two] == [2.0, 2.0]


def test_duration_ends_come_from_the_distance_interval() -> None:
    """Sure moments make the low end, possible ones around the episode the high end."""
    found = find_episodes(_apart([2.05, 1.95, 1.0, 1.0, 1.95, 2.05, 3.0]), 2.0).episodes
    assert [(one.duration_low_s, one.duration_s, one.duration_high_s) for one in found] == [(2.0, 4.0, 6.0)]


def test_hidden_moments_are_only_in_the_high_end() -> None:
    """While a foot is hidden no nearness is claimed; the share of such time is stated."""
    found = find_episodes(_apart([1, 1, np.nan, 1, 1]), 2.0).episodes
    assert [(one.duration_s, one.duration_high_s) for one in found] == [(4.0, 5.0)]
    assert found[0].cannot_tell_share == pytest.approx(1 / 5)


def test_closest_moment_is_reported_with_its_interval() -> None:
    """The nearest moment of an episode is given with both ends."""
    closest = find_episodes(_apart([1.5, 0.7, 1.2]), 2.0).episodes[0].closest
    assert (closest.low_m, closest.median_m, closest.high_m) == pytest.approx((0.6, 0.7, 0.8))


def test_possible_nearness_without_any_is_kept_open() -> None:
    """Somebody who was perhaps near, and somebody whose feet were hidden throughout, are not dropped."""
    perhaps = find_episodes(_apart([2.05, 2.05]), 2.0)
    hidden = find_episodes(_apart([np.nan, np.nan]), 2.0)
    assert not perhaps.episodes
    assert [one.reason for one in (*perhaps.open, *hidden.open)] == [
        UnmeasuredReason.PERHAPS_NEAR,
        UnmeasuredReason.FOOT_HIDDEN,
    ]


def test_far_apart_is_neither_near_nor_open() -> None:
    """Ten metres are not an exposure and no doubt either."""
    found = find_episodes(_apart([10.0, 10.0, 10.0]), 2.0)
    assert (found.episodes, found.open) == ((), ())


def test_hidden_moment_among_far_ones_is_no_doubt() -> None:
    """Who was ten metres away a second before and after a hidden moment was not near in it; who was hidden long may."""
    brief = find_episodes(_apart([10, np.nan, 10]), 2.0)
    long = find_episodes(_apart([10, *[np.nan] * 9, 10]), 2.0)
    assert (brief.episodes, brief.open) == ((), ())
    assert [(one.reason, one.duration_s) for one in long.open] == [(UnmeasuredReason.FOOT_HIDDEN, 7.0)]


def test_hidden_stretch_belongs_to_the_nearest_episode() -> None:
    """A hidden stretch between two episodes is shared between them, never counted twice."""
    found = find_episodes(_apart([1, *[np.nan] * 8, 1]), 2.0)
    assert sum(one.duration_high_s for one in found.episodes) == 10.0
    assert not found.open


def test_passing_by_is_an_exposure_of_seconds() -> None:
    """Somebody who walks past at one metre is near for as long as the chord through two metres takes."""
    index = stage_presence("index", standing(0, 8))
    other = stage_presence("other", walking((-5, 9), (1.0, 0.0)))
    found = find_nearness(pair_presences([index], [index, other], {"CAM01": CAMERA}), [2.0])
    assert len(found.exposures) == 1
    exposure = found.exposures[0]
    assert exposure.duration_s == pytest.approx(2 * np.sqrt(3), abs=0.4)
    assert exposure.closest.median_m == pytest.approx(1.0, abs=0.1)
    assert exposure.duration_low_s < exposure.duration_s < exposure.duration_high_s
    assert (exposure.indoor, exposure.other_mask.state) == (True, MaskState.UNKNOWN)


def test_camera_without_ground_plane_gives_no_metres() -> None:
    """Without calibration people in the same picture are listed as not measured, with their time."""
    index, other = stage_presence("index", standing(0, 8)), stage_presence("other", standing(1, 8), seconds=(4, 6))
    found = find_nearness(pair_presences([index], [other], {"CAM01": Camera("CAM01")}), [2.0])
    assert found.exposures == ()
    assert [(one.reason, round(one.duration_s)) for one in found.unmeasured] == [(UnmeasuredReason.NO_GROUND_PLANE, 2)]


def test_only_others_on_the_same_camera_are_paired() -> None:
    """Index presences are never their own contacts, and another camera's people are not in the same picture."""
    index = [stage_presence("i1", standing(0, 8)), stage_presence("i2", standing(0, 8), camera_id="CAM02")]
    there = stage_presence("there", standing(0, 8), camera_id="CAM03")
    cameras = {name: Camera(name) for name in ("CAM01", "CAM02", "CAM03")}
    assert pair_presences(index, [*index, there], cameras) == ()


def test_exposure_ids_do_not_depend_on_order() -> None:
    """The same people give the same exposure ids, whatever order they are read in."""
    index = stage_presence("index", standing(0, 8))
    others = [stage_presence(name, standing(0.7, 8)) for name in ("a", "b")]
    pairs = [pair_presences([index], rows, {"CAM01": CAMERA}) for rows in (others, others[::-1])]
    forth, back = ({one.exposure_id for one in find_nearness(rows, [1.0, 2.0]).exposures} for rows in pairs)
    assert forth == back
    assert len(forth) == 4
