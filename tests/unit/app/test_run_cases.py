"""Several cases at once: fair, urgent ones first, stopped without loss, and none disturbs another."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casetrail.app.fair_queue import FairQueue
from casetrail.app.run_cases import MOST_AT_ONCE, CaseProgress, Priority, RunState, Stop, run_cases
from casetrail.model.errors import RefusedError, UsageError


@dataclass
class Clock:
    """Time that passes only when a case works."""

    now: float = 0.0

    def __call__(self) -> float:
        """The seconds so far."""
        return self.now


@dataclass
class MadeCase:
    """A case of so many steps that each take so long; `stored` are the steps that were finished."""

    case_id: str
    clock: Clock
    steps: int = 5
    takes_s: float = 1.0
    priority: Priority = Priority.NORMAL
    before: Callable[[int], None] = lambda _: None
    stored: list[int] = field(default_factory=list)
    left: int = 0

    def step(self) -> bool:
        """Let time pass, and store."""
        self.before(len(self.stored))
        self.clock.now += self.takes_s
        self.stored.append(len(self.stored))
        return len(self.stored) < self.steps

    def close(self) -> None:
        """Count that it was left."""
        self.left += 1


def ended(told: Sequence[CaseProgress]) -> dict[str, float]:
    """When each case ended."""
    return {each.case_id: each.ended_s or 0.0 for each in told}


def small_cases(clock: Clock, count: int = 9) -> list[MadeCase]:
    """Cases of five steps."""
    return [MadeCase(f"small-{number}", clock) for number in range(count)]


def test_heavy_case_starves_nobody() -> None:
    """Beside a case of a hundred steps, nine of five end hardly later than without it."""
    alone, beside = Clock(), Clock()
    without = max(ended(run_cases(small_cases(alone), now_s=alone)).values())
    heavy = MadeCase("heavy", beside, steps=100)
    told = ended(run_cases([heavy, *small_cases(beside)], now_s=beside))
    assert max(when for name, when in told.items() if name != "heavy") <= 1.25 * without
    assert told["heavy"] == 145


def test_long_steps_count_as_what_they_take() -> None:
    """A case whose steps take ten times as long gets a tenth as many turns."""
    clock = Clock()
    order: list[str] = []
    slow = MadeCase("slow", clock, 50, takes_s=10.0, before=lambda _: order.append("slow"))
    quick = MadeCase("quick", clock, 50, before=lambda _: order.append("quick"))
    run_cases([slow, quick], now_s=clock)
    assert 5 <= order[: order.index("quick") + 50].count("slow") <= 7


def test_urgent_case_comes_first() -> None:
    """An urgent case gets nearly all of the machine, and the others still get something."""
    clock = Clock()
    cases = small_cases(clock, 3)
    urgent = MadeCase("urgent", clock, 32, priority=Priority.URGENT)
    low = MadeCase("low", clock, 32, priority=Priority.LOW)
    told = ended(run_cases([low, *cases, urgent], now_s=clock))
    assert urgent.stored
    assert told["urgent"] <= 32 * 2
    assert told["low"] == max(told.values())


def test_at_most_ten_are_open() -> None:
    """The eleventh case begins when another has ended; urgent ones do not wait for that."""
    clock, begun, seen = Clock(), list[str](), list[int]()

    def watch(told: Sequence[CaseProgress]) -> None:
        seen.append(sum(each.state is RunState.RUNNING for each in told))

    cases = small_cases(clock, 13)
    for case in cases:
        case.before = lambda _, name=case.case_id: begun.append(name) if name not in begun else None  # type: ignore[misc]
    cases[12].priority = Priority.URGENT
    told = run_cases(cases, now_s=clock, on_progress=watch)
    assert {each.state for each in told} == {RunState.DONE}
    assert max(seen) == MOST_AT_ONCE
    assert begun[0] == "small-12"


def test_stopping_one_case_keeps_what_it_stored() -> None:
    """A case that is stopped ends after its step in hand; the others are finished."""
    clock, stop = Clock(), Stop()
    first, other = small_cases(clock, 2)
    first.before = lambda step: stop.stop(first.case_id) if step == 2 else None
    told = run_cases([first, other], stop=stop, now_s=clock)
    assert [each.state for each in told] == [RunState.STOPPED, RunState.DONE]
    assert first.stored == [0, 1, 2]
    first.before = lambda _: None
    assert run_cases([first], now_s=clock)[0].state is RunState.DONE
    assert first.stored == [0, 1, 2, 3, 4]


def test_interruption_finishes_the_step_in_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C stops every case after the step in hand, which is stored; those that wait never begin."""
    import casetrail.app.run_cases as module

    whole, calls = module.wait, [0]

    def interrupted(*given: object, **more: object) -> object:
        calls[0] += 1
        if calls[0] == 3:
            raise KeyboardInterrupt
        return whole(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "wait", interrupted)
    clock = Clock()
    cases = small_cases(clock, 12)
    told = run_cases(cases, now_s=clock)
    assert {each.state for each in told} == {RunState.STOPPED}
    assert {case.left for case in cases} == {1}
    assert sum(len(case.stored) for case in cases) == sum(each.steps for each in told) == 3


def test_case_that_fails_stops_only_itself() -> None:
    """A refusal is told in its own line, a bug by its kind and place and never by its text; the others go on."""
    clock = Clock()
    refused, buggy, whole = small_cases(clock, 3)

    def refuse(_step: int) -> None:
        raise RefusedError("the case is suspended", where="case C-1")

    def break_down(step: int) -> None:
        raise ValueError("somebody's name")

    refused.before, buggy.before = refuse, break_down
    told = run_cases([refused, buggy, whole], now_s=clock)
    assert [each.state for each in told] == [RunState.FAILED, RunState.FAILED, RunState.DONE]
    assert told[0].failure == "case C-1: the case is suspended"
    assert "ValueError" in told[1].failure
    assert "name" not in told[1].failure


def test_two_workers_never_step_one_case_twice_at_once() -> None:
    """With two workers two cases work at the same time, and never one case in two threads."""
    clock, both, inside = Clock(), threading.Barrier(2, timeout=20), dict[str, int]()
    overlaps = list[str]()

    def enter(name: str, step: int) -> None:
        inside[name] = inside.get(name, 0) + 1
        if inside[name] > 1:
            overlaps.append(name)
        if step == 0:
            both.wait()
        inside[name] -= 1

    cases = small_cases(clock, 2)
    for case in cases:
        case.before = lambda step, name=case.case_id: enter(name, step)  # type: ignore[misc]
    told = run_cases(cases, workers=2, now_s=clock)
    assert {each.state for each in told} == {RunState.DONE}
    assert overlaps == []


def test_a_case_is_given_once() -> None:
    """The same case twice, and no worker, are refused."""
    clock = Clock()
    with pytest.raises(UsageError):
        run_cases([MadeCase("C-1", clock), MadeCase("C-1", clock)])
    with pytest.raises(UsageError):
        run_cases([MadeCase("C-1", clock)], workers=0)
    assert run_cases([]) == ()


@given(st.lists(st.tuples(st.sampled_from([1.0, 4.0, 16.0]), st.floats(0.1, 5.0)), min_size=2, max_size=6))
def test_shares_follow_weights(parties: list[tuple[float, float]]) -> None:
    """While all have something to do, what each had differs from its share by one of its steps at most."""
    queue, had = FairQueue(), [0.0] * len(parties)
    for number, (weight, _) in enumerate(parties):
        queue.add(str(number), weight)
    for _ in range(400):
        number = int(queue.take() or 0)
        queue.give_back(str(number), parties[number][1])
        had[number] += parties[number][1]
    levels = [spent / weight for spent, (weight, _) in zip(had, parties, strict=True)]
    assert max(levels) - min(levels) <= max(cost / weight for weight, cost in parties) + 1e-6


def test_latecomer_starts_where_the_others_are() -> None:
    """A party that comes late neither waits for what it missed nor makes up for it."""
    queue = FairQueue()
    queue.add("early", 1.0)
    for _ in range(50):
        queue.give_back(queue.take() or "", 1.0)
    queue.add("late", 1.0)
    turns = []
    for _ in range(10):
        turns.append(queue.take() or "")
        queue.give_back(turns[-1], 1.0)
    assert turns.count("late") == 5
