"""What tells people apart by their clothes across cameras: which crowd, views, pixels and model, and what it is worth.

usage: clothing.py [--only models,views,...] [--cache build/clothing.npz] [--threads 1]

Needs CASETRAIL_TEST_DATA and CASETRAIL_MODELS. Embeddings are kept in the cache file, so that tables can be asked for
again; delete it after changing an embedder. Prints JSON. docs/adr/0011 says what follows from it.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from casetrail import bootstrap
from casetrail.adapters.openvino_models.clothing import without_background
from casetrail.app.evaluate.similarity_metrics import rank, spread
from casetrail.app.models import resolve
from casetrail.app.settings import Settings
from casetrail.model.arrays import Flags, Floats, Image, Integers
from casetrail.model.models import AccuracyClass, ModelRole
from casetrail.presence.presences import MOST_VIEWS, View
from casetrail.sightings.crowds import PRIOR_CROWD, centre_on_crowd, measure_likeness
from casetrail.sightings.describers import ClothingEmbedder, SilhouetteSegmenter
from casetrail.sightings.opening import choose_views
from clothing_calibration import Presences, calibrate, least_cllr, mean_views
from clothing_crops import Crops, read_crops
from clothing_feet import measure_feet

MODELS = ("default", "accurate", "fast", "carried")
TWO, FOUR, ONE = "two cameras", "four cameras", "one place"
Change = Callable[[Image, Floats], Image]


class Bench:
    """The sets, and their embeddings by model and change of the pictures, computed once."""

    def __init__(self, data: Path, cache: Path, threads: int) -> None:
        self.data, self.sets, self.settings, self.threads = data, read_crops(data), Settings(), threads
        self._cache, self._embedders = cache, dict[str, ClothingEmbedder]()
        self._kept: dict[str, Floats] = dict(np.load(cache)) if cache.exists() else {}

    def embedder(self, accuracy: str) -> ClothingEmbedder:
        """One of the clothing models."""
        if accuracy not in self._embedders:
            model = resolve(ModelRole.CLOTHING, bootstrap.open_model_files(self.settings), AccuracyClass(accuracy))
            self._embedders[accuracy] = bootstrap.open_clothing_embedder(model, self.threads)
        return self._embedders[accuracy]

    def vectors(self, accuracy: str, name: str, change: str = "as it is") -> Floats:
        """Embeddings of a set, `(n, d)`."""
        key = f"{accuracy}/{name}/{change}"
        if key not in self._kept:
            print(f"clothing: {key}", file=sys.stderr)
            images = self._changed(name, change)
            self._kept[key] = self.embedder(accuracy).embed(images, [None] * len(images))
            self._cache.parent.mkdir(parents=True, exist_ok=True)
            np.savez(self._cache, **self._kept)  # type: ignore[arg-type]
        return self._kept[key]

    def segmenter(self) -> SilhouetteSegmenter:
        """The silhouette model."""
        model = resolve(ModelRole.SILHOUETTE, bootstrap.open_model_files(self.settings))
        return bootstrap.open_silhouette_segmenter(model, self.threads)

    def _changed(self, name: str, change: str) -> list[Image]:
        images = self.sets[name].images
        masks = [np.zeros((1, 1), np.float32)] * len(images)
        if "silhouette" in change:
            masks = self.segmenter().segment(images)
        made = (CHANGES | SHRUNK)[change]
        return [made(image, mask) for image, mask in zip(images, masks, strict=True)]


def separation(known: Presences, *, centred: bool) -> dict[str, float]:
    """How well presences of different cameras are told apart."""
    everyone = np.ones(len(known.person), bool)
    vectors = centre_on_crowd(known.vectors, known.camera, everyone) if centred else known.vectors
    return _separation(vectors, known.person, known.camera)


def _separation(vectors: Floats, person: Integers, camera: Integers) -> dict[str, float]:
    similarity, across = vectors @ vectors.T, camera[:, None] != camera[None]
    same = person[:, None] == person[None]
    ranking = rank(np.where(across, similarity, -2), same & across)
    pairs = spread(similarity[across], same[across])
    least = least_cllr(*(similarity[across & which].astype(np.float64) for which in (same, ~same)))
    return {"rank1": ranking.rank1, "map": ranking.map, **vars(pairs), "least_cllr": least}


def models(bench: Bench) -> object:
    """Each model, crowds taken out and not; and two models side by side as one longer vector."""
    rows = [
        {
            "model": accuracy,
            "set": name,
            "centred": centred,
            **separation(_single(bench, accuracy, name), centred=centred),
        }
        for accuracy in MODELS
        for name in bench.sets
        for centred in (False, True)
    ]
    for name, crops in bench.sets.items():
        both = np.hstack([_centred(bench.vectors(accuracy, name), crops) for accuracy in MODELS[:2]]) / np.sqrt(2)
        rows.append({"model": "both", "set": name, "centred": True} | _separation(both, crops.person, crops.camera))
    return rows


def changes(bench: Bench) -> object:
    """Pictures changed before embedding, by the default model; flips are added to the picture as it is."""
    rows = []
    for name in (TWO, FOUR):
        for change in CHANGES:
            vectors = bench.vectors("default", name, change)
            if change == "flipped":
                vectors = _unit(vectors + bench.vectors("default", name))
            known = mean_views(bench.sets[name], vectors, 1)
            rows += [
                {"change": change, "set": name, "centred": c, **separation(known, centred=c)} for c in (False, True)
            ]
    return rows


def views(bench: Bench) -> object:
    """How many views, and which: spread over what there is, one after the other, or as presences are opened.

    As they are opened: of a presence the best view of each of five spans of time is known, and some of them are taken,
    by `choose_views` or by quality alone.
    """
    rows = []
    for name in (TWO, ONE):
        for choice, choose in CHOICES.items():
            for count in COUNTS[choice] if name == ONE or choice in SIMPLE else ():
                known = _described(bench.sets[name], bench.vectors("default", name), choose, count)
                rows.append({"set": name, "choice": choice, "views": count, **separation(known, centred=True)})
    return rows


def crowds(bench: Bench) -> object:
    """The crowd of each camera is so many pictures of people of one half; the other half is told apart."""
    rows = []
    for seen in (0, 2, 4, 8, 16, 32, 64):
        found = [_with_crowd(bench.sets[TWO], bench.vectors("default", TWO), seen, seed) for seed in range(10)]
        rows.append({"crowd": seen, **{key: float(np.mean([each[key] for each in found])) for key in found[0]}})
    return rows


def look_alikes(bench: Bench) -> object:
    """Crowds of the people most alike: what the law of `expect_same` says of the same person, and what is found."""
    crops, rows = bench.sets[TWO], []
    for accuracy in MODELS[:2]:
        vectors = bench.vectors(accuracy, TWO)
        usual, mean = 0.0, 0.0
        for count in (len(set(crops.person)), 12, 8, 6, 4):
            which = np.isin(crops.person, _most_alike(crops, vectors, count))
            person, camera, crowd = crops.person[which], crops.camera[which], np.ones(int(which.sum()), bool)
            likeness = measure_likeness(vectors[which], camera, crowd, usual).mean()
            found = _separation(centre_on_crowd(vectors[which], camera, crowd), person, camera)
            usual, mean = usual or likeness, mean or found["same_mean"]
            said = 1 - (1 - mean) * (1 - usual) / (1 - likeness)
            rows.append({"model": accuracy, "people": count, "likeness": likeness, "same_mean_said": said, **found})
    return rows


def sizes(bench: Bench) -> object:
    """Both cameras' people brought to a height, in pixels, by the default model."""
    heights = ("128 px", "64 px", "40 px", "24 px")
    crops = bench.sets[TWO]
    rows = []
    for one in heights:
        for two in heights:
            vectors = np.where(
                crops.camera[:, None] == 0, bench.vectors("default", TWO, one), bench.vectors("default", TWO, two)
            )
            rows.append({"heights": [one, two], **separation(mean_views(crops, vectors, 1), centred=True)})
    return rows


def calibration(bench: Bench) -> object:
    """Similarity as evidence, for each model."""
    return {a: calibrate(bench.sets, {name: bench.vectors(a, name) for name in bench.sets}) for a in MODELS}


def feet(bench: Bench) -> object:
    """Silhouette against box."""
    return measure_feet(bench.data, bench.settings, bench.segmenter(), bench.threads)


def cost(bench: Bench) -> object:
    """Seconds for the same pictures, the models in turn, as shares of the default's."""
    images, spent = bench.sets[TWO].images[:24], dict.fromkeys(MODELS, 0.0)
    for accuracy in (*MODELS, *MODELS * 4):
        started = time.perf_counter()
        bench.embedder(accuracy).embed(images, [None] * len(images))
        spent[accuracy] = spent[accuracy] + time.perf_counter() - started if spent[accuracy] else 1e-9
    return {accuracy: seconds / spent["default"] for accuracy, seconds in spent.items()}


def _single(bench: Bench, accuracy: str, name: str) -> Presences:
    return mean_views(bench.sets[name], bench.vectors(accuracy, name), 1)


def _centred(vectors: Floats, crops: Crops) -> Floats:
    return centre_on_crowd(vectors, crops.camera, np.ones(len(vectors), bool))


def _unit(rows: Floats) -> Floats:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


Choose = Callable[[Integers, Floats, int], list[Integers]]


def _spread(rows: Integers, _quality: Floats, count: int) -> list[Integers]:
    step = max(1, len(rows) // count)
    return [rows[start::step][:count] for start in range(step if count < len(rows) else 1)]


def _consecutive(rows: Integers, _quality: Floats, count: int) -> list[Integers]:
    return [rows[start : start + count] for start in range(0, max(1, len(rows) - count + 1), count)]


def _far_apart(rows: Integers, quality: Floats, count: int) -> list[Integers]:
    spans = _five(rows, quality)
    views = tuple(View(int(row), (0, 0, 1, 1), float(quality[row]), True) for row in spans)
    chosen = choose_views(views, count)
    return [np.array([view.pts for view in chosen])]


def _best(rows: Integers, quality: Floats, count: int) -> list[Integers]:
    spans = _five(rows, quality)
    return [spans[np.argsort(-quality[spans], kind="stable")[:count]]]


def _five(rows: Integers, quality: Floats) -> Integers:
    return np.array([part[np.argmax(quality[part])] for part in np.array_split(rows, MOST_VIEWS)])


SIMPLE = ("spread", "consecutive")
CHOICES: Mapping[str, Choose] = {
    "spread": _spread,
    "consecutive": _consecutive,
    "opened, far apart": _far_apart,
    "opened, best quality": _best,
}
COUNTS = {choice: (1, 2, 3, 5, 8) if choice in SIMPLE else (1, 2, 3, 5) for choice in CHOICES}


def _described(crops: Crops, vectors: Floats, choose: Choose, count: int) -> Presences:
    groups = [np.flatnonzero(crops.presence == presence) for presence in np.unique(crops.presence)]
    rows = [row for group in groups for row in choose(group, crops.quality, count)]
    first = np.array([row[0] for row in rows])
    return Presences(
        _unit(np.stack([vectors[row].mean(axis=0) for row in rows])),
        crops.person[first],
        crops.camera[first],
        np.array([len(row) for row in rows], np.float64),
        np.array([crops.quality[row].mean() for row in rows], np.float64),
    )


def _with_crowd(crops: Crops, vectors: Floats, seen: int, seed: int) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    strangers = rng.permutation(len(set(crops.person)))[: len(set(crops.person)) // 2]
    other: Flags = np.isin(crops.person, strangers)
    crowd = np.zeros(len(other), bool)
    for camera in np.unique(crops.camera):
        crowd[rng.permutation(np.flatnonzero(other & (crops.camera == camera)))[:seen]] = True
    centred = centre_on_crowd(vectors, crops.camera, crowd)
    return _separation(centred[~other], crops.person[~other], crops.camera[~other])


def _most_alike(crops: Crops, vectors: Floats, count: int) -> list[int]:
    """So many people whose mean embeddings are most alike, found greedily from every start."""
    people = np.unique(crops.person)
    means = _unit(np.stack([vectors[crops.person == person].mean(axis=0) for person in people]))
    alike = means @ means.T - 2 * np.eye(len(people))
    groups = []
    for start in range(len(people)):
        group = [start]
        while len(group) < count:
            left = [each for each in range(len(people)) if each not in group]
            group.append(max(left, key=lambda each: float(alike[each, group].sum())))
        groups.append((float(alike[np.ix_(group, group)].sum()), group))
    return [int(people[each]) for each in max(groups)[1]]


def _grey_world(image: Image, _mask: Floats) -> Image:
    mean = image.reshape(-1, 3).mean(axis=0)
    return np.asarray(np.clip(image * (mean.mean() / np.maximum(mean, 1)), 0, 255), np.uint8)


def _stretched(image: Image, _mask: Floats) -> Image:
    lab = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2LAB))
    low, high = np.percentile(lab[..., 0], [2, 98])
    lab[..., 0] = np.clip((lab[..., 0] - low) / max(high - low, 1) * 235 + 10, 0, 255)
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2BGR))


def _soft(image: Image, mask: Floats) -> Image:
    wide = cv2.GaussianBlur(cv2.dilate(mask, np.ones((9, 9))), (0, 0), 4)
    return without_background(image, np.asarray(wide, np.float32))


def _shrunk(height: int) -> Change:
    def change(image: Image, _mask: Floats) -> Image:
        wide = max(8, round(image.shape[1] * height / image.shape[0]))
        return np.asarray(cv2.resize(image, (wide, height), interpolation=cv2.INTER_AREA))

    return change


CHANGES: dict[str, Change] = {
    "as it is": lambda image, _: image,
    "flipped": lambda image, _: np.ascontiguousarray(image[:, ::-1]),
    "grey world": _grey_world,
    "lightness stretched": _stretched,
    "silhouette, mean colour behind": without_background,
    "silhouette, wide and soft": _soft,
    "silhouette, half behind": lambda image, mask: without_background(image, 0.5 + 0.5 * mask),
}
SHRUNK = {"128 px": _shrunk(128), "64 px": _shrunk(64), "40 px": _shrunk(40), "24 px": _shrunk(24)}
TABLES: Mapping[str, Callable[[Bench], object]] = {
    each.__name__: each for each in (models, changes, views, crowds, look_alikes, sizes, calibration, feet, cost)
}


def main() -> None:
    """The tables that were asked for, as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default=",".join(TABLES), help=f"tables, of {', '.join(TABLES)}")
    parser.add_argument("--cache", type=Path, default=Path(__file__).parents[1] / "build/clothing.npz")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    bench = Bench(Path(os.environ["CASETRAIL_TEST_DATA"]), options.cache, options.threads)
    found: dict[str, Any] = {name: TABLES[name](bench) for name in options.only.split(",")}
    found["prior_crowd"] = PRIOR_CROWD
    print(json.dumps(found, indent=1, default=float))


if __name__ == "__main__":
    main()
