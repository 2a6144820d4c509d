"""Path inference: who among the opened sightings is the index case, all at once and never hop by hop.

Single-target tracking in clutter: a sighting weighs its evidence against the rate at which anybody passes that
camera, an edge weighs the transit density and the cameras passed unseen, an anchor is believed or denied.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from casetrail.model.arrays import Doubles, Flags, Floats, Integers
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.sightings.crowds import centre_on_crowd, measure_likeness
from casetrail.sightings.describers import SimilarityCalibration
from casetrail.sightings.sightings import Sighting
from casetrail.trace import evidence
from casetrail.trace.anchors import Anchor
from casetrail.trace.case_trace import Answer
from casetrail.trace.lattice import Lattice, find_best_path, find_best_through, sum_paths
from casetrail.trace.places import SEEN, Places, build_places, count_moments
from casetrail.trace.topology import Topology
from casetrail.trace.transit import Hop, Transit

MOST_NODES = 600
ALTERNATIVES = 3
ENDS = 0.1
NEVER_SEEN = 0.05
THROUGH = 60  # how many next-best nodes are looked through for alternatives


@dataclass(frozen=True)
class Surroundings:
    """What lies around the sightings: the gate's cameras, their crowd in presences per second `(n,)`, the window."""

    cameras: Topology
    crowd_per_s: Doubles
    window: UtcInterval


@dataclass(frozen=True)
class Path:
    """A case trace as sightings in order, and how many times less likely than the best it is."""

    presence_ids: tuple[str, ...]
    times_less_likely: float


@dataclass(frozen=True)
class Inference:
    """What follows from everything known. `sightings` in time order; `probability`, `similarity` (nan before the first
    confirmed one), `evidence` `(n,)`; `anchor_probability` `(k,)` that each anchor holds, in the order given.
    """

    sightings: tuple[Sighting, ...]
    probability: Doubles
    similarity: Doubles
    evidence: Doubles
    best: tuple[str, ...]
    alternatives: tuple[Path, ...]
    anchor_probability: Doubles
    transit: Transit
    camera_ids: tuple[str, ...]

    def probability_of(self) -> dict[str, float]:
        """Probability by presence."""
        return {s.presence_id: float(p) for s, p in zip(self.sightings, self.probability, strict=True)}


def infer_trace(
    sightings: Sequence[Sighting],
    answers: Mapping[str, Answer],
    anchors: Sequence[Anchor],
    around: Surroundings,
    calibration: SimilarityCalibration,
) -> Inference:
    """Marginals, the most probable case trace and its materially different alternatives.

    Raises BadInputError when a sighting's camera is not among the surroundings.
    """
    ordered = sorted(sightings, key=lambda s: (s.interval.start_us, s.camera_id, s.presence_id))
    camera = around.cameras.indices([s.camera_id for s in ordered])
    similarity, weight = _weigh(ordered, answers, camera, calibration)
    placed = _place(anchors)
    places = build_places(around.cameras, [anchors[index] for index in placed])
    places = _learn(places, ordered, answers, camera)
    worth = weight - np.log(around.crowd_per_s[camera]) + np.log(SEEN)
    kept = _keep(worth, [answers.get(s.presence_id) is Answer.YES for s in ordered])
    nodes = _Nodes.build([ordered[i] for i in kept], camera[kept], worth[kept], [anchors[i] for i in placed], places)
    lattice = nodes.lattice(places, around)
    marginals = sum_paths(lattice)
    probability = np.zeros(len(ordered))
    probability[kept] = marginals.probability[nodes.anchor < 0]
    best, alternatives = _paths(lattice, nodes, [ordered[i].presence_id for i in kept], answers)
    return Inference(
        tuple(ordered),
        probability,
        similarity,
        weight,
        best,
        alternatives,
        _anchor_probability(marginals.probability, nodes.anchor, placed, len(anchors)),
        places.transit,
        around.cameras.camera_ids,
    )


def _weigh(
    ordered: Sequence[Sighting], answers: Mapping[str, Answer], camera: Integers, calibration: SimilarityCalibration
) -> tuple[Doubles, Doubles]:
    """Similarity to the confirmed sightings and total evidence of each sighting, natural log."""
    answer = [answers.get(s.presence_id) for s in ordered]
    confirmed = np.array([a is Answer.YES for a in answer], bool)
    rejected = np.array([a is Answer.NO for a in answer], bool)
    embeddings = np.stack([s.embedding for s in ordered]) if ordered else np.zeros((0, 1), np.float32)
    described = _describe(ordered, embeddings, camera, ~confirmed, calibration)
    embeddings = centre_on_crowd(embeddings, camera, ~confirmed)
    similarity = _against(embeddings, confirmed)
    expected = evidence.expect_same(described, confirmed, calibration)
    clothing = evidence.clothing_evidence(similarity, camera, ~confirmed, calibration, expected)
    penalty = _look_alikes(embeddings, described, confirmed, rejected, clothing, calibration)
    said = np.array([evidence.answer_evidence(a) for a in answer])
    return similarity, clothing + evidence.face_evidence(ordered) + penalty + said


def _against(embeddings: Floats, confirmed: Flags) -> Doubles:
    if not confirmed.any():
        return np.full(len(embeddings), np.nan)
    cosines = np.asarray(embeddings @ embeddings[confirmed].T, np.float64)
    cosines[np.flatnonzero(confirmed), np.arange(int(confirmed.sum()))] = np.nan  # never against itself
    return evidence.best_mean(cosines)


def _describe(
    ordered: Sequence[Sighting], embeddings: Floats, camera: Integers, crowd: Flags, calibration: SimilarityCalibration
) -> evidence.Described:
    views = np.array([s.views_described for s in ordered], np.float64)
    lengths = np.sqrt(calibration.view_noise(views)).astype(np.float32)
    likeness = measure_likeness(embeddings * lengths[:, None], camera, crowd, calibration.crowd_alike)
    return evidence.Described(views, np.array([s.quality for s in ordered], np.float64), likeness)


def _look_alikes(
    embeddings: Floats,
    described: evidence.Described,
    confirmed: Flags,
    rejected: Flags,
    own: Doubles,
    calibration: SimilarityCalibration,
) -> Doubles:
    everyone = np.zeros(len(embeddings), np.int64)
    alike = np.asarray(embeddings @ embeddings[rejected].T, np.float64)
    expected = evidence.expect_same(described, rejected, calibration)
    ratios = [evidence.clothing_evidence(column, everyone, ~confirmed, calibration, expected) for column in alike.T]
    to_rejected = np.array(ratios).reshape(len(ratios), len(embeddings)).T
    penalty = evidence.look_alike_penalty(to_rejected, own)
    return np.asarray(np.where(confirmed | rejected, 0.0, penalty))


def _place(anchors: Sequence[Anchor]) -> list[int]:
    """Anchors that name a place, by their end: the order in which a path settles them."""
    named = [index for index, anchor in enumerate(anchors) if anchor.place is not None]
    return sorted(named, key=lambda index: (anchors[index].interval.end_us, anchors[index].interval.start_us, index))


def _learn(places: Places, ordered: Sequence[Sighting], answers: Mapping[str, Answer], camera: Integers) -> Places:
    seen = [i for i, s in enumerate(ordered) if answers.get(s.presence_id) is Answer.YES]
    hops = [
        Hop(int(camera[a]), int(camera[b]), (ordered[b].interval.start_us - ordered[a].interval.end_us) / SECOND_US)
        for a, b in pairwise(seen)
        if camera[a] != camera[b]
    ]
    return replace(places, transit=places.transit.learned(hops)) if hops else places


def _keep(worth: Doubles, confirmed: Sequence[bool]) -> Integers:
    """The sightings that enter the lattice: all, or the weightiest when there are very many; in time order."""
    if len(worth) <= MOST_NODES:
        return np.arange(len(worth))
    ranked = np.argsort(-(worth + 1e6 * np.array(confirmed)), kind="stable")
    return np.sort(ranked[:MOST_NODES])


@dataclass(frozen=True)
class _Nodes:
    """Sightings and moments of anchors in time order; times in seconds since the first."""

    place: Integers
    enter_s: Doubles
    leave_s: Doubles
    weight: Doubles
    anchor: Integers
    anchor_end_s: Doubles
    reliability: Doubles
    covered: Doubles

    @classmethod
    def build(
        cls,
        sightings: Sequence[Sighting],
        camera: Integers,
        worth: Doubles,
        anchors: Sequence[Anchor],
        places: Places,
    ) -> "_Nodes":
        """Join sightings and anchors' moments into one order of time."""
        zero = min([s.interval.start_us for s in sightings] + [a.interval.start_us for a in anchors], default=0)
        rows = [
            ((s.interval.start_us - zero) / SECOND_US, (s.interval.end_us - zero) / SECOND_US, int(c), float(w), -1)
            for s, c, w in zip(sightings, camera, worth, strict=True)
        ]
        for index, anchor in enumerate(anchors):
            moments = _moments_s(anchor, zero)
            weight = float(np.log(anchor.reliability) - np.log(len(moments)))
            rows += [(t, t, len(places.cameras.camera_ids) + index, weight, index) for t in moments]
        order = sorted(range(len(rows)), key=lambda row: rows[row][0])
        table = np.array([rows[row] for row in order], np.float64).reshape(len(rows), 5)
        return cls(
            place=table[:, 2].astype(np.int64),
            enter_s=table[:, 0],
            leave_s=table[:, 1],
            weight=table[:, 3],
            anchor=table[:, 4].astype(np.int64),
            anchor_end_s=np.array([(a.interval.end_us - zero) / SECOND_US for a in anchors]),
            reliability=np.array([a.reliability for a in anchors], np.float64),
            covered=places.covered,
        )

    def lattice(self, places: Places, around: Surroundings) -> Lattice:
        """Weights of all paths through these nodes."""
        anywhere = 1.0 / (max(around.window.duration_s, 1.0) * max(len(around.cameras.camera_ids), 1))
        span = np.where(self.anchor >= 0, self.covered[self.anchor] if len(self.covered) else 1.0, 1.0)
        denied = np.log(np.maximum(1 - self.reliability, 1e-3)) + np.log(anywhere * self.covered)
        return Lattice(
            node=self.weight,
            edge=self._edges(places),
            start=np.log(anywhere * span),
            end=np.full(len(self.place), np.log(ENDS)),
            empty=float(np.log(NEVER_SEEN)),
            anchor=self.anchor,
            settled=np.searchsorted(self.anchor_end_s, self.enter_s, side="left").astype(np.int64),
            denied=denied,
        )

    def _edges(self, places: Places) -> Doubles:
        count = len(self.place)
        edge = np.full((count, count), -np.inf)
        i, j = np.triu_indices(count, 1)
        seconds = self.enter_s[j] - self.leave_s[i]
        seconds = np.where((self.anchor[i] >= 0) | (self.anchor[j] >= 0), np.maximum(seconds, 0.0), seconds)
        leave, enter = self.place[i], self.place[j]
        density = places.transit.log_density(leave, enter, seconds)
        edge[i, j] = density + places.choice[leave, enter] + places.unseen[leave, enter] + np.log1p(-ENDS)
        return edge


def _moments_s(anchor: Anchor, zero: int) -> list[float]:
    count = count_moments(anchor.interval.duration_s)
    step = anchor.interval.duration_s / count
    return [(anchor.interval.start_us - zero) / SECOND_US + step * (part + 0.5) for part in range(count)]


def _paths(
    lattice: Lattice, nodes: _Nodes, ids: Sequence[str], answers: Mapping[str, Answer]
) -> tuple[tuple[str, ...], tuple[Path, ...]]:
    """The best path, and the next ones that differ in at least one sighting nobody has answered for."""
    name = dict(zip(np.flatnonzero(nodes.anchor < 0).tolist(), ids, strict=True))
    best_nodes, top = find_best_path(lattice)
    best = tuple(name[node] for node in best_nodes if node in name)
    found: dict[frozenset[str], Path] = {_open_part(best, answers): Path(best, 1.0)}
    for through, weight in find_best_through(lattice, len(best_nodes) + THROUGH):
        path = tuple(name[node] for node in through if node in name)
        found.setdefault(_open_part(path, answers), Path(path, float(np.exp(min(top - weight, 700.0)))))
        if len(found) > ALTERNATIVES:
            break
    return best, tuple(list(found.values())[1:])


def _open_part(path: Sequence[str], answers: Mapping[str, Answer]) -> frozenset[str]:
    return frozenset(presence_id for presence_id in path if answers.get(presence_id) is not Answer.YES)


def _anchor_probability(probability: Doubles, anchor: Integers, placed: Sequence[int], count: int) -> Doubles:
    result = np.full(count, np.nan)
    for layer, index in enumerate(placed):
        result[index] = probability[anchor == layer].sum()
    return result
