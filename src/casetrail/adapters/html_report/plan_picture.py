"""The plan of a report as SVG: fields of view, foot paths of the case trace, gaps dashed."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from markupsafe import Markup

from casetrail.adapters.html_report.drawing import Point, element, path_of, svg
from casetrail.adapters.html_report.speech import Speech
from casetrail.evidence.report import ReportContent
from casetrail.evidence.report_plan import Plan, PlanCamera, PlanStatement, PlanWalk
from casetrail.model.arrays import Doubles

WIDTH, LEAST_HEIGHT, MOST_HEIGHT, MARGIN = 760.0, 380.0, 640.0, 46.0
BADGE = 11.0
LARGE_CIRCLE_M = 80.0  # larger circles do not set the scale of the plan
BARS_M = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)


class Frame:
    """Metres east and north to pixels of the picture, one scale for both, everything inside."""

    def __init__(self, points: Doubles) -> None:
        low, high = points.min(axis=0), points.max(axis=0)
        span = np.maximum(high - low, 12.0)
        inner = WIDTH - 2 * MARGIN
        self.scale = min(inner / span[0], (MOST_HEIGHT - 2 * MARGIN) / span[1])
        self.height = float(max(LEAST_HEIGHT, span[1] * self.scale + 2 * MARGIN))
        self._middle = (low + high) / 2

    def at(self, place: Sequence[float]) -> Point:
        """Where a place lies in the picture."""
        x, y = (np.asarray(place) - self._middle) * self.scale
        return WIDTH / 2 + float(x), self.height / 2 - float(y)


def draw_plan(content: ReportContent, say: Speech) -> Markup | None:
    """The plan, or None when no camera's place is known."""
    plan = content.plan
    if not plan.cameras:
        return None
    frame = Frame(_extent(plan))
    badges = _badges(plan, frame)
    inside = [
        *_ground(frame),
        *(_view(camera, frame) for camera in sorted(plan.cameras, key=lambda each: each.passed)),
        *(_statement(each, content, frame) for each in plan.statements),
        *_gaps(plan, frame),
        *(part for walk in plan.walks for part in _walk(walk, _confirmed(content, walk.number), frame)),
        *(_mast(camera, frame) for camera in plan.cameras),
        *(_label(camera, frame) for camera in plan.cameras),
        *(
            part
            for walk, spot in zip(plan.walks, badges, strict=True)
            for part in _badge(walk, spot, _confirmed(content, walk.number), frame)
        ),
        *_scale_bar(frame),
        *_north(frame, say),
    ]
    return svg(WIDTH, frame.height, inside, say("plan"), "plan")


def _extent(plan: Plan) -> Doubles:
    places = [point for walk in plan.walks for point in walk.points]
    for camera in plan.cameras:
        places += [camera.at, *camera.outline] if camera.passed else [camera.at]
    for each in plan.statements:
        reach = each.radius_m if each.radius_m <= LARGE_CIRCLE_M else 0.0
        places += [(each.at[0] + sign * reach, each.at[1] + sign * reach) for sign in (-1, 1)]
    return np.array(places, np.float64)


def _confirmed(content: ReportContent, number: int) -> bool:
    return content.steps[number - 1].confirmed


def _ground(frame: Frame) -> Iterator[Markup]:
    """A quiet grid, one square per length of the scale bar."""
    yield element("rect", width=WIDTH, height=frame.height, class_="ground")
    step = _bar_m(frame) * frame.scale
    across = np.arange(WIDTH / 2 % step, WIDTH, step)
    down = np.arange(frame.height / 2 % step, frame.height, step)
    lines = [f"M{x:.1f} 0V{frame.height:.1f}" for x in across] + [f"M0 {y:.1f}H{WIDTH:.1f}" for y in down]
    yield element("path", d="".join(lines), class_="grid")


def _view(camera: PlanCamera, frame: Frame) -> Markup:
    style = f"view{'' if camera.measured else ' sector'}{'' if camera.passed else ' other'}"
    points = [frame.at(each) for each in camera.outline]
    if not points:
        return Markup("")
    return element("g", element("path", d=path_of(points, closed=True)), *_rays(camera, points, frame), class_=style)


def _rays(camera: PlanCamera, points: Sequence[Point], frame: Frame) -> Iterator[Markup]:
    """From a mast to the near corners of what its camera sees, which begins some metres in front of it."""
    if camera.measured:
        for corner in (points[0], points[len(points) // 2 - 1]):
            yield element("path", d=path_of([frame.at(camera.at), corner]), class_="ray")


def _mast(camera: PlanCamera, frame: Frame) -> Markup:
    x, y = frame.at(camera.at)
    return element("circle", cx=x, cy=y, r=5.0, class_="mast" if camera.passed else "mast other")


def _label(camera: PlanCamera, frame: Frame) -> Markup:
    """The camera's id beyond the far end of its view, or beside it when nothing says where it looks."""
    x, y = frame.at(camera.at)
    if camera.outline and camera.passed and camera.measured:
        ends = np.array([frame.at(each) for each in camera.outline])
        away = np.linalg.norm(ends - (x, y), axis=1)
        far = ends[away >= 0.93 * away.max()].mean(axis=0)
        toward = (far - (x, y)) / max(float(np.linalg.norm(far - (x, y))), 1.0)
        x, y = (float(v) for v in far + toward * 14)
    else:
        y -= 10
    half = len(camera.camera_id) * 3.7
    x, y = min(max(x, half + 4), WIDTH - half - 4), min(max(y, 14.0), frame.height - 36)
    style = "label" if camera.passed else "label other"
    return element("text", text=camera.camera_id, x=x, y=y, text_anchor="middle", class_=style)


def _statement(statement: PlanStatement, content: ReportContent, frame: Frame) -> Markup:
    x, y = frame.at(statement.at)
    radius = max(statement.radius_m * frame.scale, 4.0)
    status = content.findings[statement.number - 1].status.name.lower()
    tag = element("text", text=f"S{statement.number}", x=x, y=y - radius - 6, text_anchor="middle", class_="tag")
    return element("g", element("circle", cx=x, cy=y, r=radius), tag, class_=f"statement {status}")


def _gaps(plan: Plan, frame: Frame) -> Iterator[Markup]:
    """From where one walk ends to where the next begins: dashed, since nobody saw it."""
    for before, after in pairwise(plan.walks):
        ends = [frame.at(before.points[-1]), frame.at(after.points[0])]
        if after.number == before.number + 1 and math.dist(*ends) > 4:
            yield element("path", d=path_of(ends), class_="gap")


def _walk(walk: PlanWalk, confirmed: bool, frame: Frame) -> Iterator[Markup]:
    points = [frame.at(each) for each in walk.points]
    if len(points) < 2:
        return
    style = "walk" if confirmed else "walk proposed"
    yield element("path", d=path_of(points), class_="halo")
    yield element("path", d=path_of(points), class_=style)
    yield element("path", d=_arrow(points), class_=f"{style} tip")


def _arrow(points: Sequence[Point]) -> str:
    """A small head at the end, along the last stretch that is long enough to have a direction."""
    tip = np.array(points[-1])
    back = next((p for p in reversed(points) if math.dist(p, points[-1]) > 6), points[0])
    along = tip - back
    along = along / max(float(np.hypot(*along)), 1e-6)
    side = np.array([-along[1], along[0]])
    corners = [tip + 6 * along, tip - 3 * along + 5 * side, tip - 3 * along - 5 * side]
    return path_of([(float(x), float(y)) for x, y in corners], closed=True)


def _badges(plan: Plan, frame: Frame) -> Doubles:
    """Where numbers stand: at the beginning of each walk, pushed apart until none hides another."""
    starts = np.array([frame.at(walk.points[0]) for walk in plan.walks], np.float64).reshape(-1, 2)
    spots = starts.copy()
    for _ in range(60):
        apart = spots[:, None] - spots[None]
        away = np.linalg.norm(apart, axis=2) + 1e6 * np.eye(len(spots))
        close = away < 2.3 * BADGE
        if not close.any():
            break
        turn = np.linspace(0, 2 * np.pi, len(spots), endpoint=False)
        push = np.where(away[..., None] > 0.1, apart, np.stack([np.cos(turn), np.sin(turn)], axis=1)[:, None])
        spots = spots + (push / np.maximum(away[..., None], 1.0) * close[..., None]).sum(axis=1) * 2
    edge = BADGE + 2
    return np.asarray(np.clip(spots, edge, [WIDTH - edge, frame.height - edge]))


def _badge(walk: PlanWalk, spot: Doubles, confirmed: bool, frame: Frame) -> Iterator[Markup]:
    x, y = (float(value) for value in spot)
    start = frame.at(walk.points[0])
    if math.dist(start, (x, y)) > BADGE:
        yield element("path", d=path_of([start, (x, y)]), class_="leader")
    yield element("circle", cx=x, cy=y, r=BADGE, class_="badge" if confirmed else "badge proposed")
    style = "number" if confirmed else "number proposed"
    yield element("text", text=str(walk.number), x=x, y=y + 4, text_anchor="middle", class_=style)


def _bar_m(frame: Frame) -> float:
    return float(max((m for m in BARS_M if m * frame.scale <= 120), default=1))


def _scale_bar(frame: Frame) -> Iterator[Markup]:
    metres = _bar_m(frame)
    x, y, long = 18.0, frame.height - 18, metres * frame.scale
    yield element("path", d=f"M{x} {y - 5:.1f}v5h{long:.1f}v-5", class_="scale")
    yield element("text", text=f"{metres:g} m", x=x + long + 7, y=y + 1, class_="small")


def _north(frame: Frame, say: Speech) -> Iterator[Markup]:
    x, y = WIDTH - 24, frame.height - 34
    yield element("path", d=f"M{x} {y:.1f}l6 18l-6 -4l-6 4Z", class_="north")
    yield element("text", text=say("north"), x=x - 12, y=y + 15, text_anchor="end", class_="small")
