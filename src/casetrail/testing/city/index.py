"""PresenceIndex of a simulated city: everything is indexed already; presences are made when they are asked for."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from casetrail.governance.audit import AuditEvent
from casetrail.model.arrays import Array, Integers, frozen
from casetrail.model.errors import UsageError
from casetrail.model.time import SECOND_US
from casetrail.presence.index import PresenceSpans, Reach, SegmentKey
from casetrail.presence.presences import MOST_VIEWS, Presence, View
from casetrail.presence.sampling import Sampling
from casetrail.presence.spans import merge_intervals
from casetrail.testing.city.build import City
from casetrail.testing.city.hashing import names_of, rows_of
from casetrail.testing.city.plan import START_US

FRAMES = 5
HEIGHT_PX, WIDTH_PX, PICTURE_WH = 110.0, 40.0, (1280, 720)
GROWTH = 1.5  # of a box on the way towards the camera


class SimulatedIndex:
    """Reads the tracklets of a city. It never hands out who anybody is."""

    def __init__(self, city: City, most_views: int = MOST_VIEWS) -> None:
        self._most_views = most_views
        self._seed, self._tracklets = city.plan.seed, city.tracklets
        self._camera_ids = tuple(camera.camera_id for camera in city.cameras)
        self._place = {camera_id: row for row, camera_id in enumerate(self._camera_ids)}

    def rows_named(self, presence_ids: npt.NDArray[np.bytes_]) -> Integers:
        """Rows of the city's table; for the world only."""
        return rows_of(presence_ids, self._seed)

    def spans_of(self, rows: Integers) -> PresenceSpans:
        """The table of these rows."""
        found = self._tracklets
        start = START_US + found.start_ms[rows].astype(np.int64) * 1000
        camera = np.searchsorted(found.first, rows, side="right") - 1
        return PresenceSpans(
            self._camera_ids,
            frozen(camera.astype(np.int32)),
            frozen(start),
            frozen(start + found.length_ms[rows].astype(np.int64) * 1000),
            frozen(names_of(rows, self._seed)),
            frozen(np.minimum(found.views[rows], self._most_views).astype(np.uint8)),
            frozen(found.quality[rows].astype(np.float32)),
            frozen(found.towards[rows].astype(np.int8)),
        )

    def read_spans(self, reaches: Sequence[Reach]) -> PresenceSpans:
        """Presences that overlap any of the reaches, by camera and time, without paths."""
        wanted: dict[int, list[Reach]] = {}
        for reach in reaches:
            if reach.camera_id in self._place:
                wanted.setdefault(self._place[reach.camera_id], []).append(reach)
        parts = [self._rows_at(camera, wanted[camera]) for camera in sorted(wanted)]
        return self.spans_of(np.concatenate(parts) if parts else np.zeros(0, np.int64))

    def read_chosen(self, spans: PresenceSpans) -> Iterator[Presence]:
        """Whole presences of these rows, in their order."""
        for at in range(len(spans)):
            yield self._presence(spans, at)

    def read_presences(self, reaches: Sequence[Reach]) -> Iterator[Presence]:
        """Presences that overlap any of the reaches."""
        return self.read_chosen(self.read_spans(reaches))

    def has_segment(self, _key: SegmentKey) -> bool:
        """Everything is done."""
        return True

    def write_segment(
        self, _key: SegmentKey, _presences: Sequence[Presence], _sampling: Sampling | None = None, *, audit: AuditEvent
    ) -> None:
        """A simulated city is written by its plan only. Raises UsageError."""
        raise UsageError("nothing is written to a simulated city", where=audit.act)

    def read_sampling(self, _key: SegmentKey) -> Sampling | None:
        """Nothing was looked at."""
        return None

    def read_segments(self) -> tuple[SegmentKey, ...]:
        """It has no recordings."""
        return ()

    def erase_day(self, day: str, *, audit: AuditEvent) -> int:
        """A simulated city keeps its days. Raises UsageError."""
        raise UsageError(f"nothing of {day} is erased from a simulated city", where=audit.act)

    def _rows_at(self, camera: int, reaches: Sequence[Reach]) -> Integers:
        first, last = int(self._tracklets.first[camera]), int(self._tracklets.first[camera + 1])
        start = START_US + self._tracklets.start_ms[first:last].astype(np.int64) * 1000
        end = start + self._tracklets.length_ms[first:last].astype(np.int64) * 1000
        starts, ends = merge_intervals(reach.interval for reach in reaches)
        at = np.searchsorted(ends, start, side="right")
        inside = np.append(starts, np.iinfo(np.int64).max)[at] < end
        return first + np.flatnonzero(inside)

    def _presence(self, spans: PresenceSpans, at: int) -> Presence:
        """A walk through the picture, nearer or farther as the table has it, the best of its views in the middle."""
        utc_us = np.linspace(int(spans.start_us[at]), int(spans.end_us[at]) - 1, FRAMES).astype(np.int64)
        left = np.linspace(0.1, 0.9, FRAMES) * (PICTURE_WH[0] - WIDTH_PX)
        size = GROWTH ** (int(spans.towards[at]) * np.linspace(-0.5, 0.5, FRAMES))
        top = np.full(FRAMES, 300.0)
        xyxy = np.stack([left, top, left + WIDTH_PX * size, top + HEIGHT_PX * size], axis=1).astype(np.float32)
        camera_id = spans.camera_ids[int(spans.camera[at])]
        return Presence(
            presence_id=spans.presence_id[at].decode("ascii"),
            camera_id=camera_id,
            recording_id=f"R-{camera_id}",
            pts=frozen(_pts(utc_us)),
            utc_us=frozen(utc_us),
            xyxy=frozen(xyxy),
            confidence=frozen(np.full(FRAMES, 0.9, np.float32)),
            foot_hidden=frozen(np.zeros(FRAMES, np.bool_)),
            foot_m=None,
            views=_views(utc_us, xyxy, int(spans.views[at]), float(spans.quality[at])),
            models="simulated city",
        )


def _pts(utc_us: Array) -> Integers:
    return np.asarray((utc_us - START_US) * 90_000 // SECOND_US, np.int64)


def _views(utc_us: Array, xyxy: Array, count: int, quality: float) -> tuple[View, ...]:
    chosen = np.linspace(0, FRAMES - 1, count + 2).round().astype(int)[1:-1]
    pts = _pts(utc_us)
    best = count // 2
    return tuple(
        View(int(pts[at]), tuple(map(float, xyxy[at])), quality * (1 - 0.04 * abs(n - best)), True)  # type: ignore[arg-type]
        for n, at in enumerate(chosen)
    )
