"""Reading ahead changes nothing but when things are made."""

import threading
from collections.abc import Iterator

import pytest

from casetrail.app.read_ahead import read_ahead


def test_the_same_items_in_the_same_order() -> None:
    """More than fit into the queue, and none at all."""
    assert list(read_ahead(range(50), most=3)) == list(range(50))
    assert list(read_ahead([])) == []


def test_nothing_is_made_before_it_is_wanted() -> None:
    """Without a taker there is no thread; with one, only a few items are made ahead."""
    made = []

    def items() -> Iterator[int]:
        for number in range(100):
            made.append(number)
            yield number

    ahead = read_ahead(items(), most=2)
    assert made == []
    next(ahead)
    ahead.close()
    assert len(made) <= 5


def test_an_error_comes_up_where_items_are_taken() -> None:
    """What was made before it comes first; an interrupt passes too."""

    def items() -> Iterator[int]:
        yield 1
        raise KeyboardInterrupt

    ahead = read_ahead(items())
    assert next(ahead) == 1
    with pytest.raises(KeyboardInterrupt):
        next(ahead)


def test_whoever_stops_early_ends_the_thread() -> None:
    """And what made the items is closed in the thread that used it."""
    closed = []

    def items() -> Iterator[int]:
        try:
            yield from range(1000)
        finally:
            closed.append(threading.current_thread().name)

    before = threading.active_count()
    ahead = read_ahead(items())
    assert next(ahead) == 0
    ahead.close()
    assert threading.active_count() == before
    assert closed
    assert closed[0].startswith("read-ahead")
