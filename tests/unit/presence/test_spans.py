"""Spans: joined by camera and time whatever the parts, and reached exactly where intervals overlap."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casetrail.model.errors import BadInputError
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.presence.presences import Presence
from casetrail.presence.spans import (
    PresenceSpans,
    build_spans,
    encode_ids,
    find_reached,
    join_spans,
    merge_intervals,
)
from casetrail.testing.made_presences import make_presence

PEOPLE = st.lists(
    st.builds(
        make_presence,
        st.sampled_from(["C1", "C2", "C10", "역"]),
        st.integers(0, 20).map(lambda second: second * SECOND_US),
        frames=st.integers(1, 40),
        number=st.integers(0, 500),
    ),
    max_size=12,
    unique_by=lambda item: item.presence_id,
)
INTERVALS = st.lists(
    st.tuples(st.integers(0, 25), st.integers(0, 8)).map(
        lambda pair: UtcInterval(pair[0] * SECOND_US, (pair[0] + pair[1]) * SECOND_US)
    ),
    max_size=5,
)


def columns(spans: PresenceSpans) -> list[tuple[object, ...]]:
    """The rows, with cameras by name."""
    names = [spans.camera_ids[int(camera)] for camera in spans.camera]
    return list(zip(names, spans.start_us.tolist(), spans.end_us.tolist(), spans.ids(), strict=True))


@settings(max_examples=40, deadline=None)
@given(PEOPLE, st.integers(1, 4))
def test_parts_join_to_the_whole(people: list[Presence], parts: int) -> None:
    """However presences are dealt to parts, the joined table is the table of all."""
    whole = build_spans(people)
    joined = join_spans([build_spans(people[part::parts]) for part in range(parts)])
    assert columns(joined) == columns(whole)
    assert joined.views.tolist() == whole.views.tolist()
    assert joined.count_by_camera().sum() == len(people)


@settings(max_examples=60, deadline=None)
@given(PEOPLE, INTERVALS)
def test_reached_is_what_overlaps(people: list[Presence], intervals: list[UtcInterval]) -> None:
    """A row is reached when its presence overlaps a wanted interval of its own camera, half-open at both ends."""
    spans = build_spans(people)
    reached = find_reached(spans, {"C1": intervals, "역": intervals, "C9": intervals})
    for row in range(len(spans)):
        wanted = intervals if spans.camera_ids[int(spans.camera[row])] in ("C1", "역") else []
        assert reached[row] == any(spans.interval(row).overlaps(one) and one.duration_s > 0 for one in wanted)


@settings(max_examples=40, deadline=None)
@given(INTERVALS)
def test_merged_intervals_cover_the_same(intervals: list[UtcInterval]) -> None:
    """Merged intervals are in order, apart, and cover the same moments."""
    starts, ends = merge_intervals(intervals)
    assert (starts < ends).all()
    assert (starts[1:] > ends[:-1]).all()
    for moment in range(0, 34 * SECOND_US, SECOND_US // 2):
        inside = bool(((starts <= moment) & (moment < ends)).any())
        assert inside == any(one.contains(moment) for one in intervals)


def test_rows_can_be_taken_and_not_changed() -> None:
    """Rows are taken by position or mask, keep their cameras, and are read-only."""
    spans = build_spans([make_presence("C1", n * SECOND_US, number=n) for n in range(3)])
    taken = spans.take(np.array([2, 0]))
    assert taken.ids() == [spans.ids()[2], spans.ids()[0]]
    assert spans.take(np.array([False, True, False])).ids() == spans.ids(np.array([1]))
    with pytest.raises(ValueError, match="read-only"):
        taken.start_us[0] = 1


def test_nothing_joins_to_nothing() -> None:
    """No parts, and empty parts, give an empty table."""
    assert len(join_spans([])) == len(join_spans([build_spans([]), build_spans([])])) == 0


def test_columns_that_cannot_be() -> None:
    """Columns of different lengths and ids that are not ASCII are turned down."""
    spans = build_spans([make_presence()])
    rest = (spans.views, spans.quality, spans.towards)
    with pytest.raises(BadInputError):
        PresenceSpans(("C1",), spans.camera, spans.start_us, spans.end_us[:0], spans.presence_id, *rest)
    with pytest.raises(BadInputError, match="ASCII"):
        encode_ids(["사람"])


def test_rows_keep_their_cameras_whatever_cameras_are_named() -> None:
    """Numbers change, the cameras of the rows do not; a camera without rows may be named."""
    made = build_spans([make_presence("C1", 0), make_presence("C2", SECOND_US, number=1)])
    named = made.among(["C3", "C2", "C1"])
    assert named.camera_ids == ("C3", "C2", "C1")
    assert [named.camera_ids[at] for at in named.camera.tolist()] == ["C1", "C2"]
    assert named.ids() == made.ids()
    with pytest.raises(BadInputError):
        made.among(["C1"])
