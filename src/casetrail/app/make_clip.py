"""Making clips: redacted cuts of the recordings around confirmed sightings, with sound and metadata left behind.

Nothing but confirmed sightings is cut, nothing beyond the hours of the scope, and the file appears whole or not at all.
"""

import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from casetrail.app.case_ports import CasePorts
from casetrail.app.case_records import CaseFile, read_case_file, read_consent, read_trace
from casetrail.app.erase_outputs import keep_output
from casetrail.app.evidence_ports import (
    EvidencePorts,
    Place,
    Progress,
    Seen,
    find_place,
    read_working_case,
)
from casetrail.app.look_through import look_through
from casetrail.app.private_files import PRIVATE_FILE, make_folder, sync_file, sync_folder
from casetrail.app.read_ahead import read_ahead
from casetrail.app.unmask import find_unmasking
from casetrail.evidence.captions import LINES, REDACTED, SHOWN, UNMASKED, WHOLE_BODIES, Watermark
from casetrail.evidence.clip_writer import shared_time_base
from casetrail.evidence.mosaic import Mosaic
from casetrail.evidence.redaction import RedactionPlan, RedactionSettings, Subject, plan_redaction, redact_frame
from casetrail.evidence.sheets import LINE_PX, Sheet, blank, outlined, plan_sheet
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor
from casetrail.governance.consent import FaceConsent, check_face_consent
from casetrail.governance.unmasking import ShownFace, check_unmasking
from casetrail.model.arrays import Image
from casetrail.model.errors import MissingError, RefusedError, UsageError
from casetrail.model.time import format_utc
from casetrail.trace.case_trace import TraceStep, Verdict

LOOK_AROUND_S = 2.0  # people are looked for so long before and after a cut, so that its ends are held too
CARD_S, CARD_TICK_S = 1.2, 0.2


@dataclass(frozen=True)
class ClipWish:
    """What to cut: `step` of the case trace (from 1), None for all confirmed ones; how much around each.

    `whole_bodies`: cover others whole, for what leaves the room. `show_face`: of the index case, which needs live
    consent. `for_subject`: the copy that a data subject asked for, also while the case is suspended (PIPA 35).
    `unmask`: instead of any step, the one presence whose face this approved request lets be seen.
    """

    step: int | None = None
    around_s: float = 1.0
    whole_bodies: bool = False
    show_face: bool = False
    for_subject: bool = False
    unmask: str = ""

    @property
    def act(self) -> Act:
        """What making such a clip is."""
        if self.for_subject:
            return Act.SUBJECT_COPY
        if self.unmask:
            return Act.UNMASK_SHOW
        return Act.EVIDENCE_SHOW_FACE if self.show_face else Act.EVIDENCE_CLIP


@dataclass(frozen=True)
class MadeClip:
    """A clip on disk. `steps`: their numbers in the case trace; `masked_area_share` 0..1, mean over frames."""

    path: Path
    steps: tuple[int, ...]
    frames: int
    seconds: float
    masked_area_share: float


@dataclass(frozen=True)
class _Cut:
    """One stretch of one recording, `[start_pts, end_pts)`, around one step."""

    number: int
    step: Seen
    place: Place
    start_pts: int
    end_pts: int

    @property
    def camera(self) -> str:
        return f"{self.place.camera.camera_id}  {self.place.camera.name}".rstrip()


def make_clip(
    ports: EvidencePorts, case_id: str, actor: Actor, path: Path, wish: ClipWish, progress: Progress | None = None
) -> MadeClip:
    """Write a clip of the confirmed sightings of a case to `path`; several follow one another, a card before each.

    Raises RefusedError for a sighting that nobody confirmed, beyond the scope, or without the consent asked for;
    MissingError without a case trace, a presence or a recording.
    """
    consent = _check(ports.case, case_id, actor, wish, ports.now_us())
    file = _read_copied(ports, case_id) if wish.for_subject else read_working_case(ports, case_id)
    cuts = [_cut(ports, file, number, step, wish) for number, step in _wanted(ports, case_id, wish)]
    seconds = sum(float((cut.end_pts - cut.start_pts) * cut.place.recording.media.time_base) for cut in cuts)
    counts = {"steps": len(cuts), "seconds": round(seconds, 1), "faces_shown": int(consent is not None)}
    ports.case.gate.permit(actor, wish.act, case_id, counts)
    film = _Film(ports, cuts, wish, consent, case_id, actor, progress)
    frames = _write_whole(ports, path, film)
    keep_output(ports.case.store, case_id, path)
    return MadeClip(path, tuple(cut.number for cut in cuts), frames, film.seconds, film.masked_area_share)


def check_clip(ports: CasePorts, case_id: str, actor: Actor, wish: ClipWish, now_us: int) -> None:
    """Raises RefusedError when such a clip may not be made now: to be asked before models are loaded for it."""
    _check(ports, case_id, actor, wish, now_us)


def _read_copied(ports: EvidencePorts, case_id: str) -> CaseFile:
    return read_case_file(ports.case.store, ports.case.vault, case_id)


def _check(ports: CasePorts, case_id: str, actor: Actor, wish: ClipWish, now_us: int) -> FaceConsent | ShownFace | None:
    """Ask the gate, then for what lets a face be seen now; None where every head is covered."""
    ports.gate.check(actor, wish.act, case_id)
    if wish.unmask:
        return check_unmasking(find_unmasking(ports.vault, case_id, wish.unmask), actor, now_us)
    if wish.show_face:
        return check_face_consent(read_consent(ports.vault, case_id), case_id, now_us)
    return None


def _wanted(ports: EvidencePorts, case_id: str, wish: ClipWish) -> list[tuple[int, Seen]]:
    if wish.unmask:
        return [(0, find_unmasking(ports.case.vault, case_id, wish.unmask))]
    return list(_confirmed(ports, case_id, wish.step))


def _confirmed(ports: EvidencePorts, case_id: str, number: int | None) -> list[tuple[int, TraceStep]]:
    trace = read_trace(ports.case.vault, case_id)
    if trace is None:
        raise MissingError("no trace was run", where=f"case {case_id}", todo=f"casetrail trace run {case_id}")
    steps = dict(enumerate(trace.steps, start=1))
    if number is not None and number not in steps:
        raise UsageError(f"the case trace has no step {number}", where=f"case {case_id}", todo="see `trace show`")
    chosen = steps if number is None else {number: steps[number]}
    confirmed = [(at, step) for at, step in chosen.items() if step.verdict is Verdict.CONFIRMED]
    if not confirmed:
        what = "no reviewer confirmed a sighting" if number is None else f"no reviewer confirmed step {number}"
        raise RefusedError(what, where=f"case {case_id}", todo=f"casetrail trace review {case_id}")
    return confirmed


def _cut(ports: EvidencePorts, file: CaseFile, number: int, step: Seen, wish: ClipWish) -> _Cut:
    """The cut around a step, inside the hours of the scope and inside the recording."""
    place = find_place(ports, file, step, wish.around_s + LOOK_AROUND_S)
    media, clock = place.recording.media, place.camera.clock
    around_s = 0.0 if wish.unmask else wish.around_s
    allowed = step.interval.widened(around_s).intersection(file.case.scope.interval) or step.interval
    start = max(place.recording.to_pts(allowed.start_us, clock), media.first_pts)
    end = min(place.recording.to_pts(allowed.end_us, clock) + 1, media.end_pts)
    return _Cut(number, step, place, start, end)


class _Film:
    """The pictures of a clip, one after the other; what they sum up to is known once they were all taken."""

    def __init__(
        self,
        ports: EvidencePorts,
        cuts: Sequence[_Cut],
        wish: ClipWish,
        consent: FaceConsent | ShownFace | None,
        case_id: str,
        actor: Actor,
        progress: Progress | None,
    ) -> None:
        self._ports, self._cuts, self._wish, self._consent = ports, cuts, wish, consent
        self._case_id, self._actor = case_id, actor
        self._progress = progress or (lambda _what, _done, _whole: None)
        self._own = tuple(cut.place.presence for cut in cuts)
        self._covered: list[float] = []
        self._end = 0
        self.sheet = plan_sheet([cut.place.wh for cut in cuts], LINES)
        self.time_base = shared_time_base([cut.place.recording.media.time_base for cut in cuts])

    @property
    def seconds(self) -> float:
        """Length of what was taken so far."""
        return float(self._end * self.time_base)

    @property
    def masked_area_share(self) -> float:
        """Mean share of the picture that was covered."""
        return sum(self._covered) / len(self._covered) if self._covered else 0.0

    def pictures(self) -> Iterator[tuple[int, Image]]:
        """Every picture `(tick, BGR)`, sheets with captions."""
        for done, cut in enumerate(self._cuts):
            self._progress(f"redacting step {cut.number}", done, len(self._cuts))
            if len(self._cuts) > 1:
                yield from self._card(done, cut)
            yield from self._step(cut)
        self._progress("redacted", len(self._cuts), len(self._cuts))

    def _card(self, place: int, cut: _Cut) -> Iterator[tuple[int, Image]]:
        """A title before each cut; after the first it says how long nobody saw the index case."""
        lines = [f"Case {self._case_id}   step {cut.number}", cut.camera, format_utc(cut.step.interval.start_us)]
        if place:
            gap_s = (cut.step.interval.start_us - self._cuts[place - 1].step.interval.end_us) / 1e6
            lines += [
                f"{max(gap_s, 0):.1f} s after the sighting before",
                "The way between was not seen or is not shown",
            ]
        width, height = self.sheet.wh
        middle = (width // 12, height // 3, width - width // 12, height // 3 + 6 * LINE_PX)
        card = self._ports.pictures.letter(blank(self.sheet.wh), lines, middle)
        for number in range(round(CARD_S / CARD_TICK_S)):
            yield self._end + self._ticks(number * CARD_TICK_S), card
        self._end += self._ticks(CARD_S)

    def _step(self, cut: _Cut) -> Iterator[tuple[int, Image]]:
        recording, clock = cut.place.recording, cut.place.camera.clock
        mark = Watermark(self._case_id, cut.camera, self._actor.actor_id, self._redaction())
        what = f"request {self._wish.unmask}" if self._wish.unmask else f"step {cut.number}"
        subject = self._subject(cut)
        plan, pattern = self._plan(cut, subject), Mosaic(cut.place.wh)
        for frame in self._ports.finders.decoder.scan(recording, cut.start_pts, cut.end_pts):
            regions = plan.regions_at(frame.pts)
            self._covered.append(pattern.share(regions))
            picture = _marked(redact_frame(frame.picture(), regions, pattern), subject, frame.pts)
            caption = mark.lines(recording.to_utc_us(frame.pts, clock), what)
            since = (frame.pts - cut.start_pts) * recording.media.time_base
            yield self._end + round(since / self.time_base), self._captioned(self.sheet, picture, caption)
        self._end += round((cut.end_pts - cut.start_pts) * recording.media.time_base / self.time_base)

    def _plan(self, cut: _Cut, subject: Subject) -> RedactionPlan:
        media = cut.place.recording.media
        around = int(LOOK_AROUND_S / media.time_base)
        start, end = max(cut.start_pts - around, media.first_pts), min(cut.end_pts + around, media.end_pts)
        seen = look_through(self._ports.finders, cut.place.recording, start, end)
        settings = RedactionSettings(whole_bodies=self._wish.whole_bodies)
        everybody, wh, time_base = cut.place.everybody, cut.place.wh, media.time_base
        return plan_redaction(seen.looks, everybody, wh, time_base, settings, subject, self._case_id, seen.frames)

    def _subject(self, cut: _Cut) -> Subject:
        here = [one for one in self._own if one.recording_id == cut.place.recording.recording_id]
        return Subject(tuple(here), self._consent)

    def _redaction(self) -> tuple[str, str]:
        if self._wish.unmask:
            return UNMASKED
        if self._wish.show_face:
            return SHOWN
        return WHOLE_BODIES if self._wish.whole_bodies else REDACTED

    def _captioned(self, sheet: Sheet, picture: Image, caption: Sequence[str]) -> Image:
        return self._ports.pictures.letter(sheet.lay(picture), caption, sheet.panel)

    def _ticks(self, seconds: float) -> int:
        return round(Fraction(seconds) / self.time_base)


def _marked(image: Image, subject: Subject, pts: int) -> Image:
    box = subject.box_at(pts)
    return image if box is None else outlined(image, box)


def _write_whole(ports: EvidencePorts, path: Path, film: _Film) -> int:
    """Write beside, then put in place; whatever happens, no part of a clip is left."""
    make_folder(path.parent)
    temporary = path.with_name(f".{path.stem}.{secrets.token_hex(4)}{path.suffix}")
    os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE))
    pictures = read_ahead(film.pictures())
    try:
        frames = ports.clips.write_clip(temporary, pictures, film.sheet.wh, film.time_base)
        sync_file(temporary)
        temporary.replace(path)
    finally:
        pictures.close()
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)
    return frames
