"""What a trace spends on describing: views, presences, camera-hours and time, counted at the port."""

import time
from collections.abc import Mapping, Sequence

from casetrail.app.evaluate.world import DescribePresences
from casetrail.model.time import SECOND_US
from casetrail.presence.presences import Presence
from casetrail.sightings.sightings import Sighting

HOUR_US = 3600 * SECOND_US


class Meter:
    """Describes presences for one case and counts. Looking again with more views costs the additional ones only.

    `seconds`: what describing took here, to be taken out of an engine's own time. Beyond `budget` views nothing is
    described; what does not fit is left out.
    """

    def __init__(self, describe: DescribePresences, budget: int) -> None:
        self._describe, self.budget = describe, budget
        self._views: dict[str, int] = {}
        self._cells: set[tuple[str, int]] = set()
        self.seconds = 0.0

    @property
    def views(self) -> int:
        """Views described so far."""
        return sum(self._views.values())

    @property
    def presences(self) -> int:
        """Presences described so far."""
        return len(self._views)

    @property
    def camera_hours(self) -> int:
        """Camera-hours, by the clock, in which anything was described."""
        return len(self._cells)

    @property
    def described(self) -> Mapping[str, int]:
        """Views described of each presence."""
        return self._views

    def __call__(self, presences: Sequence[Presence], _confirmed: Sequence[Presence], views: int) -> list[Sighting]:
        """Sightings of presences, as a trace's opener gives them."""
        began = time.perf_counter()
        allowed = self._within_budget(presences, views)
        found = list(self._describe(allowed, views))
        for presence, sighting in zip(allowed, found, strict=True):
            held = self._views.get(presence.presence_id, 0)
            self._views[presence.presence_id] = max(held, sighting.views_described)
            self._cells.add((presence.camera_id, presence.interval.start_us // HOUR_US))
        self.seconds += time.perf_counter() - began
        return found

    def _within_budget(self, presences: Sequence[Presence], views: int) -> list[Presence]:
        left, allowed = self.budget - self.views, []
        for presence in presences:
            cost = max(min(len(presence.views), views) - self._views.get(presence.presence_id, 0), 0)
            if cost <= left:
                allowed.append(presence)
                left -= cost
        return allowed
