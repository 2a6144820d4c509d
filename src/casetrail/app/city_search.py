"""The gate of a case in a city: which cells and cameras it reaches, the presences in it, and the search over them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from casetrail.app.city_map import read_street_graph, read_topology
from casetrail.app.trace_work import Known, TracePorts
from casetrail.footage.catalogue import Catalogue
from casetrail.governance.audit import Actor, AuditEvent
from casetrail.model.arrays import Doubles, Integers
from casetrail.model.time import UtcInterval
from casetrail.presence.index import PresenceIndex, Reach
from casetrail.presence.presences import Presence
from casetrail.sightings.sightings import Sighting
from casetrail.trace.cells import StreetCells, cut_streets
from casetrail.trace.motion import TICK_S
from casetrail.trace.search import CityMap, Search
from casetrail.trace.streets import streets_in_view
from casetrail.trace.topology import Topology

FARTHEST_M, NEAREST_M = 2500.0, 500.0
MOST_CELLS_TICKS = 16_000_000  # cells times ticks: about 550 MB of distributions
NARROWER = 2.0  # a gate is so much narrower along the ways between places than around them
WIDE_M = 300.0  # a wide place counts as no wider than this when the gate is drawn


@dataclass(frozen=True)
class CityGate:
    """What a search may open. `rows`: the row of each opened presence, by id; it grows as presences are opened."""

    index: PresenceIndex = field(repr=False)
    topology: Topology = field(repr=False)
    search: Search = field(repr=False)
    sightings: dict[str, Sighting] = field(repr=False)
    rows: dict[str, int] = field(repr=False)
    _read: dict[str, int] = field(default_factory=dict, repr=False)

    def read(self, rows: Integers) -> list[Presence]:
        """Whole presences of these rows."""
        self._read.update(zip(self.search.spans.ids(rows), rows.tolist(), strict=True))
        return list(self.index.read_chosen(self.search.spans.take(np.sort(rows)))) if len(rows) else []

    def add(self, sightings: Iterable[Sighting]) -> int:
        """Hand described presences to the search; returns how many of them lie in the gate."""
        found = {sighting.presence_id: sighting for sighting in sightings}
        self._find(found)
        inside = {self.rows[key]: sighting for key, sighting in found.items() if key in self.rows}
        self.sightings.update({key: found[key] for key in found if key in self.rows})
        self.search.add(inside)
        return len(inside)

    def _find(self, found: dict[str, Sighting]) -> None:
        self.rows.update({key: self._read[key] for key in found if key in self._read})
        missing = [key for key in found if key not in self.rows]
        if missing:
            ids = self.search.spans.presence_id
            at = np.flatnonzero(np.isin(ids, np.array(missing, ids.dtype)))
            self.rows.update(zip(self.search.spans.ids(at), at.tolist(), strict=True))


def open_city_gate(ports: TracePorts, known: Known, actor: Actor) -> CityGate:
    """The gate that the case's evidence and scope leave; that presences are looked up is on record first.

    Raises MissingError without cameras.
    """
    topology = read_topology(ports.catalogue)
    streets = read_street_graph(ports.catalogue, topology)
    cells = cut_streets(streets, streets_in_view(streets, topology))
    city = CityMap(topology.camera_ids, topology.clock_s, cells, _facing(ports.catalogue, topology))
    inside = _inside(known, topology, cells)
    reaches = _reaches(known, city, inside)
    window = known.file.case.scope.interval
    counts = {"cameras": len(reaches), "camera_hours": round(len(reaches) * window.duration_s / 3600, 4)}
    ports.case.audit_log.record(AuditEvent(actor, "trace.gate", known.file.case.case_id, counts, known.file.basis))
    spans = ports.index.read_spans(reaches).among([reach.camera_id for reach in reaches])
    search = Search(city, inside, spans, known.anchors, window, ports.calibration)
    return CityGate(ports.index, topology, search, {}, {})


def _facing(catalogue: Catalogue, topology: Topology) -> Doubles:
    """Where each camera looks, `(n, 2)` east and north; nan where nobody recorded it."""
    heading = {camera.camera_id: camera.heading_deg for camera in catalogue.read_cameras()}
    angle = np.radians([np.nan if (one := heading[name]) is None else one for name in topology.camera_ids])
    return np.column_stack([np.sin(angle), np.cos(angle)])


def _inside(known: Known, topology: Topology, cells: StreetCells) -> Integers:
    """Cells around everything known, as far out as memory allows."""
    apart = _apart(known, topology, cells)
    ticks = known.file.case.scope.interval.duration_s / TICK_S
    most = max(int(MOST_CELLS_TICKS / max(ticks, 1)), 1)
    radius = min(
        FARTHEST_M, max(float(np.partition(apart, min(most, len(apart)) - 1)[min(most, len(apart)) - 1]), NEAREST_M)
    )
    return np.flatnonzero(apart <= radius)


def _apart(known: Known, topology: Topology, cells: StreetCells) -> Doubles:
    """How far off each cell is, metres: from the nearest place that is known, and from the ways between them."""
    places = _places(known, topology, cells)
    nearest = np.full(len(cells), np.inf)
    for _, spot, radius_m in places:
        nearest = np.minimum(nearest, cells.apart_m(spot) - radius_m)
    for one, other in _ways_between(places):
        nearest = np.minimum(nearest, NARROWER * _from_line(cells.middle_m, one, other))
    return np.where(np.isfinite(nearest), nearest, 0.0)


def _places(known: Known, topology: Topology, cells: StreetCells) -> list[tuple[UtcInterval, Doubles, float]]:
    """When the person was where, and how wide that is, in order of time."""
    found = []
    for anchor in known.anchors:
        if anchor.place is not None:
            spot = np.array(anchor.place.offset_m(cells.graph.origin))
            found.append((anchor.interval, spot, min(anchor.radius_m, WIDE_M)))
    for sighting in known.confirmed:
        if sighting.camera_id in topology.camera_ids:
            spot = topology.points_m[topology.indices([sighting.camera_id])[0]].mean(axis=0)
            found.append((sighting.interval, spot, 0.0))
    return sorted(found, key=lambda each: each[0].start_us)


def _ways_between(places: Sequence[tuple[UtcInterval, Doubles, float]]) -> Iterator[tuple[Doubles, Doubles]]:
    """From each place to the next, and from and to where the person stayed longest, which mostly is the home."""
    if not places:
        return
    home = max(places, key=lambda each: each[0].duration_s)[1]
    for (_, one, _), (_, other, _) in pairwise(places):
        yield one, other
        yield home, other


def _from_line(spot_m: Doubles, one: Doubles, other: Doubles) -> Doubles:
    """Metres from spots `(n, 2)` to the straight line from one place to another."""
    along = other - one
    share = np.clip((spot_m - one) @ along / max(float(along @ along), 1e-9), 0.0, 1.0)
    return np.asarray(np.linalg.norm(spot_m - (one + share[:, None] * along), axis=1))


def _reaches(known: Known, city: CityMap, inside: Integers) -> Sequence[Reach]:
    scope = known.file.case.scope
    rows = np.unique(city.cells.seen_camera[np.isin(city.cells.seen_cell, inside)])
    names = [city.camera_ids[int(row)] for row in rows]
    return [Reach(name, scope.interval) for name in names if scope.allows_camera(name)]
