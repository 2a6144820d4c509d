"""Measuring a clothing embedder: people found again among pictures of people, identity = name of the folder."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path

import numpy as np

from casetrail.app.evaluate.similarity_metrics import rank, spread
from casetrail.app.pictures import ReadImage, find_pictures, ignore_progress
from casetrail.app.provenance import build_provenance
from casetrail.model.arrays import Flags, Floats, Integers
from casetrail.model.errors import BadInputError, UsageError
from casetrail.sightings.crowds import centre_on_crowd
from casetrail.sightings.describers import ClothingEmbedder, SilhouetteSegmenter
from casetrail.sightings.opening import average_views

BATCH = 32


@dataclass(frozen=True)
class ReidOptions:
    """How a measurement describes people. `views`: pictures of a person that one description is the mean of, taken
    evenly from all that one side has of the person. `centred`: whether what each side has in common is taken out, as
    tracing does with the crowd of each camera; no name of a person enters it.
    """

    views: int = 1
    centred: bool = True

    def __post_init__(self) -> None:
        if self.views < 1:
            raise UsageError(f"{self.views} pictures make no description", where="views", todo="give 1 or more")


@dataclass(frozen=True)
class ReidResult:
    """CMC rank-1 and rank-5 and mAP as fractions, and what the similarities of all pairs look like.

    `queries` and `gallery` count descriptions, each of `views` pictures.
    """

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
    tar_at_far_0_1pct: float
    views: int
    provenance: dict[str, object]


def evaluate_reid(
    query: Path,
    gallery: Path,
    prefixes: tuple[str, str] | None,
    embedder: ClothingEmbedder,
    read_image: ReadImage,
    on_picture: Callable[[int, int], None] = ignore_progress,
    options: ReidOptions | None = None,
    silhouette: SilhouetteSegmenter | None = None,
) -> ReidResult:
    """Search each query in the gallery. `prefixes`: file names of queries and of the gallery start so.

    Raises MissingError when a folder holds no picture, BadInputError when a picture is in both or cannot be read, or
    nobody has enough pictures for one description.
    """
    options = options or ReidOptions()
    queries, others = _choose(query, prefixes and prefixes[0]), _choose(gallery, prefixes and prefixes[1])
    _check_apart(queries, others, query)
    chosen = [_choose_views(paths, options.views) for paths in (queries, others)]
    vectors = _embed([*queries, *others], embedder, silhouette, read_image, on_picture)
    asked, held = _average(vectors[: len(queries)], chosen[0]), _average(vectors[len(queries) :], chosen[1])
    if options.centred:
        asked, held = _centred(asked, held)
    who = [np.array([person for person, _ in each]) for each in chosen]
    similarity, same = asked @ held.T, who[0][:, None] == who[1][None]
    ranking, pairs = rank(similarity, same), spread(similarity, same)
    stamps = [embedder.stamp] if silhouette is None else [embedder.stamp, silhouette.stamp]
    parameters: dict[str, object] = {"split_prefix": prefixes and list(prefixes), **asdict(options)}
    return ReidResult(
        ranking.rank1,
        ranking.rank5,
        ranking.map,
        ranking.queries,
        len(held),
        embedder.stamp.describe(),
        pairs.same_mean,
        pairs.same_std,
        pairs.different_mean,
        pairs.different_std,
        pairs.tar_at_far_1pct,
        pairs.tar_at_far_0_1pct,
        options.views,
        build_provenance(stamps, parameters),
    )


def spread_views(count: int, views: int) -> list[list[int]]:
    """Which of `count` pictures make each description of `views`: each takes every k-th, so that they lie apart."""
    step = count // views
    return [[start + step * view for view in range(views)] for start in range(step)]


def _choose(folder: Path, prefix: str | None) -> list[Path]:
    chosen = [path for path in find_pictures(folder) if prefix is None or path.name.startswith(prefix)]
    if not chosen:
        raise BadInputError(f"no picture's name starts with {prefix!r}", where=str(folder), todo="check the prefix")
    return chosen


def _check_apart(queries: Sequence[Path], others: Sequence[Path], where: Path) -> None:
    if set(queries) & set(others):
        raise BadInputError(
            "a picture is both query and gallery",
            where=str(where),
            todo="give two folders, or `--split-prefix QUERY,GALLERY`",
        )


def _embed(
    paths: Sequence[Path],
    embedder: ClothingEmbedder,
    silhouette: SilhouetteSegmenter | None,
    read_image: ReadImage,
    on_picture: Callable[[int, int], None],
) -> Floats:
    parts: list[Floats] = []
    for start in range(0, len(paths), BATCH):
        crops = [read_image(path) for path in paths[start : start + BATCH]]
        masks: list[Floats | None] = [None] * len(crops)
        if silhouette is not None:
            masks = list(silhouette.segment(crops))
        parts.append(embedder.embed(crops, masks))
        on_picture(min(start + BATCH, len(paths)), len(paths))
    return np.concatenate(parts)


def _choose_views(paths: Sequence[Path], views: int) -> list[tuple[str, list[int]]]:
    """Whose each description is, and which pictures make it."""
    chosen: list[tuple[str, list[int]]] = []
    for person, members in groupby(range(len(paths)), key=lambda row: paths[row].parent.name):
        rows = list(members)
        chosen += [(person, [rows[place] for place in places]) for places in spread_views(len(rows), views)]
    if not chosen:
        where = str(paths[0].parent.parent)
        raise BadInputError(f"nobody has {views} pictures", where=where, todo="ask for fewer views")
    return chosen


def _average(vectors: Floats, chosen: Sequence[tuple[str, list[int]]]) -> Floats:
    return np.stack([average_views(vectors[rows], np.ones(len(rows), np.float32)) for _, rows in chosen])


def _centred(asked: Floats, held: Floats) -> tuple[Floats, Floats]:
    side: Integers = np.repeat([0, 1], [len(asked), len(held)])
    everyone: Flags = np.ones(len(side), bool)
    both = centre_on_crowd(np.concatenate([asked, held]), side, everyone)
    return both[: len(asked)], both[len(asked) :]
