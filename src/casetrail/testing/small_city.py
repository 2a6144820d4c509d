"""A small simulated city with known truth, behind the ports that real footage uses.

People walk on a grid of cameras, linger, turn back, and are missed now and then; each wears clothes whose
description scatters from view to view. Some wear the same uniform. Truth never crosses the ports.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from casetrail.footage.cameras import Camera, ClockOffset
from casetrail.governance.audit import AuditEvent
from casetrail.model.arrays import Doubles, Floats, frozen
from casetrail.model.geometry import LatLon
from casetrail.model.ids import stable_id
from casetrail.model.time import SECOND_US, UtcInterval, day_of
from casetrail.presence.index import PresenceSpans, Reach, SegmentKey
from casetrail.presence.presences import Presence, View
from casetrail.presence.sampling import Sampling
from casetrail.presence.spans import build_spans
from casetrail.sightings.describers import SimilarityCalibration
from casetrail.sightings.sightings import MaskReading, Sighting
from casetrail.trace.anchors import RELIABILITY, Anchor, AnchorKind
from casetrail.trace.case_trace import Answer

START_US = 1_772_409_600 * SECOND_US  # 2026-03-02T00:00:00Z
CALIBRATION = SimilarityCalibration(0.38, 0.14, 0.04, 0.08, "small city, after 62 people on two outdoor cameras")
INDEX_CASE = 0
DIMENSIONS = 156  # random directions then have cosines of 0 +- 0.08


@dataclass(frozen=True)
class CityPlan:
    """What to build. `spacing_m` between cameras on a square grid; `uniform` share of people dressed alike."""

    side: int = 4
    spacing_m: float = 120.0
    people: int = 60
    hours: float = 1.0
    detected: float = 0.82
    uniform: float = 0.0
    split: float = 0.1
    clock_s: float = 1.0
    seed: int = 0


@dataclass(frozen=True)
class SmallCity:
    """A simulated installation: cameras, presences, what describing each would give, and who each really is."""

    plan: CityPlan
    cameras: tuple[Camera, ...]
    presences: tuple[Presence, ...]
    descriptions: dict[str, Sighting]
    person: dict[str, int]

    @property
    def interval(self) -> UtcInterval:
        """The hours that were simulated."""
        return UtcInterval(START_US, START_US + round(self.plan.hours * 3600) * SECOND_US)

    @property
    def truth(self) -> frozenset[str]:
        """Presences of the index case."""
        return frozenset(presence_id for presence_id, person in self.person.items() if person == INDEX_CASE)

    def open_presences(self, presences: Sequence[Presence]) -> list[Sighting]:
        """What describing these presences gives."""
        return [self.descriptions[presence.presence_id] for presence in presences]

    def answer(self, presence_id: str) -> Answer:
        """What a reviewer who never errs says."""
        return Answer.YES if presence_id in self.truth else Answer.NO

    def statement_near(self, presence_id: str, *, reliability: float = RELIABILITY[AnchorKind.TESTIMONY]) -> Anchor:
        """Testimony that the person was near this presence's camera within a minute of it."""
        sighting = self.descriptions[presence_id]
        camera = next(camera for camera in self.cameras if camera.camera_id == sighting.camera_id)
        return Anchor(AnchorKind.TESTIMONY, sighting.interval.widened(30.0), camera.place, 30.0, reliability, "S-1")


class SmallIndex:
    """PresenceIndex of a small city: everything is indexed already. `read` counts the presences handed out."""

    def __init__(self, presences: Iterable[Presence]) -> None:
        self._presences = sorted(presences, key=lambda presence: (presence.camera_id, presence.interval))
        self._segments: dict[str, SegmentKey] = {}
        self.audits: list[AuditEvent] = []
        self.read = 0

    def has_segment(self, key: SegmentKey) -> bool:
        """Whether this unit was written here."""
        return key.segment_id in self._segments

    def write_segment(
        self, key: SegmentKey, presences: Sequence[Presence], _sampling: Sampling | None = None, *, audit: AuditEvent
    ) -> None:
        """Add a segment's presences; when it is there already, nothing changes."""
        if not self.has_segment(key):
            self.audits.append(audit)
            self._segments[key.segment_id] = key
            self._presences = sorted([*self._presences, *presences], key=lambda p: (p.camera_id, p.interval))

    def read_sampling(self, _key: SegmentKey) -> Sampling | None:
        """Nothing was looked at in a simulated city."""
        return None

    def read_segments(self) -> tuple[SegmentKey, ...]:
        """Every segment written here, by camera and time."""
        return tuple(sorted(self._segments.values(), key=lambda key: (key.camera_id, key.interval)))

    def read_presences(self, reaches: Sequence[Reach]) -> Iterator[Presence]:
        """Presences that overlap any reach, each once, by camera and time."""
        for presence in self._reached(reaches):
            self.read += 1
            yield presence

    def read_spans(self, reaches: Sequence[Reach]) -> PresenceSpans:
        """The same presences without their paths: none is handed out."""
        return build_spans(self._reached(reaches))

    def read_chosen(self, spans: PresenceSpans) -> Iterator[Presence]:
        """Presences with these ids."""
        wanted = set(spans.ids())
        for presence in self._presences:
            if presence.presence_id in wanted:
                self.read += 1
                yield presence

    def erase_day(self, day: str, *, audit: AuditEvent) -> int:
        """Forget the presences and segments of a UTC day; returns how many segments went."""
        self.audits.append(audit)
        self._presences = [p for p in self._presences if day_of(p.interval.start_us) != day]
        kept = {name: key for name, key in self._segments.items() if day_of(key.interval.start_us) != day}
        went = len(self._segments) - len(kept)
        self._segments = kept
        return went

    def _reached(self, reaches: Sequence[Reach]) -> Iterator[Presence]:
        for presence in self._presences:
            here = (reach for reach in reaches if reach.camera_id == presence.camera_id)
            if any(reach.interval.overlaps(presence.interval) for reach in here):
                yield presence


def build_small_city(plan: CityPlan) -> SmallCity:
    """The city of a plan; the same plan gives the same city."""
    rng = np.random.default_rng(plan.seed)
    cameras = _build_cameras(plan)
    clothes = _dress(plan, rng)
    presences: list[Presence] = []
    descriptions: dict[str, Sighting] = {}
    person_of: dict[str, int] = {}
    offset_s = rng.normal(0.0, plan.clock_s, len(cameras))
    for person in range(plan.people):
        for camera, enter_s, leave_s in _walk(plan, rng):
            shift = float(offset_s[camera])
            presence = _presence(cameras[camera].camera_id, enter_s + shift, leave_s + shift, person)
            presences.append(presence)
            person_of[presence.presence_id] = person
            descriptions[presence.presence_id] = _describe(presence, clothes[person], rng)
    return SmallCity(plan, cameras, tuple(presences), descriptions, person_of)


def _build_cameras(plan: CityPlan) -> tuple[Camera, ...]:
    origin = LatLon(37.5, 126.8)
    return tuple(
        Camera(
            f"CAM-{row:02d}-{column:02d}",
            place=origin.moved(column * plan.spacing_m, row * plan.spacing_m),
            clock=ClockOffset(0.0, max(plan.clock_s, 0.1)),
        )
        for row in range(plan.side)
        for column in range(plan.side)
    )


def _dress(plan: CityPlan, rng: np.random.Generator) -> Doubles:
    """A direction per person; people in uniform nearly share one, the index case among them."""
    clothes = rng.normal(size=(plan.people, DIMENSIONS)) / np.sqrt(DIMENSIONS)
    alike = rng.random(plan.people) < plan.uniform
    alike[INDEX_CASE] = plan.uniform > 0
    clothes[alike] = 0.95 * clothes[INDEX_CASE] + 0.3 * clothes[alike]
    unit: Doubles = clothes / np.linalg.norm(clothes, axis=1, keepdims=True)
    return unit


def _walk(plan: CityPlan, rng: np.random.Generator) -> Iterator[tuple[int, float, float]]:
    """Views that a person walks through and is noticed in: (camera, seconds entering, seconds leaving)."""
    row, column = rng.integers(plan.side, size=2)
    heading = (0, 1)
    now = rng.uniform(0, plan.hours * 3600 * 0.3)
    speed = float(np.clip(rng.normal(1.3, 0.15), 0.8, 1.8))
    while now < plan.hours * 3600:
        stay = 12.0 / speed * rng.uniform(0.7, 1.5)
        if rng.random() < plan.detected:
            yield from _noticed(int(row) * plan.side + int(column), now, now + stay, plan, rng)
        now += stay + (rng.exponential(240.0) if rng.random() < 0.12 else 0.0)
        heading = _turn(heading, int(row), int(column), plan.side, rng)
        row, column = row + heading[0], column + heading[1]
        now += max(plan.spacing_m - 12.0, 2.0) * rng.uniform(1.0, 1.3) / speed


def _noticed(
    camera: int, enter_s: float, leave_s: float, plan: CityPlan, rng: np.random.Generator
) -> Iterator[tuple[int, float, float]]:
    if rng.random() < plan.split:
        middle = rng.uniform(enter_s + 0.3 * (leave_s - enter_s), leave_s - 0.3 * (leave_s - enter_s))
        yield camera, enter_s, middle - 0.5
        yield camera, middle + 0.5, leave_s
    else:
        yield camera, enter_s, leave_s


def _turn(heading: tuple[int, int], row: int, column: int, side: int, rng: np.random.Generator) -> tuple[int, int]:
    """Mostly straight on, seldom back, never off the grid."""
    ways = [(0, 1), (1, 0), (0, -1), (-1, 0)]
    inside = [way for way in ways if 0 <= row + way[0] < side and 0 <= column + way[1] < side]
    weight = np.array([3.0 if way == heading else 0.3 if _opposite(way, heading) else 1.0 for way in inside])
    return inside[int(rng.choice(len(inside), p=weight / weight.sum()))]


def _opposite(way: tuple[int, int], heading: tuple[int, int]) -> bool:
    return way[0] == -heading[0] and way[1] == -heading[1]


def _presence(camera_id: str, enter_s: float, leave_s: float, person: int) -> Presence:
    """A straight foot path at 2 frames a second."""
    count = max(int((leave_s - enter_s) * 2), 2)
    utc_us = START_US + (np.linspace(enter_s, leave_s, count) * SECOND_US).astype(np.int64)
    left = np.linspace(50, 500, count)
    xyxy = np.stack([left, np.full(count, 100), left + 40, np.full(count, 220)], axis=1).astype(np.float32)
    views = (View(int(utc_us[count // 2]), (50.0, 100.0, 90.0, 220.0), 0.8, True),)
    return Presence(
        presence_id=stable_id(camera_id, int(utc_us[0]), person),
        camera_id=camera_id,
        recording_id=f"R-{camera_id}",
        pts=frozen(utc_us.copy()),
        utc_us=frozen(utc_us),
        xyxy=frozen(xyxy),
        confidence=frozen(np.full(count, 0.9, np.float32)),
        foot_hidden=frozen(np.zeros(count, np.bool_)),
        foot_m=None,
        views=views,
        models="simulated",
    )


def _describe(presence: Presence, clothes: Doubles, rng: np.random.Generator) -> Sighting:
    """The person's direction plus scatter, so that the same person's cosines are about 0.38 +- 0.14."""
    share = float(np.clip(rng.normal(np.sqrt(CALIBRATION.same_mean), 0.11), 0.1, 0.95))
    scatter = rng.normal(size=DIMENSIONS) / np.sqrt(DIMENSIONS)
    mixed = share * clothes + np.sqrt(1 - share**2) * scatter
    embedding: Floats = (mixed / np.linalg.norm(mixed)).astype(np.float32)
    return Sighting(
        presence.presence_id, presence.camera_id, presence.interval, frozen(embedding), 0.8, 1, MaskReading()
    )
