"""Boxes averaged over neighbouring moments: detectors jitter, people do not."""

import numpy as np

from casetrail.model.arrays import Doubles, Floats, Integers
from casetrail.presence.perspective import Perspective
from casetrail.presence.tracklets import Tracklet, foot_height_width, to_xyxy

REACH = 2.5  # standard deviations
FAINTEST = 0.05  # weight of a row that is hardly sure
UNLIKE = 0.1  # a row whose height differs by so much from the usual counts half
SHAPE = (2, 3)  # columns of height and width
PLACE = (0, 1)
FLAT = 1e-9  # square seconds


def smooth(tracklet: Tracklet, times_s: Doubles, smoothing_s: float, perspective: Perspective | None) -> Tracklet:
    """The tracklet with boxes on straight lines through their neighbours in time, `smoothing_s` to either side.

    Where the row of the feet tells how high somebody is, height and width are taken as shares of that and averaged
    over twice as long: people keep their shape while they walk away. `times_s` `(n,)`: seconds of all frames.
    """
    if smoothing_s <= 0:
        return tracklet
    moments = times_s[tracklet.frame]
    values = foot_height_width(tracklet.xyxy).astype(np.float64)
    weight = np.maximum(tracklet.confidence.astype(np.float64), FAINTEST)
    if perspective is None or not perspective.tells_feet:
        return tracklet.with_boxes(_boxes(_lines(moments, values, weight, smoothing_s)))
    values[:, SHAPE] /= perspective.height_at(values[:, 0], values[:, 1])[:, None]
    weight /= 1 + ((values[:, 2] - np.median(values[:, 2])) / UNLIKE) ** 2
    place = _lines(moments, values[:, PLACE], weight, smoothing_s)
    shape = _means(moments, values[:, SHAPE], weight, 2 * smoothing_s)
    shape *= perspective.height_at(place[:, 0], place[:, 1])[:, None]
    return tracklet.with_boxes(_boxes(np.concatenate([place, shape], axis=1)))


def _boxes(values: Doubles) -> Floats:
    return to_xyxy(values.astype(np.float32))


def _lines(moments: Doubles, values: Doubles, weight: Doubles, smoothing_s: float) -> Doubles:
    """Value `(n, k)` at each moment of the weighted straight line through its neighbours; their mean when too few."""
    near, share = _neighbours(moments, weight, smoothing_s)
    since = moments[near] - moments[:, None]
    centre = (share * since).sum(axis=1)
    away = share * (since - centre[:, None])
    variance = (away * since).sum(axis=1)
    mean = np.einsum("nk,nkc->nc", share, values[near])
    slope = np.einsum("nk,nkc->nc", away, values[near]) / np.maximum(variance, FLAT)[:, None]
    return np.asarray(mean - np.where(variance < FLAT, 0, centre)[:, None] * slope)


def _means(moments: Doubles, values: Doubles, weight: Doubles, smoothing_s: float) -> Doubles:
    """Weighted mean `(n, k)` of the neighbours of each moment."""
    near, share = _neighbours(moments, weight, smoothing_s)
    return np.asarray(np.einsum("nk,nkc->nc", share, values[near]))


def _neighbours(moments: Doubles, weight: Doubles, smoothing_s: float) -> tuple[Integers, Doubles]:
    """Rows that are near each moment `(n, k)`, and their shares of the weight, 0 for rows that are too far."""
    first = np.searchsorted(moments, moments - REACH * smoothing_s)
    end = np.searchsorted(moments, moments + REACH * smoothing_s)
    near = first[:, None] + np.arange(int((end - first).max()))
    there = near < end[:, None]
    near = np.minimum(near, len(moments) - 1)
    share = there * weight[near] * np.exp(-0.5 * ((moments[near] - moments[:, None]) / smoothing_s) ** 2)
    return near, share / share.sum(axis=1, keepdims=True)
