"""Measuring a clothing embedder: people found again among pictures of people, identity = name of the folder."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from casetrail.app.evaluate.similarity_metrics import rank, spread
from casetrail.app.pictures import ReadImage, find_pictures, ignore_progress
from casetrail.app.provenance import build_provenance
from casetrail.model.arrays import Floats
from casetrail.model.errors import BadInputError
from casetrail.sightings.describers import ClothingEmbedder

BATCH = 32


@dataclass(frozen=True)
class ReidResult:
    """CMC rank-1 and rank-5 and mAP as fractions, and what the similarities of all pairs look like."""

    rank1: float
    rank5: float
    map: float
    queries: int
    gallery: int
    model: str
    same_mean: float
    same_std: float
    different_mean: float
    different_std: float
    tar_at_far_1pct: float
    provenance: dict[str, object]


def evaluate_reid(
    query: Path,
    gallery: Path,
    prefixes: tuple[str, str] | None,
    embedder: ClothingEmbedder,
    read_image: ReadImage,
    on_picture: Callable[[int, int], None] = ignore_progress,
) -> ReidResult:
    """Search each query picture in the gallery. `prefixes`: file names of queries and of the gallery start so.

    Raises MissingError when a folder holds no picture, BadInputError when a picture is in both or cannot be read.
    """
    queries, others = _choose(query, prefixes and prefixes[0]), _choose(gallery, prefixes and prefixes[1])
    if set(queries) & set(others):
        raise BadInputError(
            "a picture is both query and gallery",
            where=str(query),
            todo="give two folders, or `--split-prefix QUERY,GALLERY`",
        )
    vectors = _embed([*queries, *others], embedder, read_image, on_picture)
    similarity = vectors[: len(queries)] @ vectors[len(queries) :].T
    same = _identity(queries)[:, None] == _identity(others)[None]
    ranking, pairs = rank(similarity, same), spread(similarity, same)
    return ReidResult(
        ranking.rank1,
        ranking.rank5,
        ranking.map,
        ranking.queries,
        len(others),
        embedder.stamp.describe(),
        pairs.same_mean,
        pairs.same_std,
        pairs.different_mean,
        pairs.different_std,
        pairs.tar_at_far_1pct,
        build_provenance([embedder.stamp], {"split_prefix": prefixes and list(prefixes)}),
    )


def _choose(folder: Path, prefix: str | None) -> list[Path]:
    chosen = [path for path in find_pictures(folder) if prefix is None or path.name.startswith(prefix)]
    if not chosen:
        raise BadInputError(f"no picture's name starts with {prefix!r}", where=str(folder), todo="check the prefix")
    return chosen


def _identity(paths: Sequence[Path]) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    return np.array([path.parent.name for path in paths])


def _embed(
    paths: Sequence[Path], embedder: ClothingEmbedder, read_image: ReadImage, on_picture: Callable[[int, int], None]
) -> Floats:
    parts: list[Floats] = []
    for start in range(0, len(paths), BATCH):
        crops = [read_image(path) for path in paths[start : start + BATCH]]
        parts.append(embedder.embed(crops, [None] * len(crops)))
        on_picture(min(start + BATCH, len(paths)), len(paths))
    return np.concatenate(parts)
