"""Contacts under pseudonyms, their presences joined only for a reason, and the line list."""

import csv
import io
from dataclasses import replace

from casetrail.contacts.contacts import build_contacts
from casetrail.contacts.continuity import find_continuations
from casetrail.contacts.definitions import read_definition
from casetrail.contacts.exposures import Nearness, find_nearness, pair_presences
from casetrail.contacts.line_list import (
    CONTACT_COLUMNS,
    LINE_LIST_COLUMNS,
    build_contact_links,
    build_line_list,
    format_csv,
)
from casetrail.footage.cameras import Camera
from casetrail.presence.presences import Presence
from casetrail.testing.staged_presences import stage_plane, stage_presence, standing

CAMERA = Camera("CAM01", ground=stage_plane())
DEFINITIONS = [read_definition(name) for name in ("ecdc-2020-04", "who-2021-02")]
INDEX = stage_presence("index", standing(0, 8), seconds=(0, 30))
EARLY = stage_presence("early", standing(0.8, 8), seconds=(0, 10))
LATE = stage_presence("late", standing(0.8, 8), seconds=(10.1, 20))
BESIDE = stage_presence("beside", standing(-1.5, 8), seconds=(2, 12))
FAR = stage_presence("far", standing(-1, 14), seconds=(2, 12))


def _nearness(*others: Presence, camera: Camera = CAMERA) -> Nearness:
    pairs = pair_presences([INDEX], others, {"CAM01": camera})
    return find_nearness(pairs, sorted({one.within_m for one in DEFINITIONS}))


def test_contacts_are_numbered_by_first_exposure() -> None:
    """Pseudonyms follow the order of first exposures; people far away are no contacts."""
    found = build_contacts(_nearness(LATE, BESIDE, EARLY, FAR), DEFINITIONS)
    assert [(one.contact_id, one.presence_ids) for one in found] == [
        ("K-01", ("early",)),
        ("K-02", ("beside",)),
        ("K-03", ("late",)),
    ]


def test_two_definitions_stand_side_by_side() -> None:
    """Each contact carries one finding per definition, in the order asked for."""
    (found,) = build_contacts(_nearness(EARLY), DEFINITIONS)
    assert [one.definition for one in found.findings] == ["ecdc-2020-04", "who-2021-02"]
    assert {one.within_m for one in found.exposures} == {2.0}


def test_presence_that_goes_on_after_a_border_is_the_same_contact() -> None:
    """Where one presence ends and another begins at the same place, they are one contact."""
    continuations = find_continuations([INDEX, EARLY, LATE, BESIDE])
    found = build_contacts(_nearness(EARLY, LATE, BESIDE), DEFINITIONS, continuations)
    assert [one.presence_ids for one in found] == [("early", "late"), ("beside",)]


def test_two_possible_continuations_are_none() -> None:
    """When two presences begin where one ended, nobody knows which it is: no joining."""
    twin = replace(LATE, presence_id="twin")
    assert find_continuations([EARLY, LATE, twin]) == {}


def test_later_start_or_other_place_is_no_continuation() -> None:
    """A pause of seconds or a place metres away does not continue a presence."""
    later = stage_presence("later", standing(0.8, 8), seconds=(12, 20))
    away = stage_presence("away", standing(-3, 8), seconds=(10.1, 20))
    assert find_continuations([EARLY, later, away]) == {}


def test_strong_evidence_joins_and_weak_does_not() -> None:
    """Joining adds up minutes, so it takes a likelihood ratio of a thousand."""
    nearness = _nearness(EARLY, LATE)
    assert len(build_contacts(nearness, DEFINITIONS, same_person=lambda a, b: 7.5)) == 1
    assert len(build_contacts(nearness, DEFINITIONS, same_person=lambda a, b: 6.0)) == 2


def test_people_seen_at_one_moment_are_never_joined() -> None:
    """Two people in one picture are two people, whatever their clothes."""
    found = build_contacts(_nearness(EARLY, BESIDE), DEFINITIONS, same_person=lambda a, b: 99.0)
    assert len(found) == 2


def test_unmeasured_people_are_listed_after_contacts() -> None:
    """Without a ground plane everybody in the picture is listed, nobody with metres."""
    found = build_contacts(_nearness(EARLY, FAR, camera=Camera("CAM01")), DEFINITIONS)
    assert [(one.exposures, len(one.unmeasured)) for one in found] == [((), 1), ((), 1)]


def test_line_list_is_what_epicontacts_reads() -> None:
    """First column id, links from and to, ids unique text, all rows unconfirmed until a reviewer says so."""
    contacts = build_contacts(_nearness(EARLY, BESIDE), DEFINITIONS)
    rows = list(csv.DictReader(io.StringIO(format_csv(build_line_list("C-1", contacts, 10**15), LINE_LIST_COLUMNS))))
    links = list(csv.DictReader(io.StringIO(format_csv(build_contact_links("C-1", contacts, 10**15), CONTACT_COLUMNS))))
    assert next(iter(rows[0])) == "id"
    assert list(links[0])[:2] == ["from", "to"]
    assert [row["id"] for row in rows] == ["C-1", "C-1.K-01", "C-1.K-02"]
    assert {row["status"] for row in rows[1:] + links} == {"UNCONFIRMED"}
    assert {link["to"] for link in links} <= {row["id"] for row in rows}
    assert {link["definition_sha256"] for link in links} == {one.sha256 for one in DEFINITIONS}
    assert all(row["expires_utc"].startswith("2001-09-09") for row in rows + links)


def test_confirmed_contact_says_who_confirmed() -> None:
    """After a reviewer's word the row says CONFIRMED and names the reviewer."""
    (contact,) = build_contacts(_nearness(EARLY), DEFINITIONS)
    row = build_line_list("C-1", [replace(contact, reviewer="R-7")], 0)[1]
    assert (row["status"], row["reviewer"]) == ("CONFIRMED", "R-7")
