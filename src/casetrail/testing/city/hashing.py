"""Random numbers that depend on a key only: the same presence looks the same whenever it is opened."""

import numpy as np
import numpy.typing as npt

from casetrail.model.arrays import Array, Doubles, Integers

Keys = npt.NDArray[np.uint64]
_STEP, _ODD_A, _ODD_B = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_FOUR_DIGITS = np.frombuffer("".join(f"{number:04x}" for number in range(1 << 16)).encode(), np.uint32)
_AT_ONCE = 500_000


def mix_keys(*parts: int | Array) -> Keys:
    """One key of several numbers, broadcast together (finaliser of SplitMix64: Steele, Lea, Flood 2014)."""
    with np.errstate(over="ignore"):
        key: Keys = np.zeros((), np.uint64)
        for part in parts:
            key = _finish(key + np.asarray(part, np.int64).astype(np.uint64) * _ODD_A + _STEP)
    return np.asarray(key, np.uint64)


def uniform_of(keys: Keys) -> Doubles:
    """A number in 0..1 for each key."""
    return np.asarray((keys >> np.uint64(11)).astype(np.float64) / 2.0**53)


def normals_of(keys: Keys, count: int) -> Doubles:
    """Standard normals `(n, count)` for keys `(n,)` (Box and Muller 1958)."""
    half = (count + 1) // 2
    with np.errstate(over="ignore"):
        at = keys[:, None] + np.arange(1, half + 1, dtype=np.uint64) * _STEP
        first, second = uniform_of(_finish(at)), uniform_of(_finish(at ^ _ODD_B))
    radius = np.sqrt(-2 * np.log(np.maximum(first, 1e-300)))
    turn = 2 * np.pi * second
    return np.concatenate([radius * np.cos(turn), radius * np.sin(turn)], axis=1)[:, :count]


def names_of(rows: Integers, seed: int) -> npt.NDArray[np.bytes_]:
    """Sixteen hexadecimal digits for each row, which say nothing of it to who does not know the seed."""
    names = np.empty((len(rows), 4), np.uint32)
    for first in range(0, len(rows), _AT_ONCE):
        part = rows[first : first + _AT_ONCE]
        high = mix_keys(seed, 11, part) >> np.uint64(32)
        low = part.astype(np.uint64) ^ (mix_keys(seed, 12, high) >> np.uint64(32))
        for at, half in enumerate((high >> np.uint64(16), high, low >> np.uint64(16), low)):
            names[first : first + _AT_ONCE, at] = _FOUR_DIGITS[(half & np.uint64(0xFFFF)).astype(np.int64)]
    return names.view("S16").ravel()


def rows_of(names: npt.NDArray[np.bytes_], seed: int) -> Integers:
    """The rows that `names_of` named."""
    digits = np.ascontiguousarray(names.astype("S16")).view(np.uint8).reshape(-1, 16).astype(np.uint64)
    values = np.where(digits >= ord("a"), digits - np.uint64(ord("a") - 10), digits - np.uint64(ord("0")))
    whole = (values << np.arange(60, -4, -4, dtype=np.uint64)).sum(axis=1, dtype=np.uint64)
    high, low = whole >> np.uint64(32), whole & np.uint64(0xFFFFFFFF)
    return np.asarray((low ^ (mix_keys(seed, 12, high) >> np.uint64(32))).astype(np.int64))


def _finish(key: Keys) -> Keys:
    key = (key ^ (key >> np.uint64(30))) * _ODD_A
    key = (key ^ (key >> np.uint64(27))) * _ODD_B
    return np.asarray(key ^ (key >> np.uint64(31)), np.uint64)
