"""The demonstration: the whole job on real sample footage, with a scripted reviewer."""

import csv
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from casetrail.app import demo_scene
from casetrail.app.open_case import CaseRequest
from casetrail.app.pipeline import Calibration, Job, Notes, People
from casetrail.app.samples import VTEST, RecordingWindows, SampleFiles
from casetrail.footage.cameras import Camera
from casetrail.governance.audit import Actor, Role
from casetrail.governance.cases import Scope
from casetrail.governance.orders import AlertLevel, Order, format_order, sign_order
from casetrail.governance.signing import Signer
from casetrail.model.errors import MissingError
from casetrail.model.time import SECOND_US, UtcInterval, format_utc
from casetrail.presence.index import PresenceIndex, Reach
from casetrail.trace.case_trace import Answer, Question

PEOPLE = People(
    investigator=Actor("demo-investigator", Role.INVESTIGATOR),
    reviewer=Actor("scripted-reviewer", Role.INVESTIGATOR),
    approver=Actor("demo-supervisor", Role.SUPERVISOR),
    administrator=Actor("demo-administrator", Role.ADMINISTRATOR),
)
WRITTEN_ORDER = "DEMO-2026-001-C"
ORDER_DAYS = 7
DEFINITIONS = ("who-2021-02", "kdca-2022-01")


@dataclass(frozen=True)
class DemoPorts:
    """Where the sample footage comes from, and the index in which the scripted reviewer looks presences up.

    `authority`: signs the order of the demonstration; its key plays an authority outside, in a folder of its own.
    """

    samples: SampleFiles
    windows: RecordingWindows
    presences: PresenceIndex
    folder: Path
    authority: Signer
    now_us: Callable[[], int]


def prepare_job(ports: DemoPorts, notes: Notes) -> Job:
    """Sample footage as three cameras, with the lists that an installation imports, and a scripted reviewer."""
    with notes.step("sample footage"):
        source, place = ports.samples.find_sample(VTEST)
        files = ports.windows.cut_windows(source, demo_scene.WINDOWS, ports.folder)
        notes.say(f"{VTEST.name} from {place}: {VTEST.credit}")
        notes.say(f"cut into {len(files)} windows that act as fixed cameras, with people walking from one to the next")
    corners = {window.camera_id: (float(window.left), float(window.top)) for window in demo_scene.WINDOWS}
    calibration = ports.folder / "square.xml"
    calibration.write_text(demo_scene.TSAI_XML, encoding="utf-8")
    authority_key = ports.folder / "authority.pub"
    authority_key.write_text(f"{ports.authority.public_key.text}\n", encoding="utf-8")
    return Job(
        people=PEOPLE,
        authority_key=authority_key,
        order=_write_order(ports.folder / "order.json", ports),
        written_order=WRITTEN_ORDER,
        cameras=_write_cameras(ports.folder / "cameras.csv"),
        recordings=_write_manifest(ports.folder / "recordings.csv", files),
        calibrations=tuple(Calibration(camera_id, calibration, corner) for camera_id, corner in corners.items()),
        request=_request(),
        anchors=(demo_scene.STATEMENT,),
        answer_for=scripted_reviewer(ports.presences),
        definitions=DEFINITIONS,
    )


def scripted_reviewer(presences: PresenceIndex) -> Callable[[Question], Answer]:
    """Answers from the published positions of the patient; nothing else in casetrail knows them."""

    def answer_for(question: Question) -> Answer:
        found = presences.read_presences([Reach(question.camera_id, question.interval)])
        asked = next((each for each in found if each.presence_id == question.presence_id), None)
        if asked is None:
            raise MissingError("a presence that was asked about is not in the index", todo="run the demo again")
        return demo_scene.scripted_answer(asked)

    return answer_for


def _request() -> CaseRequest:
    period = demo_scene.INFECTIOUS_PERIOD
    return CaseRequest(demo_scene.DISEASE, period, demo_scene.LEGAL_BASIS, Scope(period, views=1000))


def _write_order(path: Path, ports: DemoPorts) -> Path:
    """An order for the made-up disease, as an authority would hand it over."""
    now_us = ports.now_us()
    valid = UtcInterval(now_us - 3600 * SECOND_US, now_us + ORDER_DAYS * 86_400 * SECOND_US)
    name = f"DEMO-{secrets.token_hex(4)}"
    order = Order(name, demo_scene.DISEASE, AlertLevel.CAUTION, "Made up for a demonstration; no authority.", valid)
    path.write_text(format_order(sign_order(order, ports.authority)), encoding="utf-8")
    return path


def _write_cameras(path: Path) -> Path:
    place = ["camera_id", "name", "lat", "lon", "heading_deg", "hfov_deg", "height_m"]
    rest = ["source_type", "operator", "purpose", "clock_offset_s", "clock_sigma_s"]
    return _write(path, [*place, *rest], [_camera_row(camera) for camera in demo_scene.build_cameras()])


def _camera_row(camera: Camera) -> list[object]:
    where = camera.place or demo_scene.ORIGIN
    place = [f"{where.lat:.7f}", f"{where.lon:.7f}", camera.heading_deg, camera.hfov_deg, camera.height_m]
    rest = [camera.source_type, camera.operator, camera.purpose, camera.clock.offset_s, camera.clock.sigma_s]
    return [camera.camera_id, camera.name, *place, *rest]


def _write_manifest(path: Path, files: dict[str, Path]) -> Path:
    start = format_utc(demo_scene.START_US)
    rows: list[list[object]] = [[file.name, name, start] for name, file in files.items()]
    return _write(path, ["path", "camera_id", "start"], rows)


def _write(path: Path, columns: list[str], rows: list[list[object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
    return path
