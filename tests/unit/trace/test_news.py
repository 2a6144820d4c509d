"""The gaps between what is known of a day."""

import numpy as np

from casetrail.footage.streets import StreetGraph
from casetrail.model.geometry import LatLon
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.trace.anchors import Anchor, AnchorKind
from casetrail.trace.cells import StreetCells, cut_streets
from casetrail.trace.motion import TICK_S
from casetrail.trace.news import find_gaps, named_places
from casetrail.trace.streets import InView

ORIGIN = LatLon(37.5, 126.8)
SHOP = LatLon(37.5, 126.81)
WINDOW = UtcInterval(0, 86_400 * SECOND_US)


def street() -> StreetCells:
    """A kilometre from the home at the origin eastwards, past the shop."""
    nodes = np.array([[100.0 * at, 0.0] for at in range(11)])
    edges = np.array([[at, at + 1] for at in range(10)])
    graph = StreetGraph(nodes, edges, np.full(10, 100.0), (), ORIGIN)
    return cut_streets(graph, InView(("A",), np.array([0]), np.array([3]), np.array([0.1]), np.array([0.4])))


def anchor(kind: AnchorKind, place: LatLon, start_s: float, end_s: float, radius_m: float = 30.0) -> Anchor:
    """Somebody was there then."""
    return Anchor(kind, UtcInterval(round(start_s * SECOND_US), round(end_s * SECOND_US)), place, radius_m, 0.97)


NIGHT = anchor(AnchorKind.ENTRY_LOG, ORIGIN, 0, 5 * 3600)
CARD = anchor(AnchorKind.CARD, SHOP, 12 * 3600, 12 * 3600 + 60)
FIX = anchor(AnchorKind.PHONE, SHOP, 15 * 3600, 16 * 3600, 800.0)


def gaps(anchors: list[Anchor], confirmed: list[int]) -> list[tuple[int, int, int | None, int | None]]:
    """First and last tick, arrival and leaving; people stay at home in the morning, at the shop towards noon."""
    cells = street()

    def stays_at(tick: int) -> np.ndarray:
        where_m = 880.0 if tick * TICK_S > 12 * 3600 - 1800 else 0.0
        return np.where(np.abs(cells.middle_m[:, 0] - where_m) < 60, 0.1, 0.0)

    found = find_gaps(anchors, np.array(confirmed, np.int64), cells, WINDOW, stays_at)
    return [(each.first, each.last, each.arrived, each.left) for each in found]


def test_between_home_and_a_payment_there_is_a_gap() -> None:
    """From the end of the night until the card was used; how long people are at home says nothing."""
    assert gaps([NIGHT, CARD], []) == [(900, 2161, None, 2161)]


def test_a_confirmed_sighting_parts_a_gap() -> None:
    """What is known in the middle leaves two gaps; minutes are none."""
    assert [each[:2] for each in gaps([NIGHT, CARD], [1500, 1503])] == [(900, 1500), (1503, 2161)]


def test_a_wide_fix_parts_no_gap_and_names_no_place() -> None:
    """Who was somewhere within 800 m was at no place."""
    assert gaps([NIGHT, CARD, FIX], []) == gaps([NIGHT, CARD], [])
    assert len(named_places([NIGHT, CARD, FIX], street())) == 2


def test_a_place_is_named_once() -> None:
    """Two payments at one shop are one place."""
    assert len(named_places([NIGHT, CARD, CARD], street())) == 2


def test_who_never_stays_leaves_no_gap() -> None:
    """Without a place at either end nobody can tell from where to where a journey went."""
    nowhere = np.zeros(len(street()))
    assert find_gaps([NIGHT, CARD], np.zeros(0, np.int64), street(), WINDOW, lambda tick: nowhere) == []
