"""How alike descriptions of real people are, in the form that the simulated city takes.

usage: python benchmarks/city_similarity.py --pictures DIR   (one folder a person, files `<camera>_<direction>.png`)

For each clothing model: mean and deviation of single views of one person across cameras, of which so much is the
person's own and the rest each pair's; the same of strangers; and what two, three and five views of neighbouring
directions gain, hence what views of one presence share. Prints JSON. Models are found through CASETRAIL_MODELS.
"""

import argparse
import json
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from casetrail import bootstrap
from casetrail.app.settings import Settings
from casetrail.model.arrays import Doubles, Floats, Integers
from casetrail.model.models import AccuracyClass

VIEWS = (1, 2, 3, 5)


def main() -> None:
    """Measure every class of accuracy that is here."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pictures", type=Path, required=True)
    pictures = parser.parse_args().pictures
    classes = (AccuracyClass.FAST, AccuracyClass.DEFAULT, AccuracyClass.ACCURATE)
    print(json.dumps({accuracy.value: measure(pictures, accuracy) for accuracy in classes}, indent=1))


def measure(pictures: Path, accuracy: AccuracyClass) -> dict[str, Any]:
    """What one model makes of the pictures."""
    embedder, _ = bootstrap.open_clothing_models(Settings(), accuracy, with_silhouette=False)
    read = bootstrap.open_image_reader()
    files = sorted(pictures.glob("*/*.png"))
    vectors: Floats = embedder.embed([read(file) for file in files], [None] * len(files))
    person = np.unique([file.parent.name for file in files], return_inverse=True)[1]
    camera = np.unique([file.stem[:2] for file in files], return_inverse=True)[1]
    single = _spread(vectors, person, camera)
    by_views = {views: _gain(vectors, person, camera, views) for views in VIEWS}
    return {"model": embedder.stamp.name, "people": int(person.max()) + 1, "single": single, "same_mean": by_views} | {
        "cast": single["same_camera_different_mean"] - single["different_mean"],
        "views_share": _views_share(by_views, single),
    }


def _spread(vectors: Floats, person: Integers, camera: Integers) -> dict[str, float]:
    """The variance of all same pairs is that of people's means plus that within people."""
    cosines = np.asarray(vectors @ vectors.T, np.float64)
    across = camera[:, None] < camera[None]
    same = person[:, None] == person[None]
    alike, other = cosines[across & same], cosines[across & ~same]
    each = [cosines[across & same & (person == one)[:, None]] for one in range(int(person.max()) + 1)]
    within = float(np.mean([pairs.var(ddof=1) for pairs in each]))
    means = np.array([pairs.mean() for pairs in each])
    own = max(float(means.var(ddof=1)) - within / len(each[0]), 0.0)
    return {
        "same_mean": float(alike.mean()),
        "same_std": float(alike.std()),
        "person_std": own**0.5,
        "pair_std": within**0.5,
        "different_mean": float(other.mean()),
        "different_std": float(other.std()),
        "same_camera_different_mean": float(cosines[(camera[:, None] == camera[None]) & ~same].mean()),
    }


def _gain(vectors: Floats, person: Integers, camera: Integers, views: int) -> float:
    """Mean similarity of one person across cameras when each side is the mean of so many neighbouring directions."""
    means, who, where = [], [], []
    order = np.lexsort((np.arange(len(person)), camera, person))
    for (one, lens), group in groupby(order, key=lambda row: (person[row], camera[row])):
        rows = list(group)
        for start in range(len(rows)):
            mean = vectors[[rows[(start + step) % len(rows)] for step in range(views)]].mean(axis=0)
            means.append(mean / np.linalg.norm(mean))
            who.append(one)
            where.append(lens)
    stacked = np.stack(means)
    persons, cameras = np.array(who), np.array(where)
    cosines: Doubles = np.asarray(stacked @ stacked.T, np.float64)
    return float(cosines[(cameras[:, None] < cameras[None]) & (persons[:, None] == persons[None])].mean())


def _views_share(same: dict[int, float], single: dict[str, float]) -> float:
    """Of what is not the person, nor common to all or to a camera, the share that neighbouring views keep."""
    cast = single["same_camera_different_mean"] - single["different_mean"]
    kept = [(same[1] / same[k] - same[1] - (1 - same[1]) / k) / (1 - 1 / k) for k in VIEWS[1:]]
    return (float(np.mean(kept)) - cast) / (1 - same[1] - cast)


if __name__ == "__main__":
    main()
