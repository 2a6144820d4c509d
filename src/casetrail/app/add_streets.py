"""Use case: give the installation the streets that people walk along, and the rides between them."""

from dataclasses import dataclass
from pathlib import Path

from casetrail.app.catalogue_ports import CataloguePorts
from casetrail.app.desk_gate import counted
from casetrail.footage.catalogue import Catalogue
from casetrail.footage.problems import FootageProblem
from casetrail.footage.street_files import read_streets
from casetrail.footage.streets import StreetGraph
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor
from casetrail.model.errors import BadInputError
from casetrail.model.geometry import LatLon

NEAR_M = 50_000.0  # streets whose middle is farther from every camera are another city's


@dataclass(frozen=True)
class StreetsAdded:
    """What an import did: nodes, edges and rides of the walking graph, its length, and what could not be taken."""

    nodes: int
    edges: int
    rides: int
    kilometres: float
    changed: bool
    problems: tuple[FootageProblem, ...]
    notes: tuple[str, ...]


def add_streets(path: Path, ports: CataloguePorts, actor: Actor, *, strict: bool = False) -> StreetsAdded:
    """Import the streets in a GeoJSON file in place of those that were there; the same file again changes nothing.

    Raises BadInputError when the file holds no streets, when they are far from every camera (and says so when
    latitude and longitude look swapped), or with `strict` when any feature could not be taken;
    RefusedError when the act is not permitted.
    """
    event = ports.gate.check(actor, Act.CAMERAS_STREETS)
    listing = read_streets(path)
    if strict and listing.problems:
        first, count = listing.problems[0], len(listing.problems)
        what = f"nothing was imported: features that cannot be taken: {count}, the first is {first.where}: {first.what}"
        raise BadInputError(what, where=str(path), todo=first.todo or "mend the features")
    graph = listing.graph
    _check_near(graph, ports.catalogue, path)
    counts = {"nodes": len(graph.nodes_m), "edges": len(graph.edges), "rides": len(graph.rides)}
    changed = ports.catalogue.put_streets(graph, audit=counted(event, counts))
    length_km = round(float(graph.length_m.sum()) / 1000, 3)
    return StreetsAdded(**counts, kilometres=length_km, changed=changed, problems=listing.problems, notes=listing.notes)


def _check_near(graph: StreetGraph, catalogue: Catalogue, path: Path) -> None:
    places = [camera.place for camera in catalogue.read_cameras() if camera.place is not None]
    if not places or _away_m(graph.origin, places) <= NEAR_M:
        return
    middle = graph.origin
    if abs(middle.lon) <= 90 and _away_m(LatLon(middle.lon, middle.lat), places) <= NEAR_M:
        what = "latitude and longitude are swapped: GeoJSON has the longitude first"
        raise BadInputError(what, where=str(path), todo="write the longitude first")
    away_km = _away_m(middle, places) / 1000
    todo = "import the streets of the city that the cameras stand in"
    raise BadInputError(f"its streets are {away_km:.0f} km from the nearest camera", where=str(path), todo=todo)


def _away_m(middle: LatLon, places: list[LatLon]) -> float:
    return min(middle.distance_m(place) for place in places)
