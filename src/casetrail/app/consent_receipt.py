"""The receipt for a consent, in the shape of ISO/IEC TS 27560:2023: header, processing, parties, events.

It is given to the person; it says what they agreed to and where to withdraw it, and carries the hash of the text.
"""

import json
from typing import Any

from casetrail.app.case_ports import CasePorts
from casetrail.app.case_records import read_case_file, read_consent
from casetrail.governance.acts import Act
from casetrail.governance.audit import PURPOSE, Actor
from casetrail.governance.cases import Case
from casetrail.governance.consent import ConsentRecord
from casetrail.model.errors import MissingError
from casetrail.model.ids import stable_id
from casetrail.model.time import format_utc

SCHEMA = "ISO/IEC TS 27560:2023"


def make_consent_receipt(ports: CasePorts, case_id: str, actor: Actor) -> str:
    """The receipt as JSON. Raises MissingError when nobody was asked."""
    ports.gate.permit(actor, Act.CONSENT_RECEIPT, case_id)
    record = read_consent(ports.vault, case_id)
    if record is None:
        raise MissingError("no consent is recorded", where=f"case {case_id}")
    case = read_case_file(ports.store, ports.vault, case_id).case
    due_us = ports.store.read_case(case_id).due_us
    return json.dumps(build_consent_receipt(case, record, due_us), ensure_ascii=False, indent=2)


def build_consent_receipt(case: Case, record: ConsentRecord, due_us: int) -> dict[str, Any]:
    """The receipt of a consent record. `due_us`: when everything about the case goes."""
    receipt_id = stable_id(record.case_id, record.validity.start_us, record.text_hash, record.status)
    return {
        "header": {"schema_version": SCHEMA, "receipt_id": receipt_id, "pii_principal_id": record.case_id},
        "pii_processing": {
            "privacy_notice": {"sha256": record.text_hash, "language": record.language},
            "purposes": [_purpose(case, record, due_us)],
        },
        "party_identification": [
            {"party_id": "controller", "party_role": "PII controller", "party_name": _authority(case)}
        ],
        "events": [
            {
                "event_time": format_utc(record.validity.start_us),
                "validity_until": format_utc(record.validity.end_us),
                "event_type": "explicit consent",
                "event_state": record.status.value,
                "collection_method": record.method,
                "entity_id": record.case_id,
            }
        ],
    }


def _purpose(case: Case, record: ConsentRecord, due_us: int) -> dict[str, Any]:
    return {
        "purpose": f"comparing the face of the index case in an {PURPOSE}",
        "purpose_type": "public health",
        "lawful_basis": "consent (PIPA 22, 23); " + case.legal_basis.articles,
        "pii_information": [
            {
                "pii_type": "face in recordings of fixed cameras",
                "sensitive_pii_category": "biometric",
                "pii_optional": True,
            }
        ],
        "pii_controllers": ["controller"],
        "processing_method": "compared in memory, only a similarity is kept, in the case vault",
        "storage_locations": ["case vault of the public-health centre"],
        "retention_period": format_utc(due_us),
        "recipient_third_parties": [],
        "withdrawal_method": record.withdrawal_address,
        "privacy_rights": "access, correction, suspension, withdrawal at any time without disadvantage",
    }


def _authority(case: Case) -> str:
    return case.legal_basis.authority
