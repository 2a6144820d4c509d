"""What must hold of a search through a city whatever the city: shifted clocks, idle cameras, confirmations."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from casetrail.footage.streets import StreetGraph
from casetrail.model.geometry import LatLon
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.presence.spans import PresenceSpans
from casetrail.sightings.describers import SimilarityCalibration
from casetrail.sightings.sightings import MaskReading, Sighting
from casetrail.trace.anchors import Anchor, AnchorKind
from casetrail.trace.case_trace import Answer
from casetrail.trace.cells import CityMap, cut_streets
from casetrail.trace.grid import DETECTED
from casetrail.trace.journeys import DIRECT
from casetrail.trace.search import Search
from casetrail.trace.streets import InView

ORIGIN = LatLon(37.5, 126.8)
CALIBRATION = SimilarityCalibration(0.4, 0.14, 0.0, 0.08, "made", 0.0, 0.5)
QUICK = settings(max_examples=3, deadline=None)


def build(seed: int, shift_s: float = 0.0, idle: bool = False) -> Search:
    """A search on one street with three cameras, twenty presences of strangers and five of the index case."""
    rng = np.random.default_rng(seed)
    nodes = np.array([[80.0 * at, 0.0] for at in range(8)])
    graph = StreetGraph(nodes, np.array([[at, at + 1] for at in range(7)]), np.full(7, 80.0), (), ORIGIN)
    names = ("A", "B", "C", "D") if idle else ("A", "B", "C")
    edges = np.array([0, 2, 4, 6][: len(names)])
    count = len(names)
    cells = cut_streets(graph, InView(names, np.arange(count), edges, np.full(count, 0.1), np.full(count, 0.4)))
    city = CityMap(names, np.full(count, 2.0), cells, np.tile([1.0, 0.0], (count, 1)))
    start = round(shift_s * SECOND_US)
    window = UtcInterval(start, start + 2000 * SECOND_US)
    anchor = Anchor(AnchorKind.CARD, UtcInterval(start + 600 * SECOND_US, start + 660 * SECOND_US), ORIGIN, 30.0, 0.98)
    mine = [(0, 700.0), (1, 830.0), (2, 960.0), (1, 1400.0), (0, 1530.0)]
    rows = sorted([*mine, *((int(rng.integers(3)), float(rng.uniform(0, 1900))) for _ in range(20))])
    spans = table(names, rows, start)
    search = Search(city, np.arange(len(cells)), spans, [anchor], window, CALIBRATION)
    person = rng.normal(size=64)
    search.add({row: describe(spans, row, person, (rows[row] in mine), rng) for row in range(len(rows))})
    search.infer()
    return search


def table(names: tuple[str, ...], rows: Sequence[tuple[int, float]], start: int) -> PresenceSpans:
    """Spans of ten seconds."""
    begins = np.array([start + round(at * SECOND_US) for _, at in rows], np.int64)
    ids = np.array([f"{row:04d}" for row in range(len(rows))], "S4")
    camera = np.array([camera for camera, _ in rows], np.int32)
    ones = np.ones(len(rows))
    views, quality, towards = ones.astype(np.uint8), ones.astype("f4"), np.zeros(len(rows), np.int8)
    return PresenceSpans(names, camera, begins, begins + 10 * SECOND_US, ids, views, quality, towards)


def describe(spans: PresenceSpans, row: int, person: np.ndarray, mine: bool, rng: np.random.Generator) -> Sighting:
    """Noise, with the person in it where it is theirs."""
    vector = rng.normal(size=64) + (person if mine else 0)
    unit = (vector / np.linalg.norm(vector)).astype(np.float32)
    return Sighting(str(row), "A", spans.interval(row), unit, 0.8, 1, MaskReading())


@QUICK
@given(seed=st.integers(0, 1000), shift=st.integers(-10_000_000, 10_000_000))
def test_shifting_all_clocks_together_changes_nothing(seed: int, shift: int) -> None:
    """Only differences in time matter."""
    here, there = build(seed).standing, build(seed, float(shift)).standing
    assert np.allclose(here.probability, there.probability, atol=1e-5)
    assert np.allclose(here.share, there.share, atol=1e-6)


@QUICK
@given(seed=st.integers(0, 1000))
def test_a_camera_that_nobody_passes_changes_nothing(seed: int) -> None:
    """An idle camera costs, but moves no probability."""
    here, there = build(seed).standing, build(seed, idle=True).standing
    assert np.allclose(here.probability, there.probability, atol=1e-4)


@QUICK
@given(seed=st.integers(0, 1000))
@example(seed=5)
def test_confirming_the_best_never_lowers_its_probability(seed: int) -> None:
    """A yes for what was likeliest already makes it likelier, and a no less likely."""
    search = build(seed)
    best = int(search.standing.probability.argmax())
    before = float(search.standing.probability[best])
    row, after = int(search.opened[best]), {}
    for answer in (Answer.YES, Answer.WITHDRAWN, Answer.NO):
        search.say(row, answer)
        search.infer_nearby(row)
        after[answer] = float(search.standing.probability[best])
    assert after[Answer.NO] - 1e-6 <= before <= after[Answer.YES] + 1e-6
    assert np.isclose(after[Answer.WITHDRAWN], before, atol=0.02)


@QUICK
@given(seed=st.integers(0, 1000))
def test_probabilities_are_probabilities(seed: int) -> None:
    """Between 0 and 1, and together no more passes than there is time for."""
    standing = build(seed).standing
    assert ((standing.probability >= 0) & (standing.probability <= 1)).all()
    assert standing.share.min() >= 0
    assert np.isfinite(standing.share).all()


def test_between_two_payments_a_journey_adds_to_what_the_field_says() -> None:
    """At both ends of the street somebody paid: who passes its middle in between may be on the way, nobody else.

    Past the middle, on the way there, the journey leads as surely as it is made; each who passed has their part of it.
    """
    nodes = np.array([[80.0 * at, 0.0] for at in range(15)])
    graph = StreetGraph(nodes, np.array([[at, at + 1] for at in range(14)]), np.full(14, 80.0), (), ORIGIN)
    cells = cut_streets(graph, InView(("A",), np.array([0]), np.array([7]), np.array([0.1]), np.array([0.4])))
    city = CityMap(("A",), np.full(1, 2.0), cells, np.array([[1.0, 0.0]]))
    window = UtcInterval(0, 12_000 * SECOND_US)
    spans = table(("A",), [(0, at) for at in (1000.0, 5000.0, 6000.0, 11_000.0)], 0)
    anchors = [
        Anchor(AnchorKind.CARD, UtcInterval(at * SECOND_US, (at + 60) * SECOND_US), place, 30.0, 0.98)
        for at, place in ((3000, ORIGIN), (8000, LatLon(37.5, 126.8 + 1100 / 111_320 / np.cos(np.radians(37.5)))))
    ]
    search = Search(city, np.arange(len(cells)), spans, anchors, window, CALIBRATION)
    share = search.infer().share
    added = share - search._by_field
    lanes = search.journeys.lanes
    passes = search.journeys.predict(np.ones((len(lanes), search.ticks), np.float32))
    assert passes.sum(axis=1) == pytest.approx([DIRECT], rel=1e-4)
    rate = search._grid._rate[lanes[0], search.tick[[1, 2]]]
    told = 0.5 * DETECTED * passes[0, search.tick[[1, 2]]] / rate  # which way they walked nobody knows
    assert added[[1, 2]] == pytest.approx(told, rel=0.02)
    assert (added[[1, 2]] > 0.2 * search._by_field[[1, 2]]).all()
    assert added[[0, 3]].tolist() == [0.0, 0.0]


def test_who_was_seen_to_walk_fast_is_expected_sooner() -> None:
    """Seven sightings at 1.8 m/s, then 480 m without a camera: who comes there as fast is likelier than who walks on
    as people usually do, and the other way round before anybody is confirmed beyond the first.
    """
    blocks = [*range(7), 9]
    nodes = np.array([[160.0 * at, 0.0] for at in range(11)])
    graph = StreetGraph(nodes, np.array([[at, at + 1] for at in range(10)]), np.full(10, 160.0), (), ORIGIN)
    names = tuple("ABCDEFGH")
    share = np.full(8, 0.5)
    cells = cut_streets(graph, InView(names, np.arange(8), np.array(blocks), share - 0.1, share + 0.1))
    city = CityMap(names, np.full(8, 2.0), cells, np.tile([1.0, 0.0], (8, 1)))
    window = UtcInterval(0, 2000 * SECOND_US)
    seen = [(camera, 200 + 160 * block / 1.8) for camera, block in enumerate(blocks)]
    late = 200 + 160 * 6 / 1.8 + 480 / 1.3
    spans = table(names, [*seen, (7, late)], 0)
    search = Search(city, np.arange(len(cells)), spans, [], window, CALIBRATION)
    rng = np.random.default_rng(1)
    person = rng.normal(size=64)
    search.add({row: describe(spans, row, person, True, rng) for row in range(7)})
    search.say(6, Answer.YES)
    search.infer()
    assert search.standing.share[8] > search.standing.share[7]
    for row in range(6):
        search.say(row, Answer.YES)
    for _ in range(3):
        search.infer()
    assert search.standing.share[7] > search.standing.share[8]
    anew = Search(city, np.arange(len(cells)), spans, [], window, CALIBRATION)
    anew.use(search.learned)  # as in a gate that is drawn anew
    anew.add({row: describe(spans, row, person, True, rng) for row in range(7)})
    for row in range(7):
        anew.say(row, Answer.YES)
    anew.infer()
    assert anew.standing.share[7] > anew.standing.share[8]
