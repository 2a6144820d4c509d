"""A ground plane from surveyed points: pixels paired with places on a map."""

import csv
import io
import math

import numpy as np
from scipy.optimize import least_squares

from casetrail.model.arrays import Doubles
from casetrail.model.errors import BadInputError
from casetrail.model.geometry import LatLon
from casetrail.model.ground_plane import GroundPlane

COLUMNS = ("u_px", "v_px", "lat", "lon")
CLICK_PX = 2.0  # standard deviation of a marked point when there are no spare points to tell
FEWEST_CLICK_PX = 0.5  # nobody marks better; a lucky fit of five points does not make it so


def plane_from_map_points(text: str, source: str) -> GroundPlane:
    """The plane through four or more rows `u_px,v_px,lat,lon`, with the covariance that its residuals give.

    Axes: metres east and north of the points' centre. Least squares in the image (Hartley and Zisserman,
    Multiple View Geometry, 4.2 and 5.1), since that is where a point is marked wrongly; the standard deviation
    comes from the residuals, or is 2 px with just four points. Raises BadInputError for fewer than four points,
    points on one line, or a value that is not a number.
    """
    pixels, places = _read(text, source)
    flat = _metres(places)
    if len(flat) < 4 or _on_a_line(flat) or _on_a_line(pixels):
        raise BadInputError(
            "a ground plane needs four points that do not lie on one line",
            where=source,
            todo="mark points at the corners of what the camera sees",
        )
    spread = float(np.sqrt((flat**2).sum(axis=1).mean()))
    return _fitted(pixels, flat / spread, spread, source)


def _read(text: str, source: str) -> tuple[Doubles, list[LatLon]]:
    rows = csv.DictReader(io.StringIO(text))
    if not set(COLUMNS) <= set(rows.fieldnames or ()):
        raise BadInputError(f"map points need the columns {','.join(COLUMNS)}", where=source, todo="name them so")
    pixels, places = [], []
    for line, row in enumerate(rows, start=2):
        u, v, lat, lon = (_number(row[name], f"{source} line {line}") for name in COLUMNS)
        pixels.append((u, v))
        places.append(LatLon(lat, lon))
    return np.array(pixels, dtype=np.float64).reshape(-1, 2), places


def _number(text: str | None, where: str) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadInputError(f"not a number: {(text or '')[:20]!r}", where=where, todo="correct the row")
    return value


def _metres(places: list[LatLon]) -> Doubles:
    if not places:
        return np.zeros((0, 2))
    centre = LatLon(sum(place.lat for place in places) / len(places), sum(place.lon for place in places) / len(places))
    return np.array([place.offset_m(centre) for place in places])


def _on_a_line(points: Doubles) -> bool:
    spread = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    return bool(spread[1] < 1e-3 * spread[0])


def _fitted(pixels: Doubles, flat: Doubles, spread: float, source: str) -> GroundPlane:
    """Fit ground to image with eight free entries, then carry their covariance to the inverse."""

    def misses(free: Doubles) -> Doubles:
        return (_seen(free, flat) - pixels).ravel()

    found = least_squares(misses, _first_guess(pixels, flat), x_scale="jac")
    spare = 2 * len(flat) - 8
    sigma = math.sqrt(2 * found.cost / spare) if spare else CLICK_PX
    jacobian: Doubles = np.asarray(found.jac, dtype=np.float64)
    normal = jacobian.T @ jacobian
    if not np.isfinite(found.x).all() or np.linalg.cond(normal) > 1e18:
        raise BadInputError("these points fix no ground plane", where=source, todo="spread them over the picture")
    free_covariance = max(sigma, FEWEST_CLICK_PX) ** 2 * np.linalg.inv(normal)
    by_free = _derivative(found.x, spread)
    entries = _entries(found.x, spread).reshape(3, 3)
    # The click error is wholly inside the covariance, so no further pixel error is added.
    return GroundPlane(
        entries, covariance=by_free @ free_covariance @ by_free.T, sigma_px=0.0, source=f"{source} (map points)"
    )


def _seen(free: Doubles, flat: Doubles) -> Doubles:
    image = np.column_stack([flat, np.ones(len(flat))]) @ np.append(free, 1.0).reshape(3, 3).T
    seen: Doubles = image[:, :2] / image[:, 2:]
    return seen


def _first_guess(pixels: Doubles, flat: Doubles) -> Doubles:
    """Direct linear solution, as good as the conditioning of the scaled ground axes allows."""
    centre, size = pixels.mean(axis=0), float(pixels.std()) or 1.0
    u, v = ((pixels - centre) / size).T
    ones, none = np.ones(len(flat)), np.zeros((len(flat), 3))
    ground = np.column_stack([flat, ones])
    rows = np.vstack([np.hstack([ground, none, -u[:, None] * ground]), np.hstack([none, ground, -v[:, None] * ground])])
    solution = np.linalg.svd(rows)[2][-1].reshape(3, 3)
    back = np.array([[size, 0, centre[0]], [0, size, centre[1]], [0, 0, 1]]) @ solution
    guess: Doubles = (back / back[2, 2]).ravel()[:8]
    return guess


def _entries(free: Doubles, spread: float) -> Doubles:
    """Entries of the homography from pixels to metres, scaled as `GroundPlane` asks."""
    inverse = np.diag([spread, spread, 1.0]) @ np.linalg.inv(np.append(free, 1.0).reshape(3, 3))
    entries: Doubles = inverse.ravel() / (abs(inverse[2, 2]) or 1.0)
    return entries


def _derivative(free: Doubles, spread: float) -> Doubles:
    steps = 1e-6 * np.maximum(np.abs(free), 1e-6)
    columns = [
        (_entries(free + step, spread) - _entries(free - step, spread)) / (2 * step.sum()) for step in np.diag(steps)
    ]
    return np.column_stack(columns)
