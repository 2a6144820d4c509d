"""What is burned into every picture that is shown: whose case, which camera, when, by whom, and that it is redacted."""

from dataclasses import dataclass

from casetrail.model.time import format_utc

REDACTED = ("REDACTED: every head is covered", "Outlined: the index case")
WHOLE_BODIES = ("REDACTED: everybody else is covered", "Outlined: the index case, head covered")
SHOWN = ("REDACTED: every other head is covered", "Outlined: the index case, by written consent")
UNMASKED = ("REDACTED: every other head is covered", "Outlined: shown for 15 minutes under a grant of two")
ASKED = ("REDACTED: every head is covered", "Outlined: the person in question")
LINES = 6


@dataclass(frozen=True)
class Watermark:
    """What stays the same over a picture or cut. `camera`: id and name; `redaction`: one of the pairs above."""

    case_id: str
    camera: str
    actor_id: str
    redaction: tuple[str, str] = REDACTED

    def lines(self, utc_us: int, what: str = "") -> tuple[str, ...]:
        """The caption of one frame; `what` it shows stands beside the case."""
        title = f"Case {self.case_id}   {what}".rstrip()
        return title, self.camera, format_utc(utc_us), f"Made by {self.actor_id}", *self.redaction

    def short_lines(self, utc_us: int) -> tuple[str, ...]:
        """The same in three lines, for small pictures that stand beside their explanation."""
        return f"{self.case_id}   {self.camera}", f"{format_utc(utc_us)}   made by {self.actor_id}", self.redaction[0]
