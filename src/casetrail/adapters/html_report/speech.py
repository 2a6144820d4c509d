"""How a report says times, lengths, shares and probabilities in its language."""

from datetime import UTC, datetime, tzinfo

from casetrail.contacts.exposures import Distance
from casetrail.evidence.report import Language
from casetrail.evidence.report_words import words_in
from casetrail.model.time import UtcInterval, to_datetime

# IPCC, Guidance note on consistent treatment of uncertainties, 2010: lower ends of the likelihood scale.
LIKELIHOODS = (0.99, 0.9, 0.66, 0.33, 0.1, 0)
MOST_SHARE = 0.99
_UNITS = {
    Language.ENGLISH: {"s": "{} s", "min": "{} min", "h": "{} h", "d": "{} d"},
    Language.KOREAN: {"s": "{}초", "min": "{}분", "h": "{}시간", "d": "{}일"},
}


class Speech:
    """Says things in one language and one local time. `zone` None is this machine's."""

    def __init__(self, language: Language, zone: tzinfo | None) -> None:
        self._language, self._zone, self._words = language, zone, words_in(language)

    def __call__(self, key: str, **values: object) -> str:
        """The words for a key, its places filled in."""
        return self._words[key].format(**values)

    def known(self, text: str) -> str:
        """The words for a key, or the text itself when there are none for it."""
        return self._words.get(text, text)

    def local(self, utc_us: int) -> datetime:
        """The moment in local time."""
        return to_datetime(utc_us).astimezone(self._zone)

    def clock(self, utc_us: int) -> str:
        """Local time of day to the second."""
        return f"{self.local(utc_us):%H:%M:%S}"

    def day(self, utc_us: int) -> str:
        """Local day."""
        return f"{self.local(utc_us):%Y-%m-%d}"

    def moment(self, utc_us: int) -> str:
        """Local day and time to the minute, with the offset."""
        return f"{self.local(utc_us):%Y-%m-%d %H:%M} {self.offset(utc_us)}"

    def offset(self, utc_us: int) -> str:
        """The local offset, such as UTC+09:00."""
        text = f"{self.local(utc_us):%z}"
        return "UTC" if text in ("+0000", "-0000") else f"UTC{text[:3]}:{text[3:5]}"

    def utc(self, utc_us: int) -> str:
        """Time of day in UTC to a tenth of a second."""
        at = to_datetime(utc_us).astimezone(UTC)
        return f"{at:%H:%M:%S}.{at.microsecond // 100_000} UTC"

    def period(self, interval: UtcInterval) -> str:
        """Both ends in local time, the second day only where it differs."""
        start, end = self.moment(interval.start_us), self.moment(interval.end_us)
        if self.day(interval.start_us) == self.day(interval.end_us):
            return f"{self.day(interval.start_us)} {self.clock(interval.start_us)} – {self.clock(interval.end_us)}"
        return f"{start[:16]} – {end[:16]}"

    def duration(self, seconds: float) -> str:
        """Seconds below two minutes, then minutes and seconds, then hours and minutes, then days."""
        units, whole = _UNITS[self._language], round(seconds)
        if whole < 10 and abs(seconds - whole) > 0.05:
            return units["s"].format(f"{seconds:.1f}")
        if whole < 120:
            return units["s"].format(whole)
        if whole < 7200:
            return self._pair(whole, 60, "min", "s")
        return self._pair(whole // 60, 60, "h", "min") if whole < 172_800 else self._pair(whole // 3600, 24, "d", "h")

    def metres(self, distance: Distance) -> str:
        """The median with its interval."""
        return f"{distance.median_m:.1f} m ({distance.low_m:.1f}–{distance.high_m:.1f})"

    def share(self, probability: float) -> str:
        """A probability in per cent; never rounded up to certainty or down to nothing."""
        if probability > MOST_SHARE:
            return f"> {MOST_SHARE:.0%}".replace("%", " %")
        return f"{probability * 100:.0f} %" if probability >= 1 - MOST_SHARE else "< 1 %"

    def likelihood(self, probability: float) -> str:
        """A probability in words."""
        return self(f"p_{next(end for end in LIKELIHOODS if probability >= end)}")

    def counted(self, key: str, count: int, **values: object) -> str:
        """The words for a key and a count, in the singular where the language has one."""
        singular = f"{key}_one"
        return self(singular if count == 1 and singular in self._words else key, count=count, **values)

    def _pair(self, whole: int, per: int, large: str, small: str) -> str:
        units = _UNITS[self._language]
        rest = f" {units[small].format(whole % per)}" if whole % per else ""
        return units[large].format(whole // per) + rest
