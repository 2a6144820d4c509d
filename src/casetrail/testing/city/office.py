"""An office in which one case of a world is traced by the engine that is shipped: real use cases, nothing on disk."""

from collections.abc import Sequence
from itertools import count

from casetrail.app.case_ports import CasePorts
from casetrail.app.case_records import CaseFile, write_anchors, write_answers, write_case_file, write_sightings
from casetrail.app.evaluate.metering import Meter
from casetrail.app.evaluate.world import World, WorldCase
from casetrail.app.trace_session import TraceSession, open_trace_session
from casetrail.app.trace_work import TracePorts
from casetrail.governance.audit import Actor, AuditEvent, Role
from casetrail.governance.case_store import CaseEntry
from casetrail.governance.cases import Case, CaseState, LegalBasis, Scope
from casetrail.model.time import SECOND_US
from casetrail.presence.presences import Presence
from casetrail.sightings.sightings import Sighting
from casetrail.testing.fake_audit_log import FakeAuditLog
from casetrail.testing.fake_case_store import FakeCaseStore
from casetrail.testing.fake_catalogue import FakeCatalogue
from casetrail.testing.fake_gate import FakeGate
from casetrail.testing.fake_vault import FakeVault
from casetrail.trace.case_trace import Answer, Reviewed

ACTOR = Actor("reviewer-1", Role.INVESTIGATOR)
CHEAP_VIEWS = 1


def open_session(world: World, case: WorldCase, meter: Meter) -> TraceSession:
    """A session on a case of a world, with its records, its budget of views and its starting sighting on file."""
    return open_trace_session(stage_world_case(world, case, meter), case.case_id, ACTOR)


def stage_world_case(world: World, case: WorldCase, meter: Meter) -> TracePorts:
    """Ports with the case open and authorised."""
    log = FakeAuditLog()
    ports = CasePorts(FakeCaseStore(log), FakeVault(log), log, FakeGate(log))
    setup = AuditEvent(ACTOR, "simulation.setup", case.case_id)
    _open_case(ports, case, meter.budget, setup)
    catalogue = FakeCatalogue(log)
    catalogue.add_cameras(world.cameras, audit=setup)
    if world.streets is not None:
        catalogue.put_streets(world.streets, audit=setup)
    write_anchors(ports.vault, case.case_id, case.anchors, audit=setup)

    def open_presences(
        presences: Sequence[Presence], confirmed: Sequence[Presence] = (), views: int = CHEAP_VIEWS
    ) -> list[Sighting]:
        found = meter(presences, confirmed, views)
        event = AuditEvent(ACTOR, "presences.open", case.case_id, {"presences": len(presences)})
        write_sightings(ports.vault, case.case_id, found, audit=event)
        return found

    if case.start is not None:
        _confirm(ports, case.case_id, open_presences([case.start], (), 3), setup)
    ticks = count(case.window.end_us + SECOND_US)
    return TracePorts(
        ports, world.index, catalogue, open_presences, world.calibration, ("simulated city",), lambda: next(ticks)
    )


def _open_case(ports: CasePorts, case: WorldCase, views: int, setup: AuditEvent) -> None:
    basis = LegalBasis("Simulated Agency", "2026-1", "2026-03-01", "IDCPA 76-2(1)")
    scope = Scope(case.window, views=views)
    opened = Case(case.case_id, CaseState.AUTHORISED, "measles", case.window, basis, scope, case.window.end_us)
    entry = CaseEntry(case.case_id, CaseState.AUTHORISED, case.window.end_us + 30 * 86_400 * SECOND_US)
    ports.store.add_case(entry, audit=setup)
    ports.vault.create_case(case.case_id, audit=setup)
    write_case_file(ports.vault, CaseFile(opened, bytes(16)), audit=setup)


def _confirm(ports: CasePorts, case_id: str, sightings: Sequence[Sighting], setup: AuditEvent) -> None:
    """The starting sighting is an answer on record like any other."""
    answers = [Reviewed(each.presence_id, Answer.YES, ACTOR.actor_id, each.interval.end_us) for each in sightings]
    write_answers(ports.vault, case_id, answers, audit=setup)
