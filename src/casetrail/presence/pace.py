"""Recordings whose clock runs too fast: everybody seems to run, so seconds are stretched until they walk.

Pictures in a folder, and some converted files, state a rate that is not the one they were taken at. All that the
tracker expects of people is in seconds, so it would cut them again and again. Only the tracker's seconds are
stretched; what is reported keeps the recording's own time.
"""

from collections.abc import Sequence

import numpy as np

from casetrail.model.arrays import Doubles
from casetrail.presence.association import AssociationRules
from casetrail.presence.both_ways import associate_both_ways
from casetrail.presence.detector import Detections
from casetrail.presence.tracklets import Tracklet, foot_height_width

USUAL = 0.5  # heights of the person a second: walkers seen from above, some of whom stop
RUNNING = 1.2  # a median that no crowd of walkers reaches
FEWEST = 4  # people who move, to tell
TELLING_ROWS = 4
MOVED = 0.5  # heights


def follow(
    detections: Sequence[Detections], times_s: Doubles, rules: AssociationRules
) -> tuple[list[Tracklet], list[tuple[int, int]], Doubles]:
    """`associate_both_ways`, and the seconds `(n,)` in which people walk: `times_s`, stretched when all seem to run."""
    fragments, contradicted = associate_both_ways(detections, times_s, rules)
    stretch = measure_stretch(fragments, times_s)
    if stretch == 1:
        return fragments, contradicted, times_s
    seconds = times_s * stretch
    return *associate_both_ways(detections, seconds, rules), seconds


def measure_stretch(fragments: Sequence[Tracklet], times_s: Doubles) -> float:
    """How many times longer the seconds must be for people to walk; 1 unless nearly all of several seem to run."""
    speeds = [speed for item in fragments if (speed := _speed(item, times_s)) > 0]
    if len(speeds) < FEWEST or np.median(speeds) < RUNNING:
        return 1.0
    return float(np.median(speeds)) / USUAL


def _speed(item: Tracklet, times_s: Doubles) -> float:
    """Heights a second from first to last row; 0 of somebody who is seen too briefly or stays near."""
    if len(item) < TELLING_ROWS:
        return 0.0
    values = foot_height_width(item.xyxy[[0, -1]])
    moved = float(np.hypot(*(values[1, :2] - values[0, :2]))) / max(float(np.median(values[:, 2])), 1.0)
    return moved / float(times_s[item.last] - times_s[item.first]) if moved > MOVED else 0.0
