"""From odds to probabilities: trails stand and fall together, and nobody is at two places at once."""

import numpy as np

from casetrail.model.arrays import Doubles, Integers
from casetrail.trace import clothing
from casetrail.trace.trails import SPLIT_S, Trails

LINKED, LINKED_S = 0.9, 240.0  # how surely two of one trail are one walker, and how soon that is lost
REJECTED_S = 900.0  # the same of somebody rejected: two who look like the index case hardly walk the same way at once
RIVALS_S = 45.0  # presences of different people so close in time cannot all be the person


def look_together(trails: Trails, clothes: Doubles) -> Doubles:
    """What the clothing of each trail says together, natural log: no more than one look-alike in a hundred allows."""
    inside = trails.of >= 0
    total = np.bincount(trails.of[inside], clothes[inside], minlength=len(trails.head))
    return np.asarray(np.minimum(total, clothing.HIGHEST))


def share_out(trails: Trails, whole: Doubles, alone: Doubles, time_s: Doubles) -> Doubles:
    """Odds of everybody opened as a part of their trail, whose odds are `whole`; nought without one.

    `alone`: odds of each without it. Links may be wrong, the more the farther somebody is from the likeliest alone.
    """
    inside = np.flatnonzero(trails.of >= 0)
    result = np.zeros(len(alone))
    if len(inside):
        trail = trails.of[inside]
        order = inside[np.lexsort((-alone[inside], trail))]
        best = order[np.searchsorted(trails.of[order], np.arange(len(trails.head)))]
        result[inside] = whole[trail] * np.exp(-np.abs(time_s[inside] - time_s[best[trail]]) / LINKED_S)
    return result


def among_rivals(odds: Doubles, share: Doubles, said: Doubles, time_s: Doubles) -> Doubles:
    """Odds to probabilities: who may be the person at about the same time is a rival."""
    order = np.argsort(time_s, kind="stable")
    gained = np.concatenate([[0.0], np.cumsum(np.where(said > 0, 0.0, np.maximum(odds - share, 0))[order])])
    first = np.searchsorted(time_s[order], time_s - RIVALS_S, side="left")
    last = np.searchsorted(time_s[order], time_s + RIVALS_S, side="right")
    return np.asarray(np.clip(odds / np.maximum(1 + gained[last] - gained[first], odds), 0, 1))


def left_by_rejected(trails: Trails, said: Doubles, time_s: Doubles) -> Doubles:
    """What is left of everybody's odds where somebody on the same trail was rejected: links may be wrong."""
    left = np.ones(len(said))
    for one in np.flatnonzero((said < 0) & (trails.of >= 0)):
        same = trails.of == trails.of[one]
        linked = LINKED * np.exp(-np.abs(time_s[same] - time_s[one]) / REJECTED_S)
        left[same] = np.minimum(left[same], 1 - linked * (1 - np.exp(said[one])))
    return left


def either_of(*models: Doubles) -> Doubles:
    """Probability by several models, `(n,)` each, of which each tells of ways that the others do not know."""
    sure = [np.clip(each, 0, 1 - 1e-6) for each in models]
    odds = np.sum([each / (1 - each) for each in sure], axis=0)
    return np.asarray(odds / (1 + odds))


def of_one_pass(probability: Doubles, camera: Integers, time_s: Doubles) -> Doubles:
    """Pieces of one pass at one camera are no rivals of each other: each has the probability of all."""
    same = (camera[:, None] == camera[None]) & (np.abs(time_s[:, None] - time_s[None]) <= SPLIT_S)
    return np.asarray(np.minimum((same * probability[None]).sum(axis=1), 1.0))


def told_since(probability: Doubles, log_ratio: Doubles) -> Doubles:
    """Probabilities once evidence counts that was not passed on yet, natural log: Bayes' rule."""
    sure = np.clip(probability, 0, 1)
    odds = sure * np.exp(log_ratio)
    return np.asarray(odds / (1 - sure + odds))
