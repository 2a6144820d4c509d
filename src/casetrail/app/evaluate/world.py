"""What a measurement of tracing asks of a city, simulated by us or by somebody else (`--world module:factory`).

A factory is called as `factory(cameras=..., days=..., seed=..., options=...)` and returns a `World`. The engine sees
the ports only: `cameras`, `streets`, `index`, `calibration` and the opener of a case. `truth` and `passes` of a case
are for the reviewer and for counting, and never reach a port.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from casetrail.footage.cameras import Camera
from casetrail.footage.streets import StreetGraph
from casetrail.model.arrays import Doubles, Integers
from casetrail.model.time import UtcInterval
from casetrail.presence.index import PresenceIndex
from casetrail.presence.presences import Presence
from casetrail.sightings.describers import SimilarityCalibration
from casetrail.sightings.sightings import Sighting
from casetrail.trace.anchors import Anchor

DescribePresences = Callable[[Sequence[Presence], int], Sequence[Sighting]]


class Start(StrEnum):
    """What is known of a case when its trace begins."""

    RECORDS = "records"  # one confirmed sighting near a record; up to three card payments, one wide phone fix, the home
    SIGHTING = "sighting"  # the same sighting, and nothing else
    RECORDS_ALONE = "records-alone"  # the same records, and nobody has found the person in any recording yet


@dataclass(frozen=True)
class WorldCase:
    """An index case. `window`: what the order allows to be searched; `anchors`: records; `start`: a presence that is
    confirmed from the outset, or none. `describe`: what describing presences with so many views each gives.

    `truth`: the presences in the index that are this person's; `passes`: how often they truly passed a view. `lead`: a
    true sighting close to a record, which contenders that cannot begin from records are given; the engine is not.
    """

    case_id: str
    window: UtcInterval
    anchors: tuple[Anchor, ...]
    start: Presence | None
    describe: DescribePresences = field(repr=False)
    truth: frozenset[str] = field(repr=False)
    passes: int
    lead: Presence | None = None


@dataclass(frozen=True)
class TrueHops:
    """True hops from one sighting of a person to the next, `(k,)`: rows of cameras sorted by id, and seconds between.

    For contenders that learn; the engine never gets them.
    """

    leave: Integers
    enter: Integers
    seconds: Doubles


class World(Protocol):
    """A city to trace people in."""

    @property
    def cameras(self) -> Sequence[Camera]:
        """What the catalogue says of the cameras."""

    @property
    def streets(self) -> StreetGraph | None:
        """Streets and lines as a map gives them, or None where there is no map."""

    @property
    def index(self) -> PresenceIndex:
        """Presences of everybody."""

    @property
    def calibration(self) -> SimilarityCalibration:
        """What the describing model says of its similarities."""

    @property
    def facts(self) -> Mapping[str, object]:
        """What the city is made of, for the provenance of a measurement."""

    def cases(self, count: int, seed: int, days: int, start: Start) -> Sequence[WorldCase]:
        """Index cases; the same arguments give the same cases."""

    def hops(self, seed: int) -> TrueHops | None:
        """Hops of other people than the index cases of this seed, or None where nobody knows them."""


@dataclass(frozen=True)
class WorldSpec:
    """Which world to open: `factory` as `module:name`, empty for the simulated city; `options` by name."""

    cameras: int
    days: int
    seed: int
    factory: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
