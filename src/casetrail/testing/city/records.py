"""Records of an index case: a few card payments, one wide phone fix, the home. And when people change clothes."""

import numpy as np

from casetrail.model.arrays import Array, Integers
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.testing.city.build import City
from casetrail.testing.city.cameras import place_of
from casetrail.testing.city.hashing import mix_keys, uniform_of
from casetrail.testing.city.people import Stays
from casetrail.testing.city.plan import DAY_S, START_US
from casetrail.trace.anchors import RELIABILITY, Anchor, AnchorKind

MOST_CARDS = 3
CARD_M, CARD_S = 30.0, 90.0
PHONE_M, PHONE_S = 800.0, 1800.0
HOME_M = 40.0
MEAL_S = 7200.0
LIE_M = 1500.0
NIGHT_S, LATE_S = 5 * 3600.0, 23.5 * 3600.0
_CHANGES = 40


def write_records(city: City, person: int, days: int, rng: np.random.Generator) -> tuple[Anchor, ...]:
    """What a health centre has of a person by law: all true, none exact."""
    stays = stays_of(city, person, days)
    return (*_home(city, stays, days), *_cards(city, stays, rng), *_phone(city, stays, rng))


def lie(city: City, person: int, days: int, rng: np.random.Generator) -> tuple[Anchor, ...]:
    """Somebody says that they saw the person at a place, exactly; the person was far away all the while."""
    stays = stays_of(city, person, days)
    out = np.flatnonzero(~stays.at_home)
    row = int(rng.choice(out)) if len(out) else 0
    at = (stays.arrive_s[row] + stays.leave_s[row]) / 2
    apart = np.linalg.norm(city.streets.nodes_m - city.streets.nodes_m[int(stays.node[row])], axis=1)
    node = int(rng.choice(np.flatnonzero(apart >= min(LIE_M, 0.7 * apart.max()))))
    return (_anchor(city, AnchorKind.TESTIMONY, node, at - CARD_S, at + CARD_S, CARD_M, "statement"),)


def stays_of(city: City, person: int, days: int) -> Stays:
    """Where a person stayed, in order."""
    first, last = np.searchsorted(city.stays.person, [person, person + 1])
    columns = [np.asarray(getattr(city.stays, name)[first:last]) for name in _COLUMNS]
    order = np.argsort(columns[2], kind="stable")
    kept = [column[order][columns[2][order] < days * DAY_S] for column in columns]
    return Stays(*kept)


_COLUMNS = ("person", "node", "arrive_s", "leave_s", "at_home")


def find_outfits(city: City, person: Integers, start_ms: Integers) -> Integers:
    """0 in the morning, 1 after changing: some people change when they come home between two outings."""
    changing = uniform_of(mix_keys(city.plan.seed, _CHANGES, person)) < city.plan.likeness.changes
    outfit = np.zeros(len(person), np.int64)
    for who in np.unique(person[changing & (person >= 0)]):
        mine = person == who
        stays = stays_of(city, int(who), city.plan.days)
        at_s = start_ms[mine] / 1000
        back = stays.arrive_s[stays.at_home & (stays.arrive_s % DAY_S > 60) & (stays.leave_s % DAY_S > 60)]
        outfit[mine] = [bool(((back // DAY_S == at // DAY_S) & (back < at)).any()) for at in at_s]
    return outfit


def _home(city: City, stays: Stays, days: int) -> list[Anchor]:
    """The address, for the night before and after each day; people are there, or the record would be of no use."""
    if not stays.at_home.any():
        return []
    node = int(stays.node[np.flatnonzero(stays.at_home)[0]])
    spans = [(0.0, NIGHT_S)]
    spans += [(day * DAY_S - (DAY_S - LATE_S), day * DAY_S + NIGHT_S) for day in range(1, days)]
    if stays.at_home[-1] and stays.arrive_s[-1] < (days - 1) * DAY_S + LATE_S:
        spans.append(((days - 1) * DAY_S + LATE_S, float(days * DAY_S)))
    return [_anchor(city, AnchorKind.ENTRY_LOG, node, start, end, HOME_M, "home") for start, end in spans]


def _cards(city: City, stays: Stays, rng: np.random.Generator) -> list[Anchor]:
    """None to three payments away from home, within two hours of coming there: a shop, a canteen, a bus."""
    out = np.flatnonzero(~stays.at_home)
    count = int(rng.integers(0, MOST_CARDS + 1)) if len(out) else 0
    rows = np.sort(rng.choice(out, count, replace=count > len(out))) if count else out[:0]
    anchors = []
    for number, row in enumerate(rows):
        last_s = min(stays.leave_s[row], stays.arrive_s[row] + MEAL_S, city.plan.days * DAY_S)
        at = rng.uniform(stays.arrive_s[row], last_s)
        place, reference = int(stays.node[row]), f"card-{number + 1}"
        anchors.append(_anchor(city, AnchorKind.CARD, place, at - CARD_S, at + CARD_S, CARD_M, reference))
    return anchors


def _phone(city: City, stays: Stays, rng: np.random.Generator) -> list[Anchor]:
    """One cell of the network, far wider than a street, for an hour around some stay away from home."""
    out = np.flatnonzero(~stays.at_home)
    row = int(rng.choice(out)) if len(out) else 0
    at = rng.uniform(stays.arrive_s[row], min(stays.leave_s[row], city.plan.days * DAY_S))
    shift = rng.uniform(-0.6, 0.6, 2) * PHONE_M
    return [_anchor(city, AnchorKind.PHONE, int(stays.node[row]), at - PHONE_S, at + PHONE_S, PHONE_M, "phone", shift)]


def _anchor(
    city: City,
    kind: AnchorKind,
    node: int,
    start_s: float,
    end_s: float,
    radius_m: float,
    reference: str,
    shift_m: Array | None = None,
) -> Anchor:
    spot = city.streets.nodes_m[node] + (0 if shift_m is None else shift_m)
    end_s = min(end_s, city.plan.days * DAY_S)
    interval = UtcInterval(START_US + round(max(start_s, 0.0) * SECOND_US), START_US + round(end_s * SECOND_US))
    return Anchor(kind, interval, place_of(float(spot[0]), float(spot[1])), radius_m, RELIABILITY[kind], reference)
