"""A simulated city written as an installation: catalogue and presence index as real ones are, truth beside them."""

import csv
import json
from pathlib import Path

import numpy as np

from casetrail.app.evaluate.world import WorldSpec
from casetrail.footage.catalogue import Catalogue
from casetrail.footage.streets import StreetGraph, degrees_of
from casetrail.governance.audit import Actor, AuditEvent, Role
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.presence.index import PresenceIndex, Reach, SegmentKey
from casetrail.testing.city.build import City, Tell
from casetrail.testing.city.index import SimulatedIndex
from casetrail.testing.city.plan import DAY_S, START_US
from casetrail.testing.city.world import open_world

SIMULATOR = Actor("simulator", Role.ADMINISTRATOR)
MODELS = "simulated city"


def write_installation(
    spec: WorldSpec, folder: Path, catalogue: Catalogue, index: PresenceIndex, tell: Tell | None = None
) -> dict[str, int]:
    """Cameras, streets, one segment for each camera and day, and `truth/` beside them. Returns how much of each."""
    world = open_world(spec, tell=tell)
    city = world.city
    catalogue.add_cameras(city.cameras, audit=_event("simulate.cameras", len(city.cameras)))
    truth = folder / "truth"
    truth.mkdir(parents=True, exist_ok=True)
    if world.streets is not None:
        write_streets(world.streets, truth / "streets.geojson")
    for number, camera in enumerate(city.cameras):
        if tell is not None:
            tell("cameras", number, len(city.cameras))
        for day in range(city.plan.days):
            _write_day(world.index, index, camera.camera_id, day)
    _write_people(city, truth / "presences.csv")
    return {"cameras": len(city.cameras), "people": city.people, "presences": len(city.tracklets)}


def write_streets(streets: StreetGraph, path: Path) -> None:
    """Streets and rides as GeoJSON lines, as `cameras streets` reads them."""
    degrees = degrees_of(streets.nodes_m, streets.origin)

    def line(a: int, b: int, properties: dict[str, object]) -> dict[str, object]:
        points = [[float(degrees[node, 1]), float(degrees[node, 0])] for node in (a, b)]
        return {"type": "Feature", "properties": properties, "geometry": {"type": "LineString", "coordinates": points}}

    features = [line(int(a), int(b), {}) for a, b in streets.edges]
    for ride in streets.rides:
        timed: dict[str, object] = {"transport": "bus", "seconds": ride.seconds_mean, "spread": ride.seconds_std}
        features.append(line(ride.from_node, ride.to_node, timed))
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")


def _write_day(source: SimulatedIndex, index: PresenceIndex, camera_id: str, day: int) -> None:
    start_us = START_US + day * DAY_S * SECOND_US
    interval = UtcInterval(start_us, start_us + DAY_S * SECOND_US)
    spans = source.read_spans([Reach(camera_id, interval)])
    began = spans.take(np.flatnonzero((spans.start_us >= interval.start_us) & (spans.start_us < interval.end_us)))
    key = SegmentKey(camera_id, f"R-{camera_id}", day, day + 1, interval, MODELS)
    index.write_segment(key, list(source.read_chosen(began)), audit=_event("simulate.presences", len(began)))


def _write_people(city: City, path: Path) -> None:
    """Who everybody truly is: below 0 is nobody."""
    source = SimulatedIndex(city)
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["presence_id", "camera_id", "person"])
        for first in range(0, len(city.tracklets), 100_000):
            part = np.arange(first, min(first + 100_000, len(city.tracklets)))
            spans, person = source.spans_of(part), city.tracklets.person[part]
            cameras = [spans.camera_ids[int(at)] for at in spans.camera]
            rows.writerows(zip(spans.ids(), cameras, person.tolist(), strict=True))


def _event(act: str, count: int) -> AuditEvent:
    return AuditEvent(SIMULATOR, act, counts={"count": count})
