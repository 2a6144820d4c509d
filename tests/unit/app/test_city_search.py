"""How far a gate reaches."""

from casetrail.app.city_search import MOST_CELLS_TICKS, most_cells

DAY_TICKS = 4320.0


def test_more_views_reach_farther_until_memory_is_full() -> None:
    """Few views are spent near what is known; no budget takes more memory than there is."""
    usual, more, most = (most_cells(views, DAY_TICKS) for views in (5000, 8000, 80_000))
    assert most_cells(500, DAY_TICKS) == usual < more < most
    assert most * DAY_TICKS <= MOST_CELLS_TICKS


def test_a_longer_time_leaves_less_room() -> None:
    """Three days in the memory of one; never nothing at all."""
    assert most_cells(5000, 3 * DAY_TICKS) * 3 <= most_cells(5000, DAY_TICKS)
    assert most_cells(5000, 1e12) == 1
