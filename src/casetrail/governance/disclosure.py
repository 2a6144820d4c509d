"""What may be told to the public: places and hours, no person (IDCPA 34-2; Enforcement Decree 22-2)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from casetrail.governance.orders import AlertLevel
from casetrail.model.errors import BadInputError, RefusedError
from casetrail.model.time import SECOND_US, UtcInterval

LASTS_DAYS = 14
_HOUR_US = 3600 * SECOND_US
_MOST_TEXT = 80


@dataclass(frozen=True)
class PublicPlace:
    """What the public knows a place by: its name and district, never an address below it.

    `all_contacts_known`: everybody who was near there is reached already, so that nobody has to be called up.
    """

    camera_id: str
    place: str
    district: str
    all_contacts_known: bool = False

    def __post_init__(self) -> None:
        for text in (self.place, self.district):
            if not text.strip() or len(text) > _MOST_TEXT:
                raise BadInputError("a place has a name and a district", where=f"camera {self.camera_id}")
        if any(one.isdigit() for one in self.district):
            todo = "name the district only, without street or house number"
            raise BadInputError("a district has no number", where=f"camera {self.camera_id}", todo=todo)


@dataclass(frozen=True)
class DisclosedPlace:
    """A place with the hours, widened to whole ones, in which somebody infectious was there; for so long as it says."""

    place: str
    district: str
    hours: UtcInterval
    until_us: int


def check_alert(level: AlertLevel | None) -> None:
    """Raises RefusedError below the alert level from which places are disclosed."""
    if level is None or level.rank < AlertLevel.CAUTION.rank:
        what = f"places are disclosed at alert level {AlertLevel.CAUTION} or above"
        raise RefusedError(what, todo="import the order that raises the level, or disclose nothing")


def build_disclosure(
    visits: Iterable[tuple[str, UtcInterval]], places: Mapping[str, PublicPlace], now_us: int
) -> tuple[DisclosedPlace, ...]:
    """What is told of visits `(camera, interval)`: named places only, sorted by hour, the same place and hours once.

    Left out: places without a public name, places where all contacts are known, and visits of more than 14 days ago.
    """
    lasts_us = LASTS_DAYS * 24 * _HOUR_US
    found: set[tuple[int, int, str, str]] = set()
    for camera_id, interval in visits:
        place = places.get(camera_id)
        if place is None or place.all_contacts_known or interval.end_us + lasts_us <= now_us:
            continue
        start = interval.start_us // _HOUR_US * _HOUR_US
        found.add((start, -(-interval.end_us // _HOUR_US) * _HOUR_US, place.district, place.place))
    return tuple(
        DisclosedPlace(place, district, UtcInterval(start, end), end + lasts_us)
        for start, end, district, place in sorted(found)
    )
