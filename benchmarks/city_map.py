"""A city's cameras and streets read and joined, in seconds and memory, as JSON.

usage: python benchmarks/city_map.py [--cameras 10820] [--streets 100] [--side-m 7000] [--limit-m 500]

So many streets run each way over a square, crooked by a few decimetres, with a vertex every 100 m; cameras stand and
look anywhere in it. Each step once, in a new process; peak memory is that process's.
"""

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from casetrail.adapters.catalogue.catalogue import SqlCatalogue
from casetrail.app.add_streets import add_streets
from casetrail.app.catalogue_ports import CataloguePorts
from casetrail.app.city_map import read_street_graph, read_topology
from casetrail.footage.cameras import Camera
from casetrail.governance.audit import Actor, AuditEvent, Role
from casetrail.model.geometry import LatLon
from casetrail.testing.fake_audit_log import FakeAuditLog
from casetrail.testing.fake_gate import FakeGate
from casetrail.trace.streets import streets_in_view, streets_of_cameras
from casetrail.trace.walking import find_ways

ORIGIN = LatLon(37.5, 126.8)
ADMINISTRATOR = Actor("benchmark", Role.ADMINISTRATOR)


def main() -> None:
    """Print what was measured as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cameras", type=int, default=10_820)
    parser.add_argument("--streets", type=int, default=100)
    parser.add_argument("--side-m", type=float, default=7000.0)
    parser.add_argument("--limit-m", type=float, default=500.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(Path(folder), options), indent=1))


def measure(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Every step on the way from files to walking distances."""
    rng, steps = np.random.default_rng(100), dict[str, dict[str, float]]()
    path = folder / "streets.geojson"
    path.write_text(json.dumps(_streets(options, rng)))
    log = FakeAuditLog()
    catalogue = SqlCatalogue(folder / "catalogue.db", log)
    ports = CataloguePorts(catalogue, FakeGate(log))
    catalogue.add_cameras(_cameras(options, rng), audit=AuditEvent(ADMINISTRATOR, "cameras.import"))
    added = _timed("import streets", steps, lambda: add_streets(path, ports, ADMINISTRATOR))
    topology = _timed("read cameras", steps, lambda: read_topology(catalogue))
    _timed("ways between cameras alone", steps, lambda: streets_of_cameras(topology))
    graph = _timed("read streets", steps, lambda: read_street_graph(catalogue, topology))
    view = _timed("streets in view", steps, lambda: streets_in_view(graph, topology))
    ways = _timed("walking distances", steps, lambda: find_ways(graph, view, options.limit_m))
    seen_m = (graph.length_m[view.edge] * (view.to_share - view.from_share)).sum()
    return {
        "cameras": options.cameras,
        "streets": {"km": added.kilometres, "nodes": added.nodes, "edges": added.edges},
        "in_view": {"stretches": len(view.edge), "share_of_length_counted_per_camera": seen_m / graph.length_m.sum()},
        "ways": {"limit_m": options.limit_m, "pairs": len(ways.metres)},
        "steps": steps,
    }


def _timed(name: str, steps: dict[str, dict[str, float]], act: Callable[[], Any]) -> Any:
    started_s = time.perf_counter()
    result = act()
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    steps[name] = {"seconds": time.perf_counter() - started_s, "peak_mb": peak_mb}
    return result


def _streets(options: argparse.Namespace, rng: np.random.Generator) -> dict[str, Any]:
    count = max(round(options.side_m / 100), 2)
    along = np.linspace(0, options.side_m, count)
    features = []
    for across in np.linspace(0, options.side_m, options.streets):
        crooked = across + rng.normal(0, 0.3, (2, count))
        for line in (np.column_stack([along, crooked[0]]), np.column_stack([crooked[1], along])):
            places = [ORIGIN.moved(*point) for point in line]
            coordinates = [[place.lon, place.lat] for place in places]
            features.append({"type": "Feature", "geometry": {"type": "LineString", "coordinates": coordinates}})
    return {"type": "FeatureCollection", "features": features}


def _cameras(options: argparse.Namespace, rng: np.random.Generator) -> list[Camera]:
    places = rng.uniform(0, options.side_m, (options.cameras, 2))
    return [
        Camera(f"CAM-{n:05d}", place=ORIGIN.moved(*place), heading_deg=float(rng.uniform(0, 360)), hfov_deg=70.0)
        for n, place in enumerate(places)
    ]


if __name__ == "__main__":
    main()
