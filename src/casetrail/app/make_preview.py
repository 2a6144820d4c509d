"""Making pictures of a presence: a still for the report, a preview for a reviewer. Every head in them is covered."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from casetrail.app.case_records import read_sightings
from casetrail.app.evidence_ports import EvidencePorts, Place, Seen, find_place, read_working_case
from casetrail.app.look_through import look_at
from casetrail.app.private_files import destroy_file, make_folder, replace_file
from casetrail.evidence.captions import ASKED, WHOLE_BODIES, Watermark
from casetrail.evidence.mosaic import Mosaic
from casetrail.evidence.redaction import RedactionSettings, Subject, plan_redaction, redact_frame
from casetrail.evidence.sheets import GAP_PX, LINE_PX, blank, fit, frame_person, outlined
from casetrail.footage.decoder import DecodedFrame
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor
from casetrail.model.arrays import Image
from casetrail.model.errors import BadInputError, MissingError, UsageError
from casetrail.model.ids import check_name
from casetrail.presence.presences import View
from casetrail.sightings.opening import best_views

LOOK_AROUND_S = 0.6  # frames around a view are looked at too, so that somebody missed in it is held
LOOKS_AROUND = 2  # on either side
STILL_WH, PREVIEW_WH, CLOSE_WIDTH = (480, 360), (640, 480), 160
CLOSE_UPS = 3
SMALL_LINE_PX = 24
_PREVIEW_NAME = re.compile(r"preview-[^/]+\.jpg(\.[0-9a-f]{8}\.tmp)?")


def make_still(ports: EvidencePorts, case_id: str, seen: Seen, actor: Actor, *, whole_bodies: bool = False) -> bytes:
    """The best view of a presence as JPEG bytes: the person outlined, surroundings visible, every head covered.

    `seen`: a step of the case trace. `whole_bodies`: nobody else's body is visible either, since clothing identifies
    too; for whatever leaves the room. Raises RefusedError outside the scope, UsageError for a presence that was
    not opened for the case, MissingError when it or its recording is gone.
    """
    place, mark = _open(ports, case_id, seen, actor, 1)
    mark = replace(mark, redaction=WHOLE_BODIES) if whole_bodies else mark
    settings = RedactionSettings(whole_bodies=whole_bodies)
    picture, view = _redacted(ports, place, _best_views(place, 1), settings)[0]
    shown = _framed(picture, view, STILL_WH, heights=2.6)
    return ports.pictures.encode(_captioned(ports, shown, mark.short_lines(_utc_us(place, view))))


def make_preview(ports: EvidencePorts, case_id: str, seen: Seen, actor: Actor, folder: Path) -> Path:
    """A picture for a reviewer: the best view in its surroundings beside up to three close-ups, every head covered.

    It is put into `folder`, readable by its owner only; whoever asked removes it. Raises as `make_still` does.
    """
    place, mark = _open(ports, case_id, seen, actor, CLOSE_UPS)
    pictures = _redacted(ports, place, _best_views(place, CLOSE_UPS), RedactionSettings())
    best, view = max(pictures, key=lambda pair: pair[1].quality)
    sheet = _with_close_ups(_framed(best, view, PREVIEW_WH, heights=3.2), pictures)
    lines = mark.lines(_utc_us(place, view), "Is this the index case?")
    data = ports.pictures.encode(_captioned(ports, sheet, lines))
    path = make_folder(folder) / f"preview-{check_name(seen.presence_id, what='presence id')}.jpg"
    replace_file(path, data)
    return path


@contextmanager
def open_previews(ports: EvidencePorts, case_id: str, actor: Actor, folder: Path) -> Iterator[Callable[[Seen], Path]]:
    """Previews for as long as a review lasts: what was made is destroyed at its end, however it ends.

    What a killed review left in the folder goes first. Other files there are not touched.
    """
    destroy_previews(folder)
    try:
        yield lambda seen: make_preview(ports, case_id, seen, actor, folder)
    finally:
        destroy_previews(folder)


def destroy_previews(folder: Path) -> None:
    """Destroy what a killed review left in the folder: files named like previews, whole or half written."""
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        if _PREVIEW_NAME.fullmatch(path.name):
            destroy_file(path)
    if not any(folder.iterdir()):
        folder.rmdir()


def _open(ports: EvidencePorts, case_id: str, seen: Seen, actor: Actor, views: int) -> tuple[Place, Watermark]:
    """Check that the presence may be looked at, and put on record that it is."""
    event = ports.case.gate.check(actor, Act.EVIDENCE_LOOK, case_id, {"views": views})
    file = read_working_case(ports, case_id)
    if seen.presence_id not in read_sightings(ports.case.vault, case_id):
        raise UsageError("this presence was not opened for the case", where=f"case {case_id}")
    place = find_place(ports, file, seen, LOOK_AROUND_S)
    ports.case.audit_log.record(event)
    return place, Watermark(case_id, f"{place.camera.camera_id}  {place.camera.name}".rstrip(), actor.actor_id, ASKED)


def _best_views(place: Place, count: int) -> tuple[View, ...]:
    views = best_views(place.presence, count)
    if not views:
        raise MissingError("no view of this presence is known", where=f"camera {place.camera.camera_id}")
    return views


def _redacted(
    ports: EvidencePorts, place: Place, views: Sequence[View], settings: RedactionSettings
) -> list[tuple[Image, View]]:
    """The frame of each view with every head covered and the person outlined, in order of time."""
    pattern, subject = Mosaic(place.wh), Subject((place.presence,))
    pictures = []
    for view in views:
        frames = _frames_around(ports, place, view.pts)
        looks = look_at(ports.finders, frames, place.wh)
        plan = plan_redaction(looks, place.everybody, place.wh, place.recording.media.time_base, settings, subject)
        image = next(frame for frame in frames if frame.pts == view.pts).picture()
        covered = redact_frame(image, plan.regions_at(view.pts), pattern)
        pictures.append((outlined(covered, np.array(view.xyxy, np.float32)), view))
    return pictures


def _frames_around(ports: EvidencePorts, place: Place, pts: int) -> list[DecodedFrame]:
    """The frame of a view, and a few spread before and after it. Decoded twice, so that few are held in memory."""
    media, decoder = place.recording.media, ports.finders.decoder
    by = max(1, int(LOOK_AROUND_S / media.time_base))
    span = max(pts - by, media.first_pts), min(pts + by + 1, media.end_pts)
    there = [frame.pts for frame in decoder.scan(place.recording, *span)]
    at = next((number for number, each in enumerate(there) if each == pts), None)
    if at is None:
        todo = "run `casetrail footage check`"
        raise BadInputError("a view of this presence is not in the recording", where=place.recording.path, todo=todo)
    before = np.linspace(0, at, LOOKS_AROUND + 1).round().astype(int)
    after = np.linspace(at, len(there) - 1, LOOKS_AROUND + 1).round().astype(int)
    wanted = {there[number] for number in {*before.tolist(), *after.tolist()}}
    return [frame for frame in decoder.scan(place.recording, *span) if frame.pts in wanted]


def _framed(picture: Image, view: View, wh: tuple[int, int], heights: float) -> Image:
    """The person in the surroundings, on a sheet of `wh` pixels."""
    box = np.array(view.xyxy, np.float32)
    left, top, right, bottom = frame_person(
        box, (picture.shape[1], picture.shape[0]), heights=heights, ratio=wh[0] / wh[1]
    )
    return fit(picture[top:bottom, left:right], wh)


def _with_close_ups(main: Image, pictures: Sequence[tuple[Image, View]]) -> Image:
    """The main picture with the close-ups in a column at its right, in order of time."""
    each_wh = (CLOSE_WIDTH, (main.shape[0] - (CLOSE_UPS - 1) * GAP_PX) // CLOSE_UPS)
    sheet = blank((main.shape[1] + GAP_PX + each_wh[0], main.shape[0]))
    sheet[:, : main.shape[1]] = main
    for number, (picture, view) in enumerate(pictures):
        top = number * (each_wh[1] + GAP_PX)
        sheet[top : top + each_wh[1], -each_wh[0] :] = _framed(picture, view, each_wh, heights=1.25)
    return sheet


def _captioned(ports: EvidencePorts, image: Image, lines: Sequence[str]) -> Image:
    line_px = LINE_PX if image.shape[1] >= PREVIEW_WH[0] else SMALL_LINE_PX
    sheet = blank((image.shape[1], image.shape[0] + len(lines) * line_px + GAP_PX))
    sheet[: image.shape[0]] = image
    panel = (GAP_PX, image.shape[0], image.shape[1] - GAP_PX, sheet.shape[0])
    return ports.pictures.letter(sheet, lines, panel)


def _utc_us(place: Place, view: View) -> int:
    return place.recording.to_utc_us(view.pts, place.camera.clock)
