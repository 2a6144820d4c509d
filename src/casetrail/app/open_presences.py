"""Opening presences for a case: inside its scope only, announced before it happens, kept in its vault only."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from casetrail.app.case_ports import OpeningPorts
from casetrail.app.case_records import (
    CaseFile,
    read_case_file,
    read_sightings,
    write_sightings,
)
from casetrail.app.consent import erase_face_similarities
from casetrail.app.face_references import find_live_consent, read_recordings, read_reference
from casetrail.app.gate import part_of
from casetrail.app.heeding import ConsentEndedError, make_heed
from casetrail.governance.access import check_scope, check_views, check_working
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor, AuditEvent
from casetrail.governance.cases import Case
from casetrail.model.errors import BadInputError, MissingError
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.presence.presences import Presence, View
from casetrail.sightings.faces import FaceReference
from casetrail.sightings.opening import VIEWS_PER_PRESENCE, best_views, describe_presences
from casetrail.sightings.sightings import Sighting
from casetrail.sightings.turning import PURPOSE, Turning
from casetrail.trace.case_trace import Opened

PRESENCES_PER_WRITE = 32


@dataclass(frozen=True)
class OpenedPresences:
    """Sightings of the presences asked for; what the whole case has opened so far; recordings that failed, and why."""

    sightings: tuple[Sighting, ...]
    opened: Opened
    problems: tuple[str, ...] = ()


def open_presences(
    ports: OpeningPorts,
    case_id: str,
    presences: Sequence[Presence],
    actor: Actor,
    *,
    views_per_presence: int = VIEWS_PER_PRESENCE,
    reference: Sequence[Presence] = (),
    again: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> OpenedPresences:
    """Sightings of presences, from the vault where they were opened before, described now where not.

    `reference`: presences confirmed to be the index case, whose face is compared under live consent when the
    scope's method includes the face. `progress` gets presences done and to do. What was described is stored as
    it goes, so that an interrupted run goes on where it stopped. Presences with no view inside the scope's hours
    stay unopened. With `again`, those opened with fewer views are described anew.
    Raises RefusedError beyond the scope of the case, before anything is decoded.
    """
    event = ports.case.gate.check(actor, Act.PRESENCES_OPEN, case_id)
    file = read_case_file(ports.case.store, ports.case.vault, case_id)
    held = read_sightings(ports.case.vault, case_id)
    wanted = _wanted(file.case, presences, held, views_per_presence, again)
    _announce(ports, event, wanted, held, views_per_presence)
    problems: list[str] = []
    face = read_reference(ports, file, reference, actor, views_per_presence) if wanted else None
    turning = Turning(ports.case.vault.read_secret(case_id, PURPOSE))
    opening = _Opening(ports, file, actor, turning, views_per_presence, held)
    for done, batch in batch_presences(wanted):
        problems += _open_batch(opening, batch, face)
        if progress is not None:
            progress(done, len(wanted))
    held = read_sightings(ports.case.vault, case_id) if wanted else held
    asked = tuple(held[each.presence_id] for each in presences if each.presence_id in held)
    return OpenedPresences(asked, count_opened(held.values()), tuple(problems))


class CaseOpener:
    """Opens presences for one case and one actor: `open_presences` with everything but the presences given."""

    def __init__(
        self, ports: OpeningPorts, case_id: str, actor: Actor, *, views_per_presence: int = VIEWS_PER_PRESENCE
    ) -> None:
        self._ports, self._case_id, self._actor, self._views = ports, case_id, actor, views_per_presence
        self.problems: list[str] = []

    def __call__(
        self, presences: Sequence[Presence], reference: Sequence[Presence] = (), views: int | None = None
    ) -> list[Sighting]:
        """Sightings of the presences, in their order, those without a usable view left out.

        `views` of each; one that was opened with fewer is looked at again.
        """
        result = open_presences(
            self._ports,
            self._case_id,
            presences,
            self._actor,
            views_per_presence=self._views if views is None else views,
            reference=reference,
            again=views is not None,
        )
        self.problems += result.problems
        return list(result.sightings)

    @property
    def opened(self) -> Opened:
        """What the whole case has opened so far."""
        return count_opened(read_sightings(self._ports.case.vault, self._case_id).values())


def count_opened(sightings: Iterable[Sighting]) -> Opened:
    """Cameras, hours, presences and views that sightings stand for.

    Camera-hours: per camera the time that described presences cover, overlaps counted once.
    """
    by_camera: dict[str, list[UtcInterval]] = defaultdict(list)
    presences = views = 0
    for sighting in sightings:
        by_camera[sighting.camera_id].append(sighting.interval)
        presences, views = presences + 1, views + sighting.views_described
    covered_us = sum(_covered_us(intervals) for intervals in by_camera.values())
    return Opened(len(by_camera), covered_us / SECOND_US / 3600, presences, views)


def _wanted(
    case: Case, presences: Sequence[Presence], held: Mapping[str, Sighting], views_per_presence: int, again: bool
) -> list[Presence]:
    """What is not opened yet, by recording and time, with only the views that lie in the scope's hours.

    `again`: what was opened with fewer views than it has is wanted too.
    """
    check_working(case.case_id, case.state)
    enough = dict.fromkeys(held, math.inf) if not again else {key: one.views_described for key, one in held.items()}
    unopened = {
        each.presence_id: each
        for each in presences
        if enough.get(each.presence_id, 0) < min(len(each.views), views_per_presence)
    }
    for presence in unopened.values():
        check_scope(case, presence.camera_id, presence.interval)
    trimmed = [_inside(presence, case.scope.interval) for presence in unopened.values()]
    wanted = [presence for presence in trimmed if presence.views]
    replaced = {presence.presence_id for presence in wanted}
    described = sum(sighting.views_described for key, sighting in held.items() if key not in replaced)
    check_views(case, described, _count_views(wanted, views_per_presence))
    return sorted(wanted, key=lambda each: (each.camera_id, each.recording_id, int(each.pts[0])))


def _inside(presence: Presence, interval: UtcInterval) -> Presence:
    views = tuple(view for view in presence.views if interval.contains(_utc_us(presence, view)))
    return presence if views == presence.views else replace(presence, views=views)


def _utc_us(presence: Presence, view: View) -> int:
    at = int(np.clip(np.searchsorted(presence.pts, view.pts), 0, len(presence.pts) - 1))
    return int(presence.utc_us[at])


def _count_views(presences: Sequence[Presence], views_per_presence: int) -> int:
    return sum(len(best_views(presence, views_per_presence)) for presence in presences)


def _announce(
    ports: OpeningPorts,
    event: AuditEvent,
    wanted: Sequence[Presence],
    held: Mapping[str, Sighting],
    views_per_presence: int,
) -> None:
    """Record what is about to be looked at, before anything is decoded."""
    if not wanted:
        return
    counts = {
        "cameras": len({presence.camera_id for presence in wanted}),
        "presences": len(wanted),
        "views": _count_views(wanted, views_per_presence),
        "opened_before": len(held),
    }
    ports.case.audit_log.record(part_of(event, event.act, counts))


def batch_presences(wanted: Sequence[Presence]) -> Iterator[tuple[int, Sequence[Presence]]]:
    """At most `PRESENCES_PER_WRITE` at a time, in their order, and how many are done after them."""
    for start in range(0, len(wanted), PRESENCES_PER_WRITE):
        batch = wanted[start : start + PRESENCES_PER_WRITE]
        yield start + len(batch), batch


@dataclass(frozen=True)
class _Opening:
    """What stays the same over the batches of one opening. `held`: sightings that the case had before."""

    ports: OpeningPorts
    file: CaseFile
    actor: Actor
    turning: Turning
    views_per_presence: int
    held: Mapping[str, Sighting]

    def known(self, batch: Sequence[Presence]) -> int:
        """Views of these that are counted already."""
        return sum(self.held[each.presence_id].views_described for each in batch if each.presence_id in self.held)


def _open_batch(opening: _Opening, batch: Sequence[Presence], face: FaceReference | None) -> list[str]:
    """Describe and store a batch; where that cannot be done, each recording's by itself. Returns why some cannot."""
    try:
        try:
            _describe_batch(opening, batch, face)
        except ConsentEndedError:
            _describe_batch(opening, batch, None)
    except (MissingError, BadInputError) as error:
        groups = [list(group) for _, group in groupby(batch, key=lambda each: each.recording_id)]
        if len(groups) == 1:
            return [f"camera {batch[0].camera_id}: {error}"]
        return [problem for group in groups for problem in _open_batch(opening, group, face)]
    return []


def _describe_batch(opening: _Opening, batch: Sequence[Presence], face: FaceReference | None) -> None:
    ports, file, actor, views = opening.ports, opening.file, opening.actor, opening.views_per_presence
    consent = find_live_consent(ports, file.case) if face is not None else None
    with _counted(ports, file, actor, _count_views(batch, views), opening.known(batch)) as described:
        sightings = opening.turning.turned(
            describe_presences(
                batch,
                read_recordings(ports, batch),
                ports.decoder,
                ports.describers,
                views,
                consent,
                face,
                make_heed(ports, file, actor, Act.PRESENCES_OPEN, consent),
            )
        )
        store_sightings(ports, file, sightings, actor)
        described += [sighting.views_described for sighting in sightings]


@contextmanager
def _counted(ports: OpeningPorts, file: CaseFile, actor: Actor, views: int, known: int) -> Iterator[list[int]]:
    """Count views against the budget before they are described, and give back those that were not.

    `known`: of them, views that are counted already, since their sightings are replaced. Two who open at once cannot
    exceed the budget together, and nobody opens once a case is suspended or closing.
    """
    case, store, described = file.case, ports.case.store, list[int]()
    event = AuditEvent(actor, "views.count", case.case_id, {"views": views - known}, file.basis)
    store.change_views(case.case_id, views - known, case.scope.views, audit=event)
    try:
        yield described
    finally:
        unused = views - (sum(described) if described else known)
        if unused:
            event = AuditEvent(actor, "views.give_back", case.case_id, {"views": unused}, file.basis)
            store.change_views(case.case_id, -unused, case.scope.views, audit=event)


def store_sightings(ports: OpeningPorts, file: CaseFile, sightings: Sequence[Sighting], actor: Actor) -> None:
    """Store sightings; when consent was withdrawn while they were made, no face similarity stays."""
    case_id = file.case.case_id
    compared = sum(1 for sighting in sightings if sighting.face_similarity is not None)
    counts = {"sightings": len(sightings), "faces_compared": compared}
    write_sightings(
        ports.case.vault, case_id, sightings, audit=AuditEvent(actor, "sightings.store", case_id, counts, file.basis)
    )
    if compared and find_live_consent(ports, file.case) is None:
        erase_face_similarities(ports.case, AuditEvent(actor, "sightings.store", case_id, {}, file.basis))


def _covered_us(intervals: Iterable[UtcInterval]) -> int:
    covered, reached = 0, -math.inf
    for interval in sorted(intervals):
        covered += max(0, interval.end_us - int(max(interval.start_us, reached)))
        reached = max(reached, interval.end_us)
    return covered
