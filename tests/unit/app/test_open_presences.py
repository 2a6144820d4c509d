"""Opening for a case: inside its scope, announced first, once, and with the face only under live consent."""

from dataclasses import replace

import numpy as np
import pytest

from casetrail.app.case_records import read_consent, read_sightings, write_answers
from casetrail.app.compare_faces import compare_opened_faces
from casetrail.app.consent import record_consent, withdraw_consent
from casetrail.app.open_presences import CaseOpener, OpenedPresences, count_opened, open_presences
from casetrail.governance.audit import AuditEvent
from casetrail.governance.cases import CaseState, Method, Scope
from casetrail.governance.consent import ConsentRecord, ConsentStatus
from casetrail.model.errors import IntegrityError, MissingError, RefusedError
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.presence.presences import Presence
from casetrail.sightings.sightings import MaskReading, Sighting
from casetrail.testing.staged_case import ACTOR, START_US, StagedCase, stage_case
from casetrail.trace.case_trace import Answer, Reviewed

HOUR = UtcInterval(START_US, START_US + 3_600 * SECOND_US)


def open_(stage: StagedCase, presences: tuple[Presence, ...], **options: object) -> OpenedPresences:
    """Open presences of the staged case."""
    return open_presences(stage.ports, stage.case.case_id, presences, ACTOR, **options)  # type: ignore[arg-type]


def confirm(stage: StagedCase, *presences: Presence, answer: Answer = Answer.YES) -> None:
    """Put a reviewer's answer on record."""
    answers = [Reviewed(each.presence_id, answer, "r-1", START_US) for each in presences]
    write_answers(stage.ports.case.vault, stage.case.case_id, answers, audit=AuditEvent(ACTOR, "answers.add"))


def consent_to(stage: StagedCase, seconds: int = 1000) -> None:
    """Record consent that holds for so many seconds from the start."""
    validity = UtcInterval(START_US, START_US + seconds * SECOND_US)
    record = ConsentRecord(stage.case.case_id, ConsentStatus.GIVEN, validity, "I agree.", "en", "on paper", "Room 3")
    record_consent(stage.ports.case, record, ACTOR)


@pytest.fixture
def stage() -> StagedCase:
    """A case by clothing."""
    return stage_case()


@pytest.fixture
def faced() -> StagedCase:
    """A case by clothing and face, without consent so far."""
    return stage_case(method=Method.CLOTHING_AND_FACE, height_px=180.0)


@pytest.fixture
def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each presence is described and stored before the next."""
    monkeypatch.setattr("casetrail.app.open_presences.PRESENCES_PER_WRITE", 1)


def calls(stage: StagedCase) -> int:
    """How often a face was embedded."""
    return len(stage.ports.describers.face_embedder.consents)  # type: ignore[union-attr]


def test_opened_presences_are_kept(stage: StagedCase) -> None:
    """What was described comes back and is in the vault; the counts are the case's."""
    result = open_(stage, stage.walker)
    assert [each.presence_id for each in result.sightings] == [each.presence_id for each in stage.walker]
    assert read_sightings(stage.ports.case.vault, stage.case.case_id).keys() == {p.presence_id for p in stage.walker}
    assert (result.opened.cameras, result.opened.presences, result.opened.views) == (3, 3, 9)
    seconds = sum(presence.interval.duration_s for presence in stage.walker)
    assert result.opened.camera_hours == pytest.approx(seconds / 3600)
    assert result.problems == ()


def test_nothing_is_decoded_twice(stage: StagedCase) -> None:
    """Opening again gives the same sightings from the vault, decodes nothing and announces nothing."""
    first = open_(stage, stage.walker)
    decoded, acts = stage.decoder.decoded, len(stage.audit_log.acts)
    second = open_(stage, stage.walker)
    assert stage.decoder.decoded == decoded
    assert len(stage.audit_log.acts) == acts
    for one, other in zip(first.sightings, second.sightings, strict=True):
        assert np.array_equal(one.embedding, other.embedding)


def test_the_act_is_on_record_before_anything_is_decoded(stage: StagedCase, monkeypatch: pytest.MonkeyPatch) -> None:
    """The event with its counts is in the log before the first frame is asked for."""
    seen: list[list[str]] = []
    read = stage.decoder.read_views

    def watched(recording, pts):  # type: ignore[no-untyped-def]
        seen.append(stage.audit_log.acts[-2:])
        return read(recording, pts)

    monkeypatch.setattr(stage.decoder, "read_views", watched)
    open_(stage, stage.walker)
    assert seen[0] == ["presences.open", "views.count"]
    event = next(each.event for each in stage.audit_log.recorded if each.event.act == "presences.open")
    assert event.counts == {"cameras": 3, "presences": 3, "views": 9, "opened_before": 0}
    assert event.case_id == stage.case.case_id
    assert event.basis
    assert "2026-17" not in event.basis


def test_no_event_no_decoding(stage: StagedCase) -> None:
    """While events cannot be recorded nothing is decoded or stored."""
    stage.audit_log.failing = True
    with pytest.raises(IntegrityError):
        open_(stage, stage.walker)
    assert stage.decoder.decoded == 0
    assert read_sightings(stage.ports.case.vault, stage.case.case_id) == {}


@pytest.mark.parametrize(
    "scope",
    [
        Scope(HOUR, frozenset({"CAM01", "CAM02"})),
        Scope(UtcInterval(START_US, START_US + 30 * SECOND_US)),
        Scope(HOUR, views=8),
    ],
    ids=["camera", "hours", "views"],
)
def test_beyond_the_scope_nothing_is_opened(scope: Scope) -> None:
    """One presence outside cameras, hours or budget refuses the whole act, before anything is decoded."""
    stage = stage_case(scope=scope)
    with pytest.raises(RefusedError):
        open_(stage, stage.walker)
    assert stage.decoder.decoded == 0
    assert "presences.open" not in stage.audit_log.acts


def test_the_budget_is_the_whole_cases() -> None:
    """Views described earlier count; the last of the budget may be used."""
    stage = stage_case(scope=Scope(HOUR, views=6))
    open_(stage, stage.walker[:1])
    open_(stage, stage.walker[1:2])
    with pytest.raises(RefusedError, match="budget"):
        open_(stage, stage.walker[2:])


def test_views_outside_the_hours_are_not_looked_at() -> None:
    """Of a presence that crosses the end of the scope only the views before it are decoded."""
    stage = stage_case(scope=Scope(UtcInterval(START_US, START_US + 3 * SECOND_US)))
    (sighting,) = open_(stage, stage.walker[:1]).sightings
    inside = [view for view in stage.walker[0].views if view.pts < 30]
    assert sighting.views_described == len(inside) == 2
    late = replace(stage.walker[0], presence_id="late", views=stage.walker[0].views[-1:])
    assert open_(stage, (late,)).sightings == ()


@pytest.mark.parametrize("state", [CaseState.SUSPENDED, CaseState.CLOSING])
def test_nobody_opens_for_a_case_at_rest(stage: StagedCase, state: CaseState) -> None:
    """A suspended or closing case opens nothing."""
    event = AuditEvent(ACTOR, "stage")
    stage.ports.case.store.change_state(stage.case.case_id, CaseState.AUTHORISED, state, audit=event)
    with pytest.raises(RefusedError):
        open_(stage, stage.walker)


def test_a_broken_recording_does_not_stop_the_others() -> None:
    """A recording that cannot be decoded is told, and the rest is opened."""
    stage = stage_case(broken=["CAM02"])
    result = open_(stage, stage.walker)
    assert [sighting.camera_id for sighting in result.sightings] == ["CAM01", "CAM03"]
    assert len(result.problems) == 1
    assert "CAM02" in result.problems[0]


@pytest.mark.usefixtures("one_at_a_time")
def test_an_interrupted_run_goes_on(stage: StagedCase) -> None:
    """What was described before an interruption is kept, and the next run does the rest only."""

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        open_(stage, stage.walker, progress=stop)
    assert len(read_sightings(stage.ports.case.vault, stage.case.case_id)) == 1
    steps: list[tuple[int, int]] = []
    assert len(open_(stage, stage.walker, progress=lambda *step: steps.append(step)).sightings) == 3
    assert steps == [(1, 2), (2, 2)]


def test_the_opener_opens_for_one_case(stage: StagedCase) -> None:
    """The opener is a callable from presences to sightings that knows what the case has opened."""
    opener = CaseOpener(stage.ports, stage.case.case_id, ACTOR, views_per_presence=1)
    assert [sighting.views_described for sighting in opener(stage.walker)] == [1, 1, 1]
    assert opener.opened.views == 3
    assert opener.problems == []


def test_camera_hours_count_overlaps_once() -> None:
    """Two people at the same time on one camera make the time of one."""
    hour = 3_600 * SECOND_US
    spans = [("A", 0, 2), ("A", 1, 3), ("A", 5, 6), ("B", 0, 1)]
    sightings = [
        Sighting(f"{n}", camera, UtcInterval(start * hour, end * hour), np.ones(1, np.float32), 1.0, 2, MaskReading())
        for n, (camera, start, end) in enumerate(spans)
    ]
    opened = count_opened(sightings)
    assert (opened.cameras, opened.presences, opened.views) == (2, 4, 8)
    assert opened.camera_hours == pytest.approx(5.0)
    assert count_opened([]).camera_hours == 0


def test_a_trace_without_consent_never_embeds_a_face(faced: StagedCase) -> None:
    """With the method, the models and a confirmed sighting at hand, no consent still means no call at all."""
    open_(faced, faced.walker[:1])
    confirm(faced, faced.walker[0])
    result = open_(faced, faced.everybody, reference=faced.walker[:1])
    assert calls(faced) == 0
    assert {sighting.face_similarity for sighting in result.sightings} == {None}


def test_the_method_of_the_order_binds() -> None:
    """Under an order for clothing only, consent does not bring faces in."""
    stage = stage_case(height_px=180.0)
    open_(stage, stage.walker[:1])
    confirm(stage, stage.walker[0])
    consent_to(stage)
    open_(stage, stage.everybody, reference=stage.walker[:1])
    assert calls(stage) == 0
    with pytest.raises(RefusedError, match="method"):
        compare_opened_faces(stage.ports, stage.case.case_id, stage.everybody, stage.walker[:1], ACTOR)


def test_faces_are_compared_under_consent(faced: StagedCase) -> None:
    """With live consent and a confirmed sighting each new sighting gets one number, and each call its proof."""
    consent_to(faced)
    open_(faced, faced.walker[:1])
    confirm(faced, faced.walker[0])
    result = open_(faced, faced.walker[1:], reference=faced.walker[:1])
    assert all(sighting.face_similarity is not None for sighting in result.sightings)
    assert calls(faced) == 3 + 2 * 3
    assert "faces.reference" in faced.audit_log.acts


def test_only_a_confirmed_sighting_gives_the_reference(faced: StagedCase) -> None:
    """The face of somebody whom no reviewer confirmed as the index case is never read."""
    consent_to(faced)
    open_(faced, faced.walker[:1])
    for answer in (None, Answer.UNSURE, Answer.NO):
        if answer is not None:
            confirm(faced, faced.walker[0], answer=answer)
        with pytest.raises(RefusedError, match="confirmed"):
            open_(faced, faced.walker[1:], reference=faced.walker[:1])
    assert calls(faced) == 0


def test_expired_consent_is_no_consent(faced: StagedCase) -> None:
    """After consent ended no face is compared any more."""
    consent_to(faced, seconds=10)
    open_(faced, faced.walker[:1])
    confirm(faced, faced.walker[0])
    faced.clock.utc_us += 10 * SECOND_US
    open_(faced, faced.walker[1:], reference=faced.walker[:1])
    assert calls(faced) == 0
    with pytest.raises(RefusedError, match="expired"):
        compare_opened_faces(faced.ports, faced.case.case_id, faced.everybody, faced.walker[:1], ACTOR)


@pytest.mark.usefixtures("one_at_a_time")
def test_withdrawing_stops_running_work_and_erases(faced: StagedCase) -> None:
    """Consent withdrawn in the middle of a run: later sightings have no number, and earlier numbers are gone."""
    consent_to(faced)
    open_(faced, faced.walker[:1])
    confirm(faced, faced.walker[0])
    between: list[int] = []

    def withdraw(done: int, total: int) -> None:
        if done == 1:
            between.append(calls(faced))
            assert withdraw_consent(faced.ports.case, faced.case.case_id, ACTOR).similarities_erased == 1

    open_(faced, faced.walker[1:], reference=faced.walker[:1], progress=withdraw)
    assert calls(faced) == between[0]
    held = read_sightings(faced.ports.case.vault, faced.case.case_id)
    assert {sighting.face_similarity for sighting in held.values()} == {None}
    assert {sighting.face_log_ratio for sighting in held.values()} == {None}
    record = read_consent(faced.ports.case.vault, faced.case.case_id)
    assert record is not None
    assert record.status is ConsentStatus.WITHDRAWN


def test_withdrawing_while_a_batch_is_described_leaves_no_number(
    faced: StagedCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Consent withdrawn between the comparison and its storing leaves no number either."""
    consent_to(faced)
    open_(faced, faced.walker[:1])
    confirm(faced, faced.walker[0])
    embedder = faced.ports.describers.face_embedder
    embed = embedder.embed  # type: ignore[union-attr]

    def withdraw_first(image, found, *, consent):  # type: ignore[no-untyped-def]
        if calls(faced) == 4:
            withdraw_consent(faced.ports.case, faced.case.case_id, ACTOR)
        return embed(image, found, consent=consent)

    monkeypatch.setattr(embedder, "embed", withdraw_first)
    open_(faced, faced.walker[1:2], reference=faced.walker[:1])
    held = read_sightings(faced.ports.case.vault, faced.case.case_id)
    assert len(held) == 2
    assert {sighting.face_similarity for sighting in held.values()} == {None}
    assert {sighting.face_log_ratio for sighting in held.values()} == {None}


def test_sightings_opened_earlier_can_be_compared_later(faced: StagedCase) -> None:
    """Once a sighting is confirmed, those opened before get their number; clothing is not described again."""
    consent_to(faced)
    open_(faced, faced.everybody)
    confirm(faced, faced.walker[0])
    crops = faced.ports.describers.clothing.crops  # type: ignore[attr-defined]
    compared = compare_opened_faces(faced.ports, faced.case.case_id, faced.everybody, faced.walker[:1], ACTOR)
    assert {sighting.presence_id for sighting in compared} == {each.presence_id for each in faced.everybody}
    held = read_sightings(faced.ports.case.vault, faced.case.case_id)
    assert all(sighting.face_similarity is not None for sighting in held.values())
    assert all(sighting.face_log_ratio is not None for sighting in held.values())
    assert faced.ports.describers.clothing.crops == crops  # type: ignore[attr-defined]
    before = calls(faced)
    again = compare_opened_faces(faced.ports, faced.case.case_id, faced.everybody, faced.walker[:1], ACTOR)
    assert (again, calls(faced)) == ((), before)


def test_recordings_that_are_gone_only_leave_faces_out(faced: StagedCase) -> None:
    """Recordings expire while a case goes on: then others give the reference, or nobody's face is compared."""
    consent_to(faced)
    open_(faced, faced.walker[:2])
    for each in faced.walker[:2]:
        confirm(faced, each)
    lose(faced, faced.walker[0])
    (third,) = open_(faced, faced.walker[2:], reference=faced.walker[:2]).sightings
    assert third.face_similarity is not None
    strangers = [each for each in faced.everybody if each not in faced.walker]
    open_(faced, strangers)
    compared = compare_opened_faces(faced.ports, faced.case.case_id, strangers, faced.walker[1:2], ACTOR)
    assert {each.camera_id for each in compared} == {"CAM02", "CAM03"}
    lose(faced, faced.walker[1])
    (again,) = open_(faced, faced.walker[2:], reference=faced.walker[:2], again=True, views_per_presence=4).sightings
    assert again.face_similarity is None


def lose(stage: StagedCase, presence: Presence) -> None:
    """The recording of a presence can no longer be read."""
    stage.decoder._broken |= {f"{presence.camera_id}.drawn"}


def test_without_consent_there_is_no_later_comparison(faced: StagedCase) -> None:
    """Comparing opened sightings asks for consent first and says how to record it."""
    open_(faced, faced.everybody)
    confirm(faced, faced.walker[0])
    with pytest.raises(RefusedError, match="case consent"):
        compare_opened_faces(faced.ports, faced.case.case_id, faced.everybody, faced.walker[:1], ACTOR)
    assert calls(faced) == 0


def test_an_erased_case_opens_nothing(stage: StagedCase) -> None:
    """Without its vault a case opens nothing."""
    stage.ports.case.vault.erase_case(stage.case.case_id, audit=AuditEvent(ACTOR, "stage"))
    with pytest.raises(MissingError):
        open_(stage, stage.walker)


def test_views_are_counted_before_they_are_described(stage: StagedCase) -> None:
    """What was described stands in the register's count, which opening again or what failed does not raise."""
    case_id, store = stage.case.case_id, stage.ports.case.store
    sightings = open_(stage, stage.walker).sightings
    assert store.read_views(case_id) == sum(one.views_described for one in sightings) > 0
    before = store.read_views(case_id)
    open_(stage, stage.walker)
    assert store.read_views(case_id) == before


def test_views_counted_by_another_process_leave_less(stage: StagedCase) -> None:
    """What somebody else counts meanwhile is gone from the budget: together nobody goes beyond it."""
    case_id, store = stage.case.case_id, stage.ports.case.store
    most = stage.case.scope.views
    store.change_views(case_id, most, most, audit=AuditEvent(ACTOR, "test", case_id))
    with pytest.raises(RefusedError, match="beyond"):
        open_(stage, stage.walker)
    assert store.read_views(case_id) == most


def test_views_of_a_recording_that_cannot_be_read_are_given_back() -> None:
    """A recording that fails costs nothing of the budget."""
    stage = stage_case(broken=["CAM01"])
    opened = open_(stage, stage.walker)
    described = sum(one.views_described for one in opened.sightings)
    assert opened.problems
    assert stage.ports.case.store.read_views(stage.case.case_id) == described


def test_looking_again_counts_only_what_is_new(stage: StagedCase) -> None:
    """A presence that is described anew with more views takes only the difference from the budget."""
    case_id, store = stage.case.case_id, stage.ports.case.store
    for views, again in ((1, False), (3, True)):
        sightings = open_(stage, stage.walker, views_per_presence=views, again=again).sightings
        assert store.read_views(case_id) == sum(one.views_described for one in sightings) == views * len(sightings)
