"""The timeline of a report as SVG: one row per camera, one per contact; one picture per outing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from casetrail.adapters.html_report.drawing import element, path_of, svg
from casetrail.adapters.html_report.speech import Speech
from casetrail.contacts.contacts import Contact
from casetrail.evidence.report import ReportContent, ReportStep
from casetrail.model.time import SECOND_US, UtcInterval

WIDTH, LEFT, RIGHT, TOP = 1080.0, 168.0, 14.0, 30.0
ROW, THIN_ROW, BAR, THIN_BAR = 38.0, 24.0, 24.0, 10.0
OUTING_GAP_US = 1800 * SECOND_US  # a longer gap begins a new picture
TICKS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400)
MOST_TICKS = 9
MOST_CONTACTS = 12
LEAST_BAR = 4.0


@dataclass(frozen=True)
class Axis:
    """Time of an outing to pixels across."""

    interval: UtcInterval

    def at(self, utc_us: int) -> float:
        """Where a moment lies; moments outside lie at the edge."""
        share = (utc_us - self.interval.start_us) / max(self.interval.end_us - self.interval.start_us, 1)
        return LEFT + min(max(share, 0.0), 1.0) * (WIDTH - LEFT - RIGHT)

    def ticks_us(self) -> list[int]:
        """Round moments, a few of them."""
        step_s = next((s for s in TICKS_S if self.interval.duration_s / s <= MOST_TICKS), TICKS_S[-1])
        step = step_s * SECOND_US
        first = -(-self.interval.start_us // step) * step
        return list(range(first, self.interval.end_us, step))


def draw_timelines(content: ReportContent, say: Speech) -> list[Markup]:
    """A timeline for each outing: steps that follow one another within half an hour."""
    return [_draw(content, steps, say) for steps in _outings(content.steps)]


def _outings(steps: Sequence[ReportStep]) -> list[list[ReportStep]]:
    outings: list[list[ReportStep]] = []
    for step in steps:
        end_us = max((each.step.interval.end_us for each in outings[-1]), default=0) if outings else 0
        if outings and step.step.interval.start_us - end_us <= OUTING_GAP_US:
            outings[-1].append(step)
        else:
            outings.append([step])
    return outings


def _draw(content: ReportContent, steps: Sequence[ReportStep], say: Speech) -> Markup:
    axis = _axis(content, steps)
    cameras = sorted({step.step.camera_id for step in steps})
    rows = {camera_id: TOP + place * ROW for place, camera_id in enumerate(cameras)}
    below = TOP + len(cameras) * ROW + 6
    statements = [n for n, each in enumerate(content.findings) if each.anchor.interval.overlaps(axis.interval)]
    contacts = _contacts(content, axis.interval)
    contacts_top = below + len(statements) * THIN_ROW
    height = contacts_top + len(contacts) * THIN_ROW + 8
    inside = [
        *_ticks(axis, height, say),
        *(part for camera_id, y in rows.items() for part in _camera(content, camera_id, axis, y)),
        *_gaps(steps, rows, axis, say),
        *(part for step in steps for part in _step(step, axis, rows[step.step.camera_id])),
        *(p for place, n in enumerate(statements) for p in _statement(content, n, axis, below + place * THIN_ROW, say)),
        *(p for place, each in enumerate(contacts) for p in _contact(each, axis, contacts_top + place * THIN_ROW)),
    ]
    return svg(WIDTH, height, inside, say("timeline"), "timeline")


def _axis(content: ReportContent, steps: Sequence[ReportStep]) -> Axis:
    """The outing, the statements within some minutes of it, and a margin."""
    start_us = min(step.step.interval.start_us for step in steps)
    end_us = max(step.step.interval.end_us for step in steps)
    around = UtcInterval(start_us, end_us).widened((end_us - start_us) / SECOND_US / 2)
    for finding in content.findings:
        given = finding.anchor.interval
        if around.start_us <= given.start_us and given.end_us <= around.end_us:
            start_us, end_us = min(start_us, given.start_us), max(end_us, given.end_us)
    return Axis(UtcInterval(start_us, end_us).widened(max((end_us - start_us) / SECOND_US * 0.04, 0.5)))


def _contacts(content: ReportContent, interval: UtcInterval) -> list[Contact]:
    near = [c for c in content.contacts or () if any(e.interval.overlaps(interval) for e in c.exposures)]
    return near[:MOST_CONTACTS]


def _ticks(axis: Axis, height: float, say: Speech) -> Iterator[Markup]:
    for utc_us in axis.ticks_us():
        x = axis.at(utc_us)
        yield element("path", d=f"M{x:.1f} {TOP - 6}V{height - 6:.1f}", class_="grid")
        yield element("text", text=say.clock(utc_us), x=x, y=16.0, text_anchor="middle", class_="small")


def _camera(content: ReportContent, camera_id: str, axis: Axis, y: float) -> Iterator[Markup]:
    yield element("text", text=camera_id, x=LEFT - 12, y=y + 24, text_anchor="end", class_="row")
    for each in content.watched:
        if each.camera_id == camera_id and each.interval.overlaps(axis.interval):
            start, end = axis.at(each.interval.start_us), axis.at(each.interval.end_us)
            yield element("rect", x=start, y=y + 3, width=end - start, height=ROW - 6, class_="watched")


def _step(step: ReportStep, axis: Axis, y: float) -> Iterator[Markup]:
    start, end = axis.at(step.step.interval.start_us), axis.at(step.step.interval.end_us)
    style, wide = "" if step.confirmed else " proposed", max(end - start, LEAST_BAR)
    top = y + (ROW - BAR) / 2
    yield element("rect", x=start, y=top, width=wide, height=BAR, rx=4, class_=f"bar{style}")
    if wide >= 16:
        x, style = start + wide / 2, f"number{style}"
        yield element("text", text=str(step.number), x=x, y=top + 16.5, text_anchor="middle", class_=style)
    else:
        yield element("text", text=str(step.number), x=start - 5, y=top + 16.5, text_anchor="end", class_="row")


def _gaps(steps: Sequence[ReportStep], rows: dict[str, float], axis: Axis, say: Speech) -> Iterator[Markup]:
    for before, after in pairwise(steps):
        seconds = (after.step.interval.start_us - before.step.interval.end_us) / SECOND_US
        if seconds <= 0:
            continue
        ends = [
            (axis.at(before.step.interval.end_us), rows[before.step.camera_id] + ROW / 2),
            (axis.at(after.step.interval.start_us), rows[after.step.camera_id] + ROW / 2),
        ]
        yield element("path", d=path_of(ends), class_="gap")
        if ends[1][0] - ends[0][0] > 30:
            x, y = (ends[0][0] + ends[1][0]) / 2, (ends[0][1] + ends[1][1]) / 2
            falling = ends[1][1] > ends[0][1]
            x, anchor = (x + 7, "start") if falling else (x - 7, "end")
            yield element("text", text=say.duration(seconds), x=x, y=y, text_anchor=anchor, class_="small gapped")


def _statement(content: ReportContent, place: int, axis: Axis, y: float, say: Speech) -> Iterator[Markup]:
    finding = content.findings[place]
    label = f"S{place + 1} {say(finding.anchor.kind.value)}"
    yield element("text", text=label, x=LEFT - 12, y=y + 15, text_anchor="end", class_="row thin")
    start, end = axis.at(finding.anchor.interval.start_us), axis.at(finding.anchor.interval.end_us)
    style, wide = f"statement {finding.status.name.lower()}", max(end - start, LEAST_BAR)
    yield element("rect", x=start, y=y + 6, width=wide, height=THIN_BAR, rx=2, class_=style)
    fits = start + wide < WIDTH - 110
    x, anchor = (start + wide + 6, "start") if fits else (start - 6, "end")
    yield element("text", text=say(finding.status.value), x=x, y=y + 15, text_anchor=anchor, class_="small")


def _contact(contact: Contact, axis: Axis, y: float) -> Iterator[Markup]:
    yield element("text", text=contact.contact_id, x=LEFT - 12, y=y + 15, text_anchor="end", class_="row thin")
    for each in contact.exposures:
        if each.interval.overlaps(axis.interval):
            start, end = axis.at(each.interval.start_us), axis.at(each.interval.end_us)
            wide, style = max(end - start, LEAST_BAR), "near" if contact.confirmed else "near proposed"
            yield element("rect", x=start, y=y + 6, width=wide, height=THIN_BAR, rx=2, class_=style)
