"""What is burned into every picture that is shown: whose case, which camera, when, by whom, and that it is redacted."""

from dataclasses import dataclass

from casetrail.model.time import format_utc

REDACTED = "REDACTED: heads are covered by tiles that hold nothing of the picture"
WHOLE_BODIES = "REDACTED: everybody else is covered by tiles that hold nothing of the picture"
SHOWN = "The index case's face is shown with written consent; every other head is covered"


@dataclass(frozen=True)
class Watermark:
    """What stays the same over a picture or cut. `camera`: id and name; `redaction`: one of the sentences above."""

    case_id: str
    camera: str
    actor_id: str
    redaction: str = REDACTED

    def lines(self, utc_us: int, what: str = "") -> tuple[str, ...]:
        """The caption of one frame; `what` it shows comes first."""
        title = f"Case {self.case_id}   {what}".rstrip()
        return title, self.camera, format_utc(utc_us), f"Made by {self.actor_id}", self.redaction


LINES = 5
