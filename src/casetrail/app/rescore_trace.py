"""Scoring a trace again from what is held, opening nothing: after face similarities were erased."""

from collections.abc import Sequence
from dataclasses import replace

from casetrail.app.city_session import CitySession
from casetrail.app.run_trace import store_trace
from casetrail.app.trace_session import is_city
from casetrail.app.trace_work import TracePorts, advance, read_known
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor
from casetrail.sightings.sightings import Sighting
from casetrail.trace.case_trace import CaseTrace


def rescore_trace(ports: TracePorts, case_id: str, actor: Actor) -> CaseTrace:
    """The case trace as sightings and answers give it now. Raises RefusedError when nobody may work on the case."""
    ports.case.gate.permit(actor, Act.TRACE_RESCORE, case_id)
    closed = replace(ports, open_presences=_closed)
    if is_city(ports, case_id, actor):
        return CitySession(closed, case_id, actor, Act.TRACE_RESCORE).trace()
    known = read_known(ports.case, case_id)
    return store_trace(ports, advance(closed, known, actor), actor)


def _closed(*_asked: object) -> Sequence[Sighting]:
    return ()
