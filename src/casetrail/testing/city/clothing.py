"""What describing a presence of the city gives: vectors whose cosines follow what was measured on real pairs.

A view is what everybody has in common, the camera's cast, the person, noise of the presence and noise of the view, in
directions that are random and nearly at right angles; the squares of their lengths add up to 1.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from casetrail.model.arrays import Array, Doubles, Floats, Integers
from casetrail.testing.city.hashing import Keys, mix_keys, normals_of, uniform_of
from casetrail.testing.city.plan import DAY_S, Likeness

GOOD_QUALITY, QUALITY_POWER, USUAL_QUALITY = 0.55, 0.75, 0.977
UNIFORMS = 40
_PERSON, _STRENGTH, _UNIFORM, _ALIKE, _COMMON, _CAST, _PRESENCE, _VIEW, _LUCK = range(21, 30)


@dataclass(frozen=True)
class Rows:
    """Presences to describe, `(n,)` each: `row`, truth `person`, `camera`, day, outfit, quality, how many views."""

    row: Integers
    person: Integers
    camera: Integers
    day: Integers
    outfit: Integers
    quality: Doubles
    views: Integers


@dataclass(frozen=True)
class Clothing:
    """How everybody looks beside one index case."""

    likeness: Likeness
    seed: int
    case: int

    @cached_property
    def dimensions(self) -> int:
        """So many that strangers' cosines spread as they should."""
        spread = (1 - self.likeness.different_mean) / self.likeness.different_std
        return max(round(spread**2), 4)

    def describe(self, rows: Rows) -> Floats:
        """Unit vectors `(n, d)`: the mean of the views of each."""
        strength = self._strength(rows)
        fixed = np.sqrt(max(self.likeness.different_mean, 0)) * self._directions(mix_keys(self.seed, _COMMON, 0))
        fixed = fixed + np.sqrt(self.likeness.cast) * self._directions(mix_keys(self.seed, _CAST, rows.camera))
        left = np.maximum(1 - self.likeness.different_mean - self.likeness.cast - strength**2, 0.0)
        shared = self._directions(mix_keys(self.seed, _PRESENCE, rows.row))
        person = strength[:, None] * self._persons(rows) + fixed
        person += np.sqrt(self.likeness.views_share * left)[:, None] * shared
        own = np.sqrt((1 - self.likeness.views_share) * left)
        total = np.zeros_like(person)
        for view in range(int(rows.views.max(initial=0))):
            noise = self._directions(mix_keys(self.seed, _VIEW, rows.row, view))
            vector = person + own[:, None] * noise
            vector /= np.linalg.norm(vector, axis=1, keepdims=True)
            total += np.where((rows.views > view)[:, None], vector, 0.0)
        return np.asarray(total / np.linalg.norm(total, axis=1, keepdims=True), np.float32)

    def look_alike(self, person: Array) -> Array:
        """Who looks like the index case all day."""
        drawn = uniform_of(mix_keys(self.seed, _ALIKE, self.case, person))
        return np.asarray((drawn < self.likeness.look_alikes) & (person != self.case) & (person >= 0))

    def _strength(self, rows: Rows) -> Doubles:
        """Length of the person's part: by person, by luck of the presence, by quality of the picture."""
        base = self._base(rows.person, rows.day, rows.outfit)
        base = np.where(self.look_alike(rows.person), np.maximum(base, self._needed(rows.day)), base)
        luck = 1 + self._luck * normals_of(mix_keys(self.seed, _LUCK, rows.row), 1)[:, 0]
        seen = np.minimum(1, rows.quality / GOOD_QUALITY) ** QUALITY_POWER / USUAL_QUALITY
        most = np.sqrt(1 - self.likeness.different_mean - self.likeness.cast - 0.02)
        return np.clip(base * luck * seen, 0.05, most)

    def _base(self, person: Array, day: Array, outfit: Array) -> Doubles:
        mean = self.likeness.same_mean - self.likeness.different_mean
        drawn = normals_of(mix_keys(self.seed, _STRENGTH, person, day, outfit), 1)[:, 0]
        return np.sqrt(np.clip(mean + self.likeness.person_std * drawn, 0.05, 0.9))

    def _needed(self, day: Array) -> Doubles:
        """How strong a look-alike dressed exactly as the index case has to be for the mean that is wanted."""
        case = np.full(len(day), self.case)
        wanted = self.likeness.look_alike_mean - self.likeness.different_mean
        return np.asarray(wanted / self._base(case, day, np.zeros_like(case)))

    @cached_property
    def _luck(self) -> float:
        """Relative spread of a presence's strength that is left when all other spread is taken from `same_std`."""
        person = self.likeness.same_mean - self.likeness.different_mean
        noise = 1 - self.likeness.different_mean - person
        known = self.likeness.person_std**2 + (2 * person * noise + noise**2) / self.dimensions
        return float(np.sqrt(max(self.likeness.same_std**2 - known, 0) / (2 * person**2)))

    def _persons(self, rows: Rows) -> Doubles:
        """Directions of what people wear; look-alikes are dressed as the index case was in the morning."""
        own = self._worn(rows.person, rows.day, rows.outfit)
        alike = np.flatnonzero(self.look_alike(rows.person))
        if len(alike):
            day = rows.day[alike]
            case = np.full(len(alike), self.case)
            worn = self._worn(case, day, np.zeros_like(case))
            needed, base = self._needed(day), self._base(rows.person[alike], day, rows.outfit[alike])
            own[alike] = _blend(worn, own[alike], np.minimum(needed / np.maximum(base, needed), 1) ** 2)
        return own

    def _worn(self, person: Array, day: Array, outfit: Array) -> Doubles:
        """Clothes of each day and outfit; uniforms resemble each other on every day."""
        own = self._directions(mix_keys(self.seed, _PERSON, person, day, outfit))
        drawn = mix_keys(self.seed, _UNIFORM, person)
        uniformed = np.flatnonzero((uniform_of(drawn) < self.likeness.uniformed) & (person >= 0))
        if len(uniformed):
            which = (drawn[uniformed] % np.uint64(UNIFORMS)).astype(np.int64)
            worn = self._directions(mix_keys(self.seed, _UNIFORM, which, -1))
            own[uniformed] = _blend(worn, own[uniformed], self.likeness.uniform_alike)
        return own

    def _directions(self, keys: Keys) -> Doubles:
        drawn = normals_of(np.atleast_1d(keys), self.dimensions)
        return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True))


def _blend(towards: Doubles, own: Doubles, share: float | Doubles) -> Doubles:
    """Mostly the one direction: two of the same share have that share as their cosine."""
    part = np.broadcast_to(np.asarray(share, np.float64), len(own))[:, None]
    mixed = np.sqrt(part) * towards + np.sqrt(1 - part) * own
    return np.asarray(mixed / np.linalg.norm(mixed, axis=1, keepdims=True))


def day_of_ms(start_ms: Array) -> Integers:
    """Day since the first midnight."""
    return np.asarray(start_ms // (DAY_S * 1000), np.int64)
