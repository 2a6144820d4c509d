"""Turn the document of `benchmarks/run.py` into docs/reference/benchmarks.md.

usage: python benchmarks/table.py [--source build/bench.json] [--target docs/reference/benchmarks.md]
"""

import argparse
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from city import BUSY, DARK, EMPTY, Assumptions, find_needs

ROOT = Path(__file__).parents[1]
NAMES = {"vtest": "vtest", "towncentre": "Towncentre", "tud": "TUD-Campus", "pets": "PETS S3-MF1"}
BASELINE = "ByteTrack (trackers)"
INTRODUCTION = (
    "# Benchmarks\n\n"
    "Written by `python benchmarks/table.py` from the document that `make bench` leaves in `build/bench.json`. Every "
    "tool runs in an environment of its own (`benchmarks/peers/*.lock`) and in a process of its own, in turn: A B C, "
    "A B C. Peers keep their published parameters; of the least confidence of a detection (0.1 to 0.7), and of telling "
    "people in frames in which they are not detected where a tool can, the best by HOTA on each clip is shown: each "
    "row is that tool at its best. Metrics are TrackEval's, from the first annotated frame to the last. *Person "
    "recall*: the share of people who are covered, in at least half of the frames that show them, by what is "
    "mostly them. *Faster* and *processor*: how many times as fast as ByteTrack of `trackers` on every frame, by the "
    "clock and in seconds of processor, decoding and detecting included, each in its quickest round; other work on the "
    "machine disturbs the second less.\n"
)

Row = dict[str, Any]
CITY = """## Tracing in a city

In a simulated city with known truth: recall against views beside a one-hop contender; what poorer descriptions, misses,
crowds, wrong clocks and false statements cost; reliability. Pictures: [tracing in a simulated city](city.md);
`python benchmarks/city_sweeps.py run`, then `draw`.
"""


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--source", type=Path, default=ROOT / "build/bench.json")
    parser.add_argument("--target", type=Path, default=ROOT / "docs/reference/benchmarks.md")
    options = parser.parse_args()
    document = json.loads(options.source.read_text(encoding="utf-8"))
    clips = [name for name in document if name.startswith("tracking ")]
    parts = ["## Tracking within one camera", *(_clip(document[name]["measured"]) for name in clips)] if clips else []
    parts += _told([document[name] for name in clips])
    for name, page in PAGES.items():
        if name in document:
            parts += [page(document[name]["measured"]), *_told([document[name]])]
    options.target.write_text("\n".join([INTRODUCTION, *parts, CITY]), encoding="utf-8")


def _clip(row: Row) -> str:
    """Accuracy and speed of every contender on one clip."""
    alone = row["end_to_end"]
    slow = alone.get(BASELINE)
    width, height = row["input_wh"]
    ours = [[f"**{name}**", *_figures(told), *_speed(told, slow)] for name, told in alone.items() if _is_ours(name)]
    peers = [[name, *_figures(told), *_speed(alone.get(name), slow)] for name, told in row["same_detections"].items()]
    larger = [
        [f"{name}, {told['input_wh'][0]} x {told['input_wh'][1]}", *_figures(told), *_speed(None, slow)]
        for name, told in row["any_size"].items()
        if told["input_wh"] != row["input_wh"]
    ]
    head = ["", "HOTA", "IDF1", "MOTA", "switches", "person recall", "frames looked at", "faster", "processor"]
    return "\n".join(
        [
            f"\n### {NAMES[row['clip']]}, {row['models']} models (detector at {width} x {height})\n",
            *_table(head, [*ours, *peers, *larger]),
        ]
    )


def _is_ours(name: str) -> bool:
    return name.startswith("casetrail")


def _figures(told: Row) -> list[str]:
    shares = [f"{told[key]:.3f}" for key in ("hota", "idf1", "mota")]
    return [*shares, str(told["id_switches"]), f"{told['person_recall']:.2f}"]


def _speed(told: Row | None, slow: Row | None) -> list[str]:
    """Frames looked at, and how many times as fast as ByteTrack on every frame: by the clock, and in processor time."""
    if told is None:
        return ["", "", ""]
    looked = f"{told.get('frames_analysed', told['frames'])} of {told['frames']}"
    if slow is None:
        return [looked, "", ""]
    faster, cheaper = told["fps"] / slow["fps"], slow["cpu_ms_per_frame"] / told["cpu_ms_per_frame"]
    return [looked, f"{faster:.2f}", f"{cheaper:.2f}"]


def _presence(clips: dict[str, Row]) -> str:
    """What `casetrail evaluate presence` says."""
    head = ["", "person recall", "precision", "fragments", "ByteTrack's recall", "faster", "processor", "looked at"]
    rows = []
    for name, told in clips.items():
        if "failed" in told:
            rows.append([NAMES[name], f"failed ({told['failed']})", *[""] * 6])
            continue
        keys = ("person_recall", "person_precision", "fragments_per_person", "baseline_person_recall")
        speed = [f"{told[key]:.2f}" for key in ("speedup", "processor_speedup")]
        looked = f"{told['frames_analysed']} of {told['frames']}"
        rows.append([NAMES[name], *(f"{told[key]:.3f}" for key in keys), *speed, looked])
    text = (
        "\n`casetrail evaluate presence`: adaptive sampling beside the same detector in 32-bit floats on every frame "
        "with ByteTrack, in one process, in turn.\n"
    )
    return "\n".join(["## Presence", text, *_table(head, rows), ""])


def _camera_hour(scenes: Sequence[Row]) -> str:
    """Processor seconds and memory of a worker."""
    head = ["scene", "picture", "Mbit/s", "sampling", "frames looked at", "core-seconds per hour", "peak memory"]
    rows = [[*_scene(scene), *_hour(way, scene)] for scene in scenes for way in filter(_is_ours, scene)]
    text = (
        "\nOne worker, one thread; seconds of processor (user and system) scaled from the clip's length to an hour. "
        "Opening the models is left out; the peak of memory is that of the whole process.\n"
    )
    known = {scene["scene"] for scene in scenes}
    city = _city(scenes) if known >= {BUSY, EMPTY, DARK} else ""
    return "\n".join(["## An hour of one camera", text, *_table(head, rows), city])


def _city(scenes: Sequence[Row]) -> str:
    """On paper, from the hours above."""
    assumed, needs = Assumptions(), find_needs(list(scenes), Assumptions())
    rows = [
        ["core-seconds for a camera's day", f"{needs.core_seconds_per_camera_day:,.0f}"],
        ["cores, everything indexed as it arrives", f"{needs.cores:,}"],
        ["memory of their workers", f"{needs.memory_gb:,.0f} GB"],
        ["read from storage", f"{needs.read_gbit_per_s:.0f} Gbit/s"],
        ["or: graphics processors to look", f"{needs.gpus_to_look:,}"],
        ["and to decode", f"{needs.gpus_to_decode:,}"],
        [f"cores, one case of {assumed.case_hours:,.0f} busy camera-hours", f"{needs.cores_for_one_case:,}"],
    ]
    text = (
        f"\nOn paper, `python benchmarks/city.py`: {assumed.cameras:,.0f} cameras, {assumed.busy_hours:.0f} hours "
        f"a day as busy as Towncentre, {assumed.dark_hours:.0f} empty and dark, the rest empty by day; cores used to "
        f"{assumed.share_used:.0%}; a case is served in {assumed.case_wait_s / 60:.0f} minutes. "
        "[What a city needs](../explanation/what-a-city-needs.md) has the formulas and what is assumed.\n"
    )
    return "\n".join(["\n### A city\n", text, *_table(["", "needed"], rows), ""])


def _redaction(clips: dict[str, Row]) -> str:
    """Beside deface, on the same frames."""
    head = ["", "heads covered", "people leaking", "picture masked", "ms a frame", "core ms a frame"]
    rows = [
        [f"{tool}, {NAMES[name]}"]
        + [f"{told[key]:.3f}" for key in ("frame_recall", "track_leak_rate", "masked_area_share")]
        + [f"{min(told[key]):.0f}" for key in ("ms_per_frame", "core_ms_per_frame")]
        for name, tools in clips.items()
        for tool, told in tools.items()
    ]
    text = "\nThe quickest of the rounds. Both are counted by the same code; deface's boxes count as a whole.\n"
    return "\n".join(["## Redaction", text, *_table(head, rows), ""])


def _reid(ways: dict[str, Row]) -> str:
    """Two outdoor cameras, 31 people."""
    head = ["model, views", "rank-1", "mAP", "TAR at 1 % FAR", "TAR at 0.1 % FAR"]
    keys = ("rank1", "map", "tar_at_far_1pct", "tar_at_far_0_1pct")
    known = {name: told for name, told in ways.items() if "failed" not in told}
    rows = [[name, *(f"{told[key]:.3f}" for key in keys)] for name, told in known.items()]
    return "\n".join(["## Clothing across cameras\n", *_table(head, rows), ""])


def _scene(scene: Row) -> list[str]:
    width, height = scene["wh"]
    return [scene["scene"], f"{width} x {height}, {scene['codec']}", f"{scene['megabit_per_s']:.1f}"]


def _hour(way: str, scene: Row) -> list[str]:
    told = scene[way]
    looked = f"{told['frames_analysed']} of {scene['frames']}"
    return [
        way.removeprefix("casetrail, "),
        looked,
        f"{told['core_seconds_per_hour']:.0f}",
        f"{told['peak_mb']:.0f} MB",
    ]


PAGES: dict[str, Callable[[Any], str]] = {
    "presence": _presence,
    "camera_hour": _camera_hour,
    "redaction": _redaction,
    "reid": _reid,
}


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [_line(head), _line(["---"] * len(head)), *(_line(row) for row in rows)]


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _told(parts: Sequence[Row]) -> list[str]:
    """Where the figures come from: once for all parts that come from the same run."""
    return list(dict.fromkeys(_origin(part["provenance"]) for part in parts))


def _origin(told: Row) -> str:
    machine = told["machine"]
    versions = "; ".join(
        f"{name}: " + ", ".join(f"{package} {version}" for package, version in sorted(packages.items()))
        for name, packages in told["versions"].items()
    )
    changed = " with uncommitted changes" if told["changed"] else ""
    load = machine["load_1_5_15_min"][1]
    busy = f" Other work kept this machine busy (load {load}): read no speed from it." if _is_busy(machine) else ""
    return (
        f"\nMeasured at commit {told['commit']}{changed} with `{told['command']}` on {machine['processor']}, "
        f"{machine['cores']} cores, {machine['memory_gb']} GB ({machine['system']}).{busy} Environments: {versions}.\n"
    )


def _is_busy(machine: Row) -> bool:
    return float(machine["load_1_5_15_min"][1]) > 1.5 * float(machine["cores"])


if __name__ == "__main__":
    main()
