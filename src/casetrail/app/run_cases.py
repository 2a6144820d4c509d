"""Use case: several cases at once, sharing this machine fairly and by priority.

Work is handed out in steps (one batch of presences described, what follows inferred and stored). The next step goes
to the case that had least of the machine's time for its weight (start-time fair queueing: Goyal, Vin and Cheng,
SIGCOMM 1996), so a case with much to do cannot starve the others, and an urgent one waits for hardly anybody. A case
is stored after every step: stopping loses nothing, and running again goes on.
"""

import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Protocol

from casetrail.app.fair_queue import FairQueue
from casetrail.model.errors import CasetrailError, UsageError

MOST_AT_ONCE = 10  # cases that are open at the same time; more wait their turn


class Priority(IntEnum):
    """How much of the machine a case gets beside others: its weight."""

    LOW = 1
    NORMAL = 4
    URGENT = 16


class RunState(StrEnum):
    """Where a case stands in a run."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


class CaseWork(Protocol):
    """The work of one case, in steps that are stored one by one. Opened by its first step; never in two threads."""

    @property
    def case_id(self) -> str:
        """The case."""

    @property
    def priority(self) -> Priority:
        """How much of the machine it gets."""

    def step(self) -> bool:
        """Do and store the next step; says whether more is to be done. Raises CasetrailError when it cannot go on."""

    def close(self) -> None:
        """Leave the case as it is stored; called once no step of it follows."""


@dataclass(frozen=True)
class CaseProgress:
    """Where a case stands: steps done, seconds that they took, seconds since the run began when it ended."""

    case_id: str
    priority: Priority
    state: RunState = RunState.WAITING
    steps: int = 0
    worked_s: float = 0.0
    ended_s: float | None = None
    failure: str = ""


OnProgress = Callable[[Sequence[CaseProgress]], None]


def unseen(_so_far: Sequence[CaseProgress]) -> None:
    """Progress that nobody watches."""


class Stop:
    """Asks a run to stop, wholly or for one case; the step in hand is finished and stored first."""

    def __init__(self) -> None:
        self._all, self._cases = False, set[str]()

    def stop(self, case_id: str | None = None) -> None:
        """Stop one case, or everything."""
        if case_id is None:
            self._all = True
        else:
            self._cases.add(case_id)

    def asked(self, case_id: str) -> bool:
        """Whether a case is to stop."""
        return self._all or case_id in self._cases


def run_cases(
    works: Sequence[CaseWork],
    *,
    workers: int = 1,
    stop: Stop | None = None,
    on_progress: OnProgress = unseen,
    now_s: Callable[[], float] = time.monotonic,
) -> tuple[CaseProgress, ...]:
    """Do the work of every case, at most `MOST_AT_ONCE` of them open at once; returns how each ended, as given.

    `workers`: steps of different cases at the same time. A case that cannot go on ends with its reason; the others
    go on. Ctrl-C finishes and stores the steps in hand and ends as if `stop` had asked. Raises UsageError without a
    worker, or when a case is given twice.
    """
    ids = [work.case_id for work in works]
    if workers < 1 or len(set(ids)) < len(ids):
        raise UsageError("several cases need at least one worker, and each case once", todo="name each case once")
    run = _Run(works, stop or Stop(), on_progress, now_s)
    with ThreadPoolExecutor(workers, thread_name_prefix="case") as pool:
        run.go(pool, workers)
    return run.progress


@dataclass
class _Run:
    works: Sequence[CaseWork]
    stop: Stop
    on_progress: OnProgress
    now_s: Callable[[], float]
    in_hand: dict[Future[tuple[bool, float]], str] = field(default_factory=dict)
    queue: FairQueue = field(default_factory=FairQueue)

    def __post_init__(self) -> None:
        self.began_s = self.now_s()
        self.by_id = {work.case_id: work for work in self.works}
        self.told = {work.case_id: CaseProgress(work.case_id, work.priority) for work in self.works}
        self.waiting = sorted(self.by_id, key=lambda case_id: -self.by_id[case_id].priority)

    @property
    def progress(self) -> tuple[CaseProgress, ...]:
        return tuple(self.told.values())

    def go(self, pool: ThreadPoolExecutor, workers: int) -> None:
        """Hand out steps until nothing is left."""
        while True:
            self._end_stopped()
            self._admit()
            while len(self.in_hand) < workers and (case_id := self.queue.take()) is not None:
                self.in_hand[pool.submit(self._step, case_id)] = case_id
            self.on_progress(self.progress)
            if not self.in_hand:
                return
            self._await()

    def _await(self) -> None:
        try:
            done, _ = wait(self.in_hand, return_when=FIRST_COMPLETED)
        except KeyboardInterrupt:
            self.stop.stop()
            done, _ = wait(self.in_hand)
        for future in done:
            self._take_back(future, self.in_hand.pop(future))

    def _admit(self) -> None:
        open_now = sum(each.state is RunState.RUNNING for each in self.told.values())
        while self.waiting and open_now < MOST_AT_ONCE:
            case_id = self.waiting.pop(0)
            self.queue.add(case_id, float(self.by_id[case_id].priority))
            self.told[case_id] = replace(self.told[case_id], state=RunState.RUNNING)
            open_now += 1

    def _end_stopped(self) -> None:
        for case_id, each in self.told.items():
            if each.ended_s is None and self.stop.asked(case_id) and case_id not in self.in_hand.values():
                self._end(case_id, RunState.STOPPED)

    def _step(self, case_id: str) -> tuple[bool, float]:
        started_s = self.now_s()
        more = self.by_id[case_id].step()
        return more, self.now_s() - started_s

    def _take_back(self, future: Future[tuple[bool, float]], case_id: str) -> None:
        error = future.exception()
        if error is not None:
            self._end(case_id, RunState.FAILED, _describe(error))
            return
        more, seconds = future.result()
        told = self.told[case_id]
        self.told[case_id] = replace(told, steps=told.steps + 1, worked_s=told.worked_s + seconds)
        self.queue.give_back(case_id, seconds)
        if not more:
            self._end(case_id, RunState.DONE)

    def _end(self, case_id: str, state: RunState, failure: str = "") -> None:
        self.queue.remove(case_id)
        self.by_id[case_id].close()
        if case_id in self.waiting:
            self.waiting.remove(case_id)
        ended_s = self.now_s() - self.began_s
        self.told[case_id] = replace(self.told[case_id], state=state, ended_s=ended_s, failure=failure)


def _describe(error: BaseException) -> str:
    """One line: of an error on purpose its text, of a bug its kind and place only, for its text may name somebody."""
    if isinstance(error, CasetrailError):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "an unknown place"
    return f"{place}: unexpected {type(error).__name__}; please report this bug"
