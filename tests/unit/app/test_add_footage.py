"""Adding recordings in place, and checking them later."""

import os
from pathlib import Path

import pytest

from casetrail.app.add_footage import FootageAdded, FootagePorts, add_footage, read_claims
from casetrail.app.check_footage import check_footage
from casetrail.bootstrap import open_decoder
from casetrail.footage.cameras import Camera
from casetrail.footage.files import hash_recording
from casetrail.governance.audit import Actor, AuditEvent, Role
from casetrail.model.errors import BadInputError, MissingError
from casetrail.model.time import SECOND_US, parse_utc
from casetrail.testing.drawn_files import Encoding, write_image_sequence, write_recording
from casetrail.testing.drawn_footage import street_scene
from casetrail.testing.fake_catalogue import FakeCatalogue
from casetrail.testing.fake_gate import FakeGate

ACTOR = Actor("admin", Role.ADMINISTRATOR)
START_US = parse_utc("2026-03-02T03:00:00+00:00")
NOW_US = START_US + 10**12
SCENE = street_scene(1, frames=20, rate=10)


@pytest.fixture
def ports() -> FootagePorts:
    """Two cameras, no recordings, a real decoder."""
    catalogue = FakeCatalogue()
    catalogue.add_cameras([Camera("CAM01"), Camera("CAM02")], audit=AuditEvent(ACTOR, "test"))
    return FootagePorts(catalogue, FakeGate(catalogue.audit_log), open_decoder(1))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two seconds of CAM01, two of CAM02 as pictures, one of a camera nobody knows, one that is no recording."""
    footage = tmp_path / "footage"
    write_recording(SCENE, footage / "CAM01_20260302T030000Z.mp4", Encoding(sound=True))
    write_image_sequence(SCENE, footage / "CAM02_20260302T030000Z")
    write_recording(SCENE, footage / "CAM09_20260302T030000Z.avi", Encoding("mpeg4"))
    (footage / "CAM01_20260302T040000Z.mp4").write_text("no recording")
    return footage


def _add(path: Path, ports: FootagePorts, *, strict: bool = False, hash_files: bool = False) -> FootageAdded:
    return add_footage(read_claims(path), ports, ACTOR, strict=strict, hash_files=hash_files)


def _problems(ports: FootagePorts, *, thorough: bool = False, now_us: int = NOW_US) -> list[str]:
    return [problem.what for problem in check_footage(ports, now_us, thorough=thorough).problems]


def test_folder_is_added(folder: Path, ports: FootagePorts) -> None:
    """What can be added is, in place; what cannot is named with its reason."""
    done = _add(folder, ports)
    assert [recording.camera_id for recording in done.added] == ["CAM01", "CAM02"]
    assert {Path(problem.where).name: problem.what.split(" (")[0] for problem in done.problems} == {
        "CAM09_20260302T030000Z.avi": "camera CAM09 is not in the catalogue",
        "CAM01_20260302T040000Z.mp4": "cannot be read as a recording",
    }
    assert all(Path(one.path).is_relative_to(folder) for one in ports.catalogue.read_recordings())


def test_adding_leaves_an_event(folder: Path, ports: FootagePorts) -> None:
    """The act and its extent are recorded; paths are not."""
    _add(folder, ports)
    event = ports.catalogue.audit_log.recorded[-1].event  # type: ignore[attr-defined]
    assert (event.act, dict(event.counts)) == ("footage.add", {"recordings": 2})


def test_adding_twice(folder: Path, ports: FootagePorts) -> None:
    """The same folder again changes nothing, and known files are not even decoded again."""
    before = _add(folder, ports).added
    again = _add(folder, ports)
    assert (again.added, again.known) == ((), 2)
    assert set(ports.catalogue.read_recordings()) == set(before)


def test_strict(folder: Path, ports: FootagePorts) -> None:
    """Strictly, nothing is added unless everything can be."""
    with pytest.raises(BadInputError):
        _add(folder, ports, strict=True)
    assert ports.catalogue.read_recordings() == ()


def test_nothing_could_be_added(folder: Path, ports: FootagePorts) -> None:
    """When nothing could be taken, the result says so with the first reason."""
    with pytest.raises(BadInputError, match="cannot be read"):
        _add(folder / "CAM01_20260302T040000Z.mp4", ports).check()


def test_empty_folder(tmp_path: Path, ports: FootagePorts) -> None:
    """A folder without recordings is something missing."""
    with pytest.raises(MissingError, match="no recording"):
        _add(tmp_path, ports).check()


def test_sha256_only_when_asked(folder: Path, ports: FootagePorts) -> None:
    """Hashing reads the whole file, so it is done on request."""
    assert {one.sha256 for one in _add(folder, ports).added} == {""}
    fresh = FootagePorts(FakeCatalogue(), ports.gate, ports.decoder)
    fresh.catalogue.add_cameras(ports.catalogue.read_cameras(), audit=AuditEvent(ACTOR, "test"))
    assert {len(one.sha256) for one in _add(folder, fresh, hash_files=True).added} == {64}


def test_manifest_claims_are_checked(folder: Path, ports: FootagePorts) -> None:
    """A sha256 that does not match turns the file down; a duration that does not is a doubt."""
    name = "CAM01_20260302T030000Z.mp4"
    manifest = folder / "m.csv"
    header = "path,camera_id,start,duration_s,sha256\n"
    manifest.write_text(header + f"{name},CAM01,2026-03-02T12:00:00+09:00,2,{'0' * 64}\n")
    assert "sha256" in _add(manifest, ports).problems[0].what
    manifest.write_text(header + f"{name},CAM01,2026-03-02T12:00:00+09:00,60,{hash_recording(folder / name)}\n")
    (recording,) = _add(manifest, ports).added
    assert recording.start_us == START_US
    assert recording.media.doubts == ("the manifest states 60.0 s, the file holds 2.0 s",)


def test_another_claim_for_a_known_file(folder: Path, ports: FootagePorts) -> None:
    """A known file claimed for another camera or start is turned down, not added twice."""
    _add(folder, ports)
    manifest = folder / "m.csv"
    manifest.write_text("path,camera_id,start\nCAM01_20260302T030000Z.mp4,CAM02,2026-03-02T12:00:00+09:00\n")
    assert "already" in _add(manifest, ports).problems[0].what


def test_copy_of_a_known_file(folder: Path, ports: FootagePorts) -> None:
    """The same recording under two names is added once."""
    name = "CAM01_20260302T030000Z.mp4"
    (folder / "copy").mkdir()
    (folder / "copy" / name).write_bytes((folder / name).read_bytes())
    done = _add(folder, ports)
    assert len(done.added) == 2
    assert any("same recording" in problem.what for problem in done.problems)


def test_moved_file(folder: Path, ports: FootagePorts) -> None:
    """A recording that was moved is known again at its new place, under its old id."""
    (before, _) = _add(folder, ports).added
    (folder / "new").mkdir()
    Path(before.path).rename(folder / "new" / Path(before.path).name)
    (after,) = _add(folder, ports).added
    assert (after.recording_id, after.path) == (before.recording_id, str(folder / "new" / Path(before.path).name))
    assert len(ports.catalogue.read_recordings()) == 2


def test_changed_file(folder: Path, ports: FootagePorts) -> None:
    """A file that changed under its name is turned down: what was indexed would no longer be there."""
    (first, _) = _add(folder, ports).added
    with Path(first.path).open("ab") as file:
        file.write(b"more")
    assert any("changed" in problem.what for problem in _add(folder, ports).problems)


def test_progress(folder: Path, ports: FootagePorts) -> None:
    """Every claim counts once, taken or not."""
    seen: list[tuple[int, int]] = []
    add_footage(read_claims(folder), ports, ACTOR, on_file=lambda done, of: seen.append((done, of)))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_check_of_sound_footage(folder: Path, ports: FootagePorts) -> None:
    """Footage without faults gives no problem, thoroughly checked or not."""
    _add(folder, ports, hash_files=True)
    assert _problems(ports) == _problems(ports, thorough=True) == []


def test_check_finds_vanished_and_changed(folder: Path, ports: FootagePorts) -> None:
    """A file that is gone and a sequence that lost a picture are named."""
    _add(folder, ports)
    (folder / "CAM01_20260302T030000Z.mp4").unlink()
    (folder / "CAM02_20260302T030000Z" / "img1" / "000003.jpg").unlink()
    assert _problems(ports) == ["the recording is not there", "the recording changed since it was added"]


def test_check_finds_other_content(folder: Path, ports: FootagePorts) -> None:
    """Same size, other bytes: only the thorough check with a sha256 can tell."""
    (first, _) = _add(folder, ports, hash_files=True).added
    data = bytearray(Path(first.path).read_bytes())
    data[-40] ^= 1
    Path(first.path).write_bytes(data)
    assert _problems(ports) == []
    assert _problems(ports, thorough=True) == ["its sha256 changed since it was added"]


def test_check_finds_gaps_clocks_and_idle_cameras(folder: Path, ports: FootagePorts) -> None:
    """A gap between two files, a clock that runs ahead of the file's own date, and a camera without recordings."""
    write_recording(SCENE, folder / "CAM01_20260302T031000Z.mp4")
    os.utime(folder / "CAM01_20260302T031000Z.mp4", (START_US / SECOND_US, START_US / SECOND_US))
    ports.catalogue.add_cameras([Camera("CAM03")], audit=AuditEvent(ACTOR, "test"))
    _add(folder, ports)
    found = _problems(ports)
    assert [what.split(":")[0] for what in found] == [
        "it ends 10.0 min after its file was last written",
        "no footage for 10.0 min",
        "it has no recordings",
    ]
    assert sum("future" in what for what in _problems(ports, now_us=START_US - 10**9)) == 3
