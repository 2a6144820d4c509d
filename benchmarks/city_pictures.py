"""Pictures and tables of docs/reference/city.md from the document that `city_sweeps.py run` leaves."""

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # after the backend is chosen

Document = dict[str, dict[str, Any]]
MILLISECONDS = {"fast": 2.9, "default": 12.9, "accurate": 21.0}
BEGINNING = ("start", "reviewer")
BARS = (*BEGINNING, "likeness", "detection", "false tracklets", "clocks", "crowding", "statement", "views", "map")
COLUMNS = {
    "route_recall": "recall",
    "route_recall_all_passes": "of all passes",
    "route_precision": "precision",
    "questions_per_sighting": "questions",
    "views_described": "views",
    "opened_share": "opened",
    "brier": "Brier",
    "engine_seconds_p95": "engine s",
}


def draw(document: Document, into: Path) -> None:
    """Every picture that the document has points for, and the table on the terminal."""
    into.mkdir(parents=True, exist_ok=True)
    plt.rcParams.update({"font.size": 9, "svg.hashsalt": "casetrail", "axes.spines.top": False})
    for name, picture in (("views", _views), ("size", _size), ("sensitivity", _bars), ("reliability", _reliability)):
        figure = picture(document)
        figure.savefig(into / f"{name}.svg", metadata={"Date": None})
        plt.close(figure)
    _models(document).savefig(into / "models.svg", metadata={"Date": None})
    print(table(document))


def table(document: Document) -> str:
    """Every point as a row."""
    lines = ["| point | " + " | ".join(COLUMNS.values()) + " | contender |", "|---" * (len(COLUMNS) + 2) + "|"]
    for name, point in document.items():
        cells = [_cell(point.get(key)) for key in COLUMNS]
        other = point["contender"] and f"{point['contender']} {_cell(point['contender_route_recall'])}"
        lines.append(f"| {name} | " + " | ".join(cells) + f" | {other} |")
    return "\n".join(lines)


def _views(document: Document) -> Any:
    """Recall against views, ours and one-hop's, on 1,000 cameras."""
    figure, axes = plt.subplots(figsize=(5, 3.2), layout="constrained")
    points = [point for name, point in document.items() if name.startswith("usual/")]
    points.sort(key=lambda point: point["views_described"])
    views = [point["views_described"] for point in points]
    axes.plot(views, [point["route_recall"] for point in points], "o-", label="casetrail")
    others = [point for point in points if point["contender"]]
    axes.plot(
        [point["contender_views_described"] for point in others],
        [point["contender_route_recall"] for point in others],
        "s--",
        label="one-hop",
    )
    _label(axes, "views described, a case", "route recall", log=True)
    return figure


def _size(document: Document) -> Any:
    """Recall against views for each number of cameras."""
    figure, axes = plt.subplots(figsize=(5, 3.2), layout="constrained")
    for cameras in (101, 1000, 10_820):
        start = "usual/" if cameras == 1000 else f"size/{cameras}/"
        points = [point for name, point in document.items() if name.startswith(start)]
        points.sort(key=lambda point: point["views_described"])
        if points:
            views = [point["views_described"] for point in points]
            axes.plot(views, [point["route_recall"] for point in points], "o-", label=f"{cameras:,} cameras")
    axes.axhline(0.8, color="grey", linewidth=0.6)
    _label(axes, "views described, a case", "route recall", log=True)
    return figure


def _bars(document: Document) -> Any:
    """Recall of every changed world beside the usual one."""
    names = [name for name in document if name.split("/")[0] in BARS]
    usual = document.get("usual/2000", {}).get("route_recall", 0.0)
    figure, axes = plt.subplots(figsize=(5.5, 0.27 * len(names) + 1), layout="constrained")
    axes.barh(names[::-1], [document[name]["route_recall"] for name in names[::-1]], color="#5b8db8")
    axes.axvline(usual, color="black", linewidth=0.8, label=f"usual {usual:.2f}")
    axes.set_xlim(0, 1)
    axes.set_xlabel("route recall")
    axes.legend(frameon=False)
    return figure


def _reliability(document: Document) -> Any:
    """What was claimed and what held, every point of the usual world together."""
    figure, axes = plt.subplots(figsize=(3.6, 3.4), layout="constrained")
    sums: dict[int, list[float]] = {}
    for name, point in document.items():
        for each in point["reliability"] if name.startswith(("usual/", "size/")) else ():
            total = sums.setdefault(min(int(each["claimed"] * 10), 9), [0.0, 0.0, 0.0])
            total[0] += each["claims"]
            total[1] += each["claims"] * each["claimed"]
            total[2] += each["claims"] * each["held"]
    bins = [sums[key] for key in sorted(sums)]
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.6)
    axes.plot([claimed / count for count, claimed, _ in bins], [held / count for count, _, held in bins], "o-")
    for count, claimed, held in bins:
        axes.annotate(
            f"{count:.0f}", (claimed / count, held / count), fontsize=7, xytext=(3, -9), textcoords="offset points"
        )
    axes.set_xlabel("probability claimed")
    axes.set_ylabel("share that held")
    return figure


def _models(document: Document) -> Any:
    """Recall against milliseconds a view, of the three models."""
    figure, axes = plt.subplots(figsize=(4.2, 3), layout="constrained")
    points = {
        "fast": document.get("likeness/fast"),
        "default": document.get("usual/2000"),
        "accurate": document.get("likeness/accurate"),
    }
    for name, point in points.items():
        if point is not None:
            axes.plot(MILLISECONDS[name], point["route_recall"], "o")
            axes.annotate(name, (MILLISECONDS[name], point["route_recall"]), xytext=(4, 4), textcoords="offset points")
    axes.set_ylim(0, 1)
    axes.set_xlim(0, 25)
    axes.set_xlabel("milliseconds a view, one thread")
    axes.set_ylabel("route recall at 2,000 views")
    return figure


def _label(axes: Any, across: str, up: str, *, log: bool) -> None:
    if log:
        axes.set_xscale("log")
    axes.set_ylim(0, 1)
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.legend(frameon=False)


def _cell(value: object) -> str:
    return "" if value is None else f"{value:.3f}" if isinstance(value, float) and abs(value) < 100 else f"{value:.0f}"  # type: ignore[str-format]
