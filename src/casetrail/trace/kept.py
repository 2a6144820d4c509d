"""Large tables of floats in half the memory: such tables are most of the memory of a search."""

import sys

import numpy as np

from casetrail.model.arrays import Array, Floats

UPPER = slice(int(sys.byteorder == "little"), None, 2)  # of the halves of floats, those with sign and exponent

Place = int | slice | Array | tuple[Array, Array]


class Kept:
    """A table of which the first 16 bits of each float are kept: their sign, exponent and seven bits of the rest. What
    is put in is cut, what is taken out are floats.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._halves = np.zeros(shape, np.uint16)

    def __setitem__(self, rows: Place, values: Floats) -> None:
        self._halves[rows] = values.view(np.uint16)[..., UPPER]

    def __getitem__(self, rows: Place) -> Floats:
        halves = self._halves[rows]
        floats = np.zeros(halves.shape, np.float32)
        floats.view(np.uint16)[..., UPPER] = halves
        return floats

    def at(self, row: Array, column: Array) -> Floats:
        """Single entries, of the shape of both."""
        return self[row, column]

    def apart(self, row: int, values: Floats) -> float:
        """How much these differ from the row that is kept, as far as that can tell: the sum over all."""
        cut = np.zeros_like(values)
        cut.view(np.uint16)[UPPER] = values.view(np.uint16)[UPPER]
        return float(np.abs(cut - self[row]).sum())
