"""What a search opens next and what it asks next: probability for cost, and few questions for much."""

from dataclasses import dataclass

import numpy as np

from casetrail.model.arrays import Integers
from casetrail.trace.case_trace import Answer
from casetrail.trace.motion import TICK_S
from casetrail.trace.search import Search

LEAST_SHARE = 2e-5  # a presence less likely than this before looking is never worth a view
LOOK_AGAIN = (0.05, 0.97)  # candidates in this range are looked at again, with more views
MORE_VIEWS = 4
CONFIRMED = 0.9  # a yes counts once everything together says so; until then it is doubted and asked again
PLAUSIBLE = 0.5
SHOWN = 0.5
FREE_QUESTIONS, QUESTIONS_EACH = 8, 1.2
MOST_ASKED = 4  # times about one presence
SURELY = 0.9  # a no that everything contradicts so much is asked again, once
LEAST_DOUBTED = 0.02
MOST_SHOWN, NEAR_S, LEAST_SHOWN = 12, 480.0, 0.03  # shown along with one: so many, so near in time, and so likely
ALSO = 0.4  # whoever is likelier than this by themselves is shown along, too
WALK = 0.9  # how surely whoever is shown along is the same walker
LEADS_TO, NEWS_S = 4.0, 600.0  # a walk at a time from which nothing is known leads to so many sightings more
MOST_COMPARED = 60
TESTED, EACH_WAY = (0.01, 0.6), 12  # trails in this range are followed a little either way, before anybody is asked
LIKELY = 0.3  # whoever passed at a time of which enough is known has to be so likely to be asked about
DOUBT = 0.5  # of a sighting: what being made sure of one is worth


@dataclass(frozen=True)
class Levels:
    """What a question has to be worth, in sightings, and how likely whoever is asked about has to be."""

    worth: float
    probability: float


USUAL = Levels(0.2, 0.06)
SPENT = Levels(0.35, 0.35)  # once more was asked than the sightings found are worth


def ask_levels(asked: int, confirmed: int) -> Levels:
    """What a question has to be worth now, after so many questions and confirmed sightings."""
    return SPENT if asked > FREE_QUESTIONS + QUESTIONS_EACH * confirmed else USUAL


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
    more = np.minimum(search.spans.views[search.opened], MORE_VIEWS) > search.looks.views
    wanted = more & (probability > LOOK_AGAIN[0]) & (probability < LOOK_AGAIN[1])
    at = np.flatnonzero(wanted)
    at = at[np.argsort(-probability[at], kind="stable")][:most]
    return np.asarray(search.opened[at], np.int64)


def choose_beyond(search: Search, most: int) -> Integers:
    """Unopened rows before and after trails that may be the person's: a passer-by was seen on the way to them."""
    probability, opened, rows = search.standing.probability, search.opened, [np.zeros(0, np.int64)]
    tested: set[int] = set()
    for at in _undecided(search):
        if not TESTED[0] < probability[at] < TESTED[1] or search.answers.worth(int(opened[at])) or at in tested:
            continue
        tested.update(search.along(at).tolist())
        rows.append(search.beyond(at, EACH_WAY))
        if sum(len(each) for each in rows) >= most:
            break
    return np.unique(np.concatenate(rows))[:most]


def choose_position(search: Search, levels: Levels) -> int | None:
    """Which opened presence to ask about, None when none is worth it.

    A question is worth the sightings that a yes leads to: its probability times those that are shown along with it,
    and what may be found around a time of which nothing is known; at other times only somebody likely is asked about.
    """
    if not len(search.opened):
        return None
    probability, opened = search.standing.probability, search.opened
    known = search.tick[opened[search.said_each > 0]]
    best, most = None, 0.0
    for at in _undecided(search):
        doubted = search.answers.worth(int(opened[at])) > 0  # a yes is worth being made sure of
        new = TICK_S * np.abs(known - search.tick[opened[at]]).min(initial=search.ticks) > NEWS_S
        least = LEAST_DOUBTED if doubted else max(levels.probability, 0.0 if new else LIKELY)
        if probability[at] < least or not _askable(search, at, int(opened[at])):
            continue
        own = DOUBT if doubted else 1 + LEADS_TO * new
        worth = float(probability[at] * (own + WALK * len(walk_of(search, at))))
        if worth > most and worth >= levels.worth:
            best, most = at, worth
    return best


def walk_of(search: Search, at: int) -> Integers:
    """Positions of the unanswered ones that are shown along with the one asked about, as the same walker: those on its
    trail, and whoever else at the time is likely by themselves, since whoever was confirmed between ends a trail.
    """
    along = np.union1d(search.along(at), np.flatnonzero(search.standing.probability >= ALSO))
    apart_s = TICK_S * np.abs(search.tick[search.opened[along]] - search.tick[search.opened[at]])
    able = (along != at) & (search.said_each[along] == 0) & (apart_s <= NEAR_S)
    able &= search.standing.probability[along] >= LEAST_SHOWN
    return np.asarray(along[able][np.argsort(apart_s[able], kind="stable")][:MOST_SHOWN], np.int64)


def _undecided(search: Search) -> list[int]:
    """Positions of the likeliest of whom nobody is sure, the likeliest first."""
    probability = search.standing.probability
    sure = search.said_each > 0
    sure &= probability >= CONFIRMED
    likely = np.argsort(np.where(sure, 1.0, -probability), kind="stable")[:MOST_COMPARED]
    return [int(at) for at in likely if not sure[at]]


def _askable(search: Search, at: int, row: int) -> bool:
    """Not answered, or unsure, or so that the answer and everything else disagree."""
    given = search.answers.given.get(row, [])
    if not given:
        return True
    probability = float(search.standing.probability[at])
    if len(given) >= MOST_ASKED:
        return False
    if given[-1] is Answer.UNSURE:
        return len(given) < 3 and probability >= 0.6
    said = search.answers.worth(row)
    if said > 0:
        return probability < CONFIRMED or not search.answers.seeded
    return said == 0 or (probability >= SURELY and given.count(Answer.NO) < 2)
