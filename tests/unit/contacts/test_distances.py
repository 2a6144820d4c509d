"""Foot paths and separations: how far apart people stood, and how sure that is."""

from dataclasses import replace

import numpy as np
import pytest

from casetrail.contacts.foot_paths import build_foot_path
from casetrail.contacts.separations import Separation, distance_interval, measure_separation
from casetrail.model.ground_plane import GroundPoints
from casetrail.presence.presences import Presence
from casetrail.testing.staged_presences import stage_plane, stage_presence, standing, walking

PLANE = stage_plane()


def _separation(first: Presence, second: Presence) -> Separation | None:
    return measure_separation(PLANE, build_foot_path(first), build_foot_path(second))


def test_people_are_as_far_apart_as_they_stand() -> None:
    """Two people two metres apart come out two metres apart, inside the interval."""
    apart = _separation(stage_presence("a", standing(-1, 8)), stage_presence("b", standing(1, 8)))
    assert apart is not None
    assert np.allclose(apart.median_m, 2.0, atol=0.05)
    assert (apart.low_m < 2.0).all()
    assert (apart.high_m > 2.0).all()


def test_intervals_hold_the_truth_nine_times_in_ten() -> None:
    """With errors drawn as the error model states them, 90 % intervals hold the truth in 85 to 97 % of the cases."""
    inside = []
    rng = np.random.default_rng(3)
    for seed in range(300):
        distance = 0.4 + 2.6 * rng.random()
        pair = [
            stage_presence(name, standing(x, 9), seconds=(0, 0.9), jitter_share=0.022, seed=2 * seed + number)
            for number, (name, x) in enumerate([("a", -distance / 2), ("b", distance / 2)])
        ]
        slow = [rng.normal(0, (3.8, 3.2)) for _ in pair]
        moved = [
            replace(one, xyxy=(one.xyxy + np.tile(by, 2)).astype(np.float32))
            for one, by in zip(pair, slow, strict=True)
        ]
        apart = _separation(*moved)
        inside.append(apart.low_m[4] <= distance <= apart.high_m[4])
    assert 0.85 <= np.mean(inside) <= 0.97


def test_smoothing_halves_quick_jitter() -> None:
    """Averaging neighbouring frames brings quick jitter of a walking person below half, without lagging behind."""
    steady = stage_presence("a", walking((-3, 8), (0.6, 0.2)))
    shaken = stage_presence("a", walking((-3, 8), (0.6, 0.2)), jitter_share=0.03, seed=5)
    truth = steady.foot_px
    before = np.abs(shaken.foot_px - truth).mean()
    after = np.abs(build_foot_path(shaken).foot_px - truth).mean()
    assert after < 0.5 * before


def test_one_wild_box_hardly_moves_the_path() -> None:
    """A single box that is far off is overruled by its neighbours."""
    presence = stage_presence("a", standing(0, 8))
    xyxy = presence.xyxy.copy()
    xyxy[50] += 40
    path = build_foot_path(replace(presence, xyxy=xyxy))
    assert np.linalg.norm(path.foot_px[50] - presence.foot_px[50]) < 6


def test_hidden_foot_claims_no_distance() -> None:
    """While one foot is hidden there is no distance, and before and after there is."""
    behind = stage_presence("b", standing(1, 8), hidden=lambda at: (at > 3) & (at < 5))
    apart = _separation(stage_presence("a", standing(-1, 8)), behind)
    seconds = (apart.utc_us - apart.utc_us[0]) / 1e6
    assert np.isnan(apart.median_m[(seconds > 3.05) & (seconds < 4.95)]).all()
    assert np.isfinite(apart.median_m[(seconds < 2.9) | (seconds > 5.1)]).all()


def test_interpolated_boxes_are_less_sure() -> None:
    """Where nobody was detected and boxes were filled in, the interval is wider."""
    presence = stage_presence("b", standing(1, 8))
    filled = replace(presence, confidence=np.where(np.arange(101) > 50, 0, presence.confidence).astype(np.float32))
    apart = _separation(stage_presence("a", standing(-1, 8)), filled)
    width = apart.high_m - apart.low_m
    assert width[80] > 1.5 * width[20]


def test_box_cut_by_the_side_is_less_sure() -> None:
    """A box that the picture's right side cuts may hide where its middle is."""
    whole = stage_presence("a", standing(0, 8))
    cut = replace(whole, xyxy=np.minimum(whole.xyxy, whole.xyxy[0, 2] - 15).astype(np.float32))
    right = int(cut.xyxy[0, 2]) + 1
    assert build_foot_path(cut, (right, 600)).own_px2[5, 0, 0] > 2 * build_foot_path(whole, (800, 600)).own_px2[5, 0, 0]


def test_frames_of_two_rates_meet_on_utc() -> None:
    """People seen at different rates are compared at the same UTC, not at the same row."""
    often = stage_presence("a", walking((-3, 8), (0.5, 0)))
    rare = stage_presence("b", walking((-3, 9), (0.5, 0)))
    every = slice(0, None, 4)
    thin = replace(
        rare,
        pts=rare.pts[every],
        utc_us=rare.utc_us[every],
        xyxy=rare.xyxy[every],
        confidence=rare.confidence[every],
        foot_hidden=rare.foot_hidden[every],
    )
    apart = _separation(often, thin)
    assert np.allclose(apart.median_m[10:-10], 1.0, atol=0.08)


def test_gap_longer_than_a_second_claims_nothing() -> None:
    """Between two frames seconds apart nobody knows where the person was."""
    presence = stage_presence("b", standing(1, 8))
    keep = (np.arange(101) < 30) | (np.arange(101) > 60)
    gapped = replace(
        presence,
        pts=presence.pts[keep],
        utc_us=presence.utc_us[keep],
        xyxy=presence.xyxy[keep],
        confidence=presence.confidence[keep],
        foot_hidden=presence.foot_hidden[keep],
    )
    apart = _separation(stage_presence("a", standing(-1, 8)), gapped)
    assert apart.hidden[31:60].all()


def test_people_who_never_meet_have_no_separation() -> None:
    """Presences without a shared moment have no separation."""
    early = stage_presence("a", standing(0, 8), seconds=(0, 2))
    assert _separation(early, stage_presence("b", standing(0, 8), seconds=(3, 5))) is None


def test_single_moment_has_a_separation() -> None:
    """A presence of one frame is measured, and stands for no time."""
    lone = stage_presence("b", standing(1, 8), seconds=(4, 4))
    apart = _separation(lone, stage_presence("a", standing(0, 8)))
    assert np.allclose(apart.median_m, 1.0, atol=0.1)
    assert apart.step_s.tolist() == [0.0]


@pytest.mark.parametrize(("sigma", "length"), [(0.01, 2.0), (0.5, 2.0), (0.5, 0.0)])
def test_interval_of_a_length_matches_simulation(sigma: float, length: float) -> None:
    """Quantiles of a length are those of many random vectors, near zero too, where they fold."""
    apart = GroundPoints(np.array([[length, 0.0]]), sigma**2 * np.eye(2)[None])
    drawn = np.random.default_rng(4).normal([length, 0.0], sigma, (200_000, 2))
    expected = np.quantile(np.linalg.norm(drawn, axis=1), [0.05, 0.5, 0.95])
    assert np.allclose(np.array(distance_interval(apart))[:, 0], expected, atol=0.03)


def test_same_input_gives_the_same_numbers() -> None:
    """Nothing is drawn at random: two runs agree to the last digit."""
    pair = stage_presence("a", standing(-1, 8), jitter_share=0.02), stage_presence("b", standing(1, 8))
    assert np.array_equal(_separation(*pair).high_m, _separation(*pair).high_m)
