"""Telling the person what was done with their data, and recording that they were told, before a case can close."""

import hashlib
from dataclasses import dataclass
from datetime import tzinfo

from casetrail.app.case_ports import CasePorts
from casetrail.app.case_records import read_case_file, read_sightings
from casetrail.app.gate import part_of
from casetrail.app.json_values import from_json, to_json
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor
from casetrail.governance.notice_text import NoticeFacts, build_notice
from casetrail.governance.rights import SentNotice
from casetrail.sightings.vault import CaseVault

NOTICE = "notice"
_ONLY = "only"


@dataclass(frozen=True)
class NoticeWish:
    """In which language, whom to turn to, to whom anything was given, and the local time of the dates."""

    language: str = "ko"
    address: str = ""
    given_to: str = ""
    zone: tzinfo | None = None


def draft_notice(ports: CasePorts, case_id: str, actor: Actor, wish: NoticeWish) -> str:
    """The text to send. Raises UsageError for a language that there is not, MissingError when the case is gone."""
    event = ports.gate.check(actor, Act.NOTICE_DRAFT, case_id)
    ports.audit_log.record(event)
    return _text(ports, case_id, wish)


def record_notice(
    ports: CasePorts, case_id: str, actor: Actor, wish: NoticeWish, means: str, now_us: int
) -> SentNotice:
    """Put on record that the notice was sent, with the hash of what it said. Raises BadInputError without means."""
    event = ports.gate.check(actor, Act.NOTICE_RECORD, case_id)
    text_hash = hashlib.sha256(_text(ports, case_id, wish).encode()).hexdigest()
    notice = SentNotice(case_id, now_us, wish.language, means.strip(), text_hash, actor.actor_id)
    ports.vault.write_records(
        case_id, NOTICE, {_ONLY: to_json(notice)}, audit=part_of(event, event.act, {"notices": 1})
    )
    return notice


def read_notice(vault: CaseVault, case_id: str) -> SentNotice | None:
    """The notice on record, or None. Raises MissingError when the case's key is gone."""
    data = vault.read_records(case_id, NOTICE).get(_ONLY)
    return None if data is None else from_json(SentNotice, data)


def _text(ports: CasePorts, case_id: str, wish: NoticeWish) -> str:
    case = read_case_file(ports.store, ports.vault, case_id).case
    sightings = read_sightings(ports.vault, case_id).values()
    compared = any(sighting.face_similarity is not None for sighting in sightings)
    due_us = ports.store.read_case(case_id).due_us
    facts = NoticeFacts(len(sightings), compared, due_us, wish.address, wish.given_to)
    return build_notice(case, facts, wish.language, wish.zone)
