"""What a definition says of exposures: met, not met or cannot tell, and why."""

from dataclasses import replace

import pytest

from casetrail.contacts.definitions import UnknownMask, read_definition
from casetrail.contacts.episodes import Distance, UnmeasuredReason
from casetrail.contacts.exposures import Exposure, Unmeasured
from casetrail.contacts.findings import FindingVerdict, find_verdict
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.sightings.sightings import MaskReading, MaskState

WHO, CDC, ECDC = (read_definition(name) for name in ("who-2021-02", "cdc-2020-10", "ecdc-2020-04"))
KDCA, KDCA_2020 = read_definition("kdca-2022-01"), read_definition("kdca-2020")
MET, NOT_MET, CANNOT_TELL = FindingVerdict.MET, FindingVerdict.NOT_MET, FindingVerdict.CANNOT_TELL
WORN, NONE, BADLY, UNKNOWN = (MaskReading(state, 0.9) for state in ("worn", "none", "worn badly", "unknown"))


def _exposure(
    seconds: float,
    *,
    start_s: float = 0,
    within_m: float = 2.0,
    ends: tuple[float, float] | None = None,
    masks: tuple[MaskReading, MaskReading] = (MaskReading(), MaskReading()),
    camera_id: str = "CAM01",
) -> Exposure:
    low, high = ends or (seconds, seconds)
    start_us = round(start_s * SECOND_US)
    return Exposure(
        exposure_id=f"{camera_id}-{start_s}",
        index_presence_id=f"index-{camera_id}",
        other_presence_id=f"other-{camera_id}",
        camera_id=camera_id,
        interval=UtcInterval(start_us, start_us + round(seconds * SECOND_US)),
        within_m=within_m,
        closest=Distance(0.9, 0.7, 1.1),
        duration_s=seconds,
        duration_low_s=low,
        duration_high_s=high,
        cannot_tell_share=0.0,
        index_mask=MaskReading(MaskState(masks[0].state), masks[0].confidence),
        other_mask=MaskReading(MaskState(masks[1].state), masks[1].confidence),
        indoor=True,
    )


def _unmeasured(seconds: float, *, start_s: float = 0) -> Unmeasured:
    start_us = round(start_s * SECOND_US)
    interval = UtcInterval(start_us, start_us + round(seconds * SECOND_US))
    return Unmeasured("index", "other", "CAM01", interval, 2.0, seconds, UnmeasuredReason.FOOT_HIDDEN)


@pytest.mark.parametrize(
    ("seconds", "ends", "verdict"),
    [
        (1000, (950, 1050), MET),
        (12, (8, 16), NOT_MET),
        (920, (850, 990), CANNOT_TELL),
        (880, (820, 940), CANNOT_TELL),
    ],
)
def test_verdict_waits_for_both_ends(seconds: float, ends: tuple[float, float], verdict: FindingVerdict) -> None:
    """Met needs the low end, not met needs the high end, and in between nobody can tell."""
    assert find_verdict(ECDC, [_exposure(seconds, ends=ends)], []).verdict is verdict


def test_exactly_fifteen_minutes() -> None:
    """Fifteen minutes to the second meet 'at least' (WHO) and not 'more than' (ECDC)."""
    assert find_verdict(WHO, [_exposure(900, within_m=1.0)], []).verdict is MET
    assert find_verdict(ECDC, [_exposure(900)], []).verdict is NOT_MET


def test_exposures_at_another_distance_do_not_count() -> None:
    """Twenty minutes within two metres say nothing about one metre."""
    assert find_verdict(WHO, [_exposure(1200, within_m=2.0)], []).verdict is NOT_MET


def test_three_meetings_cumulate_only_where_the_definition_says() -> None:
    """Three times six minutes in a day meet the cumulative definition and not the one for a single exposure."""
    six = [_exposure(360, start_s=3600 * hour, within_m=CDC.within_m) for hour in (0, 5, 10)]
    assert find_verdict(CDC, six, []).verdict is MET
    assert find_verdict(ECDC, [replace(one, within_m=2.0) for one in six], []).verdict is NOT_MET


def test_cumulation_ends_with_its_window() -> None:
    """Six minutes on each of three days never lie in one window of 24 hours."""
    daily = [_exposure(360, start_s=86400 * 1.1 * day, within_m=CDC.within_m) for day in range(3)]
    assert find_verdict(CDC, daily, []).verdict is NOT_MET


def test_stay_over_segment_borders_is_one_exposure() -> None:
    """A stay that a recording's segments cut into four pieces is one exposure of twenty minutes."""
    pieces = [_exposure(299.9, start_s=300 * number) for number in range(4)]
    assert find_verdict(ECDC, pieces, []).verdict is MET


def test_unseen_minute_between_cameras_leaves_it_open() -> None:
    """Two stretches on two cameras half a minute apart may have been one exposure: cannot tell."""
    pieces = [_exposure(600, start_s=0), _exposure(600, start_s=630, camera_id="CAM02")]
    assert find_verdict(ECDC, pieces, []).verdict is CANNOT_TELL


def test_watched_minute_apart_ends_an_exposure() -> None:
    """On one camera the same two people were seen apart for half a minute: two exposures, neither long enough."""
    pieces = [_exposure(600, start_s=0), _exposure(600, start_s=630)]
    assert find_verdict(ECDC, pieces, []).verdict is NOT_MET


def test_one_meeting_on_two_cameras_counts_once() -> None:
    """Ten minutes seen by two cameras at the same time are ten minutes."""
    both = [_exposure(600, within_m=CDC.within_m, camera_id=name) for name in ("CAM01", "CAM02")]
    found = find_verdict(CDC, both, [])
    assert (found.duration_s, found.verdict) == (600, NOT_MET)


def test_hidden_feet_for_long_enough_leave_it_open() -> None:
    """Somebody in the same picture for twenty minutes with hidden feet is not 'not met'."""
    found = find_verdict(ECDC, [], [_unmeasured(1200)])
    assert found.verdict is CANNOT_TELL
    assert "1200 s not measured: a foot was hidden" in found.why


@pytest.mark.parametrize(
    ("masks", "verdict"),
    [
        ((WORN, WORN), NOT_MET),
        ((WORN, NONE), MET),
        ((BADLY, WORN), MET),
        ((NONE, UNKNOWN), MET),
        ((WORN, UNKNOWN), CANNOT_TELL),
        ((UNKNOWN, UNKNOWN), CANNOT_TELL),
    ],
)
def test_masks_rule_of_kdca(masks: tuple[MaskReading, MaskReading], verdict: FindingVerdict) -> None:
    """At least one of the two not properly masked; unknown never becomes worn or none."""
    assert find_verdict(KDCA, [_exposure(1000, masks=masks)], []).verdict is verdict


def test_definition_may_count_unknown_as_not_worn() -> None:
    """What unknown implies is the definition's word, not the program's."""
    strict = replace(KDCA, unknown_mask=UnknownMask.NOT_WORN)
    assert find_verdict(strict, [_exposure(1000, masks=(WORN, UNKNOWN))], []).verdict is MET


def test_masks_change_nothing_where_they_are_not_considered() -> None:
    """Under a definition that sets masks aside, two worn masks do not help."""
    assert find_verdict(ECDC, [_exposure(1000, masks=(WORN, WORN))], []).verdict is MET


def test_investigator_decides_under_kdca_2020() -> None:
    """Where the document leaves it to the investigator no finding is made, and the evidence is in the sentence."""
    found = find_verdict(KDCA_2020, [_exposure(1000, masks=(WORN, NONE))], [])
    assert found.verdict is CANNOT_TELL
    assert "the investigator decides" in found.why
    assert "masks worn and none" in found.why


def test_sentence_names_the_numbers() -> None:
    """The reason states distance, duration with both ends, what is asked for, and the nearest moment."""
    why = find_verdict(ECDC, [_exposure(12, ends=(8, 16))], []).why
    assert why.startswith("within 2 m for 12 s (8-16 s) at a time of the more than 900 s asked for")
    assert "nearest 0.9 m (0.7-1.1 m)" in why


def test_sentence_shows_time_near_that_masks_take_away() -> None:
    """With both masks worn the time near is still named, with the reason why it does not count."""
    found = find_verdict(KDCA, [_exposure(1000, masks=(WORN, WORN))], [])
    assert found.duration_high_s == 0
    assert found.why.startswith("within 2 m for 1000 s")
    assert "masks worn and worn, so that it does not count" in found.why


def test_finding_carries_the_hash_of_its_definition() -> None:
    """Every finding says by which bytes it was made."""
    assert find_verdict(ECDC, [], []).definition_sha256 == ECDC.sha256


def test_nobody_near_meets_nothing() -> None:
    """Without any exposure every rule is not met, with zero seconds."""
    found = find_verdict(WHO, [], [])
    assert (found.verdict, found.duration_s, found.duration_high_s) == (NOT_MET, 0.0, 0.0)
