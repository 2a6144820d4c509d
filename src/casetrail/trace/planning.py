"""What a search opens next and what it asks next: probability for cost, and few questions for much."""

from dataclasses import dataclass

import numpy as np

from casetrail.model.arrays import Doubles, Integers
from casetrail.trace.case_trace import Answer
from casetrail.trace.motion import TICK_S
from casetrail.trace.search import Search

LEAST_SHARE = 2e-4  # a presence less likely than this before looking is never worth a view
LOOK_AGAIN = (0.05, 0.97)  # candidates in this range are looked at again, with more views
MORE_VIEWS = 4
CONFIRMED = 0.9  # a yes counts once everything together says so; until then it is doubted and asked again
PLAUSIBLE = 0.5
SHOWN = 0.5
MOST_ASKED = 4  # times about one presence
SURELY = 0.9  # a no that everything contradicts so much is asked again, once
LEAST_DOUBTED = 0.02
NEW_OUTING_S = 900.0
NEW_OUTING = 0.5


@dataclass(frozen=True)
class Levels:
    """From which probability on a candidate is asked about: `sure` while views are left to open, `last` at the end;
    before anybody is confirmed `first`.
    """

    sure: float = 0.3
    last: float = 0.12
    first: float = 0.15


def choose_unopened(search: Search, most: int) -> Integers:
    """Rows of unopened presences, the likeliest first."""
    share = search.standing.share.copy()
    share[search.opened] = 0
    share[search.spans.views == 0] = 0
    most = min(most, len(share))
    if not most:
        return np.zeros(0, np.int64)
    best = np.argpartition(-share, most - 1)[:most]
    best = best[share[best] >= LEAST_SHARE]
    return np.asarray(best[np.argsort(-share[best], kind="stable")], np.int64)


def choose_again(search: Search, most: int) -> Integers:
    """Rows of opened presences that a better look may decide."""
    if not len(search.opened):
        return np.zeros(0, np.int64)
    probability = search.standing.probability
    views = np.array([search.views_of(at) for at in range(len(probability))])
    more = np.minimum(search.spans.views[search.opened], MORE_VIEWS) > views
    wanted = more & (probability > LOOK_AGAIN[0]) & (probability < LOOK_AGAIN[1])
    at = np.flatnonzero(wanted)
    at = at[np.argsort(-probability[at], kind="stable")][:most]
    return np.asarray(search.opened[at], np.int64)


def choose_position(search: Search, least: float) -> int | None:
    """Which opened presence to ask about, None when none reaches `least`."""
    if not len(search.opened):
        return None
    probability = search.standing.probability
    askable = np.array([_askable(search, at, row) for at, row in enumerate(search.opened.tolist())])
    doubted = np.array([search.said(row) > 0 for row in search.opened.tolist()])  # a yes is worth being made sure of
    likely = probability >= np.where(doubted, LEAST_DOUBTED, least)
    worth = np.where(askable & likely, probability * (1 + NEW_OUTING * _novelty(search)) + doubted, -1.0)
    best = int(worth.argmax())
    return best if worth[best] > 0 else None


def _askable(search: Search, at: int, row: int) -> bool:
    """Not answered, or unsure, or so that the answer and everything else disagree."""
    given = search.answers.get(row, [])
    if not given:
        return True
    probability = float(search.standing.probability[at])
    if len(given) >= MOST_ASKED:
        return False
    if given[-1] is Answer.UNSURE:
        return len(given) < 3 and probability >= 0.6
    said = search.said(row)
    if said > 0:
        return probability < CONFIRMED or not search.seeded
    return said == 0 or (probability >= SURELY and given.count(Answer.NO) < 2)


def _novelty(search: Search) -> Doubles:
    """1 far in time from every confirmed presence, 0 at one: another outing unlocks more."""
    tick = search.tick[search.opened].astype(np.float64)
    known = search.confirmed_positions(0.5)
    if not len(known):
        return np.zeros(len(tick))
    apart = np.abs(tick[:, None] - tick[known][None]).min(axis=1) * TICK_S
    return np.asarray(1 - np.exp(-apart / NEW_OUTING_S))
