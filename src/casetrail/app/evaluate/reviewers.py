"""Reviewers for measurements: one who never errs, and one who errs as people do."""

from collections import Counter
from collections.abc import Callable, Sequence
from enum import StrEnum

from casetrail.model.ids import stable_id
from casetrail.trace.case_trace import Answer

WRONG, UNSURE = 0.05, 0.10
Review = Callable[[str], Answer]


class Reviewer(StrEnum):
    """Who answers."""

    ORACLE = "oracle"
    ERRING = "erring"


class CaseReviewer:
    """Answers questions about one case from its truth, and counts them.

    The erring one says the contrary in one of twenty answers and is unsure in one of ten. Every question is a draw of
    its own that follows from seed, case and presence; asked again, the same presence gets an independent draw.
    """

    def __init__(self, reviewer: Reviewer, truth: frozenset[str], seed: int, case_id: str) -> None:
        self._reviewer, self._truth, self._seed, self._case_id = reviewer, truth, seed, case_id
        self._asked: Counter[str] = Counter()
        self._compared: Counter[str] = Counter()
        self.shown = 0  # presences, with every question

    @property
    def questions(self) -> int:
        """How many were asked."""
        return self._asked.total()

    def __call__(self, presence_id: str) -> Answer:
        """Whether this presence is the index case, as far as the reviewer can tell."""
        self._asked[presence_id] += 1
        self.shown += 1
        right = Answer.YES if presence_id in self._truth else Answer.NO
        if self._reviewer is Reviewer.ORACLE:
            return right
        drawn = _draw(self._seed, self._case_id, presence_id, self._asked[presence_id])
        if drawn < UNSURE:
            return Answer.UNSURE
        wrong = Answer.NO if right is Answer.YES else Answer.YES
        return wrong if drawn < UNSURE + WRONG else right

    def look(self, presence_id: str, along: Sequence[str]) -> tuple[Answer, tuple[str, ...]]:
        """An answer to one question about a walk, and for which of those shown along it holds, too. Whoever errs about
        the one asked about errs about all pictures of the same walker; each picture of somebody else is told from
        theirs, and each of theirs kept, as rightly as single questions are answered.
        """
        self.shown += len(along)
        mine = presence_id in self._truth
        return self(presence_id), tuple(each for each in along if self._keeps(each, mine))

    def _keeps(self, presence_id: str, mine: bool) -> bool:
        same = (presence_id in self._truth) == mine
        if self._reviewer is Reviewer.ORACLE:
            return same
        self._compared[presence_id] += 1
        drawn = _draw(self._seed, self._case_id, "along", presence_id, self._compared[presence_id])
        return drawn >= UNSURE and same != (drawn < UNSURE + WRONG)


def _draw(*parts: object) -> float:
    return int(stable_id("review", *parts)[:13], 16) / 16**13
