"""A trace in steps: the same trace, left and taken up again without describing anybody twice."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from casetrail.app.case_records import read_sightings, read_trace
from casetrail.app.paced_case import PacedCase
from casetrail.app.run_cases import Priority, RunState, Stop, run_cases
from casetrail.app.run_trace import run_trace
from casetrail.governance.cases import CaseState
from casetrail.model.errors import RefusedError
from casetrail.testing.small_city import CityPlan
from casetrail.testing.small_office import ACTOR, CASE_ID, SmallOffice, open_small_office

PLAN = CityPlan(side=3, people=12, hours=0.4, seed=5)


def paced(office: SmallOffice, batch: int = 10) -> PacedCase:
    """The office's case in small steps."""
    return PacedCase(CASE_ID, Priority.NORMAL, lambda: office.ports, ACTOR, batch)


def test_paced_trace_is_the_same() -> None:
    """In steps of ten presences the trace is what it is at once."""
    whole, stepped = open_small_office(PLAN), open_small_office(PLAN)
    case, steps = paced(stepped), 1
    while case.step():
        steps += 1
    assert steps > 3
    assert max(map(len, stepped.batches)) == 10
    assert case.trace == run_trace(whole.ports, CASE_ID, ACTOR)
    case.close()


def test_a_city_is_traced_in_steps() -> None:
    """With many cameras the same steps lead through the search of a city, within the budget of views."""
    office = open_small_office(CityPlan(side=11, people=40, hours=0.4, seed=4), views=60)
    case, steps = paced(office, batch=15), 1
    while case.step():
        steps += 1
    held = read_sightings(office.ports.case.vault, CASE_ID)
    assert steps >= 4
    assert 0 < sum(sighting.views_described for sighting in held.values()) <= 60
    assert read_trace(office.ports.case.vault, CASE_ID) == case.trace


def test_left_and_taken_up_again() -> None:
    """A case that was left keeps what it described; the next run describes the rest, nobody twice."""
    office = open_small_office(PLAN)
    case = paced(office)
    assert case.step()
    assert case.step()
    case.close()
    assert len(read_sightings(office.ports.case.vault, CASE_ID)) == 20
    assert read_trace(office.ports.case.vault, CASE_ID) is None
    again = paced(office)
    while again.step():
        pass
    opened = [presence_id for batch in office.batches for presence_id in batch]
    assert len(opened) == len(set(opened))
    assert read_trace(office.ports.case.vault, CASE_ID) == again.trace


def test_a_case_that_may_not_go_on_says_so() -> None:
    """What the trace refuses comes out of the step, in the thread that asked for it."""
    office = open_small_office(PLAN, state=CaseState.SUSPENDED)
    case = paced(office)
    with pytest.raises(RefusedError):
        case.step()
    case.close()
    assert office.batches == []


@dataclass
class Renamed:
    """The case of an office under a name of its own."""

    case_id: str
    case: PacedCase
    priority: Priority = Priority.NORMAL
    after: Callable[[], None] = lambda: None

    def step(self) -> bool:
        """A step of the case, and then whatever is to happen."""
        more = self.case.step()
        self.after()
        return more

    def close(self) -> None:
        """Leave the case."""
        self.case.close()


def test_two_cases_take_turns() -> None:
    """Two cases run side by side; the one that is stopped keeps what it described, the other is finished."""
    first, second, stop = open_small_office(PLAN), open_small_office(replace(PLAN, seed=6)), Stop()
    cases = [Renamed("A", paced(first)), Renamed("B", paced(second))]
    cases[0].after = lambda: stop.stop("A") if len(first.batches) == 2 else None
    told = run_cases(cases, stop=stop)
    assert [each.state for each in told] == [RunState.STOPPED, RunState.DONE]
    assert len(read_sightings(first.ports.case.vault, CASE_ID)) == 20
    assert read_trace(second.ports.case.vault, CASE_ID) == cases[1].case.trace
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("trace ")]
