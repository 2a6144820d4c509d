"""What reviewers said about opened presences, how far each answer may be believed, and whom it covers besides.

An answer is evidence with an error rate. What was stated of a presence before somebody answered, the rivals at the
same time included, and the answer itself say how much of it to believe: a yes about one of three who may be the person
is no certainty. Answers about others nearby support a yes or speak against it.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from casetrail.trace.case_trace import Answer

RIGHT, WRONG = 0.85, 0.05  # answers; the rest are unsure
ANSWER_LOG = float(np.log(RIGHT / WRONG))  # what an answer is worth, natural log
FIRST_YES = 1.5  # more than one yes, before anybody serves as a reference
START_LOG = 12.0
SUPPORT_S = 600.0  # answers about presences so near in time speak of each other
SURE = 0.97  # from this probability on, a yes covers everybody who was shown along with it
MOST_HANGING = 0.95  # how surely whoever walked past one camera is who was predicted at the next
UNLIKELY, UNBOUNDED = 1e-9, 99.0


def count_votes(given: Iterable[Answer]) -> int:
    """How many more yes than no these answers hold."""
    return sum((answer is Answer.YES) - (answer is Answer.NO) for answer in given)


@dataclass(frozen=True)
class Stated:
    """What was stated of a presence before an answer: `probability` of being the index case, `share`, that for evidence
    of 1, and when it is, `time_s`.
    """

    probability: float
    share: float
    time_s: float


@dataclass
class _Belief:
    """Natural log of the odds that a presence is the index case, by what was stated of it and answered, and nothing
    else. `alone`: the same for evidence of 1.
    """

    log_odds: float
    alone: float
    time_s: float

    @property
    def probability(self) -> float:
        """The same as a probability."""
        return float(1 / (1 + np.exp(-self.log_odds)))


class Answers:
    """What was said about the rows of one search."""

    def __init__(self) -> None:
        self.given: dict[int, list[Answer]] = {}
        self._covered: dict[int, tuple[Answer, int | None]] = {}
        self._start: int | None = None
        self._beliefs: dict[int, _Belief] = {}
        self._said: list[tuple[int, Answer, Stated | None]] = []
        self._along: dict[int, frozenset[int]] = {}

    def say(self, row: int, answer: Answer, stated: Stated | None = None) -> None:
        """A reviewer answered; withdrawn takes the last answer to this row back."""
        given = self.given.setdefault(row, [])
        if answer is Answer.WITHDRAWN:
            del given[-1:]
            self._along.pop(row, None)
            self._take_back(row)
            return
        given.append(answer)
        self._said.append((row, answer, stated))
        self._believe(row, answer, stated)

    def cover(self, row: int, answer: Answer, by: int | None) -> None:
        """A row was shown along with another, `by`, of which this was answered; withdrawn takes that back."""
        if answer is Answer.WITHDRAWN:
            self._covered.pop(row, None)
        else:
            self._covered[row] = answer, by

    def begin_at(self, row: int) -> None:
        """This row was known from the outset: nobody asked whether it might be the person."""
        self._start = row

    @property
    def rows(self) -> frozenset[int]:
        """Rows about which anything was said, or that were known from the outset."""
        start = frozenset() if self._start is None else frozenset({self._start})
        return start.union(self.given, self._covered)

    def worth(self, row: int) -> float:
        """What the answers about a row are worth, natural log. One about somebody shown with it counts as long as it
        stands, and nobody told of the row itself.
        """
        along = row in self._covered and not set(self.given.get(row, ())) & {Answer.YES, Answer.NO}
        votes = self._votes_along(row) if along else self._votes(row)
        return (START_LOG if row == self._start else 0.0) + ANSWER_LOG * votes

    def _votes(self, row: int) -> int:
        """How many more yes than no were answered about the row itself."""
        return count_votes(self.given.get(row, ()))

    def _votes_along(self, row: int) -> int:
        """1 or -1 by what was answered of the one that it was shown along with, 0 once that stands no longer."""
        answer, by = self._covered[row]
        vote = count_votes([answer])
        return vote if by is None or vote * self._votes(by) > 0 else 0

    def believed(self, row: int) -> float:
        """The probability of a row that its answers, and those about others nearby, allow at most: by the answer
        about the row itself, or else about the one that it was shown along with.
        """
        _, by = self._covered.get(row, (None, None))
        belief = self._beliefs.get(row, None if by is None else self._beliefs.get(by))
        return 1.0 if belief is None else belief.probability

    def most(self, row: int) -> float:
        """What a yes may say at most of being at its place, natural log, so that no more than that is believed."""
        belief = self._beliefs.get(row)
        return UNBOUNDED if belief is None else belief.log_odds - belief.alone

    @property
    def confirmed(self) -> int:
        """How many rows have more yes than no."""
        return sum(self.worth(row) > 0 for row in self.rows)

    def undecided(self, row: int) -> bool:
        """Whether it may yet be told whether a row is the index case: nobody told of it, or only that somebody shown
        with it is somebody else.
        """
        worth = self.worth(row)
        return worth == 0 or (worth < 0 and not self.given.get(row))

    @property
    def seeded(self) -> bool:
        """Whether somebody is known well enough to compare others with."""
        return any(self.worth(row) > FIRST_YES * ANSWER_LOG for row in self.rows)

    def show_along(self, row: int, others: frozenset[int]) -> None:
        """Who was shown as the same walker when a row was answered, and was not said to be somebody else."""
        self._along[row] = self._along.get(row, frozenset()) | others

    def newly_covered(self, probability: Callable[[int], float]) -> Iterator[tuple[int, list[int]]]:
        """Rows whose yes is sure by now, each with those that it covers: they are handed out once."""
        for row, others in list(self._along.items()):
            if self.worth(row) <= 0:
                del self._along[row]
            elif probability(row) >= SURE:
                del self._along[row]
                yield row, sorted(one for one in others if self.undecided(one) and not self.given.get(one))

    def _take_back(self, row: int) -> None:
        """Forget the last answer about a row, and what it said about others nearby."""
        mine = [at for at, (one, _, _) in enumerate(self._said) if one == row]
        for at in mine[-1:]:
            del self._said[at]
        self._beliefs.clear()
        for each in self._said:
            self._believe(*each)

    def _believe(self, row: int, answer: Answer, stated: Stated | None) -> None:
        if stated is None or answer is Answer.UNSURE:
            return
        before = min(max(stated.probability, UNLIKELY), 1 - UNLIKELY)
        worth = ANSWER_LOG if answer is Answer.YES else -ANSWER_LOG
        mine = self._beliefs.get(row)
        if mine is None:
            mine = _Belief(-np.inf, float(np.log(max(stated.share, UNLIKELY))), stated.time_s)
            self._beliefs[row] = mine
        mine.log_odds = max(mine.log_odds, float(np.log(before / (1 - before)))) + worth
        for one in self._beliefs.values():
            if one is not mine and abs(one.time_s - mine.time_s) <= SUPPORT_S:
                one.log_odds += _told(answer, before, one.probability)


def _told(answer: Answer, stated: float, believed: float) -> float:
    """What an answer says, natural log, about a yes nearby that is believed so far: as much as the presence that was
    answered hangs on that yes. Without it, whoever was answered is taken for somebody else.
    """
    hangs = min(stated / max(believed, UNLIKELY), MOST_HANGING)
    if answer is Answer.YES:
        return float(np.log((hangs * RIGHT + (1 - hangs) * WRONG) / WRONG))
    return float(np.log((hangs * WRONG + (1 - hangs) * RIGHT) / RIGHT))
