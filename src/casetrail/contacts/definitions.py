"""Contact definitions: rules as dated, cited TOML files, shipped in `contacts/definitions/` or given by a site."""

import hashlib
import math
import operator
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import Any

from casetrail.model.errors import BadInputError, UsageError

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class MasksRule(StrEnum):
    """What a definition asks of masks."""

    IGNORED = "not considered"
    ONE_NOT_WORN = "at least one not properly worn"


class UnknownMask(StrEnum):
    """What an unknown mask state implies under a definition."""

    IGNORED = "not considered"
    CANNOT_TELL = "cannot tell"
    NOT_WORN = "counts as not worn"


class DecidedBy(StrEnum):
    """Who finds: the rule, or the investigator from the evidence listed."""

    RULE = "rule"
    INVESTIGATOR = "investigator"


@dataclass(frozen=True)
class ContactDefinition:
    """When an exposure makes a close contact, as one document said at one date.

    `distance_m` with `<` or `<=`; `duration_s` with `>` or `>=`; `cumulative_h`: durations add up within so many
    hours, 0 when one exposure has to last that long. `sha256`: hash of the file, kept with every finding.
    Raises BadInputError when a number or a word is not usable.
    """

    name: str
    title: str
    date: str
    source: str
    distance_m: float
    distance_comparison: str
    duration_s: float
    duration_comparison: str
    cumulative_h: float
    masks: MasksRule
    unknown_mask: UnknownMask
    decided_by: DecidedBy
    note: str
    sha256: str

    def __post_init__(self) -> None:
        numbers = (self.distance_m, self.duration_s, self.cumulative_h)
        usable = all(math.isfinite(number) and number >= 0 for number in numbers) and self.distance_m > 0
        words = self.distance_comparison in ("<", "<=") and self.duration_comparison in (">", ">=")
        masks = (self.masks is MasksRule.IGNORED) == (self.unknown_mask is UnknownMask.IGNORED)
        if not (usable and words and masks and self.source and self.date):
            raise BadInputError(
                "a number, a comparison or the source is not usable",
                where=f"contact definition {self.name}",
                todo="compare it with the ones that are shipped",
            )

    @property
    def within_m(self) -> float:
        """The largest distance that still counts."""
        return self.distance_m if self.distance_comparison == "<=" else math.nextafter(self.distance_m, 0.0)

    def is_long_enough(self, seconds: float) -> bool:
        """Whether a duration meets the definition."""
        return _COMPARE[self.duration_comparison](seconds, self.duration_s)


def read_definition(name_or_path: str) -> ContactDefinition:
    """A shipped definition by name such as `who-2021-02`, or any TOML file by path.

    Raises UsageError when no such definition exists, BadInputError when the file is not one.
    """
    path = Path(name_or_path)
    if path.suffix == ".toml" and path.is_file():
        return parse_definition(path.stem, path.read_bytes())
    if name_or_path not in list_definitions():
        raise UsageError(
            f"no contact definition {name_or_path[:60]!r}",
            todo=f"name one of {', '.join(list_definitions())}, or a .toml file",
        )
    return parse_definition(name_or_path, (_shipped() / f"{name_or_path}.toml").read_bytes())


def list_definitions() -> tuple[str, ...]:
    """Names of the shipped definitions."""
    return tuple(sorted(item.name.removesuffix(".toml") for item in _shipped().iterdir() if item.name.endswith("toml")))


def parse_definition(name: str, content: bytes) -> ContactDefinition:
    """A definition from the bytes of its file. Raises BadInputError that names what is wrong."""
    where = f"contact definition {name}"
    try:
        fields = tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise BadInputError("not a TOML file", where=where, todo="correct it") from None
    try:
        return ContactDefinition(name=name, sha256=hashlib.sha256(content).hexdigest(), **_typed(fields))
    except (TypeError, ValueError, KeyError):
        raise BadInputError(
            "a key is missing, unknown or of the wrong kind", where=where, todo="compare it with the ones shipped"
        ) from None


def _typed(fields: dict[str, Any]) -> dict[str, Any]:
    numbers = {key: float(fields[key]) for key in ("distance_m", "duration_s", "cumulative_h")}
    kinds = {
        "masks": MasksRule(fields["masks"]),
        "unknown_mask": UnknownMask(fields["unknown_mask"]),
        "decided_by": DecidedBy(fields["decided_by"]),
    }
    texts = {key: str(value) for key, value in fields.items() if key not in numbers and key not in kinds}
    return numbers | kinds | texts


def _shipped() -> Any:
    return resources.files("casetrail.contacts") / "definitions"
