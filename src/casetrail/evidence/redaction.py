"""Redaction: which parts of every frame are painted over, decided before any frame is shown.

Everybody's head region is covered: under every person box, low confidences included, under every face, and
through the frames in which a detector missed somebody or did not look. It fails closed: a person without a plausible
head loses the top third, a frame without detector output is covered whole, and so is a frame the plan does not know
or that stands too far from any look.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from casetrail.evidence.holding import Holding, hold_boxes
from casetrail.evidence.mosaic import Mosaic
from casetrail.governance.consent import FaceConsent
from casetrail.governance.unmasking import ShownFace
from casetrail.model.arrays import Doubles, Flags, Floats, Image, Integers
from casetrail.model.errors import RefusedError
from casetrail.model.geometry import box_overlap
from casetrail.presence.detector import Detections
from casetrail.presence.presences import Presence

SUBJECT_OVERLAP = 0.75  # least overlap at which a detection is taken for the subject's; below it, it is covered
HELD_OVERLAP = 0.5  # the same for a place told by the frames around: whose it is was decided there
SAME_FACE = 0.5
HEAD_MARGIN = 0.1  # of a head region's size on every side: doubtful boxes are off by as much (docs/adr/0010)
FACE_MARGIN = 0.3  # of a face's size: hair, ears and chin identify too
BODY_MARGIN = 0.08
LOOKS_APART_S = 0.5  # between looks that stand further apart nobody knows who came and went, so all is covered


@dataclass(frozen=True)
class RedactionSettings:
    """How much is covered. `whole_bodies`: people other than the subject lose their whole body, since clothing
    identifies too; for whatever leaves the room. `lowest_confidence` 0..1: detections below it are left out.
    """

    lowest_confidence: float = 0.05
    whole_bodies: bool = False
    holding: Holding = field(default_factory=Holding)


@dataclass(frozen=True)
class Look:
    """What detectors found in one frame. `people` None: nobody looked, so nothing is known and all is covered.

    A detector that fails raises instead, and no picture is made at all. `faces_xyxy`: float32 `(n, 4)` pixels.
    """

    pts: int
    people: Detections | None
    faces_xyxy: Floats


@dataclass(frozen=True)
class Subject:
    """The person concerned, by the presences that were confirmed as theirs, all in one recording.

    With proof of live consent, or of a grant to show this one presence, the face stays visible; without, it is covered
    like everybody's.
    """

    presences: tuple[Presence, ...]
    consent: FaceConsent | ShownFace | None = None

    def box_at(self, pts: int) -> Floats | None:
        """Where the subject is in a frame, xyxy `(4,)` pixels, between known frames in a straight line, or None."""
        known = any(one.pts[0] <= pts <= one.pts[-1] for one in self.presences)
        return self.nearest_box(pts) if known else None

    def nearest_box(self, pts: int) -> Floats:
        """As `box_at`, and outside the subject's time where the subject was last or will be first."""
        nearest = min(self.presences, key=lambda one: max(one.pts[0] - pts, pts - one.pts[-1], 0))
        place: Floats = _boxes_along(nearest, np.array([pts]))[0]
        return place

    def owns(self, presence: Presence) -> bool:
        """Whether the presence is the subject's."""
        return any(presence.presence_id == own.presence_id for own in self.presences)


@dataclass(frozen=True)
class RedactionPlan:
    """The regions to cover, float32 `(n, 4)` xyxy pixels, by pts; frames of `wh` pixels."""

    wh: tuple[int, int]
    regions: Mapping[int, Floats]

    def regions_at(self, pts: int) -> Floats:
        """The regions of a frame; the whole frame when the plan does not know it."""
        return self.regions[pts] if pts in self.regions else whole_frame(self.wh)


def plan_redaction(
    looks: Sequence[Look],
    presences: Sequence[Presence],
    wh: tuple[int, int],
    time_base: Fraction,
    settings: RedactionSettings | None = None,
    subject: Subject | None = None,
    case_id: str = "",
    frames: Sequence[int] = (),
) -> RedactionPlan:
    """Decide what to cover in every looked-at frame of one recording, and in `frames`, the pts of those between.

    Both ascend. `presences` of the same recording add what tracking knows. Raises RefusedError when the subject's
    consent was given for another case.
    """
    settings = settings or RedactionSettings()
    _check_consent(subject, case_id)
    looked = {look.pts: look for look in looks}
    pts = np.array(sorted({*looked, *frames}), dtype=np.int64)
    times = np.asarray(pts * float(time_base), dtype=np.float64)
    found = [_confident(looked.get(at), settings.lowest_confidence) for at in pts.tolist()]
    seen = [_faces(looked.get(at)) for at in pts.tolist()]
    people = hold_boxes(times, _joined(found, _tracked(presences, pts)), settings.holding)
    faces = hold_boxes(times, seen, settings.holding)
    own: list[_Own | None] = [None] * len(pts)
    if subject is not None and subject.presences:
        strangers = _tracked([one for one in presences if not subject.owns(one)], pts)
        others = _others(subject, pts, found, strangers)
        own = _own_places(subject, pts, hold_boxes(times, others, settings.holding))
    known = _known(pts, looks, time_base)
    regions = {}
    for at, boxes, near, place, told in zip(pts.tolist(), people, faces, own, known.tolist(), strict=True):
        regions[at] = _regions_of_frame(boxes, near, settings, place) if told else whole_frame(wh)
    return RedactionPlan(wh, regions)


def redact_frame(image: Image, regions_xyxy: Floats, pattern: Mosaic) -> Image:
    """A copy of the image with the regions painted over; what is under them has no influence on the result."""
    return pattern.redact(image, regions_xyxy)


def head_regions(boxes_xyxy: Floats) -> Floats:
    """Generous head regions `(n, 4)` of person boxes `(n, 4)`.

    A head lies in the upper quarter of an upright box; the region also allows for a box that sits too low, and
    for a head that leans out at the side. A box too wide for an upright person has no plausible head: it loses its
    top third over its full width, and more above. Where only head and shoulders are seen the box is about as wide as
    high and mostly head, which is about half as high as the shoulders are wide: so much is covered at least.
    All of it grows by HEAD_MARGIN on every side.
    """
    x1, y1, x2, y2 = boxes_xyxy.reshape(-1, 4).T
    width, height = np.maximum(x2 - x1, 1), np.maximum(y2 - y1, 1)
    upright = width < 0.75 * height
    side = np.maximum(0.06 * width, (0.34 * height - width) / 2)
    lower = y1 + np.maximum(np.where(upright, 0.30, 1 / 3) * height, np.minimum(0.55 * width, height))
    upper = y1 - np.where(upright, 0.10, 0.15) * height
    region = np.stack([x1 - side, upper, x2 + side, lower], axis=1)
    return _widened(region.astype(np.float32), HEAD_MARGIN)


def whole_frame(wh: tuple[int, int]) -> Floats:
    """One region that covers everything."""
    return np.array([[0, 0, *wh]], dtype=np.float32)


def _check_consent(subject: Subject | None, case_id: str) -> None:
    if subject is None or subject.consent is None:
        return
    proof = subject.consent
    if not isinstance(proof, FaceConsent | ShownFace) or proof.case_id != case_id:
        raise RefusedError("the consent to show the face was not given for this case", where=f"case {case_id}")
    if isinstance(proof, ShownFace) and [one.presence_id for one in subject.presences] != [proof.presence_id]:
        raise RefusedError("the grant to show a face names another presence", where=f"case {case_id}")


def _known(pts: Integers, looks: Sequence[Look], time_base: Fraction) -> Flags:
    """Which frames were looked at, or stand between two looks that are near enough to tell what is there."""
    seen = np.array([look.pts for look in looks if look.people is not None], dtype=np.int64)
    blind = np.array([look.pts for look in looks if look.people is None], dtype=np.int64)
    if not len(seen):
        return np.zeros(len(pts), dtype=np.bool_)
    after = np.searchsorted(seen, pts)
    inner = (after > 0) & (after < len(seen))
    apart = seen[np.minimum(after, len(seen) - 1)] - seen[np.maximum(after - 1, 0)]
    known: Flags = np.isin(pts, seen) | (inner & (apart * float(time_base) <= LOOKS_APART_S))
    return known & ~np.isin(pts, blind)


def _confident(look: Look | None, lowest: float) -> Floats:
    if look is None or look.people is None:
        return np.zeros((0, 4), np.float32)
    kept: Floats = look.people.xyxy[~(look.people.confidence < lowest)].reshape(-1, 4)  # one without a number counts
    return kept


def _faces(look: Look | None) -> Floats:
    return np.zeros((0, 4), np.float32) if look is None else look.faces_xyxy.reshape(-1, 4)


def _tracked(presences: Sequence[Presence], pts: Integers) -> list[Floats]:
    """Where presences are in every frame `pts` of their time, also between the frames that the index knows."""
    places: list[list[Floats]] = [[] for _ in pts]
    for presence in presences:
        boxes = _boxes_along(presence, pts)
        for frame in np.flatnonzero((pts >= presence.pts[0]) & (pts <= presence.pts[-1])):
            places[frame].append(boxes[frame])
    return [np.array(boxes, dtype=np.float32).reshape(-1, 4) for boxes in places]


def _boxes_along(presence: Presence, pts: Integers) -> Floats:
    """Boxes `(n, 4)` of a presence at each pts `(n,)`, in straight lines between its frames, at its ends beyond."""
    sides = [np.interp(pts, presence.pts, presence.xyxy[:, side]) for side in range(4)]
    return np.stack(sides, axis=1).astype(np.float32)


def _joined(first: Sequence[Floats], second: Sequence[Floats]) -> list[Floats]:
    return [np.concatenate(pair).astype(np.float32) for pair in zip(first, second, strict=True)]


def _others(subject: Subject, pts: Integers, found: Sequence[Floats], strangers: Sequence[Floats]) -> list[Floats]:
    """Per frame, everybody but the subject, who is one detection at most: the one that fits best."""
    rest = []
    for at, boxes, near in zip(pts.tolist(), found, strangers, strict=True):
        own = subject.nearest_box(at)
        best = np.argsort(-box_overlap(boxes, own[None])[:, 0], kind="stable")[:1]
        mine = best[_fits(boxes[best], own, near, SUBJECT_OVERLAP)]
        rest.append(np.delete(boxes, mine, axis=0))
    return _joined(rest, strangers)


@dataclass(frozen=True)
class _Own:
    """The subject in one frame: box `(4,)`, boxes `(n, 4)` of others, and whether the face may show."""

    box: Floats
    others: Floats
    shown: bool


def _own_places(subject: Subject, pts: Integers, others: Sequence[Floats]) -> list[_Own | None]:
    places = [subject.box_at(at) for at in pts.tolist()]
    shown = subject.consent is not None
    return [None if box is None else _Own(box, near, shown) for box, near in zip(places, others, strict=True)]


def _fits(boxes: Floats, own: Floats, others: Floats, least: float) -> Flags:
    """Which boxes `(n, 4)` fit the subject's box `(4,)` well, and none of the others' `(m, 4)` better."""
    fit = box_overlap(boxes, own[None])[:, 0]
    rival = box_overlap(boxes, others).max(axis=1, initial=0.0)
    fits: Flags = (fit >= least) & (fit > rival)
    return fits


def _regions_of_frame(boxes: Floats, faces: Floats, settings: RedactionSettings, own: _Own | None) -> Floats:
    if own is None:
        bodies = boxes if settings.whole_bodies else boxes[:0]
        return np.concatenate([head_regions(boxes), _widened(faces, FACE_MARGIN), _widened(bodies, BODY_MARGIN)])
    mine = _fits(boxes, own.box, own.others, HELD_OVERLAP)
    heads = boxes[~mine] if own.shown else np.concatenate([boxes, own.box[None]])
    bodies = boxes[~mine] if settings.whole_bodies else boxes[:0]
    shown = _faces_of_others(faces, own.box) if own.shown else faces
    return np.concatenate([head_regions(heads), _widened(shown, FACE_MARGIN), _widened(bodies, BODY_MARGIN)])


def _faces_of_others(faces: Floats, own: Floats) -> Floats:
    """Every face but the one nearest to the middle of the subject's head: a second face there is somebody else's.

    Boxes that are nearly the same are one face, found and held.
    """
    if not len(faces):
        return faces
    head = head_regions(own[None])[0]
    middles: Doubles = (faces[:, :2] + faces[:, 2:]).astype(np.float64) / 2
    inside = ((middles >= head[:2]) & (middles <= head[2:])).all(axis=1)
    if not inside.any():
        return faces
    away = np.where(inside, np.abs(middles - (head[:2] + head[2:]) / 2).sum(axis=1), np.inf)
    nearest = faces[int(np.argmin(away))]
    others: Floats = faces[box_overlap(faces, nearest[None])[:, 0] < SAME_FACE]
    return others


def _widened(boxes: Floats, margin: float) -> Floats:
    """Boxes grown on every side by a share of their size."""
    by = margin * (boxes[:, 2:] - boxes[:, :2])
    return np.concatenate([boxes[:, :2] - by, boxes[:, 2:] + by], axis=1).astype(np.float32)
