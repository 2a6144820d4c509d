"""Showing a trace: the stored case trace, and what it says about each statement and record."""

from dataclasses import dataclass

from casetrail.app.case_ports import CasePorts
from casetrail.app.case_records import read_anchors, read_case_file, read_trace
from casetrail.footage.catalogue import Catalogue
from casetrail.governance.audit import Actor, AuditEvent
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
    file = read_case_file(ports.store, ports.vault, case_id)
    ports.audit_log.record(AuditEvent(actor, "trace.show", case_id, basis=file.basis))
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
    return reconcile_anchors(anchors, trace.confirmed, build_topology(cameras), recorded)
