"""Bringing a face to where a network expects it, by five points."""

import numpy as np

from casetrail.model.arrays import Doubles

LANDMARKS = np.array(
    [[0.3156, 0.4616], [0.6827, 0.4599], [0.5003, 0.6405], [0.3495, 0.8247], [0.6534, 0.8233]]
)  # eyes, nose, mouth corners of an aligned face, as shares of its side


def similarity_transform(source: Doubles, target: Doubles) -> Doubles:
    """The `(2, 3)` turn, scale and shift that brings points `(n, 2)` nearest to others, by least squares.

    Source: S. Umeyama, Least-squares estimation of transformation parameters, PAMI 1991; here in its linear form
    for the plane, unknowns a, b, x, y of `(a -b; b a) p + (x, y)`.
    """
    x, y = source[:, 0], source[:, 1]
    zero, one = np.zeros_like(x), np.ones_like(x)
    rows = np.concatenate([np.stack([x, -y, one, zero], axis=1), np.stack([y, x, zero, one], axis=1)])
    a, b, shift_x, shift_y = np.linalg.lstsq(rows, np.concatenate([target[:, 0], target[:, 1]]), rcond=None)[0]
    return np.array([[a, -b, shift_x], [b, a, shift_y]])
