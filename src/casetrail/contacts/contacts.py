"""Contacts: the people with an exposure, under pseudonyms, each with what every definition says."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from casetrail.contacts.definitions import ContactDefinition
from casetrail.contacts.exposures import Exposure, Nearness, Unmeasured
from casetrail.contacts.findings import Finding, find_verdict

SamePerson = Callable[[str, str], float]  # natural logarithm of the likelihood ratio that two presences are one person
JOINED_FROM = math.log(1000.0)  # joining wrongly adds up strangers' minutes, so the evidence has to be strong


@dataclass(frozen=True)
class Contact:
    """One person who was near the index case, known by a pseudonym only.

    `presence_ids`: every presence that was joined. `exposures`: at the largest distance asked for. `unmeasured`:
    co-presence without a claim, at that distance. `reviewer`: who confirmed the contact, empty before that.
    """

    contact_id: str
    presence_ids: tuple[str, ...]
    exposures: tuple[Exposure, ...]
    unmeasured: tuple[Unmeasured, ...]
    findings: tuple[Finding, ...]
    reviewer: str = ""

    @property
    def confirmed(self) -> bool:
        """Whether a reviewer confirmed it."""
        return bool(self.reviewer)


def build_contacts(
    nearness: Nearness,
    definitions: Sequence[ContactDefinition],
    continuations: Mapping[str, str] | None = None,
    same_person: SamePerson | None = None,
) -> tuple[Contact, ...]:
    """Contacts K-01, K-02, ... in order of their first exposure.

    Presences are joined into one contact where one goes on in another (`continuations`, from `continuity.py`) or on
    evidence from `same_person`, and never when they share a moment on one camera; else every presence is a contact
    of its own. People who were only in the same
    picture, with nothing measured, come after those with an exposure.
    """
    groups = _joined(nearness, continuations or {}, same_person)
    contacts = [_contact(group, nearness, definitions) for group in groups]
    ordered = sorted(contacts, key=_order)
    return tuple(replace(one, contact_id=f"K-{rank:02d}") for rank, one in enumerate(ordered, start=1))


def _contact(group: frozenset[str], nearness: Nearness, definitions: Sequence[ContactDefinition]) -> Contact:
    near = [one for one in nearness.exposures if one.other_presence_id in group]
    open_ = [one for one in nearness.unmeasured if one.other_presence_id in group]
    widest = max(one.within_m for one in definitions)
    return Contact(
        "",
        tuple(sorted(group)),
        tuple(one for one in near if one.within_m == widest),
        tuple(one for one in open_ if one.within_m == widest),
        tuple(find_verdict(one, near, open_) for one in definitions),
    )


def _order(contact: Contact) -> tuple[bool, int, tuple[str, ...]]:
    seen = contact.exposures or contact.unmeasured
    start = min((one.interval.start_us for one in seen), default=0)
    return not contact.exposures, start, contact.presence_ids


def _joined(
    nearness: Nearness, continuations: Mapping[str, str], same_person: SamePerson | None
) -> list[frozenset[str]]:
    """Greedy joining, strongest evidence first; a group never holds two presences that share a moment on a camera."""
    seen: list[Exposure | Unmeasured] = [*nearness.exposures, *nearness.unmeasured]
    groups = {one.other_presence_id: frozenset({one.other_presence_id}) for one in seen}
    clashes = _clashes(seen)
    for a, b in _links(sorted(groups), continuations, same_person):
        if not any(frozenset({x, y}) in clashes for x in groups[a] for y in groups[b]):
            union = groups[a] | groups[b]
            groups.update(dict.fromkeys(union, union))
    return sorted(set(groups.values()), key=sorted)


def _links(
    names: Sequence[str], continuations: Mapping[str, str], same_person: SamePerson | None
) -> list[tuple[str, str]]:
    """Pairs to join: continuations first, then by falling evidence."""
    links = [(name, continuations[name]) for name in names if continuations.get(name) in set(names)]
    if same_person is None:
        return links
    pairs = [(same_person(a, b), a, b) for place, a in enumerate(names) for b in names[place + 1 :]]
    return links + [(a, b) for ratio, a, b in sorted(pairs, reverse=True) if ratio >= JOINED_FROM]


def _clashes(seen: Sequence[Exposure | Unmeasured]) -> set[frozenset[str]]:
    """Pairs of presences seen at one moment on one camera: two people for certain."""
    return {
        frozenset({a.other_presence_id, b.other_presence_id})
        for place, a in enumerate(seen)
        for b in seen[place + 1 :]
        if a.camera_id == b.camera_id and a.other_presence_id != b.other_presence_id and a.interval.overlaps(b.interval)
    }
