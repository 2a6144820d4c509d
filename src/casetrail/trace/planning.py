"""What a search opens next and what it asks next: probability for cost, and few questions for much."""

from dataclasses import dataclass

import numpy as np

from casetrail.model.arrays import Integers
from casetrail.trace.case_trace import Answer
from casetrail.trace.search import Search

LEAST_SHARE = 2e-5  # a presence less likely than this before looking is never worth a view
LOOK_AGAIN = (0.05, 0.97)  # candidates in this range are looked at again, with more views
MORE_VIEWS = 4
CONFIRMED = 0.9  # a yes counts once everything together says so; until then it is doubted and asked again
PLAUSIBLE = 0.5
SHOWN = 0.5
FREE_QUESTIONS, QUESTIONS_EACH = 6, 1.3
MOST_ASKED = 4  # times about one presence
SURELY = 0.9  # a no that everything contradicts so much is asked again, once
LEAST_DOUBTED = 0.02
TRAIL = 0.5  # of a sighting each: what lies along the same way is asked about as well
MOST_COMPARED = 60
TESTED, EACH_WAY = (0.01, 0.6), 12  # trails in this range are followed a little either way, before anybody is asked
DOUBT = 0.5  # what being made sure of a yes is worth, for the chance that it was none


@dataclass(frozen=True)
class Levels:
    """What a question has to be worth, in sightings: at most, and once looking further promises less. No question is
    asked below `unlikely`, or below `spared` when more was asked than the sightings found are worth.
    """

    most: float = 0.25
    least: float = 0.07
    unlikely: float = 0.2
    spared: float = 0.35


def ask_levels(promised: float, asked: int, confirmed: int, levels: Levels | None = None) -> tuple[float, float]:
    """The least worth and probability to ask now. `promised`: how many sightings the next looks may find."""
    levels = levels or Levels()
    spent = asked > FREE_QUESTIONS + QUESTIONS_EACH * confirmed
    return float(np.clip(promised, levels.least, levels.most)), levels.spared if spent else levels.unlikely


def promise(search: Search, rows: Integers) -> float:
    """How many of the person's presences are expected among these unopened rows."""
    return float(np.minimum(search.standing.share[rows], 1.0).sum())


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
    more = np.minimum(search.spans.views[search.opened], MORE_VIEWS) > search.views_each
    wanted = more & (probability > LOOK_AGAIN[0]) & (probability < LOOK_AGAIN[1])
    at = np.flatnonzero(wanted)
    at = at[np.argsort(-probability[at], kind="stable")][:most]
    return np.asarray(search.opened[at], np.int64)


def choose_beyond(search: Search, most: int) -> Integers:
    """Unopened rows before and after trails that may be the person's: a passer-by was seen on the way to them."""
    probability, opened, rows = search.standing.probability, search.opened, [np.zeros(0, np.int64)]
    tested: set[int] = set()
    for at in _undecided(search):
        if not TESTED[0] < probability[at] < TESTED[1] or search.said(int(opened[at])) or at in tested:
            continue
        tested.update(search.along(at).tolist())
        rows.append(search.beyond(at, EACH_WAY))
        if sum(len(each) for each in rows) >= most:
            break
    return np.unique(np.concatenate(rows))[:most]


def choose_position(search: Search, least: float, surely: float) -> int | None:
    """Which opened presence to ask about, None when none is worth it.

    A question is worth the sightings that a yes leads to: its probability times those on the way that are as likely.
    What is worth less than `least`, or less likely than `surely`, is not asked about.
    """
    if not len(search.opened):
        return None
    probability, opened = search.standing.probability, search.opened
    best, most = None, 0.0
    for at in _undecided(search):
        doubted = search.said(int(opened[at])) > 0  # a yes is worth being made sure of
        if probability[at] < (LEAST_DOUBTED if doubted else surely) or not _askable(search, at, int(opened[at])):
            continue
        others = [one for one in search.along(at).tolist() if not search.answers.get(int(opened[one]))]
        worth = float(probability[at] * (1 + TRAIL * max(len(others) - 1, 0)))
        if doubted:
            worth = DOUBT * float(1 - probability[at])
        if worth > most and worth >= least:
            best, most = at, worth
    return best


def _undecided(search: Search) -> list[int]:
    """Positions of the likeliest of whom nobody is sure, the likeliest first."""
    probability = search.standing.probability
    sure = search.said_each > 0
    sure &= probability >= CONFIRMED
    likely = np.argsort(np.where(sure, 1.0, -probability), kind="stable")[:MOST_COMPARED]
    return [int(at) for at in likely if not sure[at]]


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
