"""Showing a trace: the stored case trace, and what it says about each statement and record."""

from dataclasses import dataclass

from casetrail.app.case_ports import CasePorts
from casetrail.app.case_records import read_anchors, read_sightings, read_trace
from casetrail.app.city_map import read_topology
from casetrail.footage.catalogue import Catalogue
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor
from casetrail.model.errors import MissingError
from casetrail.model.time import UtcInterval
from casetrail.trace.case_trace import CaseTrace
from casetrail.trace.reconcile import Finding, reconcile_anchors
from casetrail.trace.topology import build_topology


@dataclass(frozen=True)
class ShownTrace:
    """A case trace with a finding for each anchor, in order of time."""

    trace: CaseTrace
    findings: tuple[Finding, ...]


def show_trace(ports: CasePorts, catalogue: Catalogue, case_id: str, actor: Actor) -> ShownTrace:
    """The stored case trace of a case. Raises MissingError when none was run yet. Looking is on record."""
    ports.gate.permit(actor, Act.TRACE_SHOW, case_id)
    trace = read_trace(ports.vault, case_id)
    if trace is None:
        raise MissingError("no trace was run", where=f"case {case_id}", todo=f"casetrail trace run {case_id}")
    return ShownTrace(trace, build_findings(ports, catalogue, trace))


def build_findings(ports: CasePorts, catalogue: Catalogue, trace: CaseTrace) -> tuple[Finding, ...]:
    """What the confirmed sightings say about each anchor of the case."""
    cameras = catalogue.read_cameras()
    anchors = read_anchors(ports.vault, trace.case_id)

    clocks = {camera.camera_id: camera.clock for camera in cameras}
    recorded: list[tuple[str, UtcInterval]] = [
        (recording.camera_id, recording.interval(clocks[recording.camera_id]))
        for recording in catalogue.read_recordings()
        if recording.camera_id in clocks
    ]
    topology = read_topology(catalogue) if cameras else build_topology(())
    opened = read_sightings(ports.vault, trace.case_id).values() if recorded else ()
    looked = [(sighting.camera_id, sighting.interval) for sighting in opened]
    return reconcile_anchors(anchors, trace.confirmed, topology, recorded, looked)
