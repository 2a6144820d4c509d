"""The audit log: what an append costs, and how long both verifiers take over many events.

usage: audit.py [--appends 2000] [--events 100000] [--folder DIR]

`append_ms` is timed as acts pay for it, waiting for the disk each time; `raw_write_and_fsync_ms` is what this disk
takes for the same bytes in one file without any log, in turns with it, so that the log's own share can be told.
The log that is verified is built without waiting for the disk. Prints JSON.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

from casetrail import bootstrap
from casetrail.app.settings import Settings
from casetrail.governance import verify_casetrail_log
from casetrail.governance.audit import Actor, AuditEvent, AuditLog, Role

ACTOR = Actor("investigator-7", Role.INVESTIGATOR)


def main() -> None:
    """Measure in a folder that is removed afterwards."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--appends", type=int, default=2000)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, help="on the disk to measure; the system's temporary one by default")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.folder) as name:
        measured = _measure_appends(Path(name), asked.appends) | _measure_verifying(Path(name), asked.events)
    print(json.dumps(measured, indent=2))


def _measure_appends(folder: Path, count: int) -> dict[str, object]:
    log = bootstrap.open_audit_log(Settings(data=folder / "appends"))
    with (folder / "raw").open("ab", buffering=0) as raw:
        times = [_in_turns(log, number, raw.fileno()) for number in range(count)]
    return {
        "appends": count,
        "append_ms": _spread([each[0] for each in times]),
        "raw_write_and_fsync_ms": _spread([each[1] for each in times]),
    }


def _in_turns(log: AuditLog, number: int, raw: int) -> tuple[float, float]:
    return _time(lambda: log.record(_event(number))), _time(lambda: _write(raw, b"x" * 600))


def _measure_verifying(folder: Path, count: int) -> dict[str, object]:
    settings = Settings(data=folder / "verifying")
    log = bootstrap.open_audit_log(settings)
    with mock.patch.object(os, "fsync"):
        for number in range(count):
            log.record(_event(number))
    alone = [sys.executable, "-I", "-S", verify_casetrail_log.__file__, settings.store_dir / "audit"]
    return {
        "events": count,
        "verify_s": round(_time(log.verify), 2),
        "verify_standalone_s": round(_time(lambda: subprocess.run(alone, check=True, capture_output=True)), 2),
        "append_ms_at_that_size": _spread([_time(lambda: log.record(_event(0))) for _ in range(200)]),
        "prove_inclusion_ms": round(1000 * _time(lambda: log.prove_inclusion(count // 3)), 1),
        "read_root_ms": round(1000 * _time(lambda: _read_roots(log, count)) / 10, 2),
    }


def _read_roots(log: AuditLog, count: int) -> None:
    for part in range(1, 11):
        log.read_root(count * part // 10)


def _event(number: int) -> AuditEvent:
    counts = {"cameras": 12, "hours": 3.5, "views": number}
    return AuditEvent(ACTOR, "presences.open", f"C-{number % 9:04d}", counts, "0" * 32, "f" * 64)


def _write(handle: int, data: bytes) -> None:
    os.write(handle, data)
    os.fsync(handle)


def _time(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def _spread(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(1000 * each for each in seconds)
    return {"median": round(ordered[len(ordered) // 2], 3), "p95": round(ordered[len(ordered) * 95 // 100], 3)}


if __name__ == "__main__":
    main()
