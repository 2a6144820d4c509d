"""The gate of a case in a city: how far it reaches, and when walks have led to its edge."""

from itertools import pairwise

import numpy as np
import pytest

from casetrail.app.case_records import write_answers
from casetrail.app.city_search import CityGate, open_city_gate, outgrown, read_city
from casetrail.app.trace_work import Known, read_known
from casetrail.governance.audit import AuditEvent
from casetrail.model.arrays import Doubles
from casetrail.testing.small_city import CityPlan
from casetrail.testing.small_office import ACTOR, CASE_ID, SmallOffice, open_small_office
from casetrail.trace.case_trace import Answer, Reviewed

LARGE = CityPlan(side=11, people=60, hours=0.6, seed=7)


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> SmallOffice:
    """A city in which a gate reaches no farther than it has to: memory allows no more."""
    monkeypatch.setattr("casetrail.app.city_search.MOST_CELLS_TICKS", 1)
    monkeypatch.setattr("casetrail.app.city_search.NEAREST_M", 250.0)
    monkeypatch.setattr("casetrail.app.city_search.AROUND_M", 100.0)
    monkeypatch.setattr("casetrail.app.city_search.PAST_END_M", 0.0)
    return open_small_office(LARGE, anchors=[])


def walk_of_the_person(office: SmallOffice) -> list[str]:
    """The index case's presences in order of time."""
    return sorted(office.city.truth, key=lambda each: office.city.descriptions[each].interval)


def confirm(office: SmallOffice, *presence_ids: str) -> Known:
    """What is known once these, and nobody else, are in the vault and confirmed."""
    mine = [each for each in office.city.presences if each.presence_id in presence_ids]
    office.ports.open_presences(mine, [], 1)
    answers = [Reviewed(each, Answer.YES, ACTOR.actor_id, 1 + at) for at, each in enumerate(presence_ids)]
    write_answers(office.ports.case.vault, CASE_ID, answers, audit=AuditEvent(ACTOR, "test.setup", CASE_ID))
    return read_known(office.ports.case, CASE_ID)


def open_gate(office: SmallOffice, known: Known) -> CityGate:
    """The gate around what is known."""
    return open_city_gate(office.ports, read_city(office.ports.catalogue), known, ACTOR)


def spot_m(gate: CityGate, office: SmallOffice, presence_id: str) -> Doubles:
    """Where somebody was seen, `(2,)`."""
    topology = gate.city.topology
    camera_id = office.city.descriptions[presence_id].camera_id
    return np.asarray(topology.points_m[topology.place_of[camera_id]].mean(axis=0))


def test_a_walk_at_the_edge_of_its_gate_has_outgrown_it(office: SmallOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """As soon as part of what is around a confirmed sighting lies outside, however small a part of the gate it is."""
    monkeypatch.setattr("casetrail.app.city_search.STILL_INSIDE", 0.0)
    first, *others = walk_of_the_person(office)
    gate = open_gate(office, confirm(office, first))
    spots = {each: spot_m(gate, office, each) for each in (first, *others)}
    near = min(others, key=lambda each: float(np.linalg.norm(spots[each] - spots[first])))
    far = max(others, key=lambda each: float(np.linalg.norm(spots[each] - spots[first])))
    assert np.linalg.norm(spots[near] - spots[first]) < 150
    assert np.linalg.norm(spots[far] - spots[first]) > 250
    assert not outgrown(gate, confirm(office, first, near))
    assert outgrown(gate, confirm(office, first, near, far))


def test_a_gate_reaches_farther_past_the_ends_of_walks(office: SmallOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows where the person went on from there; between two sightings soon after each other they had no time
    to be so far away.
    """
    names = walk_of_the_person(office)
    known = confirm(office, *names)
    seen = [office.city.descriptions[each].interval for each in names]
    pauses = [at for at, (one, next_one) in enumerate(pairwise(seen)) if next_one.start_us - one.end_us > 600e6]
    assert len(pauses) == 1
    ends = [names[0], names[pauses[0]], names[pauses[0] + 1], names[-1]]
    usual = open_gate(office, known)
    monkeypatch.setattr("casetrail.app.city_search.PAST_END_M", 150.0)
    farther = open_gate(office, known)
    added = np.setdiff1d(farther.search.inside, usual.search.inside)
    assert np.isin(usual.search.inside, farther.search.inside).all()
    assert len(added) > 20
    from_ends_m = [farther.city.streets.cells.apart_m(spot_m(farther, office, each))[added] for each in ends]
    assert np.min(from_ends_m, axis=0).max() <= 250 + 150 + 1
