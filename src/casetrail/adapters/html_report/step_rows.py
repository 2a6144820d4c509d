"""Rows of the table of sightings, gaps between them."""

import base64
from dataclasses import dataclass

from casetrail.adapters.html_report.speech import Speech
from casetrail.evidence.report import ReportContent, ReportStep, Still
from casetrail.sightings.sightings import MaskReading, MaskState
from casetrail.trace.case_trace import Gap


@dataclass(frozen=True)
class StepRow:
    """One sighting as it stands in the table; `gap` is what lies before it."""

    number: int
    confirmed: bool
    gap: str
    gap_short: str
    still: str
    still_alt: str
    day: str
    local: str
    utc: str
    lasting: str
    camera_id: str
    camera_name: str
    probability: float
    share: str
    likelihood: str
    mask: str
    verdict: str


def step_rows(content: ReportContent, say: Speech) -> list[StepRow]:
    """Every sighting in order of time."""
    gaps = {gap.interval.end_us: gap for gap in content.gaps}
    return [
        _row(each, gaps.get(each.step.interval.start_us) if each.number > 1 else None, say) for each in content.steps
    ]


def mask_words(mask: MaskReading, say: Speech) -> str:
    """A mask state with its confidence, which an unknown one does not have."""
    state = say(mask.state.value)
    if mask.state is MaskState.UNKNOWN:
        return state
    return say("mask_confidence", state=state, share=f"{mask.confidence * 100:.0f}")


def _row(each: ReportStep, gap: Gap | None, say: Speech) -> StepRow:
    step = each.step
    end = say.clock(step.interval.end_us)
    return StepRow(
        each.number,
        each.confirmed,
        "" if gap is None else _gap_words(gap, say),
        "" if gap is None else say("row_gap", duration=say.duration(gap.interval.duration_s)),
        "" if each.still is None else _data_uri(each.still),
        say("still_of", number=each.number),
        say.day(step.interval.start_us),
        f"{say.clock(step.interval.start_us)} – {end}",
        say.utc(step.interval.start_us),
        say("for", duration=say.duration(step.interval.duration_s)),
        step.camera_id,
        each.camera_name if each.camera_name != step.camera_id else "",
        step.probability,
        say.share(step.probability),
        say.likelihood(step.probability),
        mask_words(step.mask, say),
        say("reviewed_by", name=step.reviewer) if each.confirmed else say(step.verdict.value),
    )


def _gap_words(gap: Gap, say: Speech) -> str:
    duration = say.duration(gap.interval.duration_s)
    words = say("gap_row", duration=duration, before=gap.from_camera, after=gap.to_camera)
    if gap.expected_s is None:
        return words
    low, middle, high = (say.duration(seconds) for seconds in sorted(gap.expected_s))
    return f"{words} {say('gap_walk', low=low, middle=middle, high=high)}"


def _data_uri(still: Still) -> str:
    return f"data:{still.media_type};base64,{base64.b64encode(still.data).decode()}"
