"""Which frames are looked at, decided from packet sizes."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from casetrail.footage.decoder import Packet
from casetrail.presence.sampling import (
    ADAPTIVE,
    EVERY_FRAME,
    Reason,
    Sampling,
    Stretch,
    choose_checks,
    choose_first,
    choose_left_out,
    cut_stretches,
    find_still,
    join_stretches,
    widen_found,
)

RATE = 10
PIXELS = 1280 * 1080


def packets(sizes: list[int], keyframe_every: int = 10) -> tuple[list[Packet], np.ndarray]:
    """One packet for each size, ten a second, a large keyframe every so many; with their seconds."""
    made = [
        Packet(pts, 50_000 if pts % keyframe_every == 0 else size, pts % keyframe_every == 0)
        for pts, size in enumerate(sizes)
    ]
    return made, np.arange(len(sizes)) / RATE


def test_moving_window_and_its_neighbours_are_not_still() -> None:
    """Where packets grow, the window moves, and so do the windows on either side; the rest is still."""
    made, seconds = packets([500] * 100 + [3000] * 20 + [500] * 80)
    still = find_still(made, seconds, PIXELS, ADAPTIVE)
    assert still is not None
    moving = np.flatnonzero(~still)
    assert (moving[0], moving[-1]) == (80, 139)


def test_noise_hides_who_walks() -> None:
    """Where even quiet packets are large, sizes tell nothing, whatever somebody who walks adds."""
    made, seconds = packets([20_000] * 100 + [21_000] * 10 + [20_000] * 90)
    assert find_still(made, seconds, PIXELS, ADAPTIVE) is None


def test_uneven_spending_is_no_motion() -> None:
    """A few large packets after each keyframe do not move a window."""
    made, seconds = packets(([2000, 1500, 1200] + [400] * 17) * 10, keyframe_every=20)
    still = find_still(made, seconds, PIXELS, ADAPTIVE)
    assert still is not None
    assert still.all()


def test_keyframes_do_not_count_as_motion() -> None:
    """A keyframe is large because it shows the scene; a still recording stays still through it."""
    made, seconds = packets([500] * 200, keyframe_every=40)
    still = find_still(made, seconds, PIXELS, ADAPTIVE)
    assert still is not None
    assert still.all()


def test_pictures_that_stand_alone_tell_nothing() -> None:
    """Without packets between keyframes nothing is told by sizes."""
    made, seconds = packets([500] * 60, keyframe_every=1)
    assert find_still(made, seconds, PIXELS, ADAPTIVE) is None


def test_checks_are_keyframes_where_there_are_any() -> None:
    """A still minute with a keyframe each second is checked once every five seconds, at keyframes."""
    made, seconds = packets([500] * 600)
    checks = choose_checks(made, seconds, np.ones(600, bool), ADAPTIVE)
    assert checks == list(range(0, 600, 50))


def test_far_keyframes_are_helped_out() -> None:
    """Where a keyframe comes every half minute, stretches far from one are checked in their middle."""
    made, seconds = packets([500] * 600, keyframe_every=300)
    checks = choose_checks(made, seconds, np.ones(600, bool), ADAPTIVE)
    assert {0, 300} < set(checks)
    gaps = np.diff(seconds[[*checks, 599]])
    assert gaps.max() <= (1 + 2 * 1.5) * ADAPTIVE.check_s
    assert len(checks) < 12


def test_first_checks_cost_one_picture_each() -> None:
    """When some checks are keyframes, those come first, all of them."""
    made, _ = packets([500] * 600, keyframe_every=300)
    assert choose_first([0, 130, 300, 430], made, ADAPTIVE) == [0, 300]


def test_without_keyframes_few_come_first() -> None:
    """Three of the others, from the beginning, the middle and the end; of nothing, none."""
    made, _ = packets([500] * 600, keyframe_every=1000)
    assert choose_first([30, 130, 230, 330, 430], made, ADAPTIVE) == [30, 230, 430]
    assert choose_first([], made, ADAPTIVE) == []


def test_somebody_found_widens_the_look() -> None:
    """A check that found somebody opens still time up to the checks around it, and nothing that moved anyway."""
    seconds = np.arange(400) / RATE
    still = np.ones(400, bool)
    still[:50] = False
    near = widen_found(still, seconds, [10.0], ADAPTIVE)
    assert (seconds[near].min(), seconds[near].max()) == (5.0, pytest.approx(16.0))
    assert not widen_found(still, seconds, [], ADAPTIVE).any()


def test_stretches_part_the_segment() -> None:
    """Stretches follow one another without a gap, each with its reason, to the end of the segment."""
    reasons = [Reason.STILL] * 3 + [Reason.MOVING] * 2 + [Reason.FOUND]
    stretches = cut_stretches(np.array([0, 4, 8, 12, 16, 20]), 24, reasons)
    assert stretches == (
        Stretch(0, 12, Reason.STILL),
        Stretch(12, 20, Reason.MOVING),
        Stretch(20, 24, Reason.FOUND),
    )


def test_runs_break_at_keyframes_only() -> None:
    """A still gap is decoded through when no keyframe lies in it, and passed over when one does."""
    moving = [Stretch(0, 10, Reason.MOVING), Stretch(10, 20, Reason.STILL), Stretch(20, 30, Reason.MOVING)]
    assert join_stretches(moving, [0]) == [[moving[0], moving[2]]]
    assert join_stretches(moving, [0, 15]) == [[moving[0]], [moving[2]]]


def test_decision_is_told_in_one_line() -> None:
    """The line says how many frames were looked at, at which size, and why."""
    stretches = (Stretch(0, 75, Reason.STILL), Stretch(75, 100, Reason.MOVING))
    line = Sampling(stretches, 100, np.arange(7), ((640, 480),)).describe()
    assert line.startswith("7 of 100 frames looked at in 640x480")
    assert f"75% {Reason.STILL}" in line
    assert f"25% {Reason.MOVING}" in line


def test_shorter_windows_need_no_other_code() -> None:
    """Rules are values: windows of one second find motion of one second."""
    made, seconds = packets([500] * 100 + [3000] * 10 + [500] * 90)
    still = find_still(made, seconds, PIXELS, replace(ADAPTIVE, window_s=1.0))
    assert still is not None
    assert not still[100:110].any()
    assert Fraction(int((~still).sum()), RATE) <= 6


def test_every_frame_stays_where_others_need_it() -> None:
    """Nothing is left out of what cannot be left out, nor when every frame is asked for."""
    made, seconds = packets([500] * 60)
    assert choose_left_out(made, seconds, ADAPTIVE) == frozenset()
    assert choose_left_out([], np.zeros(0), ADAPTIVE) == frozenset()
    disposable = [replace(packet, disposable=True) for packet in made]
    assert choose_left_out(disposable, seconds, EVERY_FRAME) == frozenset()


@pytest.mark.parametrize("needed_every", [2, 3, 4, 100])
def test_looks_and_their_middles_stay(needed_every: int) -> None:
    """Four looks a second of 25 frames: each look stays, and a frame near the middle between any two of them."""
    made = [Packet(pts, 1000, False, pts % needed_every != 0) for pts in range(250)]
    seconds = np.arange(250) / 25
    left_out = choose_left_out(made, seconds, ADAPTIVE)
    stays = [packet.pts for packet in made if packet.pts not in left_out]
    looks = [next(pts for pts in range(250) if pts / 25 >= cell / 4 - 1e-6) for cell in range(40)]
    assert set(looks) <= set(stays)
    assert all(packet.disposable for packet in made if packet.pts in left_out)
    for first, last in pairwise(looks):
        assert any(abs(pts - (first + last) / 2) <= 0.25 * (last - first) for pts in stays if first < pts < last)
    assert len(left_out) >= 250 * (1 - 1 / needed_every) - 80
