"""Running work notices what changed elsewhere between two views, and what is left afterwards says so."""

from collections.abc import Callable

import pytest

from casetrail.app import heeding
from casetrail.app.case_records import read_case, read_sightings, read_trace, write_answers, write_trace
from casetrail.app.consent import record_consent, withdraw_consent
from casetrail.app.open_presences import open_presences
from casetrail.app.suspend_case import Cause, suspend_case
from casetrail.governance.audit import AuditEvent
from casetrail.governance.cases import CaseState, Method
from casetrail.governance.consent import ConsentRecord, ConsentStatus
from casetrail.model.errors import RefusedError
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.sightings.sightings import MaskReading
from casetrail.testing.staged_case import ACTOR, START_US, StagedCase, stage_case
from casetrail.trace.case_trace import Alternative, Answer, CaseTrace, Opened, Reviewed, TraceStep, Verdict


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> StagedCase:
    """A case by clothing and face under consent, whose work asks before every view; the first presence is confirmed."""
    monkeypatch.setattr(heeding, "EVERY_S", 0.0)
    stage = stage_case(method=Method.CLOTHING_AND_FACE, height_px=180.0)
    valid = UtcInterval(START_US, START_US + 1000 * SECOND_US)
    record = ConsentRecord(stage.case.case_id, ConsentStatus.GIVEN, valid, "I agree.", "en", "on paper", "Room 3")
    record_consent(stage.ports.case, record, ACTOR)
    open_presences(stage.ports, stage.case.case_id, stage.walker[:1], ACTOR)
    answers = [Reviewed(stage.walker[0].presence_id, Answer.YES, "r-1", START_US)]
    write_answers(stage.ports.case.vault, stage.case.case_id, answers, audit=AuditEvent(ACTOR, "answers.add"))
    return stage


def at_picture(stage: StagedCase, number: int, act: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Do something when the so-manieth picture from now on has been looked at for faces."""
    faces, left = stage.ports.describers.faces, [number]
    assert faces is not None
    detect = faces.detect

    def watched(images):  # type: ignore[no-untyped-def]
        left[0] -= 1
        if left[0] == 0:
            act()
        return detect(images)

    monkeypatch.setattr(faces, "detect", watched)


def test_suspension_stops_before_the_next_view(stage: StagedCase, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the case is suspended, not one more view is described, and nothing of the batch is kept."""
    ports, case_id = stage.ports, stage.case.case_id
    gate, check = ports.case.gate, ports.case.gate.check

    def real(actor, act, case=None, counts=None, **more):  # type: ignore[no-untyped-def]
        if read_case(ports.case.store, ports.case.vault, case_id).state is CaseState.SUSPENDED:
            raise RefusedError("the case is suspended")
        return check(actor, act, case, counts, **more)

    at_picture(stage, 2, lambda: suspend_case(ports.case, case_id, Cause.OBJECTION, ACTOR), monkeypatch)
    monkeypatch.setattr(gate, "check", real)
    before = ports.describers.faces.pictures  # type: ignore[union-attr]
    with pytest.raises(RefusedError, match="suspended"):
        open_presences(ports, case_id, stage.walker[1:], ACTOR)
    assert ports.describers.faces.pictures - before <= 2  # type: ignore[union-attr]
    assert len(read_sightings(ports.case.vault, case_id)) == 1


def test_withdrawn_consent_goes_on_without_the_face(stage: StagedCase, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a written order allows clothing, the batch at hand is done again, and no face is embedded any more."""
    ports, case_id = stage.ports, stage.case.case_id
    embedder = ports.describers.face_embedder
    at_picture(stage, 5, lambda: withdraw_consent(ports.case, case_id, ACTOR), monkeypatch)
    opened = open_presences(ports, case_id, stage.walker[1:], ACTOR, reference=stage.walker[:1])
    after = len(embedder.consents)  # type: ignore[union-attr]
    assert len(opened.sightings) == 2
    assert {one.face_similarity for one in read_sightings(ports.case.vault, case_id).values()} == {None}
    open_presences(ports, case_id, stage.everybody, ACTOR, reference=stage.walker[:1])
    assert len(embedder.consents) == after  # type: ignore[union-attr]


def test_no_number_of_the_face_stays_in_the_trace(stage: StagedCase) -> None:
    """After withdrawal the stored trace shows what a person confirmed, and no probability that a face had a part in."""
    ports, case_id = stage.ports, stage.case.case_id
    open_presences(ports, case_id, stage.walker[1:], ACTOR, reference=stage.walker[:1])
    steps = tuple(
        TraceStep(each.presence_id, each.camera_id, each.interval, 0.7, verdict, 0.6, MaskReading())
        for each, verdict in zip(stage.walker, (Verdict.CONFIRMED, Verdict.UNREVIEWED, Verdict.UNSURE), strict=True)
    )
    trace = CaseTrace(case_id, steps, (), (Alternative(("p",), 3.0),), Opened(), ("m",))
    write_trace(ports.case.vault, trace, audit=AuditEvent(ACTOR, "test"))
    change = withdraw_consent(ports.case, case_id, ACTOR)
    left = read_trace(ports.case.vault, case_id)
    assert change.similarities_erased == 2
    assert left is not None
    assert [(step.verdict, step.probability) for step in left.steps] == [(Verdict.CONFIRMED, 1.0)]
    assert left.alternatives == ()
