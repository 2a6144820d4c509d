"""Records of people in a simulated city against their true ways: true records hold, a false statement is found out."""

from collections.abc import Sequence

import numpy as np
import pytest

from casetrail.app.evaluate.world import Start, WorldCase, WorldSpec
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.presence.index import Reach
from casetrail.sightings.sightings import MaskReading
from casetrail.testing.city.plan import START_US
from casetrail.testing.city.world import SimulatedWorld, open_world
from casetrail.trace.anchors import AnchorKind
from casetrail.trace.case_trace import TraceStep, Verdict
from casetrail.trace.reconcile import Finding, Status, reconcile_anchors
from casetrail.trace.topology import build_topology

CASES = 40
CLOSE_S = 600.0

Judged = list[tuple[list[TraceStep], tuple[Finding, ...]]]


@pytest.fixture(scope="module")
def judged() -> Judged:
    """Of each case the confirmed steps, all of the truth or a part of it, and the findings about its records.

    Everything was recorded as the city says, and everything recorded was searched.
    """
    world = open_world(WorldSpec(200, 1, 100, options={"false_statement": "1"}))
    topology, recorded = build_topology(world.cameras), recordings(world)
    found = []
    for number, case in enumerate(world.cases(CASES, 100, 1, Start.RECORDS)):
        steps = steps_of(world, case)[:: 1 + number % 2]
        found.append((steps, reconcile_anchors(case.anchors, steps, topology, recorded, recorded)))
    return found


def steps_of(world: SimulatedWorld, case: WorldCase) -> list[TraceStep]:
    """Every sighting of the person, confirmed."""
    spans = world.index.read_spans([Reach(camera.camera_id, case.window) for camera in world.cameras])
    mine = np.flatnonzero(np.isin(spans.ids(), sorted(case.truth)))
    return [
        TraceStep(
            spans.ids(np.array([row]))[0],
            spans.camera_ids[int(spans.camera[row])],
            spans.interval(int(row)),
            0.97,
            Verdict.CONFIRMED,
            0.5,
            MaskReading(),
        )
        for row in mine
    ]


def recordings(world: SimulatedWorld) -> list[tuple[str, UtcInterval]]:
    """The hours that each camera recorded."""
    hour_us = 3600 * SECOND_US
    return [
        (camera.camera_id, UtcInterval(START_US + int(hour) * hour_us, START_US + int(hour + 1) * hour_us))
        for camera, hours in zip(world.cameras, world.city.views.recorded, strict=True)
        for hour in np.flatnonzero(hours)
    ]


def is_false(finding: Finding) -> bool:
    """The only testimony is the false one."""
    return finding.anchor.kind is AnchorKind.TESTIMONY


def filmed_close(steps: Sequence[TraceStep], finding: Finding) -> bool:
    """Whether the person was filmed within ten minutes of a statement."""
    return any(step.interval.overlaps(finding.anchor.interval.widened(CLOSE_S)) for step in steps)


def test_true_records_are_not_contradicted(judged: Judged) -> None:
    """Cards, a wide phone fix and nights at home: at most one in twenty is contradicted, and phone fixes are seen."""
    true = [finding for _, findings in judged for finding in findings if not is_false(finding)]
    contradicted = [finding for finding in true if finding.status is Status.CONTRADICTED]
    supported = [finding for finding in true if finding.status is Status.SUPPORTED]
    assert len(true) > 3 * CASES
    assert len(contradicted) <= len(true) / 20
    assert {AnchorKind.CARD, AnchorKind.PHONE} <= {finding.anchor.kind for finding in supported}


def test_a_false_statement_is_contradicted_where_the_person_was_filmed_at_the_time(judged: Judged) -> None:
    """Within ten minutes hardly anybody walks there and back; nothing false is ever supported."""
    false = [(steps, finding) for steps, findings in judged for finding in findings if is_false(finding)]
    close = [finding for steps, finding in false if filmed_close(steps, finding)]
    assert len(false) == CASES
    assert all(finding.status is not Status.SUPPORTED for _, finding in false)
    assert len(close) >= 5
    assert sum(finding.status is Status.CONTRADICTED for finding in close) > 0.7 * len(close)


def test_a_contradiction_names_what_decides_it(judged: Judged) -> None:
    """The probability is written out, and the sightings are the person's."""
    for steps, findings in judged:
        for finding in findings:
            if finding.status is Status.CONTRADICTED:
                assert finding.probability is not None
                assert finding.probability >= 0.9
                assert set(finding.presence_ids) <= {step.presence_id for step in steps}
                assert finding.presence_ids
