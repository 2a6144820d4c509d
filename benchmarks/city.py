"""What a city's cameras need in cores, memory, lines and graphics processors, on paper, from measured camera-hours.

usage: python benchmarks/city.py [--source build/bench.json] [--cameras 10820] [--busy-hours 6] [--dark-hours 8] ...

Takes the core-seconds per hour of `benchmarks/camera_hour.py` (adaptive sampling) and the assumptions below, each of
which can be given another value. docs/explanation/what-a-city-needs.md has the formulas. Standard library only.
"""

import argparse
import json
from dataclasses import asdict, dataclass, fields
from math import ceil
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
BUSY, EMPTY, DARK = "busy, towncentre", "empty, day", "empty, night"
WAY = "casetrail, adaptive"


@dataclass(frozen=True)
class Assumptions:
    """What is not measured. Of a camera's 24 hours, `busy_hours` are as busy as the busy scene, `dark_hours` empty and
    dark, the rest empty by day. `share_used`: of each core's time that is work. `case_hours`: camera-hours that the
    gates of one case open; `case_wait_s`: how long one waits for them. Of a graphics processor of the class of an
    NVIDIA T4, by its maker's figures, not measured: `gpu_gflops` that it sustains of 8,100 in 32-bit floats, and
    `gpu_frames_per_s` of 1080p that it decodes (38 streams of 30). `gflop_per_look`: of the detector at 960 x 544, from
    the 2.3 that Open Model Zoo gives at 544 x 320.
    """

    cameras: float = 10_820
    busy_hours: float = 6
    dark_hours: float = 8
    share_used: float = 0.7
    case_hours: float = 300
    case_wait_s: float = 600
    gflop_per_look: float = 2.3 * (960 * 544) / (544 * 320)
    gpu_gflops: float = 2_400
    gpu_frames_per_s: float = 38 * 30


@dataclass(frozen=True)
class Needs:
    """Of the whole city while all is indexed as it arrives, and of one case when its gates alone are indexed."""

    core_seconds_per_camera_day: float
    cores: int
    memory_gb: float
    read_gbit_per_s: float
    gpus_to_look: int
    gpus_to_decode: int
    cores_for_one_case: int


def main() -> None:
    """Print assumptions and needs as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--source", type=Path, default=ROOT / "build/bench.json")
    for field in fields(Assumptions):
        parser.add_argument("--" + field.name.replace("_", "-"), type=float, default=field.default)
    options = vars(parser.parse_args())
    document = json.loads(options.pop("source").read_text(encoding="utf-8"))
    assumed = Assumptions(**options)
    needs = find_needs(document["camera_hour"]["measured"], assumed)
    print(json.dumps({"assumed": asdict(assumed), "needs": asdict(needs)}, indent=1))


def find_needs(scenes: list[dict[str, Any]], assumed: Assumptions) -> Needs:
    """What the measured scenes come to."""
    by_name = {scene["scene"]: scene for scene in scenes}
    hours = {
        BUSY: assumed.busy_hours,
        DARK: assumed.dark_hours,
        EMPTY: 24 - assumed.busy_hours - assumed.dark_hours,
    }
    day = sum(count * by_name[name][WAY]["core_seconds_per_hour"] for name, count in hours.items())
    looks = sum(count * _per_second(by_name[name], "frames_analysed") for name, count in hours.items()) / 24
    frames = sum(count * _decoded_per_second(by_name[name]) for name, count in hours.items()) / 24
    megabit = sum(count * by_name[name]["megabit_per_s"] for name, count in hours.items()) / 24
    cores = ceil(assumed.cameras * day / 86_400 / assumed.share_used)
    busy = by_name[BUSY][WAY]["core_seconds_per_hour"]
    return Needs(
        core_seconds_per_camera_day=day,
        cores=cores,
        memory_gb=cores * max(by_name[name][WAY]["peak_mb"] for name in hours) / 1000,
        read_gbit_per_s=assumed.cameras * megabit / 1000,
        gpus_to_look=ceil(assumed.cameras * looks * assumed.gflop_per_look / assumed.gpu_gflops),
        gpus_to_decode=ceil(assumed.cameras * frames / assumed.gpu_frames_per_s),
        cores_for_one_case=ceil(assumed.case_hours * busy / assumed.case_wait_s / assumed.share_used),
    )


def _per_second(scene: dict[str, Any], key: str) -> float:
    return float(scene[WAY][key] / scene["length_s"])


def _decoded_per_second(scene: dict[str, Any]) -> float:
    """Every frame of what is followed; of what is still, a keyframe for each look."""
    followed = _per_second(scene, "frames_analysed") > 1
    return float(scene["frames"] / scene["length_s"]) if followed else _per_second(scene, "frames_analysed")


if __name__ == "__main__":
    main()
