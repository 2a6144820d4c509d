"""Findings: what a contact definition says of the exposures of one contact, and why, in one sentence."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from casetrail.contacts.definitions import ContactDefinition, DecidedBy, MasksRule, UnknownMask
from casetrail.contacts.episodes import BRIDGED_S
from casetrail.contacts.exposures import Exposure, Unmeasured
from casetrail.model.time import SECOND_US
from casetrail.sightings.sightings import MaskState

UNSEEN_S = 60.0  # between cameras two people may have stayed together so long unseen: it counts for the high end
UNCOVERED = frozenset({MaskState.NONE, MaskState.BADLY})


class FindingVerdict(StrEnum):
    """What a definition says. It is about the definition, never about infection."""

    MET = "met"
    NOT_MET = "not met"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True)
class Finding:
    """One contact under one definition. Seconds are those that the definition counts, with both ends.

    `definition_sha256` fixes which text was applied; `why` is a sentence for a reader.
    """

    definition: str
    definition_sha256: str
    verdict: FindingVerdict
    duration_s: float
    duration_low_s: float
    duration_high_s: float
    needed_s: float
    why: str


def find_verdict(
    definition: ContactDefinition, exposures: Sequence[Exposure], unmeasured: Sequence[Unmeasured]
) -> Finding:
    """The finding for one contact. Exposures and stretches at other distances than the definition's are left out.

    Met when the low end of the duration is long enough, not met when even the high end is not, and otherwise
    cannot tell. Exposures on two cameras at the same time count once, by the longer. Under a definition that does
    not cumulate, exposures that follow one another within 2 s are one (a recording's segments end in between);
    within 60 s, as between two cameras, they may be one, which the high end allows for.
    """
    near = [one for one in exposures if one.within_m == definition.within_m]
    open_ = [one for one in unmeasured if one.within_m == definition.within_m]
    middle, low, high = _longest(definition, near, open_)
    return Finding(
        definition.name,
        definition.sha256,
        _verdict(definition, low, high),
        middle,
        low,
        high,
        definition.duration_s,
        _why(definition, near, open_),
    )


def _verdict(definition: ContactDefinition, low_s: float, high_s: float) -> FindingVerdict:
    if definition.decided_by is DecidedBy.INVESTIGATOR:
        return FindingVerdict.CANNOT_TELL
    if definition.is_long_enough(low_s):
        return FindingVerdict.MET
    return FindingVerdict.CANNOT_TELL if definition.is_long_enough(high_s) else FindingVerdict.NOT_MET


@dataclass(frozen=True)
class _Stretch:
    """Time that counts: `[start_s, end_s)`, middle, low and high seconds within it, and which pairs were watched."""

    start_s: float
    end_s: float
    seconds: tuple[float, float, float]
    pairs: frozenset[tuple[str, str]]


def _longest(
    definition: ContactDefinition, near: Sequence[Exposure], open_: Sequence[Unmeasured]
) -> tuple[float, float, float]:
    """Middle, low and high seconds: each the most that any one span of the definition holds."""
    stretches = [_stretch(one, _counted(definition, one)) for one in near]
    stretches += [_stretch(one, (0.0, 0.0, one.duration_s)) for one in open_]
    merged = _once(sorted(stretches, key=lambda one: one.start_s))
    if definition.cumulative_h:
        spans = [[one for one in merged if _within(first, one, definition.cumulative_h)] for first in merged]
        return _most(spans, 0), _most(spans, 1), _most(spans, 2)
    seen, perhaps = _chains(merged, BRIDGED_S, BRIDGED_S), _chains(merged, BRIDGED_S, UNSEEN_S)
    high = max((_most([chain], 2) + _gaps_s(chain) for chain in perhaps), default=0.0)
    return _most(seen, 0), _most(seen, 1), high


def _most(spans: Sequence[Sequence[_Stretch]], end: int) -> float:
    return max((sum(one.seconds[end] for one in span) for span in spans), default=0.0)


def _chains(merged: Sequence[_Stretch], watched_s: float, unwatched_s: float) -> list[list[_Stretch]]:
    """Stretches that follow one another as one exposure: within `watched_s`, or `unwatched_s` if nobody watched.

    While the same two presences go on, the gap was watched and they were apart in it.
    """
    chains: list[list[_Stretch]] = []
    for one in merged:
        last = chains[-1][-1] if chains else None
        if last is not None and one.start_s - last.end_s <= (watched_s if last.pairs & one.pairs else unwatched_s):
            chains[-1].append(one)
        else:
            chains.append([one])
    return chains


def _gaps_s(chain: Sequence[_Stretch]) -> float:
    return sum(after.start_s - before.end_s for before, after in itertools.pairwise(chain))


def _stretch(one: Exposure | Unmeasured, seconds: tuple[float, float, float]) -> _Stretch:
    start_s, end_s = one.interval.start_us / SECOND_US, one.interval.end_us / SECOND_US
    return _Stretch(start_s, end_s, seconds, frozenset({(one.index_presence_id, one.other_presence_id)}))


def _counted(definition: ContactDefinition, exposure: Exposure) -> tuple[float, float, float]:
    """The exposure's seconds after the masks rule: all of them, none, or only the high end."""
    counts, may = _masks_allow(definition, exposure)
    seconds = (exposure.duration_s, exposure.duration_low_s, exposure.duration_high_s)
    return seconds if counts else (0.0, 0.0, seconds[2] if may else 0.0)


def _masks_allow(definition: ContactDefinition, exposure: Exposure) -> tuple[bool, bool]:
    """Whether the exposure counts as far as masks go, and whether it may."""
    states = {exposure.index_mask.state, exposure.other_mask.state}
    if definition.masks is MasksRule.IGNORED or states & UNCOVERED:
        return True, True
    if MaskState.UNKNOWN not in states:
        return False, False
    return definition.unknown_mask is UnknownMask.NOT_WORN, True


def _once(stretches: Sequence[_Stretch]) -> list[_Stretch]:
    """Stretches that overlap in time (two cameras, one meeting) as one, by the longer of each figure."""
    merged: list[_Stretch] = []
    for one in stretches:
        if merged and one.start_s < merged[-1].end_s:
            last = merged.pop()
            most = tuple(max(pair) for pair in zip(last.seconds, one.seconds, strict=True))
            end_s, pairs = max(last.end_s, one.end_s), last.pairs | one.pairs
            merged.append(_Stretch(last.start_s, end_s, (most[0], most[1], most[2]), pairs))
        else:
            merged.append(one)
    return merged


def _within(first: _Stretch, one: _Stretch, hours: float) -> bool:
    return first.start_s <= one.start_s and one.end_s <= first.start_s + max(hours * 3600, first.end_s - first.start_s)


def _why(definition: ContactDefinition, near: Sequence[Exposure], open_: Sequence[Unmeasured]) -> str:
    """Time near whatever the masks, what is asked for, the nearest moment, masks, and what was not measured."""
    asks_masks = definition.masks is not MasksRule.IGNORED
    bare = replace(definition, masks=MasksRule.IGNORED, unknown_mask=UnknownMask.IGNORED)
    middle, low, high = _longest(bare, near, open_)
    span = f" in {definition.cumulative_h:g} h" if definition.cumulative_h else " at a time"
    parts = [f"within {definition.distance_m:.3g} m for {middle:.0f} s ({low:.0f}-{high:.0f} s){span}"]
    if definition.decided_by is DecidedBy.INVESTIGATOR:
        parts.append("the investigator decides")
    else:
        more = "more than " if definition.duration_comparison == ">" else ""
        parts[0] += f" of the {more}{definition.duration_s:.0f} s asked for"
    if near:
        closest = min((one.closest for one in near), key=lambda one: one.median_m)
        parts.append(f"nearest {closest.median_m:.1f} m ({closest.low_m:.1f}-{closest.high_m:.1f} m)")
    if near and (asks_masks or definition.decided_by is DecidedBy.INVESTIGATOR):
        parts.append(_masks_phrase(definition, near))
    if open_:
        reasons = sorted({str(one.reason) for one in open_})
        parts.append(f"{sum(one.duration_s for one in open_):.0f} s not measured: {', '.join(reasons)}")
    return "; ".join(parts)


def _masks_phrase(definition: ContactDefinition, near: Sequence[Exposure]) -> str:
    """The mask states of both at each exposure, and what the definition makes of them."""
    pairs = sorted({f"{one.index_mask.state} and {one.other_mask.state}" for one in near})
    phrase = f"masks {', '.join(pairs)}"
    if definition.masks is MasksRule.IGNORED:
        return phrase
    allowed = [_masks_allow(definition, one) for one in near]
    if all(counts for counts, _ in allowed):
        return phrase
    if not any(may for _, may in allowed):
        return f"{phrase}, so that it does not count"
    return f"{phrase}, and the definition leaves unknown open"
