"""A program, not a test: meets every hostile input through the command line and prints what happened, as JSON lines.

Run by `test_hostile_inputs.py` in a process of its own, so that a crash or a hang costs one input and is seen.
Arguments: `recordings` or `tables`, an empty folder, and a file that lists the names to meet.
"""

import contextlib
import io
import json
import os
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from typer.main import get_command

from casetrail import bootstrap
from casetrail.app.index_presence import IndexPorts, IndexWork, WorkerPorts
from casetrail.app.settings import Settings
from casetrail.surfaces.cli import main as command_line
from casetrail.testing.drawn_files import write_recording
from casetrail.testing.fake_detector import STAMP, FakeDetector
from casetrail.testing.fake_engine import FakeEngine
from casetrail.testing.hostile_files import SCENE
from casetrail.testing.hostile_inputs import CAMERA, START, Fate, HostileRecording, hostile_recordings
from casetrail.testing.hostile_tables import HostileTable, TableKind, hostile_tables

LONGEST_S = 60
Acts = dict[str, dict[str, object]]


class SmallDetector(FakeDetector):
    """Looks at pictures no larger than a real detector does."""

    def input_size(self, wh: tuple[int, int], _scale: float = 1.0) -> tuple[int, int]:
        """At most 640 pixels wide."""
        share = min(1.0, 640 / max(wh))
        return round(wh[0] * share), round(wh[1] * share)


def meet_recording(hostile: HostileRecording, folder: Path) -> Acts:
    """Add it alone, then with a good recording beside it; index both; check both."""
    place = hostile.place(folder / "footage")
    place.parent.mkdir()
    hostile.write(place)
    data = ["--data", str(folder / "data")]
    acts = {}
    if hostile.fate is Fate.NOT_ADDED:
        acts["alone"] = _run("footage", "add", str(place), *data)
    shutil.copy(folder.parent / "good.mp4", place.parent / f"GOOD_{START}.mp4")
    acts["add"] = _run("footage", "add", str(place.parent), "--json", *data)
    if hostile.later is not None:
        hostile.later(place)
    acts["index"] = _run("index", "--segment-s", "2", "--json", *data)
    acts["check"] = _run("footage", "check", "--thorough", "--json", *data)
    return acts


def meet_table(hostile: HostileTable, folder: Path) -> Acts:
    """Give it to the verb that reads such tables, and list what came of it."""
    place = folder / f"table{hostile.suffix}"
    hostile.write(place)
    shutil.copy(folder.parent / "good.mp4", folder)
    cameras = str(folder.parent / "cameras.csv")
    known = hostile.kind in {TableKind.MANIFEST, TableKind.CALIBRATION}
    data = ["--data", str(folder / "data" if known else folder / "data" / "new")]
    words = {
        TableKind.CAMERAS: ["cameras", "import", str(place)],
        TableKind.MAPPING: ["cameras", "import", cameras, "--mapping", str(place)],
        TableKind.MANIFEST: ["footage", "add", "--manifest", str(place)],
        TableKind.CALIBRATION: ["cameras", "calibrate", "GOOD", str(place)],
    }[hostile.kind]
    return {
        "read": _run(*words, *data),
        "cameras": _run("cameras", "list", *data),
        "footage": _run("footage", "list", *data),
    }


def _run(*words: str) -> dict[str, object]:
    out, err = io.StringIO(), io.StringIO()
    sys.argv = ["casetrail", *words]
    code: object = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            command_line.main()
        except SystemExit as ended:
            code = ended.code or 0
        except BaseException:  # noqa: BLE001  the whole bug is what the test has to show
            code = traceback.format_exc(limit=-3)
    return {"code": code, "out": out.getvalue(), "err": err.getvalue().strip()}


def _open_worker_ports(settings: Settings) -> WorkerPorts:
    return WorkerPorts(bootstrap.open_decoder(1), SmallDetector(), bootstrap.open_presence_index(settings))


def _open_index_ports(settings: Settings, *_choices: object) -> IndexPorts:
    catalogue, index = bootstrap.open_catalogue(settings), bootstrap.open_presence_index(settings)
    work, gate = IndexWork(_open_worker_ports, settings), bootstrap.open_desk_gate(settings)
    return IndexPorts(catalogue, index, FakeEngine(), STAMP, work, gate)


def _meet(name: str, meet: Callable[[Path], Acts], folder: Path, prepared: Path) -> None:
    _tell({"name": name})
    signal.alarm(LONGEST_S)
    started_s = time.monotonic()
    shutil.copytree(prepared, folder / "data")
    acts = meet(folder)
    signal.alarm(0)
    left = [path.name for path in (folder / "data").rglob("*") if path.name.endswith((".tmp", "-journal"))]
    (peak,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    peak_mb = int(peak.split()[1]) / 1024  # `ru_maxrss` would also count what whoever started this held then
    told = {"acts": acts, "left": left, "peak_mb": peak_mb, "seconds": time.monotonic() - started_s}
    _tell({"name": name, **told})
    shutil.rmtree(folder)


def _tell(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def main(kind: str, root: Path, names: list[str]) -> None:
    """Meet those of these names, one after the other."""
    os.environ["CASETRAIL_TRACEBACK"] = "1"
    bootstrap.open_index_ports = _open_index_ports
    command_line.app = get_command(command_line.app)  # built once, not for each of three hundred calls
    write_recording(SCENE, root / "good.mp4")
    rows = "".join(f"{camera},fixed_cctv\n" for camera in (CAMERA, "GOOD"))
    (root / "cameras.csv").write_text(f"camera_id,source_type\n{rows}")
    prepared = root / "prepared"
    _run("cameras", "import", str(root / "cameras.csv"), "--data", str(prepared))
    if kind == "recordings":
        todo = {one.name: lambda folder, one=one: meet_recording(one, folder) for one in hostile_recordings()}
    else:
        todo = {one.name: lambda folder, one=one: meet_table(one, folder) for one in hostile_tables()}
    for number, name in enumerate(names):
        folder = root / str(number)
        folder.mkdir()
        _meet(name, todo[name], folder, prepared)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), json.loads(Path(sys.argv[3]).read_text()))
