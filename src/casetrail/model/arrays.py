"""Names for the array types that cross rooms. Images are `(h, w, 3)` uint8 in BGR order."""

from typing import Any

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Array = npt.NDArray[Any]


def frozen(array: Array) -> Array:
    """The array, marked read-only, so that a frozen value cannot be changed under its owner."""
    array.flags.writeable = False
    return array
