"""How sure a case trace is, and what else it could have been, in sentences."""

from casetrail.adapters.html_report.speech import Speech
from casetrail.evidence.report import ReportContent
from casetrail.trace.case_trace import Alternative

MOST_TIMES = 1e4


def sureness_sentences(content: ReportContent, say: Speech) -> list[str]:
    """The range of probabilities, then the likeliest other case traces, one of each kind."""
    sentences = _range(content, say)
    ordered = sorted(content.alternatives, key=lambda other: other.times_less_likely)
    told = {_kind(other, content): other for other in reversed(ordered)}
    sentences += [_alternative(other, content, say) for other in reversed(told.values())]
    if not told:
        sentences.append(say("no_alternative"))
    return [*sentences, say("sure_words")]


def _range(content: ReportContent, say: Speech) -> list[str]:
    shares = [say.share(each.step.probability) for each in sorted(content.confirmed, key=lambda s: s.step.probability)]
    if not shares:
        return []
    if shares[0] == shares[-1]:
        return [say("sure_judged"), say("sure_same", share=shares[0])]
    return [say("sure_judged"), say("sure_range", low=shares[0], high=shares[-1])]


def _kind(other: Alternative, content: ReportContent) -> tuple[str, ...]:
    """Which steps it leaves out; for one that goes elsewhere, only at how many others."""
    steps = [each.step.presence_id for each in content.steps]
    others = len(set(other.presence_ids) - set(steps))
    return (str(others),) if others else ("0", *(key for key in steps if key not in other.presence_ids))


def _alternative(other: Alternative, content: ReportContent, say: Speech) -> str:
    times = f"{other.times_less_likely:,.3g}" if other.times_less_likely < MOST_TIMES else f"> {MOST_TIMES:,.0f}"
    numbers = {each.step.presence_id: each.number for each in content.steps}
    elsewhere = len(set(other.presence_ids) - numbers.keys())
    if elsewhere:
        return say.counted("alternative_other", elsewhere, times=times)
    missing = [str(number) for key, number in numbers.items() if key not in other.presence_ids]
    return say("alternative_without", steps=", ".join(missing), times=times)
