"""Opening real presences with the real models: the same person is described alike, and nothing is put on disk."""

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from casetrail import bootstrap
from casetrail.app.case_ports import CasePorts, OpeningPorts
from casetrail.app.open_case import CaseRequest, open_case
from casetrail.app.open_presences import open_presences
from casetrail.app.settings import Settings
from casetrail.footage.cameras import Camera, ClockOffset
from casetrail.footage.recordings import Recording
from casetrail.governance.audit import AuditEvent
from casetrail.governance.cases import Scope
from casetrail.model.arrays import frozen
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.presence.presences import Presence, View
from casetrail.sightings.sightings import MaskState
from casetrail.testing.fake_audit_log import FakeAuditLog
from casetrail.testing.fake_case_store import FakeCaseStore
from casetrail.testing.fake_catalogue import FakeCatalogue
from casetrail.testing.fake_gate import FakeGate
from casetrail.testing.fake_vault import FakeVault
from casetrail.testing.staged_case import ACTOR, BASIS, START_US, grant_case

PEOPLE, LEAST_ROWS, FRAMES = 8, 120, 400
EVENT = AuditEvent(ACTOR, "stage")


def read_truth(path: Path) -> dict[int, list[tuple[int, tuple[float, float, float, float]]]]:
    """Boxes by person, as (frame from 0, xyxy), of the first frames of MOT ground truth."""
    boxes = defaultdict(list)
    for line in path.read_text().splitlines():
        frame, person, x, y, w, h, confidence = (float(part) for part in line.split(",")[:7])
        if confidence and frame <= FRAMES:
            boxes[int(person)].append((int(frame) - 1, (x, y, x + w, y + h)))
    return {person: rows for person, rows in boxes.items() if len(rows) >= LEAST_ROWS}


def make_presence(
    name: str, rows: list[tuple[int, tuple[float, float, float, float]]], recording: Recording
) -> Presence:
    """A presence over these rows of truth, three views of it."""
    pts = np.asarray([frame for frame, _ in rows], dtype=np.int64)
    views = [View(rows[at][0], rows[at][1], 0.8, False) for at in np.linspace(5, len(rows) - 6, 3).astype(int)]
    return Presence(
        presence_id=name,
        camera_id=recording.camera_id,
        recording_id=recording.recording_id,
        pts=frozen(pts),
        utc_us=frozen(np.asarray([recording.to_utc_us(int(each), ClockOffset()) for each in pts])),
        xyxy=frozen(np.asarray([box for _, box in rows], dtype=np.float32)),
        confidence=frozen(np.ones(len(rows), dtype=np.float32)),
        foot_hidden=frozen(np.zeros(len(rows), dtype=bool)),
        foot_m=None,
        views=tuple(views),
        models="truth",
    )


@pytest.mark.needs_models
@pytest.mark.needs_data
def test_the_same_person_is_found_again(models_dir: Path, shared_data: Path, tmp_path: Path) -> None:
    """The two halves of each person's walk are nearer to each other than to most others; small faces say nothing."""
    settings = Settings(data=tmp_path, models=models_dir, cache=tmp_path / "cache")
    path = shared_data / "opencv_vtest" / "vtest.avi"
    decoder = bootstrap.open_decoder()
    recording = Recording("CAM01", str(path), START_US, decoder.probe(str(path)), path.stat().st_size)
    catalogue = FakeCatalogue()
    catalogue.add_cameras([Camera("CAM01")], audit=EVENT)
    catalogue.add_recordings([recording], audit=EVENT)
    log = FakeAuditLog()
    case_ports = CasePorts(FakeCaseStore(log), FakeVault(log), log, FakeGate(log))
    period = UtcInterval(START_US, START_US + 3600 * SECOND_US)
    case = open_case(case_ports, CaseRequest("measles", period, BASIS, Scope(period)), ACTOR, START_US)
    case = grant_case(case_ports, case)
    ports = OpeningPorts(case_ports, catalogue, decoder, bootstrap.open_describers(settings), lambda: START_US)

    truth = read_truth(shared_data / "opencv_vtest" / "gt" / "PETS09-S2L1" / "gt" / "gt.txt")
    people = sorted(truth)[:PEOPLE]
    halves = [
        make_presence(f"{person}-{half}", rows, recording)
        for person in people
        for half, rows in enumerate(
            (truth[person][: len(truth[person]) // 2], truth[person][len(truth[person]) // 2 :])
        )
    ]
    result = open_presences(ports, case.case_id, halves, ACTOR)
    assert result.problems == ()
    assert len(result.sightings) == 2 * len(people)
    by_id = {sighting.presence_id: sighting for sighting in result.sightings}
    first = np.stack([by_id[f"{person}-0"].embedding for person in people])
    second = np.stack([by_id[f"{person}-1"].embedding for person in people])
    similarity = first @ second.T
    right = (similarity.argmax(axis=1) == np.arange(len(people))).mean()
    assert right >= 0.7, similarity.round(2)
    assert {sighting.mask.state for sighting in result.sightings} == {MaskState.UNKNOWN}
    assert {sighting.face_similarity for sighting in result.sightings} == {None}
    assert [item for item in tmp_path.rglob("*") if item.suffix in {".png", ".jpg", ".npy"}] == []
