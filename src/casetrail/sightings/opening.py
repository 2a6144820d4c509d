"""Opening presences (rung 2): decode only their best views, describe, and let the pixels go.

Presences are taken by recording, and one pass of the decoder serves all of them; those that follow each other are
described together. No crop leaves memory.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise

import numpy as np

from casetrail.footage.decoder import Decoder
from casetrail.footage.recordings import Recording
from casetrail.governance.consent import FaceConsent
from casetrail.model.arrays import Floats, Image, frozen
from casetrail.model.errors import MissingError
from casetrail.presence.presences import Presence, View
from casetrail.sightings.crops import cut_person
from casetrail.sightings.describers import Describers
from casetrail.sightings.faces import FaceComparison, FaceReference, compare_faces
from casetrail.sightings.masks import FaceView, combine_masks, read_face
from casetrail.sightings.sightings import Sighting

VIEWS_PER_PRESENCE = 3
CROPS_TOGETHER = 16  # described at once where there are so many: models work on several side by side
LEAST_WEIGHT = 1e-3  # a view of quality 0 still counts a little


Heed = Callable[[], None]


def unheeded() -> None:
    """Nothing to heed."""


def describe_presences(
    presences: Sequence[Presence],
    recordings: Mapping[str, Recording],
    decoder: Decoder,
    describers: Describers,
    views_per_presence: int = VIEWS_PER_PRESENCE,
    consent: FaceConsent | None = None,
    reference_face: FaceReference | None = None,
    heed: Heed = unheeded,
) -> Iterator[Sighting]:
    """Sightings of the presences, recording by recording; a presence without a usable view gives none.

    `recordings` by id. `reference_face`: that of the consenting index case, in memory only; faces
    are compared only when it and `consent` are given. `heed` is called before each view is described, and may stop
    the work by raising. Raises MissingError when a recording is not known or
    gone, BadInputError when one cannot be decoded.
    """
    looked = _look_at_all(presences, recordings, decoder, describers, views_per_presence, heed)
    for together in _bunches(looked):
        for looks, vectors in zip(together, _embed(together, describers), strict=True):
            face = None if consent is None else _compare(consent, reference_face, looks, describers)
            yield _sum_up(looks, vectors, face)


def best_views(presence: Presence, count: int) -> tuple[View, ...]:
    """The `count` views of a presence that describe it best, in order of time."""
    return choose_views(presence.views, count)


def choose_views(views: Sequence[View], count: int) -> tuple[View, ...]:
    """`count` good views that lie far apart, in order of time; one alone is the best.

    Of all ways to choose, the one with the largest product of mean quality and the root of the shortest time between
    two views: people turn as they walk, so views far apart say more than one again (measured, docs/adr/0011).
    """
    ordered = tuple(sorted(views, key=lambda view: (view.pts, -view.quality)))
    if count >= len(ordered):
        return ordered
    return max(combinations(ordered, count), key=_worth) if count > 0 else ()


def average_views(vectors: Floats, weights: Floats) -> Floats:
    """Unit vector `(d,)` of the weighted mean of `(n, d)`; of the best view alone where the views cancel out."""
    mean = np.average(vectors, axis=0, weights=weights)
    if np.linalg.norm(mean) < 1e-6:
        mean = vectors[int(np.argmax(weights))]
    unit: Floats = (mean / np.linalg.norm(mean)).astype(np.float32)
    return frozen(unit)


def read_faces(
    presences: Sequence[Presence],
    recordings: Mapping[str, Recording],
    decoder: Decoder,
    describers: Describers,
    views_per_presence: int,
    heed: Heed = unheeded,
) -> Iterator[tuple[Presence, Sequence[FaceView]]]:
    """Presences with the faces seen in their best views, in memory, for a comparison under consent.

    Raises as `describe_presences` does.
    """
    for looks in _look_at_all(presences, recordings, decoder, describers, views_per_presence, heed):
        yield looks.presence, looks.faces


def _worth(views: Sequence[View]) -> tuple[float, float]:
    quality = float(np.mean([view.quality for view in views]))
    apart = min((after.pts - before.pts for before, after in pairwise(views)), default=1)
    return quality * apart**0.5, quality


@dataclass(eq=False)
class _Looks:
    """What the decoded views of one presence show; lives only while it is described."""

    presence: Presence
    remaining: int
    crops: list[Image] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    faces: list[FaceView] = field(default_factory=list)

    def add(self, view: View, image: Image, describers: Describers) -> None:
        self.remaining -= 1
        crop = cut_person(image, view.xyxy)
        if crop is None:
            return
        self.crops.append(crop)
        self.weights.append(max(view.quality, LEAST_WEIGHT))
        face = read_face(image, view.xyxy, describers)
        if face is not None:
            self.faces.append(face)


def _by_recording(
    presences: Sequence[Presence], recordings: Mapping[str, Recording]
) -> Iterator[tuple[list[Presence], Recording]]:
    groups: dict[str, list[Presence]] = defaultdict(list)
    for presence in presences:
        groups[presence.recording_id].append(presence)
    for recording_id, group in groups.items():
        if recording_id not in recordings:
            raise MissingError("a recording of this presence is not known", where=f"recording {recording_id}")
        yield group, recordings[recording_id]


def _look_at_all(
    presences: Sequence[Presence],
    recordings: Mapping[str, Recording],
    decoder: Decoder,
    describers: Describers,
    count: int,
    heed: Heed,
) -> Iterator[_Looks]:
    for group, recording in _by_recording(presences, recordings):
        yield from _look(group, recording, decoder, describers, count, heed)


def _look(
    presences: Sequence[Presence],
    recording: Recording,
    decoder: Decoder,
    describers: Describers,
    count: int,
    heed: Heed,
) -> Iterator[_Looks]:
    """One pass over the recording; each presence is handed on as soon as its last view was decoded."""
    wanted: dict[int, list[tuple[_Looks, View]]] = defaultdict(list)
    for presence in presences:
        views = best_views(presence, count)
        looks = _Looks(presence, remaining=len(views))
        for view in views:
            wanted[view.pts].append((looks, view))
    for frame in decoder.read_views(recording, sorted(wanted)):
        for looks, view in wanted.pop(frame.pts, ()):
            heed()
            looks.add(view, frame.image, describers)
            if not looks.remaining and looks.crops:
                yield looks
    yield from _cut_short(wanted.values())


def _cut_short(left_over: Iterable[Sequence[tuple[_Looks, View]]]) -> Iterator[_Looks]:
    """Presences of which the recording gave some views and not all."""
    unfinished = {looks.presence.presence_id: looks for pairs in left_over for looks, _ in pairs}
    yield from (looks for looks in unfinished.values() if looks.crops)


def _bunches(looked: Iterable[_Looks]) -> Iterator[list[_Looks]]:
    """Presences that are described at once."""
    bunch: list[_Looks] = []
    for looks in looked:
        bunch.append(looks)
        if sum(len(each.crops) for each in bunch) >= CROPS_TOGETHER:
            yield bunch
            bunch = []
    if bunch:
        yield bunch


def _embed(together: Sequence[_Looks], describers: Describers) -> list[Floats]:
    """The clothing in the crops of each presence, `(n, d)` each."""
    crops = [crop for looks in together for crop in looks.crops]
    silhouettes: list[Floats | None] = [None] * len(crops)
    if describers.silhouette is not None:
        silhouettes = list(describers.silhouette.segment(crops))
    ends = np.cumsum([len(looks.crops) for looks in together])
    return np.split(describers.clothing.embed(crops, silhouettes), ends[:-1])


def _sum_up(looks: _Looks, vectors: Floats, face: FaceComparison | None) -> Sighting:
    presence, weights = looks.presence, np.asarray(looks.weights)
    return Sighting(
        presence_id=presence.presence_id,
        camera_id=presence.camera_id,
        interval=presence.interval,
        embedding=average_views(vectors, weights),
        quality=float(np.mean(weights)),
        views_described=len(looks.crops),
        mask=combine_masks([(face.mask, face.width_px) for face in looks.faces]),
        face_similarity=None if face is None else face.similarity,
        face_log_ratio=None if face is None else face.log_ratio,
    )


def _compare(
    consent: FaceConsent, reference: FaceReference | None, looks: _Looks, describers: Describers
) -> FaceComparison | None:
    return compare_faces(consent, reference, looks.faces, describers.face_embedder)
