"""The gate of a case in a city: which cells and cameras it reaches, the presences in it, and the search over them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from casetrail.app.city_map import read_street_graph, read_topology
from casetrail.app.trace_work import Known, TracePorts
from casetrail.footage.catalogue import Catalogue
from casetrail.governance.audit import Actor, AuditEvent
from casetrail.model.arrays import Doubles, Flags, Integers
from casetrail.model.geometry import LatLon
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.presence.index import PresenceIndex, Reach
from casetrail.presence.presences import Presence
from casetrail.sightings.sightings import Sighting
from casetrail.trace.cells import CityMap, cut_streets
from casetrail.trace.motion import TICK_S
from casetrail.trace.search import Search
from casetrail.trace.streets import streets_in_view
from casetrail.trace.surroundings import KnownPlace, apart_from_known
from casetrail.trace.topology import Topology

FARTHEST_M, NEAREST_M = 2500.0, 500.0
MOST_CELLS_TICKS = 16_000_000  # cells times ticks: about 350 MB of distributions;
MOST_NEAR_CELLS_TICKS = 27_000_000  # for what lies within `NEAREST_M` more, up to what about 2 GB hold
STILL_INSIDE = 0.9  # of the cells that a gate would have now; with fewer in it, it is drawn anew,
AROUND_M, STILL_AROUND = 400.0, 0.97  # and with fewer of those so near to a confirmed sighting
WIDE_M = 300.0  # a wide place counts as no wider than this when the gate is drawn
END_S, PAST_END_M = 600.0, 300.0  # where nobody was seen so long before or after, a walk goes on: so much farther out


@dataclass(frozen=True)
class City:
    """The cameras and streets of a city: the same for every gate."""

    topology: Topology
    streets: CityMap


@dataclass(frozen=True)
class CityGate:
    """What a search may open. `rows`: the row of each opened presence, by id; it grows as presences are opened."""

    index: PresenceIndex = field(repr=False)
    city: City = field(repr=False)
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


def read_city(catalogue: Catalogue) -> City:
    """What the catalogue holds of cameras and streets. Raises MissingError without cameras."""
    topology = read_topology(catalogue)
    streets = read_street_graph(catalogue, topology)
    cells = cut_streets(streets, streets_in_view(streets, topology), unsure=topology.looks_anywhere)
    return City(topology, CityMap(topology.camera_ids, topology.clock_s, cells, _facing(catalogue, topology)))


def open_city_gate(ports: TracePorts, city: City, known: Known, actor: Actor) -> CityGate:
    """The gate that the case's evidence and scope leave; that presences are looked up is on record first."""
    inside = _inside(known, city)
    reaches = _reaches(known, city.streets, inside)
    window = known.file.case.scope.interval
    counts = {"cameras": len(reaches), "camera_hours": round(len(reaches) * window.duration_s / 3600, 4)}
    ports.case.audit_log.record(AuditEvent(actor, "trace.gate", known.file.case.case_id, counts, known.file.basis))
    spans = ports.index.read_spans(reaches).among([reach.camera_id for reach in reaches])
    search = Search(city.streets, inside, spans, known.anchors, window, ports.calibration)
    return CityGate(ports.index, city, search, {}, {})


def outgrown(gate: CityGate, known: Known) -> bool:
    """Whether a gate that is drawn around what is known by now would reach elsewhere: walks lead out of gates."""
    inside = _inside(known, gate.city)
    held = np.isin(inside, gate.search.inside)
    return bool(held.mean() < STILL_INSIDE) or _at_its_edge(held, gate.city.streets.cells.middle_m[inside], known, gate)


def _at_its_edge(held: Flags, spot_m: Doubles, known: Known, gate: CityGate) -> bool:
    """Whether some confirmed sighting lies where much of what is around it is not in the gate."""
    seen = _spots_m(known, gate.city.topology)
    near = np.linalg.norm(seen[:, None] - spot_m[None], axis=2) <= AROUND_M
    return bool(((near & held).sum(axis=1) < STILL_AROUND * near.sum(axis=1)).any())


def _facing(catalogue: Catalogue, topology: Topology) -> Doubles:
    """Where each camera looks, `(n, 2)` east and north; nan where nobody recorded it."""
    heading = {camera.camera_id: camera.heading_deg for camera in catalogue.read_cameras()}
    angle = np.radians([np.nan if (one := heading[name]) is None else one for name in topology.camera_ids])
    return np.column_stack([np.sin(angle), np.cos(angle)])


def _inside(known: Known, city: City) -> Integers:
    """Cells around everything known and along the ways between, as far out as memory allows."""
    cells = city.streets.cells
    places = _places(known, city.topology, cells.graph.origin)
    apart = apart_from_known(cells.middle_m, places) if places else np.zeros(len(cells))
    ticks = max(known.file.case.scope.interval.duration_s / TICK_S, 1)
    usual, most = (_radius_of(apart, int(size / ticks)) for size in (MOST_CELLS_TICKS, MOST_NEAR_CELLS_TICKS))
    radius = min(FARTHEST_M, max(usual, min(NEAREST_M, most)))
    return np.flatnonzero(apart <= radius)


def _radius_of(apart: Doubles, count: int) -> float:
    """How far from what is known the nearest so many cells reach, metres."""
    at = min(max(count, 1), len(apart)) - 1
    return float(np.partition(apart, at)[at])


def _places(known: Known, topology: Topology, origin: LatLon) -> list[KnownPlace]:
    """When the person was where, and how wide that is."""
    found = [
        KnownPlace(each.interval, np.array(each.place.offset_m(origin)), min(each.radius_m, WIDE_M))
        for each in known.anchors
        if each.place is not None
    ]
    confirmed = [each for each in known.confirmed if each.camera_id in topology.camera_ids]
    spots_m = _spots_m(known, topology)
    farther_m = PAST_END_M * _at_an_end([each.interval for each in confirmed])
    rows = zip(confirmed, spots_m, farther_m.tolist(), strict=True)
    return found + [KnownPlace(one.interval, spot, radius) for one, spot, radius in rows]


def _at_an_end(seen: Sequence[UtcInterval]) -> Flags:
    """Of sightings in order of time, those before or after which nobody was seen soon, `(n,)`."""
    between_s = [(after.start_us - before.end_us) / SECOND_US for before, after in pairwise(seen)]
    alone = np.array([np.inf, *between_s, np.inf]) > END_S
    return np.asarray(alone[:-1] | alone[1:])[: len(seen)]


def _spots_m(known: Known, topology: Topology) -> Doubles:
    """Where the confirmed sightings were, `(n, 2)`."""
    cameras = [each.camera_id for each in known.confirmed if each.camera_id in topology.camera_ids]
    return np.array([topology.points_m[row].mean(axis=0) for row in topology.indices(cameras)]).reshape(-1, 2)


def _reaches(known: Known, city: CityMap, inside: Integers) -> Sequence[Reach]:
    scope = known.file.case.scope
    rows = np.unique(city.cells.seen_camera[np.isin(city.cells.seen_cell, inside)])
    names = [city.camera_ids[int(row)] for row in rows]
    return [Reach(name, scope.interval) for name in names if scope.allows_camera(name)]
