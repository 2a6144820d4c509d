"""Working on two cores at once: what comes next is made while what came last is used."""

from collections.abc import Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from queue import Full, Queue
from threading import Event
from typing import TypeVar

Item = TypeVar("Item")

_PATIENCE_S = 0.1


def read_ahead(items: Iterable[Item], most: int = 4) -> Generator[Item, None, None]:
    """The same items in the same order, made in a thread of their own, up to `most` ahead of whoever takes them.

    An error in making them, an interrupt too, comes up where they are taken. Whoever stops early ends the thread.
    Decoding, inference and encoding release the interpreter, so two threads use two cores.
    """
    queue: Queue[tuple[Item, ...]] = Queue(most)
    stop = Event()
    with ThreadPoolExecutor(1, "read-ahead") as pool:
        made = pool.submit(_make, items, queue, stop)
        try:
            while batch := queue.get():
                yield from batch
            made.result()
        finally:
            stop.set()


def _make(items: Iterable[Item], queue: Queue[tuple[Item, ...]], stop: Event) -> None:
    try:
        for item in items:
            if not _put(queue, (item,), stop):
                return
    finally:
        close = getattr(items, "close", None)
        if close is not None:
            close()
        _put(queue, (), stop)  # the end


def _put(queue: Queue[tuple[Item, ...]], batch: tuple[Item, ...], stop: Event) -> bool:
    """Whether it could be handed over before the taker stopped."""
    while not stop.is_set():
        try:
            queue.put(batch, timeout=_PATIENCE_S)
        except Full:
            continue
        return True
    return False
