"""An office on a small city: one authorised case, ports that remember what was opened, and nothing on disk."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from casetrail.app.case_ports import CasePorts
from casetrail.app.case_records import CaseFile, write_anchors, write_case_file, write_sightings
from casetrail.app.trace_work import TracePorts
from casetrail.governance.audit import Actor, AuditEvent, Role
from casetrail.governance.case_store import CaseEntry
from casetrail.governance.cases import Case, CaseState, LegalBasis, Scope
from casetrail.presence.presences import Presence
from casetrail.sightings.sightings import Sighting
from casetrail.testing.fake_audit_log import FakeAuditLog
from casetrail.testing.fake_case_store import FakeCaseStore
from casetrail.testing.fake_catalogue import FakeCatalogue
from casetrail.testing.fake_gate import FakeGate
from casetrail.testing.fake_vault import FakeVault
from casetrail.testing.small_city import CALIBRATION, CityPlan, SmallCity, SmallIndex, build_small_city
from casetrail.trace.anchors import Anchor
from casetrail.trace.case_trace import Answer, Question

ACTOR = Actor("reviewer-1", Role.INVESTIGATOR)
CASE_ID = "C-TEST-CASE"
_SETUP = AuditEvent(ACTOR, "test.setup", CASE_ID)


@dataclass(frozen=True)
class SmallOffice:
    """A small city with a case in it. `batches`: presences opened, in order; `index.read`: presences looked up."""

    city: SmallCity
    ports: TracePorts
    index: SmallIndex
    log: FakeAuditLog
    batches: list[list[str]]

    def truthful(self, question: Question) -> Answer:
        """What a reviewer who never errs says."""
        return self.city.answer(question.presence_id)


def open_small_office(
    plan: CityPlan,
    *,
    views: int = 5000,
    cameras: frozenset[str] = frozenset(),
    state: CaseState = CaseState.AUTHORISED,
    anchors: Sequence[Anchor] | None = None,
) -> SmallOffice:
    """An office on such a city, with a scope of such views and cameras.

    `anchors`: other evidence; by default a true statement about the middle of the way.
    """
    city, log = build_small_city(plan), FakeAuditLog()
    case = CasePorts(FakeCaseStore(log), FakeVault(log), log, FakeGate(log))
    _open_case(case, city, Scope(city.interval, cameras, views=views), state)
    write_anchors(case.vault, CASE_ID, _statement(city) if anchors is None else anchors, audit=_SETUP)
    catalogue = FakeCatalogue(log)
    catalogue.add_cameras(city.cameras, audit=_SETUP)
    index, batches, ticks = SmallIndex(city.presences), list[list[str]](), count(1)

    def open_presences(
        presences: Sequence[Presence], _reference: Sequence[Presence], _views: int = 1
    ) -> list[Sighting]:
        event = AuditEvent(ACTOR, "presences.open", CASE_ID, {"presences": len(presences)})
        batches.append([presence.presence_id for presence in presences])
        sightings = city.open_presences(presences)
        write_sightings(case.vault, CASE_ID, sightings, audit=event)
        return sightings

    ports = TracePorts(case, index, catalogue, open_presences, CALIBRATION, ("simulated",), lambda: next(ticks))
    return SmallOffice(city, ports, index, log, batches)


def _statement(city: SmallCity) -> list[Anchor]:
    mine = sorted(city.truth, key=lambda presence_id: city.descriptions[presence_id].interval)
    return [city.statement_near(mine[len(mine) // 2])]


def _open_case(ports: CasePorts, city: SmallCity, scope: Scope, state: CaseState) -> None:
    basis = LegalBasis("Health Authority", "DOC-1", "2026-03-02", "IDCPA 18, 76-2(1)")
    case = Case(CASE_ID, state, "influenza", city.interval, basis, scope, 0)
    ports.store.add_case(CaseEntry(CASE_ID, state, 10**18), audit=_SETUP)
    ports.vault.create_case(CASE_ID, audit=_SETUP)
    write_case_file(ports.vault, CaseFile(case, b"salt of a test"), audit=_SETUP)
