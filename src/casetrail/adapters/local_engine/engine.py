"""The parent's side: hands units to idle workers, notices dead ones, and tries their unit once more."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any, TypeVar

from casetrail.adapters.local_engine.worker import SETUP, Answer, serve
from casetrail.app.engine import Done
from casetrail.model.errors import BadInputError, MissingError, UsageError

Unit = TypeVar("Unit")
Result = TypeVar("Result")

MOST_TRIES = 2
MOST_STARTS_WITHOUT_WORK = 3
GRACE_S = 2.0
DIED = "the worker died twice on this unit (killed, or out of memory)"


class LocalEngine:
    """Runs units on `workers` processes of this machine. Raises UsageError when that is less than one."""

    def __init__(self, workers: int) -> None:
        if workers < 1:
            raise UsageError(f"{workers} workers cannot do anything", todo="ask for at least one")
        self._workers = workers

    def run(
        self,
        work: Callable[[Unit], Result],
        units: Sequence[Unit],
        *,
        setup: Callable[[], None] | None = None,
    ) -> Iterator[Done[Unit, Result]]:
        """Yield units as they end. Raises BadInputError when a worker's setup fails."""
        if not units:
            return
        crew = _Crew(work, setup, units)
        try:
            crew.start(min(self._workers, len(units)))
            for index, answer in crew.read_answers():
                yield Done(units[index], answer.result, answer.failure)
        finally:
            crew.stop()


class _Worker:
    """A process and the unit it has in hand (None while it is idle or starting)."""

    def __init__(self, work: Callable[[Any], Any], setup: Callable[[], None] | None) -> None:
        context = get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.in_hand: int | None = None
        self.ready = False
        self.process: SpawnProcess = context.Process(target=serve, args=(theirs, work, setup), daemon=True)
        self.process.start()
        theirs.close()

    def stop(self) -> None:
        """End the process, by force if need be."""
        self.pipe.close()
        self.process.terminate()
        self.process.join(GRACE_S)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


class _Crew:
    def __init__(self, work: Callable[[Any], Any], setup: Callable[[], None] | None, units: Sequence[Any]) -> None:
        self._work, self._setup, self._units = work, setup, units
        self._waiting = deque(range(len(units)))
        self._tries = [0] * len(units)
        self._workers: list[_Worker] = []
        self._useless_starts = 0

    def start(self, count: int) -> None:
        self._workers += [_Worker(self._work, self._setup) for _ in range(count)]

    def stop(self) -> None:
        for worker in self._workers:
            worker.stop()
        self._workers = []

    def read_answers(self) -> Iterator[tuple[int, Answer]]:
        """Index and answer of every unit, as they end."""
        left = len(self._units)
        while left:
            for worker in self._ready_workers():
                ended = self._listen(worker)
                if ended is not None:
                    left -= 1
                    yield ended

    def _ready_workers(self) -> list[_Worker]:
        by_pipe: dict[Any, _Worker] = {worker.pipe: worker for worker in self._workers}
        return [by_pipe[pipe] for pipe in wait(list(by_pipe))]

    def _listen(self, worker: _Worker) -> tuple[int, Answer] | None:
        answer = _receive(worker.pipe)
        if answer is None:
            return self._replace(worker)
        if answer.index == SETUP:
            self._check_setup(answer)
            worker.ready, self._useless_starts = True, 0
        worker.in_hand = None
        self._hand_out(worker)
        return None if answer.index == SETUP else (answer.index, answer)

    def _hand_out(self, worker: _Worker) -> None:
        if not self._waiting:
            return
        index = self._waiting.popleft()
        self._tries[index] += 1
        worker.in_hand = index
        try:
            worker.pipe.send((index, self._units[index]))
        except (BrokenPipeError, ConnectionResetError):
            return  # it died just now: reading from it says so next, and the unit is tried again

    def _replace(self, worker: _Worker) -> tuple[int, Answer] | None:
        """A worker is gone: its unit waits again, or has ended; another worker takes its place."""
        lost = worker.in_hand
        self._workers.remove(worker)
        worker.stop()
        self._count_useless(worker)
        ended = None
        if lost is not None and self._tries[lost] >= MOST_TRIES:
            ended = lost, Answer(lost, failure=DIED)
        elif lost is not None:
            self._waiting.appendleft(lost)
        if self._waiting:
            self.start(1)
        return ended

    def _count_useless(self, worker: _Worker) -> None:
        self._useless_starts += not worker.ready
        if self._useless_starts >= MOST_STARTS_WITHOUT_WORK:
            todo = "look at the free memory of this machine, or ask for fewer workers"
            raise MissingError("worker processes end before they can start working", todo=todo)

    @staticmethod
    def _check_setup(answer: Answer) -> None:
        if answer.failure:
            raise BadInputError(f"a worker could not be set up: {answer.failure}")


def _receive(pipe: Connection) -> Answer | None:
    try:
        answer: Answer = pipe.recv()
    except (EOFError, OSError):
        return None
    return answer
