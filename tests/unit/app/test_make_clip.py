"""Clips and pictures of a staged case: confirmed sightings only, every head covered, on record first, whole or not."""

import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from casetrail.app.access_request import make_copy
from casetrail.app.case_records import write_trace
from casetrail.app.consent import record_consent
from casetrail.app.evidence_ports import EvidencePorts, Finders
from casetrail.app.ledger import read_ledger
from casetrail.app.make_clip import ClipWish, MadeClip, make_clip
from casetrail.app.make_preview import make_preview, make_still, open_previews
from casetrail.app.open_presences import open_presences
from casetrail.app.unmask import approve_unmasking, list_unmaskings, request_unmasking
from casetrail.governance.audit import Actor, AuditEvent, Role
from casetrail.governance.cases import CaseState
from casetrail.governance.consent import ConsentRecord, ConsentStatus
from casetrail.model.arrays import Flags, Image
from casetrail.model.errors import BadInputError, MissingError, RefusedError, UsageError
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.presence.index import SegmentKey
from casetrail.presence.presences import Presence
from casetrail.sightings.sightings import MaskReading
from casetrail.testing.counting_describers import PlacedFaces
from casetrail.testing.drawn_footage import dressed
from casetrail.testing.fake_clip_writer import FakeClipWriter
from casetrail.testing.fake_detector import FakeDetector
from casetrail.testing.fake_picture_writer import FakePictureWriter
from casetrail.testing.fake_presence_index import FakePresenceIndex
from casetrail.testing.staged_case import ACTOR, START_US, StagedCase, stage_case
from casetrail.trace.case_trace import CaseTrace, Opened, TraceStep, Verdict

OFFICER = Actor("officer-1", Role.PRIVACY_OFFICER)
SKIN = np.array([150, 180, 215], np.int16)


@dataclass
class Room:
    """A staged case with a trace of three steps, of which the last was not confirmed."""

    stage: StagedCase
    ports: EvidencePorts
    clips: FakeClipWriter
    pictures: FakePictureWriter
    steps: tuple[TraceStep, ...]

    @property
    def case_id(self) -> str:
        """The case."""
        return self.stage.case.case_id

    def cut(self, path: Path, **wish: object) -> MadeClip:
        """Make a clip."""
        return make_clip(self.ports, self.case_id, ACTOR, path, ClipWish(**wish))  # type: ignore[arg-type]


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    """The room in which evidence is made. Tiles come from one key: at their edges, enlarged, tones between two of
    them and a coat happen to be the colour of heads, more often with some keys than with others.
    """
    monkeypatch.setattr("casetrail.evidence.mosaic.secrets.token_bytes", bytes)
    stage = stage_case(cameras=3, others=1, height_px=90.0)
    index, clips, pictures = FakePresenceIndex(stage.audit_log), FakeClipWriter(), FakePictureWriter()
    _index(index, stage.everybody)
    finders = Finders(stage.decoder, FakeDetector(), PlacedFaces(0.0))
    ports = EvidencePorts(stage.ports.case, index, stage.ports.catalogue, finders, pictures, clips, stage.clock)
    open_presences(stage.ports, stage.case.case_id, stage.walker, ACTOR)
    verdicts = (Verdict.CONFIRMED, Verdict.CONFIRMED, Verdict.UNREVIEWED)
    steps = tuple(_step(each, verdict) for each, verdict in zip(stage.walker, verdicts, strict=True))
    trace = CaseTrace(stage.case.case_id, steps, (), (), Opened(), ())
    write_trace(stage.ports.case.vault, trace, audit=AuditEvent(ACTOR, "trace.store"))
    return Room(stage, ports, clips, pictures, steps)


def _index(index: FakePresenceIndex, presences: Sequence[Presence]) -> None:
    for camera in sorted({each.camera_id for each in presences}):
        here = [each for each in presences if each.camera_id == camera]
        span = UtcInterval(min(one.interval.start_us for one in here), max(one.interval.end_us for one in here))
        key = SegmentKey(camera, here[0].recording_id, 0, 60, span, "staged")
        index.write_segment(key, here, audit=AuditEvent(ACTOR, "index"))


def _step(presence: Presence, verdict: Verdict) -> TraceStep:
    return TraceStep(
        presence.presence_id, presence.camera_id, presence.interval, 0.9, verdict, None, MaskReading(), "r-1"
    )


def _skin(image: Image) -> Flags:
    """Pixels of the colour of drawn heads."""
    found: Flags = (np.abs(image.astype(np.int16) - SKIN) < 12).all(axis=2)
    return found


def _dressed_in(image: Image, colour: tuple[int, int, int]) -> int:
    """Number of pixels in a colour that drawn people wear."""
    return int((np.abs(image.astype(np.int16) - np.array(colour, np.int16)) < 16).all(axis=2).sum())


def test_only_confirmed_steps_are_cut(room: Room, tmp_path: Path) -> None:
    """The unreviewed step is left out; asked for alone it is refused, and nothing is written."""
    assert room.cut(tmp_path / "clip.mp4", around_s=0.0).steps == (1, 2)
    with pytest.raises(RefusedError, match="confirmed step 3"):
        room.cut(tmp_path / "three.mp4", step=3)
    with pytest.raises(UsageError, match="no step 9"):
        room.cut(tmp_path / "nine.mp4", step=9)
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


def test_every_frame_of_a_step_is_there_at_its_time(room: Room, tmp_path: Path) -> None:
    """One step alone keeps the recording's own timing, without a card."""
    made = room.cut(tmp_path / "clip.mp4", step=1, around_s=0.2)
    recording = room.stage.ports.catalogue.read_recordings(room.steps[0].camera_id)[0]
    assert room.clips.time_base == recording.media.time_base
    ticks = [tick for tick, _ in room.clips.frames]
    assert ticks == list(range(ticks[0], ticks[0] + len(ticks)))
    shown = len(room.stage.walker[0].pts)
    assert shown + 2 <= made.frames <= shown + 6


def test_no_head_is_left_in_a_clip(room: Room, tmp_path: Path) -> None:
    """Heads are drawn in the recording; in the clip there is none, and the rest of the picture is."""
    raw = list(room.stage.decoder.read_frames(room.stage.ports.catalogue.read_recordings("CAM01")[0]))
    assert max(int(_skin(frame.image).sum()) for frame in raw) > 100
    made = room.cut(tmp_path / "clip.mp4", step=1, around_s=0.0)
    assert max(int(_skin(image).sum()) for _, image in room.clips.frames) < 40  # of 400 and more, enlarged twice
    assert 0.01 < made.masked_area_share < 0.5


def test_what_leaves_the_room_covers_more(room: Room, tmp_path: Path) -> None:
    """Whole bodies of others cover more than heads."""
    heads = room.cut(tmp_path / "a.mp4", step=1, around_s=0.0).masked_area_share
    bodies = room.cut(tmp_path / "b.mp4", step=1, around_s=0.0, whole_bodies=True).masked_area_share
    assert bodies > heads


def test_captions_name_case_camera_time_and_maker(room: Room, tmp_path: Path) -> None:
    """Every frame says whose case, which camera, when by UTC, who made it, and that it is redacted."""
    room.cut(tmp_path / "clip.mp4", step=1, around_s=0.0)
    for lines in room.pictures.lettered:
        text = " ".join(lines)
        assert all(part in text for part in (room.case_id, "CAM01", "Z", ACTOR.actor_id, "REDACTED"))


def test_a_face_needs_live_consent(room: Room, tmp_path: Path) -> None:
    """Without a record it is refused; with one the index case's head is visible; once it expired it is not."""
    with pytest.raises(RefusedError, match="consent"):
        room.cut(tmp_path / "clip.mp4", step=1, around_s=0.0, show_face=True)
    validity = UtcInterval(START_US, START_US + 100 * SECOND_US)
    record = ConsentRecord(room.case_id, ConsentStatus.GIVEN, validity, "I agree.", "en", "on paper", "Room 3")
    record_consent(room.stage.ports.case, record, ACTOR)
    room.cut(tmp_path / "clip.mp4", step=1, around_s=0.0, show_face=True)
    assert max(int(_skin(image).sum()) for _, image in room.clips.frames) > 50
    room.stage.clock.utc_us += 200 * SECOND_US
    with pytest.raises(RefusedError, match="expired"):
        room.cut(tmp_path / "clip.mp4", step=1, around_s=0.0, show_face=True)


def test_another_face_is_shown_under_a_grant_of_two_and_not_for_long(room: Room, tmp_path: Path) -> None:
    """Asked for by one, granted by an officer, of one presence, for a quarter of an hour, and in the ledger."""
    case, clock = room.stage.ports.case, room.stage.clock
    open_presences(room.stage.ports, room.case_id, room.stage.everybody, ACTOR)
    own = {one.presence_id for one in room.stage.walker}
    other = next(one for one in room.stage.everybody if one.presence_id not in own)
    asked = request_unmasking(case, room.case_id, other.presence_id, "to recognise a contact", ACTOR, clock())
    with pytest.raises(RefusedError, match="nobody approved"):
        room.cut(tmp_path / "u.mp4", unmask=asked.request_id)
    with pytest.raises(RefusedError, match="who asked cannot approve"):
        approve_unmasking(case, room.case_id, asked.request_id, Actor(ACTOR.actor_id, OFFICER.role), clock())
    approve_unmasking(case, room.case_id, asked.request_id, OFFICER, clock())
    made = room.cut(tmp_path / "u.mp4", unmask=asked.request_id)
    assert max(int(_skin(image).sum()) for _, image in room.clips.frames) > 50
    assert made.seconds <= other.interval.duration_s + 0.2
    assert any("15 minutes" in line for lines in room.pictures.lettered for line in lines)
    assert all(any(ACTOR.actor_id in line for line in lines) for lines in room.pictures.lettered)
    lines = read_ledger(case.audit_log.read_events())
    assert [line.form.split(",")[0] for line in lines] == ["one other person shown under a grant of two"]
    assert [each.approver for each in list_unmaskings(case, room.case_id, ACTOR)] == [OFFICER.actor_id]
    with pytest.raises(RefusedError, match="granted already"):
        approve_unmasking(case, room.case_id, asked.request_id, OFFICER, clock())
    clock.utc_us += 15 * 60 * SECOND_US
    with pytest.raises(RefusedError, match="15 minutes of this grant are over"):
        room.cut(tmp_path / "late.mp4", unmask=asked.request_id)
    assert [path.name for path in tmp_path.iterdir()] == ["u.mp4"]


def test_a_grant_shows_nobody_else(room: Room, tmp_path: Path) -> None:
    """A face that was not asked for stays covered in the same clip; a presence never opened cannot be asked for."""
    case, clock = room.stage.ports.case, room.stage.clock
    with pytest.raises(MissingError, match="opened no presence"):
        request_unmasking(case, room.case_id, "nobody", "curious", ACTOR, clock())
    with pytest.raises(BadInputError, match="takes a reason"):
        request_unmasking(case, room.case_id, room.steps[0].presence_id, " ", ACTOR, clock())
    room.cut(tmp_path / "a.mp4", step=1, around_s=0.0)
    assert max(int(_skin(image).sum()) for _, image in room.clips.frames) < 40


def test_a_clip_is_on_record_before_anything_is_decoded(room: Room, tmp_path: Path) -> None:
    """When the log cannot be written, no frame is read."""
    before = room.stage.decoder.decoded

    class FullError(Exception):
        """The disk is full."""

    def fail(_event: AuditEvent) -> None:
        raise FullError

    room.stage.audit_log.record = fail  # type: ignore[method-assign, assignment]
    with pytest.raises(FullError):
        room.cut(tmp_path / "clip.mp4")
    assert room.stage.decoder.decoded == before


def test_an_interrupted_clip_leaves_nothing(room: Room, tmp_path: Path) -> None:
    """A clip that was cut off half way leaves neither a part nor a temporary file; an earlier one stays."""
    room.cut(tmp_path / "clip.mp4", step=1, around_s=0.0)
    whole = (tmp_path / "clip.mp4").read_bytes()

    def interrupted(_what: str, done: int, _all: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_clip(room.ports, room.case_id, ACTOR, tmp_path / "clip.mp4", ClipWish(), interrupted)
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]
    assert (tmp_path / "clip.mp4").read_bytes() == whole


def test_a_clip_is_readable_by_its_owner_only(room: Room, tmp_path: Path) -> None:
    """Whatever the umask."""
    made = room.cut(tmp_path / "new" / "clip.mp4", step=1, around_s=0.0)
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600


def test_a_clip_is_on_the_disk_before_it_has_its_name(
    room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut after the renaming must not leave an empty file under the name of a clip."""
    path, synced, sync = tmp_path / "clip.mp4", [], os.fsync

    def note(handle: int) -> None:
        synced.append((os.fstat(handle).st_ino, path.exists()))
        sync(handle)

    monkeypatch.setattr(os, "fsync", note)
    room.cut(path, step=1, around_s=0.0)
    assert (path.stat().st_ino, False) in synced


def test_a_closed_case_shows_nothing(room: Room, tmp_path: Path) -> None:
    """Nobody cuts a clip of a case that is closing."""
    store = room.stage.ports.case.store
    event = AuditEvent(ACTOR, "case.close", room.case_id)
    store.change_state(room.case_id, CaseState.AUTHORISED, CaseState.CLOSING, audit=event)
    with pytest.raises(RefusedError):
        room.cut(tmp_path / "clip.mp4")
    with pytest.raises(RefusedError):
        make_still(room.ports, room.case_id, room.steps[0], ACTOR)


def test_a_still_shows_no_head(room: Room) -> None:
    """A still is one picture, redacted, captioned and on record."""
    data = make_still(room.ports, room.case_id, room.steps[0], ACTOR)
    assert data.startswith(b"(")
    assert int(_skin(room.pictures.encoded[0]).sum()) < 60  # edges where tiles and skin mix
    assert "REDACTED" in " ".join(room.pictures.lettered[-1])
    assert [one.event.act for one in room.stage.audit_log.read_events(room.case_id)][-1] == "evidence.look"


def test_a_still_that_leaves_the_room_shows_one_body(room: Room) -> None:
    """The clothing of somebody else is covered too, that of the subject is not, and the caption says so."""
    camera = room.steps[0].camera_id
    other = next(person for at, person in room.stage.presences if at == camera and person != 0)
    for whole_bodies in (False, True):
        make_still(room.ports, room.case_id, room.steps[0], ACTOR, whole_bodies=whole_bodies)
    inside, outside = room.pictures.encoded[-2:]
    theirs, own = dressed(other, []).legs, dressed(0, []).top  # the other colour of each is worn by both
    assert _dressed_in(inside, theirs) > 500
    assert _dressed_in(outside, theirs) < 20
    assert _dressed_in(outside, own) > 0.9 * _dressed_in(inside, own) > 500
    assert "everybody else is covered" in " ".join(room.pictures.lettered[-1])


def test_a_preview_never_says_who_it_is(room: Room, tmp_path: Path) -> None:
    """The reviewer decides: the caption asks. The file belongs to its owner."""
    path = make_preview(room.ports, room.case_id, room.steps[2], ACTOR, tmp_path)
    text = " ".join(room.pictures.lettered[-1])
    assert "?" in text
    assert "Outlined: the index case" not in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert int(_skin(room.pictures.encoded[0]).sum()) < 60  # edges where tiles and skin mix


def test_a_presence_that_was_not_opened_stays_closed(room: Room) -> None:
    """A picture of somebody whom the case never opened is refused."""
    stranger = next(one for (_, person), one in room.stage.presences.items() if person != 0)
    with pytest.raises(UsageError, match="not opened"):
        make_still(room.ports, room.case_id, _step(stranger, Verdict.CONFIRMED), ACTOR)


def test_a_presence_that_the_index_lost(room: Room) -> None:
    """When the day of a presence was erased, there is no picture of it."""
    ports = replace(room.ports, index=FakePresenceIndex())
    with pytest.raises(MissingError, match="no longer in the index"):
        make_still(ports, room.case_id, room.steps[0], ACTOR)


def test_previews_go_when_the_review_ends(room: Room, tmp_path: Path) -> None:
    """However it ends; files of others stay, and what a killed review left goes first."""
    folder = tmp_path / "previews"
    folder.mkdir()
    (folder / "preview-left-behind.jpg").write_bytes(b"old")
    (folder / "notes.txt").write_text("mine")

    def review(preview: Callable[[TraceStep], Path]) -> None:
        assert not (folder / "preview-left-behind.jpg").exists()
        assert preview(room.steps[0]).exists()
        raise KeyboardInterrupt

    with (
        pytest.raises(KeyboardInterrupt),
        open_previews(room.ports, room.case_id, ACTOR, folder) as preview,
    ):
        review(preview)
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


def test_a_copy_for_the_person_shows_nobody_else(room: Room, tmp_path: Path) -> None:
    """The copy covers everybody else whole, holds only what was confirmed, and can be made of a suspended case."""
    _change(room, CaseState.SUSPENDED)
    made = make_copy(room.ports, room.case_id, OFFICER, tmp_path)
    assert made.clip is not None
    assert made.clip.steps == (1, 2)
    assert max(int(_skin(image).sum()) for _, image in room.clips.frames) < 40
    held = made.held.read_text()
    assert [step.presence_id in held for step in room.steps] == [True, True, False]
    acts = [event.act for event in (recorded.event for recorded in room.stage.audit_log.recorded)]
    assert acts[-1] == "subject.copy"


def test_a_copy_without_recordings_is_words(room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the recordings are gone, the person still gets what is held in words."""
    monkeypatch.setattr(room.ports.index, "read_presences", lambda _reaches: iter(()))
    made = make_copy(room.ports, room.case_id, OFFICER, tmp_path)
    assert made.clip is None
    assert room.steps[0].presence_id in made.held.read_text()


def test_a_clip_that_was_overtaken_by_closing_is_destroyed(
    room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the case begins to close while a clip is written, the finished clip goes at once and the maker is told."""
    write = room.clips.write_clip

    def closing(*arguments: object) -> int:
        frames = write(*arguments)  # type: ignore[arg-type]
        _change(room, CaseState.CLOSING)
        return frames

    monkeypatch.setattr(room.clips, "write_clip", closing)
    with pytest.raises(RefusedError, match="became closing"):
        room.cut(tmp_path / "clip.mp4", step=1)
    assert list(tmp_path.iterdir()) == []


def _change(room: Room, after: CaseState) -> None:
    store = room.ports.case.store
    event = AuditEvent(ACTOR, "test", room.case_id)
    store.change_state(room.case_id, store.read_case(room.case_id).state, after, audit=event)
