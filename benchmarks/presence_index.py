"""The presence index at city size: a made-up day written, merged and read by gates, as JSON.

usage: python benchmarks/presence_index.py [--cameras 10820] [--hours 24] [--per-hour 30] [--frames 50] [--folder DIR]

Every camera-hour holds so many presences of so many looks each, with three best views. A day of a whole city is
written as one file for each hour of each camera, merged, and read: spans of a gate of 500 cameras and two hours, spans
of everything, and whole presences of 200 rows. Peak memory is of the process that reads, which starts anew.
"""

import argparse
import json
import multiprocessing
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from casetrail.adapters.day_keys import DayKeyFiles
from casetrail.adapters.presence_index.index import ParquetPresenceIndex
from casetrail.governance.audit import Actor, AuditEvent, Role
from casetrail.model.arrays import frozen
from casetrail.model.time import SECOND_US, UtcInterval, parse_utc
from casetrail.presence.index import Reach, SegmentKey
from casetrail.presence.presences import Presence, View
from casetrail.testing.fake_audit_log import FakeAuditLog

DAY_US = parse_utc("2026-03-02T00:00:00Z")
HOUR_US = 3600 * SECOND_US
LOOK_US = SECOND_US // 4
EVENT = AuditEvent(Actor("benchmark", Role.ADMINISTRATOR), "presence.index")


def main() -> None:
    """Print what was measured as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cameras", type=int, default=1000)
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--per-hour", type=int, default=30)
    parser.add_argument("--frames", type=int, default=50)
    parser.add_argument("--unit-s", type=int, default=3600, help="length of a segment: its presences are one file")
    parser.add_argument("--folder", type=Path, default=None, help="where the index lies meanwhile; it is removed")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="presence-index-", dir=options.folder))
    try:
        print(json.dumps(measure(folder, options), indent=1))
    finally:
        shutil.rmtree(folder)


def measure(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Write, merge, read; what each took."""
    cameras = [f"CAM-{number:05d}" for number in range(options.cameras)]
    wrote = _alone(_write, folder, options, cameras)
    read = [_alone(_read, folder, cameras, options.hours)]
    loose_files = len(list(folder.rglob("*.parquet")))
    merged = _alone(_merge, folder)
    read.append(_alone(_read, folder, cameras, options.hours))
    size = sum(path.stat().st_size for path in folder.rglob("*.parquet"))
    return {
        "cameras": options.cameras,
        "hours": options.hours,
        "presences": wrote["presences"],
        "bytes_per_presence": size / wrote["presences"],
        "files": {"loose": loose_files, "merged": len(list(folder.rglob("*.parquet")))},
        "write": wrote,
        "merge": merged,
        "read_loose": read[0],
        "read_merged": read[1],
    }


def _write(folder: Path, options: argparse.Namespace, cameras: list[str]) -> dict[str, Any]:
    index, rng = _open(folder), np.random.default_rng(100)
    count, took = 0, {"seconds": 0.0, "processor_s": 0.0}
    for camera_id in cameras:
        for key, presences in _segments(camera_id, options, rng):
            _, spent = _timed(partial(index.write_segment, key, presences, audit=EVENT))
            took = {name: took[name] + spent[name] for name in took}
            count += len(presences)
    return {"presences": count, **took}


def _merge(folder: Path) -> dict[str, Any]:
    index = _open(folder)
    cells = index.find_unmerged()
    segments, took = _timed(lambda: sum(index.merge(one, audit=EVENT) for one in cells))
    return {"cells": len(cells), "segments": segments, **took, "peak_mb": _peak_mb()}


def _read(folder: Path, cameras: list[str], hours: int) -> dict[str, Any]:
    gate = _reaches(cameras[:: max(len(cameras) // 500, 1)][:500], hours / 2, min(hours / 2, 2))
    index = _open(folder)
    first, first_s = _timed(lambda: index.read_spans(gate))
    gate_mb = _peak_mb()
    rows = np.random.default_rng(101).choice(len(first), min(200, len(first)), replace=False)
    whole, whole_s = _timed(lambda: list(index.read_chosen(first.take(np.sort(rows)))))
    everything, everything_s = _timed(lambda: index.read_spans(_reaches(cameras, 0, hours)))
    everything_mb = _peak_mb()
    done, done_s = _timed(lambda: len(index.read_segments()))
    return {
        "gate": {"cameras": len(gate), "rows": len(first), **first_s, "peak_mb": gate_mb},
        "chosen": {"rows": len(whole), **whole_s},
        "everything": {"rows": len(everything), **everything_s, "peak_mb": everything_mb},
        "segments": {"listed": done, **done_s},
    }


def _segments(
    camera_id: str, options: argparse.Namespace, rng: np.random.Generator
) -> Iterator[tuple[SegmentKey, list[Presence]]]:
    units = options.hours * 3600 // options.unit_s
    for unit in range(units):
        start_us = DAY_US + unit * options.unit_s * SECOND_US
        interval = UtcInterval(start_us, start_us + options.unit_s * SECOND_US)
        key = SegmentKey(camera_id, f"recording of {camera_id}", unit, unit + 1, interval, "made/1")
        count = rng.poisson(options.per_hour * options.unit_s / 3600)
        moments = np.sort(rng.integers(interval.start_us, interval.end_us - options.frames * LOOK_US, count))
        yield key, [_presence(camera_id, int(moment), options.frames, rng) for moment in moments]


def _presence(camera_id: str, start_us: int, frames: int, rng: np.random.Generator) -> Presence:
    """Somebody who walks with the jitter of a detector; boxes in quarters of a pixel, as tracking leaves them."""
    step = np.arange(frames)
    middle = np.cumsum(rng.normal(4, 2, (frames, 2)), axis=0) + rng.uniform(100, 900, 2)
    half = np.array([20.0, 60.0])
    corners = np.concatenate([middle - half, middle + half], axis=1) + rng.normal(0, 1, (frames, 4))
    boxes = (np.round(corners * 4) / 4).astype(np.float32)
    best = [int(one) for one in np.linspace(0, frames - 1, 3)]
    views = tuple(View(3600 * at, tuple(map(float, boxes[at])), float(rng.random()), True) for at in best)
    return Presence(
        presence_id=rng.bytes(10).hex(),
        camera_id=camera_id,
        recording_id=f"recording of {camera_id}",
        pts=frozen(step * 3600),
        utc_us=frozen(start_us + step * LOOK_US),
        xyxy=frozen(boxes),
        confidence=frozen(rng.random(frames).astype(np.float32)),
        foot_hidden=frozen(np.zeros(frames, np.bool_)),
        foot_m=None,
        views=views,
        models="made/1",
    )


def _reaches(cameras: list[str], from_h: float, hours: float) -> list[Reach]:
    start_us = DAY_US + round(from_h * HOUR_US)
    return [Reach(camera_id, UtcInterval(start_us, start_us + round(hours * HOUR_US))) for camera_id in cameras]


def _open(folder: Path) -> ParquetPresenceIndex:
    return ParquetPresenceIndex(folder / "presence", DayKeyFiles(folder / "keys"), FakeAuditLog())


def _timed(act: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    """What `act` returns; the seconds that passed, and those that the processor worked (others use it too)."""
    started_s, worked_s = time.perf_counter(), time.process_time()
    result = act()
    return result, {"seconds": time.perf_counter() - started_s, "processor_s": time.process_time() - worked_s}


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _alone(act: Callable[..., dict[str, Any]], *given: Any) -> dict[str, Any]:
    """What `act` returns, done in a process of its own, so that its memory is its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(act, given)


if __name__ == "__main__":
    main()
