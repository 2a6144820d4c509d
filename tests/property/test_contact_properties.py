"""Laws that distances and episodes keep for any camera and any walk."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from casetrail.contacts.episodes import find_episodes
from casetrail.contacts.foot_paths import build_foot_path
from casetrail.contacts.separations import Separation, measure_separation
from casetrail.model.ground_plane import locate, project
from casetrail.model.lens import Lens, LensModel
from casetrail.testing.staged_presences import stage_plane, stage_presence, walking

METRES = st.floats(-3, 3)
DEPTHS = st.floats(6, 14)
SPEEDS = st.floats(-0.4, 0.4)


@given(st.floats(2.5, 15), st.floats(500, 1800), st.floats(-0.3, 0.1), METRES, DEPTHS)
@settings(max_examples=60, deadline=None)
def test_any_camera_locates_what_it_projects(
    height_m: float, focal_px: float, k1: float, x_m: float, y_m: float
) -> None:
    """A place that falls inside the picture is found again, from any mast and through any mild lens."""
    lens = Lens(LensModel.OPENCV, (focal_px, focal_px, 400.0, 300.0, k1, 0.05, 0.0, 0.0, 0.0))
    plane = stage_plane(height_m, focal_px, lens)
    pixel = project(plane, np.array([[x_m, y_m]]))
    if 0 <= pixel[0, 0] < 800 and 0 <= pixel[0, 1] < 600:
        assert np.allclose(locate(plane, pixel, np.zeros((1, 2, 2))).xy_m, [[x_m, y_m]], atol=1e-5)


@given(METRES, DEPTHS, SPEEDS, METRES, DEPTHS, SPEEDS)
@settings(max_examples=40, deadline=None)
def test_distance_does_not_depend_on_who_is_first(
    ax: float, ay: float, av: float, bx: float, by: float, bv: float
) -> None:
    """From one person to the other is as far as back, and the interval holds its middle."""
    a = build_foot_path(stage_presence("a", walking((ax, ay), (av, 0)), seconds=(0, 3)))
    b = build_foot_path(stage_presence("b", walking((bx, by), (bv, 0)), seconds=(0, 3)))
    forth, back = measure_separation(stage_plane(), a, b), measure_separation(stage_plane(), b, a)
    assert forth is not None
    assert back is not None
    assert np.allclose(forth.median_m, back.median_m, rtol=0.02, atol=0.02)
    assert (forth.low_m <= forth.median_m).all()
    assert (forth.median_m <= forth.high_m).all()


@given(st.lists(st.floats(0.1, 6) | st.just(float("nan")), min_size=1, max_size=60), st.floats(0.3, 3))
@settings(max_examples=150, deadline=None)
def test_episodes_account_for_every_moment_once(metres: list[float], within_m: float) -> None:
    """Time near is never counted twice, the ends enclose the middle, and doubt is inside episodes or left open."""
    median = np.array(metres)
    utc_us = np.arange(len(metres), dtype=np.int64) * 500_000
    apart = Separation(utc_us, np.full(len(metres), 0.5), median, median * 0.8, median * 1.2)
    found = find_episodes(apart, within_m)
    near_s = 0.5 * np.count_nonzero(median <= within_m)
    possible_s = 0.5 * np.count_nonzero((median * 0.8 <= within_m) | np.isnan(median))
    assert sum(one.duration_s for one in found.episodes) == near_s
    high_s = sum(one.duration_high_s for one in found.episodes)
    # Hidden moments may be ruled out by how far apart the two were just before, so not all of them are possible.
    assert near_s <= high_s + sum(one.duration_s for one in found.open) <= possible_s
    assert all(one.duration_low_s <= one.duration_s <= one.duration_high_s for one in found.episodes)
    assert all(0 <= one.cannot_tell_share <= 1 for one in found.episodes)


@given(st.lists(st.floats(0.1, 6), min_size=1, max_size=40), st.floats(0.3, 2), st.floats(0, 2))
@settings(max_examples=100, deadline=None)
def test_a_larger_distance_never_shortens_the_time_near(metres: list[float], within_m: float, more_m: float) -> None:
    """Whoever is within one metre for a while is within two metres for at least as long."""
    median = np.array(metres)
    apart = Separation(np.arange(len(metres)) * 10**6, np.ones(len(metres)), median, median * 0.9, median * 1.1)
    small, large = find_episodes(apart, within_m), find_episodes(apart, within_m + more_m)
    assert sum(one.duration_s for one in small.episodes) <= sum(one.duration_s for one in large.episodes)
