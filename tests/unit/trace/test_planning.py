"""What a search opens and asks next."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from casetrail.trace.case_trace import Answer
from casetrail.trace.planning import ask_levels, choose_again, choose_beyond, choose_position, choose_unopened, promise


def searching(
    probability: list[float], trails: list[int] | None = None, answers: dict[int, list[Answer]] | None = None
) -> Any:
    """As much of a search as planning looks at: presences 0, 1, ... are opened, the next three are not."""
    count = len(probability)
    given = answers or {}
    worth = {row: sum((a is Answer.YES) - (a is Answer.NO) for a in each) * 2.8 for row, each in given.items()}
    of = np.arange(count) if trails is None else np.array(trails)
    return SimpleNamespace(
        opened=np.arange(count),
        standing=SimpleNamespace(
            probability=np.array(probability), share=np.array([0.0] * count + [1e-2, 1e-6, 5e-3], np.float32)
        ),
        spans=SimpleNamespace(views=np.full(count + 3, 5)),
        answers=given,
        said=lambda row: worth.get(row, 0.0),
        said_each=np.array([worth.get(row, 0.0) for row in range(count)]),
        views_each=np.ones(count, np.int64),
        along=lambda at: np.flatnonzero(of == of[at]),
        beyond=lambda at, _most: np.array([100 + at, 200 + at]),
        seeded=True,
    )


def test_the_likeliest_unopened_come_first_and_hopeless_ones_never() -> None:
    """In order of probability; what is hardly possible is not worth a view."""
    search = searching([0.1, 0.2])
    assert choose_unopened(search, 10).tolist() == [2, 4]
    assert promise(search, np.array([2, 4])) == pytest.approx(0.015)


def test_who_is_neither_sure_nor_hopeless_is_looked_at_again() -> None:
    """The likeliest first, nobody twice as often as there are views."""
    assert choose_again(searching([0.01, 0.3, 0.6, 0.99]), 5).tolist() == [2, 1]


def test_a_trail_is_worth_more_than_a_single_presence() -> None:
    """Of two as likely, the one whose way holds more is asked about."""
    search = searching([0.31, 0.3, 0.3, 0.3], [0, 1, 1, 1])
    assert choose_position(search, 0.1, 0.2) in (1, 2, 3)
    assert choose_position(searching([0.31, 0.1]), 0.1, 0.2) == 0


def test_nothing_unlikely_or_worthless_is_asked_about() -> None:
    """Below the levels there is no question."""
    assert choose_position(searching([0.15]), 0.1, 0.2) is None
    assert choose_position(searching([0.25]), 0.3, 0.2) is None


def test_a_doubtful_yes_is_asked_again_when_nothing_better_is_left() -> None:
    """A confirmation that the rest does not bear out comes after a likely candidate."""
    doubted = {0: [Answer.YES]}
    assert choose_position(searching([0.6, 0.7], answers=doubted), 0.05, 0.2) == 1
    assert choose_position(searching([0.6, 0.1], answers=doubted), 0.05, 0.2) == 0
    assert choose_position(searching([0.95, 0.1], answers=doubted), 0.01, 0.2) is None


def test_many_confirmed_sightings_leave_room_for_questions() -> None:
    """Whoever is sure takes no place among those compared."""
    count = 100
    sure = {row: [Answer.YES] for row in range(count)}
    search = searching([1.0] * count + [0.4], answers=sure)
    assert choose_position(search, 0.1, 0.2) == count
    assert set(choose_beyond(search, 10).tolist()) == {100 + count, 200 + count}


def test_questions_become_dear_once_many_were_in_vain() -> None:
    """What looking further promises is the price; after many questions for few sightings it is higher."""
    assert ask_levels(0.15, 3, 2)[0] == pytest.approx(0.15)
    assert ask_levels(5.0, 3, 2)[0] < 0.5
    assert ask_levels(0.1, 40, 2)[1] > ask_levels(0.1, 3, 2)[1]
