"""The map of a simulated city, as a trace may be given one: its streets, and rides between neighbouring stops."""

from casetrail.footage.streets import Ride, StreetGraph
from casetrail.model.arrays import frozen
from casetrail.testing.city.cameras import ORIGIN
from casetrail.testing.city.people import RIDE_MPS, WAIT_S
from casetrail.testing.city.streets import Streets

SPREAD = 0.12


def map_of(streets: Streets) -> StreetGraph:
    """Streets and timetables: a ride, with waiting, between any two stops of a line."""
    rides = tuple(
        _ride(streets, int(a), int(b)) for line in streets.lines for at, a in enumerate(line) for b in line[at + 1 :]
    )
    return StreetGraph(
        frozen(streets.nodes_m.copy()), frozen(streets.edges.copy()), frozen(streets.length_m.copy()), rides, ORIGIN
    )


def _ride(streets: Streets, start: int, end: int) -> Ride:
    seconds = float(abs(streets.nodes_m[start] - streets.nodes_m[end]).sum()) / RIDE_MPS
    return Ride(start, end, seconds + WAIT_S, SPREAD * seconds + WAIT_S)
