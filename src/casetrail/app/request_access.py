"""Asking to look into footage: cameras, hours, a method, a budget of views; and how many people that would touch.

Nothing is looked into by asking. Whoever approves sees cameras times hours and the people estimated before
granting (PIPA 3, 16).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from casetrail.app.case_ports import CasePorts
from casetrail.app.case_records import (
    CaseFile,
    commit_request,
    read_case_file,
    read_request,
    write_request,
)
from casetrail.app.gate import part_of
from casetrail.app.open_case import check_inside, count_scope
from casetrail.footage.cameras import Camera
from casetrail.footage.catalogue import Catalogue
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor
from casetrail.governance.authorities import describe_doubts
from casetrail.governance.cases import Method, Scope
from casetrail.governance.grants import GrantEntry, Request, RequestEntry, new_request_id
from casetrail.model.errors import MissingError, UsageError
from casetrail.model.time import UtcInterval
from casetrail.presence.index import PresenceIndex, Reach

SECONDS_PER_HOUR = 3600


@dataclass(frozen=True)
class RequestPorts:
    """What asking needs: the case, and what tells how far a scope reaches."""

    case: CasePorts
    catalogue: Catalogue
    index: PresenceIndex


@dataclass(frozen=True)
class ScopeWish:
    """What to ask for where it differs from the scope that a case was opened with; None: as it was opened."""

    cameras: frozenset[str] | None = None
    start_us: int | None = None
    end_us: int | None = None
    method: Method | None = None
    views: int | None = None

    def applied(self, scope: Scope) -> Scope:
        """The scope with these changes. Raises BadInputError when it would end before it starts."""
        start_us = scope.interval.start_us if self.start_us is None else self.start_us
        end_us = scope.interval.end_us if self.end_us is None else self.end_us
        return Scope(
            UtcInterval(start_us, end_us),
            scope.cameras if self.cameras is None else self.cameras,
            self.method or scope.method,
            scope.views if self.views is None else self.views,
        )


@dataclass(frozen=True)
class ScopeReach:
    """How far a scope reaches. `camera_hours`: recorded ones inside it; `presences`: people on one camera, counted
    where the presence index knows (`counted_hours`) and taken on at its average elsewhere; None: nothing is indexed.
    """

    cameras: int
    camera_hours: float
    counted_hours: float
    presences: int | None


@dataclass(frozen=True)
class AskedFor:
    """A request as its approver sees it: what, by whom, how far it reaches, what is doubtful, who granted it."""

    entry: RequestEntry
    request: Request
    reach: ScopeReach
    doubts: tuple[str, ...]
    granted: GrantEntry | None = None


AS_OPENED = ScopeWish()


def request_access(
    ports: RequestPorts,
    case_id: str,
    actor: Actor,
    now_us: int,
    *,
    wish: ScopeWish = AS_OPENED,
    written_order: str = "",
) -> AskedFor:
    """Ask to look into footage, by default at what the case was opened with.

    `written_order`: the document that allows comparing clothing. Raises RefusedError without it, outside the
    infectious period, or without an order in force; UsageError for a camera that nobody knows.
    """
    case = ports.case
    event = case.gate.check(actor, Act.CASE_REQUEST, case_id)
    file = read_case_file(case.store, case.vault, case_id)
    request = Request(new_request_id(), case_id, wish.applied(file.case.scope), written_order.strip())
    check_inside(request.scope, file.case.infectious_period)
    _check_known(request.scope, ports.catalogue)
    event = replace(event, counts=count_scope(request.scope))
    write_request(case.vault, request, audit=part_of(event, "case.describe_request"))
    entry = RequestEntry(request.request_id, case_id, actor.actor_id, now_us, commit_request(request, file.salt))
    case.store.add_request(entry, audit=event)
    return _described(ports, file, entry)


def read_asked(ports: RequestPorts, case_id: str, request_id: str, actor: Actor) -> AskedFor:
    """A request as its approver sees it. Looking is on record. Raises MissingError when there is none."""
    ports.case.gate.permit(actor, Act.CASE_SHOW, case_id)
    file = read_case_file(ports.case.store, ports.case.vault, case_id)
    return _described(ports, file, find_request(ports.case, case_id, request_id))


def find_request(ports: CasePorts, case_id: str, request_id: str) -> RequestEntry:
    """A request in the register. Raises MissingError when there is none of this id."""
    for entry in ports.store.read_requests(case_id):
        if entry.request_id == request_id:
            return entry
    what, todo = f"there is no request {request_id[:20]!r}", "see `casetrail case show`"
    raise MissingError(what, where=f"case {case_id}", todo=todo)


def measure_reach(scope: Scope, catalogue: Catalogue, index: PresenceIndex) -> ScopeReach:
    """Recorded camera-hours inside a scope and the presences in them; nobody is described by counting."""
    cameras = {each.camera_id: each for each in catalogue.read_cameras() if scope.allows_camera(each.camera_id)}
    recorded = _hours(_recorded(cameras, catalogue), scope.interval)
    segments = [key.interval for key in index.read_segments() if key.camera_id in cameras]
    counted = min(_hours(segments, scope.interval), recorded)
    if counted <= 0:
        return ScopeReach(len(cameras), recorded, 0.0, None)
    found = len(index.read_spans([Reach(camera_id, scope.interval) for camera_id in sorted(cameras)]))
    return ScopeReach(len(cameras), recorded, counted, round(found * recorded / counted))


def _described(ports: RequestPorts, file: CaseFile, entry: RequestEntry) -> AskedFor:
    request = read_request(ports.case.vault, entry, file.salt)
    granted = [each for each in ports.case.store.read_grants(entry.case_id) if each.request_id == entry.request_id]
    reach = measure_reach(request.scope, ports.catalogue, ports.index)
    doubts = describe_doubts(file.case.legal_basis)
    return AskedFor(entry, request, reach, doubts, granted[-1] if granted else None)


def _check_known(scope: Scope, catalogue: Catalogue) -> None:
    known = {camera.camera_id for camera in catalogue.read_cameras()}
    unknown = sorted(scope.cameras - known)
    if unknown:
        raise UsageError(f"no camera {unknown[0][:40]!r} is known", todo="see `casetrail cameras list`")


def _recorded(cameras: dict[str, Camera], catalogue: Catalogue) -> Sequence[UtcInterval]:
    recordings = [each for each in catalogue.read_recordings() if each.camera_id in cameras]
    return [each.interval(cameras[each.camera_id].clock) for each in recordings]


def _hours(intervals: Iterable[UtcInterval], within: UtcInterval) -> float:
    shared = [each.intersection(within) for each in intervals]
    return sum(each.duration_s for each in shared if each is not None) / SECONDS_PER_HOUR
