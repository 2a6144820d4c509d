"""Contacts of a traced case: who was near at the confirmed sightings, and what contact definitions say of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from casetrail.app.case_ports import CasePorts
from casetrail.app.case_records import CaseFile, read_case_file, read_trace
from casetrail.app.json_values import from_json, to_json
from casetrail.contacts.contacts import Contact, SamePerson, build_contacts
from casetrail.contacts.continuity import find_continuations
from casetrail.contacts.definitions import ContactDefinition, DecidedBy, MasksRule, read_definition
from casetrail.contacts.exposures import Nearness, find_nearness, pair_presences
from casetrail.footage.catalogue import Catalogue
from casetrail.governance.access import check_scope, check_working
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor, AuditEvent
from casetrail.model.errors import MissingError, UsageError
from casetrail.presence.index import PresenceIndex, Reach
from casetrail.presence.presences import Presence
from casetrail.sightings.sightings import MaskReading, Sighting
from casetrail.sightings.vault import CaseVault
from casetrail.trace.case_trace import TraceStep

__all__ = [
    "CaseContacts",
    "Contact",
    "ContactPorts",
    "confirm_contact",
    "find_contacts",
    "read_contacts",
    "read_definitions",
]

CONTACTS, REVIEWS = "contacts", "contact_reviews"
_ONLY = "only"

OpenPresences = Callable[[Sequence[Presence]], Sequence[Sighting]]


@dataclass(frozen=True)
class ContactPorts:
    """What finding contacts works with.

    `open_presences` describes presences for the case (rung 2); it is asked only for people within an exposure, and
    only when a definition needs their mask state. None: masks stay unknown. `same_person` is evidence for joining
    one contact's presences over cameras. None: they stay separate.
    """

    case: CasePorts
    index: PresenceIndex
    catalogue: Catalogue
    open_presences: OpenPresences | None = None
    same_person: SamePerson | None = None


@dataclass(frozen=True)
class CaseContacts:
    """Contacts of a case as stored in its vault. `definitions`: name and sha256 of each that was applied."""

    case_id: str
    definitions: tuple[tuple[str, str], ...]
    contacts: tuple[Contact, ...]


def find_contacts(
    case_id: str, definitions: Sequence[ContactDefinition], ports: ContactPorts, actor: Actor
) -> CaseContacts:
    """Find, judge by each definition and store the contacts of a case's confirmed sightings.

    Only sightings that a reviewer confirmed count, inside the infectious period. Raises UsageError without a
    definition or a confirmed sighting, MissingError when the case was not traced, RefusedError outside the scope.
    """
    if not definitions:
        raise UsageError("no contact definition is named", todo="add --definition NAME")
    ports.case.gate.check(actor, Act.CONTACTS_FIND, case_id)
    file = read_case_file(ports.case.store, ports.case.vault, case_id)
    check_working(case_id, file.case.state)
    steps = _confirmed_steps(file, ports.case.vault)
    presences = _read_presences(file, steps, ports, actor)
    nearness = _nearness(steps, presences, definitions, ports)
    contacts = build_contacts(nearness, definitions, find_continuations(presences), ports.same_person)
    reviewed = tuple(_with_reviewer(contact, read_reviews(ports.case.vault, case_id)) for contact in contacts)
    found = CaseContacts(case_id, tuple((one.name, one.sha256) for one in definitions), reviewed)
    event = _event(actor, "contacts.store", file, {"contacts": len(contacts), "definitions": len(definitions)})
    ports.case.vault.write_records(case_id, CONTACTS, {_ONLY: to_json(found)}, audit=event)
    return found


def read_definitions(names: Sequence[str]) -> tuple[ContactDefinition, ...]:
    """Contact definitions by shipped name or TOML file. Raises UsageError for one that does not exist."""
    return tuple(read_definition(name) for name in dict.fromkeys(names))


def read_contacts(vault: CaseVault, case_id: str) -> CaseContacts | None:
    """The stored contacts, or None when none were looked for yet."""
    data = vault.read_records(case_id, CONTACTS).get(_ONLY)
    return None if data is None else from_json(CaseContacts, data)


def confirm_contact(case_id: str, contact_id: str, reviewer: str, ports: ContactPorts, actor: Actor) -> CaseContacts:
    """Record that a reviewer looked at a contact and confirms it (PIPA 37-2); it stays so when contacts are found anew.

    Raises MissingError when contacts were not found yet, UsageError when none has that pseudonym.
    """
    event = ports.case.gate.check(actor, Act.CONTACTS_CONFIRM, case_id, {"contacts": 1})
    file = read_case_file(ports.case.store, ports.case.vault, case_id)
    check_working(case_id, file.case.state)
    found = read_contacts(ports.case.vault, case_id)
    if found is None:
        raise MissingError("no contacts yet", where=f"case {case_id}", todo="run `casetrail contacts` first")
    chosen = next((one for one in found.contacts if one.contact_id == contact_id), None)
    if chosen is None:
        raise UsageError(f"no contact {contact_id[:20]!r}", where=f"case {case_id}", todo="name one that is listed")
    records = {presence_id: reviewer.encode() for presence_id in chosen.presence_ids}
    ports.case.vault.write_records(case_id, REVIEWS, records, audit=event)
    contacts = tuple(_with_reviewer(one, read_reviews(ports.case.vault, case_id)) for one in found.contacts)
    after = replace(found, contacts=contacts)
    ports.case.vault.write_records(case_id, CONTACTS, {_ONLY: to_json(after)}, audit=event)
    return after


def read_reviews(vault: CaseVault, case_id: str) -> dict[str, str]:
    """Who confirmed the contact that each presence belongs to."""
    return {presence_id: name.decode() for presence_id, name in vault.read_records(case_id, REVIEWS).items()}


def _confirmed_steps(file: CaseFile, vault: CaseVault) -> tuple[TraceStep, ...]:
    where = f"case {file.case.case_id}"
    trace = read_trace(vault, file.case.case_id)
    if trace is None:
        raise MissingError("not traced yet", where=where, todo="run `casetrail trace run` first")
    steps = tuple(one for one in trace.confirmed if one.interval.overlaps(file.case.infectious_period))
    if not steps:
        raise UsageError(
            "no sighting in the infectious period is confirmed",
            where=where,
            todo="review with `casetrail trace review`",
        )
    return steps


def _read_presences(
    file: CaseFile, steps: Sequence[TraceStep], ports: ContactPorts, actor: Actor
) -> tuple[Presence, ...]:
    """Everybody on the cameras of the steps while the index case was there; the event is recorded first."""
    for step in steps:
        check_scope(file.case, step.camera_id, step.interval)
    reaches = [Reach(step.camera_id, step.interval) for step in steps]
    hours = sum(step.interval.duration_s for step in steps) / 3600
    counts = {"cameras": len({step.camera_id for step in steps}), "camera_hours": round(hours, 4)}
    ports.case.gate.permit(actor, Act.CONTACTS_FIND, file.case.case_id, counts)
    return tuple(ports.index.read_presences(reaches))


def _nearness(
    steps: Sequence[TraceStep],
    presences: Sequence[Presence],
    definitions: Sequence[ContactDefinition],
    ports: ContactPorts,
) -> Nearness:
    """Exposures within each definition's distance, first without masks, then with those that are needed."""
    of_index = {step.presence_id: step for step in steps}
    index = [one for one in presences if one.presence_id in of_index]
    if not index:
        raise MissingError(
            "the confirmed sightings are no longer in the presence index", todo="index the recordings again"
        )
    cameras = {camera.camera_id: camera for camera in ports.catalogue.read_cameras()}
    pairs = pair_presences(index, presences, cameras)
    nearness = find_nearness(pairs, sorted({one.within_m for one in definitions}))
    masks = {presence_id: step.mask for presence_id, step in of_index.items()}
    return _with_masks(nearness, masks | _masks_of_others(nearness, presences, definitions, ports))


def _masks_of_others(
    nearness: Nearness, presences: Sequence[Presence], definitions: Sequence[ContactDefinition], ports: ContactPorts
) -> dict[str, MaskReading]:
    """Mask states of people within an exposure; nobody is opened for a definition that does not ask."""
    asked = any(one.masks is not MasksRule.IGNORED or one.decided_by is DecidedBy.INVESTIGATOR for one in definitions)
    if not asked or ports.open_presences is None:
        return {}
    near = {one.other_presence_id for one in nearness.exposures}
    opened = ports.open_presences([one for one in presences if one.presence_id in near])
    return {sighting.presence_id: sighting.mask for sighting in opened}


def _with_masks(nearness: Nearness, masks: Mapping[str, MaskReading]) -> Nearness:
    bare = MaskReading()
    exposures = tuple(
        replace(
            one,
            index_mask=masks.get(one.index_presence_id, bare),
            other_mask=masks.get(one.other_presence_id, bare),
        )
        for one in nearness.exposures
    )
    return replace(nearness, exposures=exposures)


def _with_reviewer(contact: Contact, reviews: Mapping[str, str]) -> Contact:
    names = [reviews[presence_id] for presence_id in contact.presence_ids if presence_id in reviews]
    return replace(contact, reviewer=names[0] if names else "")


def _event(actor: Actor, act: str, file: CaseFile, counts: Mapping[str, int | float]) -> AuditEvent:
    return AuditEvent(actor, act, file.case.case_id, counts, file.basis)
