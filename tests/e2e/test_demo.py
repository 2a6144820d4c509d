"""The demonstration on real footage: what it claims is held against the published identities."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from casetrail import bootstrap
from casetrail.app import demo_scene
from casetrail.app.case_records import read_sightings, read_trace
from casetrail.model.arrays import Floats
from casetrail.model.geometry import box_overlap
from casetrail.presence.index import Reach
from casetrail.testing.demo_run import DemoRun, run_demo
from casetrail.trace.case_trace import CaseTrace

FRAME_US = 100_000
PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF")


def _trace(run: DemoRun) -> CaseTrace:
    trace = read_trace(bootstrap.open_vault(run.settings), run.case_id)
    assert trace is not None
    return trace


def _identities(run: DemoRun, shared_data: Path) -> list[tuple[str, int, float]]:
    """For every confirmed sighting: its camera, the published identity it shows most, and in what share of frames."""
    truth = np.loadtxt(shared_data / "opencv_vtest/gt/PETS09-S2L1/gt/gt.txt", delimiter=",")
    return [_identity(run, step.camera_id, step.presence_id, truth) for step in _trace(run).confirmed]


def _identity(run: DemoRun, camera_id: str, presence_id: str, truth: Floats) -> tuple[str, int, float]:
    left = next(window.left for window in demo_scene.WINDOWS if window.camera_id == camera_id)
    index = bootstrap.open_presence_index(run.settings)
    everybody = index.read_presences([Reach(camera_id, demo_scene.INFECTIOUS_PERIOD)])
    presence = next(each for each in everybody if each.presence_id == presence_id)
    seen: Counter[int] = Counter()
    for utc_us, xyxy in zip(presence.utc_us, presence.xyxy, strict=True):
        here = truth[truth[:, 0] == round((utc_us - demo_scene.START_US) / FRAME_US) + 1]
        boxes = here[:, 2:6].copy()
        boxes[:, 2:] += boxes[:, :2]
        boxes[:, [0, 2]] -= left
        overlap = box_overlap(xyxy[None].astype(np.float32), boxes.astype(np.float32))[0]
        if len(overlap) and overlap.max() >= 0.3:
            seen[int(here[overlap.argmax(), 1])] += 1
    person, frames = seen.most_common(1)[0]
    return camera_id, person, frames / len(presence.pts)


def test_every_confirmed_sighting_is_of_one_person(demo: DemoRun, shared_data: Path) -> None:
    """All hops show the same published identity, for most of their frames, over all three cameras."""
    found = _identities(demo, shared_data)
    assert len(found) >= 5
    assert {person for _, person, _ in found} == {2}
    assert min(share for _, _, share in found) >= 0.8
    assert {camera for camera, _, _ in found} == {window.camera_id for window in demo_scene.WINDOWS}


def test_carried_models_confirm_one_person_too(carried: DemoRun, shared_data: Path) -> None:
    """With the carried models the trace is shorter or costs more questions, but shows nobody else."""
    found = _identities(carried, shared_data)
    assert len(found) >= 3
    assert {person for _, person, _ in found} == {2}


def test_carried_models_are_labelled(carried: DemoRun) -> None:
    """Every result that a carried model made says so."""
    assert all("carried" in name for name in _trace(carried).models)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _pictures_in(content: bytes) -> Iterator[int]:
    """Where a picture that can be opened begins in these bytes; a mark alone also stands in noise by chance."""
    for mark in PICTURES:
        at = content.find(mark)
        while at >= 0:
            if cv2.imdecode(np.frombuffer(content[at:], np.uint8), cv2.IMREAD_COLOR) is not None:
                yield at
            at = content.find(mark, at + 1)


@pytest.mark.parametrize("kind", [".jpg", ".png", ".webp"])
def test_a_picture_anywhere_in_a_file_is_found(kind: str) -> None:
    """What looks for pictures finds one between other bytes, and none where only its first bytes stand."""
    drawn = cv2.imencode(kind, np.zeros((8, 8, 3), np.uint8))[1].tobytes()
    assert list(_pictures_in(b"before" + drawn + b"after")) == [6]
    assert list(_pictures_in(b"".join(mark + bytes(range(64)) for mark in PICTURES))) == []


def test_installation_holds_no_picture(demo: DemoRun) -> None:
    """No file of the installation is or contains a JPEG, PNG or WebP."""
    found = [(path.name, at) for path in _files(demo.settings.data) for at in _pictures_in(path.read_bytes())]
    assert found == []


def test_embeddings_lie_only_in_the_vault(demo: DemoRun) -> None:
    """The bytes of no embedding of the case stand anywhere in the installation; inside the vault they are encrypted."""
    vault = bootstrap.open_vault(demo.settings)
    sightings = read_sightings(vault, demo.case_id).values()
    marks = [sighting.embedding.astype(kind).tobytes()[:32] for sighting in sightings for kind in ("<f4", "<f8", "<f2")]
    assert len(marks) >= 30
    contents = [path.read_bytes() for path in _files(demo.settings.data)]
    assert not any(mark in content for mark in marks for content in contents)


def test_evidence_is_written(demo: DemoRun) -> None:
    """The demonstration ends with a report, a clip and the line list."""
    assert [file.name for file in demo.files] == ["report.html", "clip.mp4", "linelist.csv", "contacts.csv"]
    assert min(file.stat().st_size for file in demo.files[:2]) > 10_000
    assert demo.case_id in demo.files[2].read_text(encoding="utf-8")


def test_second_run_erases_its_case(demo: DemoRun) -> None:
    """With --erase nothing of the case remains readable, its outputs included, and a receipt says so."""
    run = run_demo(demo.settings, "--erase")
    assert run.files == ()
    assert not bootstrap.open_vault(run.settings).has_case(run.case_id)
    receipt = json.loads((run.settings.store_dir / "receipts" / f"{run.case_id}.json").read_text())
    assert receipt["statement"]["records"] > 0
