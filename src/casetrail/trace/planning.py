"""What a search opens next and what it asks next: probability for cost, and few questions for much."""

from dataclasses import dataclass

import numpy as np

from casetrail.model.arrays import Doubles, Integers
from casetrail.trace.case_trace import Answer
from casetrail.trace.motion import TICK_S
from casetrail.trace.search import Search

FOLLOWED_FROM = 0.5  # whoever is less likely is asked about as they are: a no costs less than sixteen views
LEAST_SHARE = 2e-5  # a presence less likely than this before looking is never worth a view
LOOK_AGAIN = (0.05, 0.97)  # candidates in this range are looked at again, with more views
MORE_VIEWS = 4
CONFIRMED = 0.9  # a yes counts once everything together says so; until then it is doubted and asked again
PLAUSIBLE = 0.5
SHOWN = 0.5
FREE_QUESTIONS, QUESTIONS_EACH = 28, 1.2
MOST_ASKED = 4  # times about one presence
SURELY = 0.9  # a no that everything contradicts so much is asked again, once
LEAST_DOUBTED = 0.02
MOST_SHOWN, NEAR_S, LEAST_SHOWN = 12, 480.0, 0.03  # shown along with one: so many, so near in time, and so likely
ALSO = 0.4  # whoever is likelier than this by themselves is shown along, too
WALK = 0.9  # how surely whoever is shown along is the same walker
NEWS_S = 600.0  # who was seen so long before or after says nothing of where somebody walks
LEADS_TO = (0.0, 3.0, 4.0)  # sightings that a walk leads to, by on how many of its two sides nothing is known
MOST_COMPARED = 60
LIKELY = (0.3, 0.1, 0.13)  # and how likely whoever is asked about has to be there
DOUBT = 1.0  # sightings: what being made sure of one is worth


@dataclass(frozen=True)
class Levels:
    """What a question has to be worth, in sightings, and how likely whoever is asked about has to be, by on how many
    sides of the time nothing is known.
    """

    worth: float
    probability: tuple[float, float, float]


USUAL = Levels(0.45, LIKELY)
SPENT = Levels(0.7, (0.35, 0.2, 0.35))  # once more was asked than the sightings found are worth


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


def choose_position(search: Search, levels: Levels) -> int | None:
    """Which opened presence to ask about, None when none is worth it.

    A question is worth the sightings that a yes leads to: its probability times those that are shown along with it,
    and what may be found where nothing is known before or after; in between only somebody likely is asked about.
    """
    if not len(search.opened):
        return None
    probability, opened = search.standing.probability, search.opened
    known = search.tick[opened[search.said_each > 0]]
    best, most = None, 0.0
    for at in _undecided(search):
        doubted = search.answers.worth(int(opened[at])) > 0  # a yes is worth being made sure of
        sides = _sides_without_news(TICK_S * (known - search.tick[opened[at]]))
        least = LEAST_DOUBTED if doubted else levels.probability[sides]
        if probability[at] < least or not _askable(search, at, int(opened[at])):
            continue
        own = DOUBT if doubted else 1 + LEADS_TO[sides]
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
    able = (along != at) & np.array([search.answers.undecided(row) for row in search.opened[along].tolist()], bool)
    able &= apart_s <= NEAR_S
    able &= search.standing.probability[along] >= LEAST_SHOWN
    return np.asarray(along[able][np.argsort(apart_s[able], kind="stable")][:MOST_SHOWN], np.int64)


def _sides_without_news(known_s: Doubles) -> int:
    """On how many sides of a time, before and after it, nobody known was seen soon; `known_s` `(k,)`: when they were,
    seconds after that time.
    """
    before, after = (((way * known_s >= 0) & (way * known_s <= NEWS_S)).any() for way in (-1, 1))
    return int(not before) + int(not after)


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
        return search.answers.undecided(row)  # a yes about somebody shown with it is made sure of by asking about them
    probability = float(search.standing.probability[at])
    if len(given) >= MOST_ASKED:
        return False
    if given[-1] is Answer.UNSURE:
        return len(given) < 3 and probability >= 0.6
    said = search.answers.worth(row)
    if said > 0:
        return probability < CONFIRMED or not search.answers.seeded
    return said == 0 or (probability >= SURELY and given.count(Answer.NO) < 2)
