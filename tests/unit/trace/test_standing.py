"""What a search holds of everything opened."""

import numpy as np

from casetrail.trace.standing import Look, Looks


def look(row: int, views: int = 1, extra: float = 0.0) -> Look:
    return Look(row, np.full(3, float(row), np.float32), views, extra)


def test_what_is_opened_stands_in_the_order_of_opening() -> None:
    """Batch after batch, with its embedding beside it."""
    looks = Looks()
    looks.put([look(7), look(3)])
    looks.put([])
    looks.put([look(5, extra=2.0)])
    assert looks.rows.tolist() == [7, 3, 5]
    assert looks.embeddings[:, 0].tolist() == [7.0, 3.0, 5.0]
    assert looks.extra.tolist() == [0.0, 0.0, 2.0]
    assert (looks.position(5), looks.position(4), len(looks)) == (2, None, 3)


def test_a_better_look_takes_the_place_of_the_first() -> None:
    """Nobody is counted twice, and whoever was opened later keeps their place."""
    looks = Looks()
    looks.put([look(7), look(3)])
    looks.put([look(7, views=4), look(9)])
    assert looks.rows.tolist() == [7, 3, 9]
    assert looks.views.tolist() == [4, 1, 1]
