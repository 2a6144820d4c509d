"""Presences as a table without paths: when which camera saw somebody. At city size this is what a gate holds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
import numpy.typing as npt

from casetrail.model.arrays import Array, Flags, Floats, Integers, frozen
from casetrail.model.errors import BadInputError
from casetrail.model.time import UtcInterval
from casetrail.presence.directions import find_towards
from casetrail.presence.presences import Presence

CameraRows = npt.NDArray[np.int32]
Counts = npt.NDArray[np.uint8]
Directions = npt.NDArray[np.int8]
Ids = npt.NDArray[np.bytes_]


_KINDS: dict[str, npt.DTypeLike] = {
    "presence_id": "S1",
    "start_us": np.int64,
    "end_us": np.int64,
    "views": np.uint8,
    "quality": np.float32,
    "towards": np.int8,
}


@dataclass(frozen=True)
class PresenceSpans:
    """`n` presences by camera and time; every array `(n,)` and read-only.

    `camera_ids`: in order; some may have no row. `camera`: int32, which of them. `start_us`, `end_us`: int64 UTC,
    half-open. `presence_id`: ASCII of one width. `views`: uint8, how many best views. `quality`: float32 0..1 of the
    best of them, 0 without any. `towards`: int8, 1 for somebody who walks towards the camera, -1 away from it, 0 when
    that cannot be told (`casetrail.presence.directions`). Raises BadInputError when the arrays differ in length.
    """

    camera_ids: tuple[str, ...]
    camera: CameraRows
    start_us: Integers
    end_us: Integers
    presence_id: Ids
    views: Counts
    quality: Floats
    towards: Directions

    def __post_init__(self) -> None:
        if any(getattr(self, name).shape != self.camera.shape for name in _KINDS):
            raise BadInputError("the columns of these spans differ in length")

    def __len__(self) -> int:
        return len(self.camera)

    def among(self, camera_ids: Sequence[str]) -> "PresenceSpans":
        """The same rows with these cameras named, no others. Raises BadInputError when a row's camera is not named."""
        place = {camera_id: at for at, camera_id in enumerate(camera_ids)}
        renumbered = np.array([place.get(camera_id, -1) for camera_id in self.camera_ids], np.int32)
        camera = renumbered[self.camera]
        if (camera < 0).any():
            raise BadInputError("a presence is of a camera that was not asked for", where="presence index")
        return replace(self, camera_ids=tuple(camera_ids), camera=frozen(camera))

    def take(self, rows: Array) -> "PresenceSpans":
        """These rows (positions, or a mask) in this order, with the same cameras."""
        columns = {name: frozen(getattr(self, name)[rows]) for name in _KINDS}
        return PresenceSpans(self.camera_ids, frozen(self.camera[rows]), **columns)

    def ids(self, rows: Array | None = None) -> list[str]:
        """Ids of these rows, or of all."""
        chosen = self.presence_id if rows is None else self.presence_id[rows]
        return [name.decode("ascii") for name in chosen.tolist()]

    def interval(self, row: int) -> UtcInterval:
        """When the presence of a row was there."""
        return UtcInterval(int(self.start_us[row]), int(self.end_us[row]))

    def count_by_camera(self) -> Integers:
        """How many rows each camera has, `(len(camera_ids),)`."""
        return np.bincount(self.camera, minlength=len(self.camera_ids)).astype(np.int64)


def build_spans(presences: Iterable[Presence]) -> PresenceSpans:
    """The table of these presences, by camera and time. Raises BadInputError when an id is not ASCII."""
    ordered = sorted(presences, key=lambda item: (item.camera_id, item.interval, item.presence_id))
    camera_ids = tuple(camera_id for camera_id, _ in groupby(item.camera_id for item in ordered))
    place = {camera_id: index for index, camera_id in enumerate(camera_ids)}
    return PresenceSpans(
        camera_ids,
        frozen(np.array([place[item.camera_id] for item in ordered], np.int32)),
        frozen(np.array([item.utc_us[0] for item in ordered], np.int64)),
        frozen(np.array([item.utc_us[-1] + 1 for item in ordered], np.int64)),
        encode_ids([item.presence_id for item in ordered]),
        frozen(np.array([len(item.views) for item in ordered], np.uint8)),
        frozen(np.array([max((view.quality for view in item.views), default=0.0) for item in ordered], np.float32)),
        frozen(np.array([find_towards(item) for item in ordered], np.int8)),
    )


def encode_ids(names: Sequence[str]) -> Ids:
    """Presence ids as bytes of one width. Raises BadInputError when one is not ASCII."""
    try:
        encoded = [name.encode("ascii") for name in names]
    except UnicodeEncodeError as error:
        raise BadInputError("the id of a presence is not ASCII") from error
    return frozen(np.array(encoded, f"S{max(map(len, encoded), default=1)}"))


def join_spans(parts: Iterable[PresenceSpans]) -> PresenceSpans:
    """One table of several, each ordered by camera, by camera and time. A row that is in two parts is in it twice.

    Parts that nobody else holds are let go column by column: at city size two copies of everything are too many.
    """
    listed = list(parts)
    camera_ids = tuple(sorted({camera_id for part in listed for camera_id in part.camera_ids}))
    place = {camera_id: index for index, camera_id in enumerate(camera_ids)}
    camera = _chain([_codes(part, place) for part in listed], np.int32)
    order = _by_block(camera)
    columns = {name: [getattr(part, name) for part in listed] for name in _KINDS}
    del listed
    joined = {name: frozen(_chain(columns.pop(name), kind)[order]) for name, kind in _KINDS.items()}
    whole = PresenceSpans(camera_ids, frozen(camera[order]), **joined)
    return whole if _in_order(whole) else whole.take(_order(whole))


def find_reached(spans: PresenceSpans, wanted: Mapping[str, Sequence[UtcInterval]]) -> Flags:
    """Which rows overlap an interval that is wanted of their camera, `(n,)`; the rows must be ordered by camera."""
    bounds = np.searchsorted(spans.camera, np.arange(len(spans.camera_ids) + 1))
    reached = np.zeros(len(spans), np.bool_)
    for index, camera_id in enumerate(spans.camera_ids):
        if camera_id in wanted:
            rows = slice(int(bounds[index]), int(bounds[index + 1]))
            starts, ends = merge_intervals(wanted[camera_id])
            first = np.searchsorted(ends, spans.start_us[rows], side="right")  # the first that ends after it starts
            reached[rows] = np.append(starts, np.iinfo(np.int64).max)[first] < spans.end_us[rows]
    return reached


def merge_intervals(intervals: Iterable[UtcInterval]) -> tuple[Integers, Integers]:
    """Starts and ends, in order, of the fewest intervals that cover the same moments."""
    merged: list[list[int]] = []
    for one in sorted(intervals):
        if merged and one.start_us <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], one.end_us)
        elif one.end_us > one.start_us:
            merged.append([one.start_us, one.end_us])
    table = np.array(merged, np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _chain(parts: Sequence[Array], kind: npt.DTypeLike) -> Array:
    """The parts in one array; of the given kind when there is none."""
    return np.concatenate(parts) if parts else np.zeros(0, kind)


def _codes(part: PresenceSpans, place: Mapping[str, int]) -> CameraRows:
    """The cameras of a part's rows as positions in the joined list."""
    moved = np.array([place[camera_id] for camera_id in part.camera_ids], np.int32)
    return np.asarray(moved[part.camera] if len(part) else np.zeros(0, np.int32))


def _by_block(camera: CameraRows) -> Integers:
    """An order that brings the stretches of one camera together and leaves each as it is: cheaper than sorting rows."""
    starts = np.flatnonzero(np.diff(camera, prepend=-1))
    lengths = np.diff(np.append(starts, len(camera)))
    blocks = np.argsort(camera[starts], kind="stable")
    lengths, starts = lengths[blocks], starts[blocks]
    shift = np.repeat(starts - np.cumsum(lengths) + lengths, lengths)
    return np.asarray(shift + np.arange(len(camera)))


def _in_order(spans: PresenceSpans) -> bool:
    """Whether the rows are by camera, start, end and id."""
    same = np.ones(max(len(spans) - 1, 0), np.bool_)
    columns: tuple[Array, ...] = (spans.camera, spans.start_us, spans.end_us, spans.presence_id)
    for column in columns:
        if (same & (column[1:] < column[:-1])).any():
            return False
        same &= column[1:] == column[:-1]
    return True


def _order(spans: PresenceSpans) -> Integers:
    return np.lexsort((spans.presence_id, spans.end_us, spans.start_us, spans.camera))
