"""What cameras do to a picture: place and size of the box, colour cast, light, focus, noise, JPEG, occlusion."""

import cv2
import numpy as np

INPUT_WH = (64, 128)
NOISE = np.random.default_rng(7).normal(0, 1, (64, 128, 64, 3)).astype(np.float32)
LEVELS = np.linspace(0, 1, 256)[:, None]


def film(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A dressed person `(160, 80, 3)` uint8 as some camera might show it, `(128, 64, 3)` uint8."""
    crop = cv2.LUT(_focus(_frame(picture, rng), rng), _response(rng))
    if rng.random() < 0.3:
        grey = cv2.cvtColor(cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
        share = rng.uniform(0.5, 1.4)
        crop = cv2.addWeighted(crop, share, grey, 1 - share, 0)
    if rng.random() < 0.35:
        _occlude(crop, rng)
    if rng.random() < 0.7:
        noise = np.roll(NOISE[rng.integers(len(NOISE))], rng.integers(64), axis=1)
        crop = cv2.add(crop, cv2.multiply(noise, abs(rng.normal(0, 10.0))), dtype=cv2.CV_8U)
    return _jpeg(crop, rng) if rng.random() < 0.4 else crop


def plain(picture: np.ndarray) -> np.ndarray:
    """The person's box as it is."""
    return picture[16:144, 8:72]


def _frame(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A box that is not quite right: shifted, larger or smaller, a little turned, perhaps mirrored."""
    across, down = np.exp(rng.normal(0, 0.08, 2))
    lean = rng.normal(0, 0.03)
    matrix = np.array([[across, lean, 40.0], [-lean * 2, down, 80.0]])
    matrix[:, 2] += rng.normal(0, (2.5, 5.0)) - matrix[:, :2] @ (32.0, 64.0)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    crop = cv2.warpAffine(picture, matrix, INPUT_WH, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return crop[:, ::-1] if rng.random() < 0.5 else crop


def _response(rng: np.random.Generator) -> np.ndarray:
    """A table `(256, 1, 3)` uint8 of what the camera makes of each level: cast, gamma, gain, offset."""
    cast = np.exp(rng.normal(0, 0.1, 3)) if rng.random() < 0.7 else np.ones(3)
    gamma, gain, offset = 1.0, 1.0, 0.0
    if rng.random() < 0.7:
        gamma, gain, offset = np.exp(rng.normal(0, 0.22)), np.exp(rng.normal(0, 0.15)), rng.normal(0, 0.03)
    shown = np.clip(LEVELS * cast, 0, 1) ** gamma * gain + offset
    return (np.clip(shown, 0, 1) * 255).astype(np.uint8)[:, None]


def _focus(crop: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    kind = rng.random()
    if kind < 0.25:
        return cv2.GaussianBlur(crop, (0, 0), rng.uniform(0.4, 1.6))
    if kind < 0.55:
        scale = rng.uniform(0.3, 0.9)  # far away
        small = cv2.resize(crop, (round(64 * scale), round(128 * scale)), interpolation=cv2.INTER_AREA)
        return cv2.resize(small, INPUT_WH, interpolation=cv2.INTER_LINEAR)
    return crop


def _occlude(crop: np.ndarray, rng: np.random.Generator) -> None:
    """Something stands before the person, from below or from a side, or anywhere small."""
    colour = rng.uniform(0, 255, 3) if rng.random() < 0.6 else crop[rng.integers(128), rng.integers(64)].copy()
    kind = rng.integers(3)
    if kind == 0:
        crop[128 - rng.integers(5, 36) :] = colour
    elif kind == 1:
        wide = rng.integers(4, 18)
        side = slice(0, wide) if rng.random() < 0.5 else slice(64 - wide, 64)
        crop[:, side] = colour
    else:
        y, x = rng.integers(0, 110), rng.integers(0, 54)
        crop[y : y + rng.integers(8, 36), x : x + rng.integers(6, 24)] = colour


def _jpeg(crop: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    done, code = cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 85))])
    return cv2.imdecode(code, cv2.IMREAD_COLOR) if done else crop
