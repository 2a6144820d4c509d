"""Showing a case: legal basis, dates, scope, requests and grants, consent, and how much was looked into."""

from dataclasses import dataclass

from casetrail.app.case_ports import CasePorts
from casetrail.app.case_records import read_anchors, read_case_file, read_consent, read_sightings
from casetrail.app.open_presences import count_opened
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor
from casetrail.governance.authorities import describe_doubts
from casetrail.governance.case_store import CaseEntry
from casetrail.governance.cases import Case
from casetrail.governance.consent import ConsentRecord
from casetrail.governance.grants import Grant, RequestEntry
from casetrail.trace.anchors import Anchor
from casetrail.trace.case_trace import Opened


@dataclass(frozen=True)
class ShownCase:
    """Everything that describes where a case stands. `doubts`: what to know about its legal basis."""

    entry: CaseEntry
    case: Case
    doubts: tuple[str, ...]
    requests: tuple[RequestEntry, ...]
    grant: Grant | None
    consent: ConsentRecord | None
    anchors: tuple[Anchor, ...]
    opened: Opened


def show_case(ports: CasePorts, case_id: str, actor: Actor) -> ShownCase:
    """A case as it stands. Looking is on record. Raises MissingError when there is no such case."""
    ports.gate.permit(actor, Act.CASE_SHOW, case_id)
    file = read_case_file(ports.store, ports.vault, case_id)
    return ShownCase(
        ports.store.read_case(case_id),
        file.case,
        describe_doubts(file.case.legal_basis),
        ports.store.read_requests(case_id),
        file.grant,
        read_consent(ports.vault, case_id),
        read_anchors(ports.vault, case_id),
        count_opened(read_sightings(ports.vault, case_id).values()),
    )
