"""What a search opens and asks next."""

from types import SimpleNamespace
from typing import Any

import numpy as np

from casetrail.trace.answers import Answers
from casetrail.trace.case_trace import Answer
from casetrail.trace.planning import (
    Levels,
    ask_levels,
    choose_again,
    choose_position,
    choose_unopened,
    walk_of,
)

ANYWHERE = (0.2, 0.2, 0.2)


def searching(
    probability: list[float], trails: list[int] | None = None, answers: dict[int, list[Answer]] | None = None
) -> Any:
    """As much of a search as planning looks at: presences 0, 1, ... are opened, the next three are not."""
    count = len(probability)
    told = Answers()
    for row, each in (answers or {}).items():
        for answer in each:
            told.say(row, answer)
    of = np.arange(count) if trails is None else np.array(trails)
    return SimpleNamespace(
        opened=np.arange(count),
        standing=SimpleNamespace(
            probability=np.array(probability), share=np.array([0.0] * count + [1e-2, 1e-6, 5e-3], np.float32)
        ),
        spans=SimpleNamespace(views=np.full(count + 3, 5)),
        answers=told,
        tick=np.arange(count + 3),
        ticks=count + 3,
        said_each=np.array([told.worth(row) for row in range(count)]),
        looks=SimpleNamespace(views=np.ones(count, np.int64)),
        along=lambda at: np.flatnonzero(of == of[at]),
    )


def test_the_likeliest_unopened_come_first_and_hopeless_ones_never() -> None:
    """In order of probability; what is hardly possible is not worth a view."""
    search = searching([0.1, 0.2])
    assert choose_unopened(search, 10).tolist() == [2, 4]


def test_who_is_neither_sure_nor_hopeless_is_looked_at_again() -> None:
    """The likeliest first, nobody twice as often as there are views."""
    assert choose_again(searching([0.01, 0.3, 0.6, 0.99]), 5).tolist() == [2, 1]


def test_a_trail_is_worth_more_than_a_single_presence() -> None:
    """Of two as likely, the one whose way holds more is asked about."""
    search = searching([0.31, 0.3, 0.3, 0.3], [0, 1, 1, 1])
    assert choose_position(search, Levels(0.1, ANYWHERE)) in (1, 2, 3)
    assert choose_position(searching([0.31, 0.1]), Levels(0.1, ANYWHERE)) == 0


def test_nothing_unlikely_or_worthless_is_asked_about() -> None:
    """Below the levels there is no question."""
    assert choose_position(searching([0.15]), Levels(0.1, ANYWHERE)) is None
    between = searching([0.25, 1.0], answers={1: [Answer.YES] * 3})
    between.tick = np.zeros(5, np.int64)  # at the very time of somebody known, where nothing else is left to find
    assert choose_position(between, Levels(0.3, ANYWHERE)) is None
    assert choose_position(between, Levels(0.2, ANYWHERE)) == 0


def test_a_doubtful_yes_is_asked_again_when_nothing_better_is_left() -> None:
    """A confirmation that the rest does not bear out comes after a likely candidate."""
    doubted = {0: [Answer.YES]}
    search = searching([0.6, 0.7, 1.0], answers=doubted | {2: [Answer.YES] * 3})
    assert choose_position(search, Levels(0.05, ANYWHERE)) == 0  # so near that one look shows both
    search.tick = np.array([0, 90, 0, 0, 0, 0])
    assert choose_position(search, Levels(0.05, ANYWHERE)) == 1
    assert choose_position(searching([0.6, 0.1], answers=doubted), Levels(0.05, ANYWHERE)) == 0
    assert choose_position(searching([0.95, 0.1], answers=doubted), Levels(0.01, ANYWHERE)) is None


def test_many_confirmed_sightings_leave_room_for_questions() -> None:
    """Whoever is sure takes no place among those compared."""
    count = 100
    sure = {row: [Answer.YES] for row in range(count)}
    search = searching([1.0] * count + [0.4], answers=sure)
    assert choose_position(search, Levels(0.1, ANYWHERE)) == count


def test_questions_become_dear_once_many_were_in_vain() -> None:
    """After many questions for few sightings, one has to be worth more and to be about somebody likelier."""
    usual, spent = ask_levels(3, 2), ask_levels(40, 2)
    assert spent.worth > usual.worth
    assert spent.probability > usual.probability


def test_a_walk_is_shown_without_those_answered_or_far_off_in_time() -> None:
    """The nearest in time first; who was answered, is hardly likely or passed much later is not shown along."""
    search = searching([0.3, 0.3, 0.3, 0.01, 0.3, 0.3], [0, 0, 0, 0, 0, 1], answers={1: [Answer.NO]})
    assert walk_of(search, 0).tolist() == [2, 4]
    search.tick = np.array([0, 1, 2, 3, 400, 5, 6, 7, 8])
    assert walk_of(search, 0).tolist() == [2]


def test_whoever_is_likely_at_the_time_is_shown_along_whatever_trail_they_are_on() -> None:
    """A confirmed sighting ends a trail; what follows it is the same walker all the same."""
    search = searching([0.8, 1.0, 0.7, 0.2], [0, 1, 2, 3], answers={1: [Answer.YES] * 3})
    assert walk_of(search, 0).tolist() == [2]


def test_a_walk_at_an_unknown_time_is_worth_more_than_one_beside_what_is_known() -> None:
    """What it leads to counts: of two as likely, the one hours from everything confirmed is asked about."""
    search = searching([1.0, 0.3, 0.3], answers={0: [Answer.YES] * 3})
    search.tick, search.ticks = np.array([0, 2, 900, 0, 0, 0]), 1000
    assert choose_position(search, Levels(0.1, ANYWHERE)) == 2


def test_one_wrong_no_does_not_lose_a_whole_walk() -> None:
    """Whom it covered may be asked about, and is shown along, once everything else contradicts it."""
    search = searching([0.8, 0.7, 0.6, 0.02], [0, 0, 0, 0], answers={0: [Answer.NO]})
    for row in (1, 2, 3):
        search.answers.cover(row, Answer.NO, 0)
    search.said_each = np.array([search.answers.worth(row) for row in range(4)])
    assert (search.said_each < 0).all()
    assert choose_position(search, ask_levels(0, 2)) == 1
    assert walk_of(search, 1).tolist() == [2]
    search.answers.say(1, Answer.NO)
    assert choose_position(search, ask_levels(0, 2)) == 2


def test_who_goes_on_from_what_is_known_may_be_unlikely_who_lies_within_it_not() -> None:
    """Between two confirmed sightings little is left to find; past the last of them a whole way may hang on it."""
    both = {0: [Answer.YES] * 3, 1: [Answer.YES] * 3}
    search = searching([1.0, 1.0, 0.15], answers=both)
    search.tick, search.ticks = np.array([0, 8, 4, 0, 0, 0]), 1000
    assert choose_position(search, ask_levels(0, 2)) is None
    search.tick = np.array([0, 8, 12, 0, 0, 0])
    assert choose_position(search, ask_levels(0, 2)) == 2
    for probability, asked in ((0.14, 2), (0.12, None)):  # of a time of which nothing is known
        search = searching([1.0, 1.0, probability], answers=both)
        search.tick, search.ticks = np.array([0, 8, 900, 0, 0, 0]), 1000
        assert choose_position(search, ask_levels(0, 2)) == asked
