"""Small pictures in the tables of a report: a distance with its interval, a probability."""

from collections.abc import Iterable

from markupsafe import Markup

from casetrail.adapters.html_report.drawing import element, svg
from casetrail.contacts.exposures import Distance

WIDTH, HEIGHT, MARGIN = 150.0, 26.0, 4.0
LEAST_AXIS_M, MOST_AXIS_M = 2.5, 10.0


def draw_distance(distance: Distance, definitions_m: Iterable[float], label: str) -> Markup:
    """The median as a dot, the 90 % interval as a line, each definition's distance as a mark."""
    marks = sorted(set(definitions_m))
    whole = min(max([LEAST_AXIS_M, distance.high_m * 1.1, *(mark * 1.1 for mark in marks)]), MOST_AXIS_M)

    def at(metres: float) -> float:
        return MARGIN + min(metres / whole, 1.0) * (WIDTH - 2 * MARGIN)

    middle = HEIGHT / 2
    inside = [
        element("path", d=f"M{MARGIN} {middle}H{WIDTH - MARGIN}", class_="axis"),
        *(element("path", d=f"M{at(mark):.1f} 3V{HEIGHT - 3}", class_="mark") for mark in marks),
        element("path", d=f"M{at(distance.low_m):.1f} {middle}H{at(distance.high_m):.1f}", class_="interval"),
        element("circle", cx=at(distance.median_m), cy=middle, r=4.0, class_="median"),
    ]
    return svg(WIDTH, HEIGHT, inside, label, "distance")


def draw_share(share: float, label: str, style: str = "") -> Markup:
    """A bar filled to a share between 0 and 1."""
    filled = min(max(share, 0.0), 1.0) * 100
    inside = [
        element("rect", width=100, height=6, rx=3, class_="empty"),
        element("rect", width=filled, height=6, rx=3, class_="filled"),
    ]
    return svg(100, 6, inside, label, f"share {style}".strip())
