"""SVG, element by element: every attribute and text is escaped here, once."""

from collections.abc import Iterable

from markupsafe import Markup, escape

Point = tuple[float, float]


def element(name: str, *inside: str, text: str = "", **attributes: object) -> Markup:
    """An element; `_` in an attribute's name stands for `-`, a trailing one is dropped. `inside` is SVG already."""
    named = [(key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items() if value is not None]
    marks = "".join(f' {key}="{escape(_plain(value))}"' for key, value in named)
    return Markup(f"<{name}{marks}>{escape(text)}{''.join(inside)}</{name}>")


def svg(width: float, height: float, inside: Iterable[str], label: str, style: str = "") -> Markup:
    """A picture of this size that grows and shrinks with the page; `label` is read to people who do not see it."""
    return element(
        "svg",
        element("title", text=label),
        *inside,
        viewBox=f"0 0 {_plain(width)} {_plain(height)}",
        role="img",
        preserveAspectRatio="xMinYMid meet",
        class_=style or None,
    )


def path_of(points: Iterable[Point], *, closed: bool = False) -> str:
    """The `d` of straight lines through points."""
    joined = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f"M{joined}{'Z' if closed else ''}"


def _plain(value: object) -> str:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)
