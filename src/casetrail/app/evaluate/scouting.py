"""What every contender does alike: finding a first sighting from records, looking, comparing, asking."""

from collections.abc import Iterator, Sequence

import numpy as np

from casetrail.app.evaluate.metering import Meter
from casetrail.app.evaluate.reviewers import CaseReviewer
from casetrail.app.evaluate.world import World, WorldCase
from casetrail.model.arrays import Doubles, Floats
from casetrail.model.time import SECOND_US
from casetrail.presence.index import PresenceSpans, Reach
from casetrail.sightings.sightings import Sighting
from casetrail.trace.anchors import Anchor
from casetrail.trace.case_trace import Answer

SEED_M, SEED_S = 120.0, 600.0
SHARP_S = 900.0  # records that say more exactly than this where somebody was
ASKS_PER_RECORD = 10
REFERENCES = 8
AT_ONCE = 5000
FAST_MPS, SLACK_M = 10.0, 200.0


class Scout:
    """One case in the hands of a contender: what it has described, asked and confirmed."""

    def __init__(self, world: World, case: WorldCase, meter: Meter, reviewer: CaseReviewer) -> None:
        self.world, self.case, self._meter, self._reviewer = world, case, meter, reviewer
        self.sightings: dict[str, Sighting] = {}
        self.confirmed: dict[str, Sighting] = {}
        self._asked: set[str] = set()
        self._places = {camera.camera_id: camera.place for camera in world.cameras}

    def seeds(self) -> Iterator[Sighting]:
        """Confirmed sightings to start from: the one that is given, then the first yes near each exact record."""
        start = self.case.start or self.case.lead
        if start is not None:
            (given,) = self._meter([start], (), 1)
            self.sightings[given.presence_id] = self.confirmed[given.presence_id] = given
            self._asked.add(given.presence_id)
            yield given
        exact = [each for each in self.case.anchors if each.interval.duration_s <= SHARP_S and each.place is not None]
        for anchor in exact:
            found = self._near(anchor)
            if found is not None:
                yield found

    def look(self, reaches: Sequence[Reach], views: int) -> list[Sighting]:
        """Sightings of everybody in these reaches, described now unless they were before."""
        return self.look_at(self.world.index.read_spans(reaches), views)

    def look_at(self, spans: PresenceSpans, views: int) -> list[Sighting]:
        """Sightings of these presences, as far as the budget goes."""
        names = spans.ids()
        new = np.array([at for at, name in enumerate(names) if name not in self.sightings], np.int64)
        room = max(self._meter.budget - self._meter.views, 0)
        for first in range(0, min(len(new), room), AT_ONCE):
            part = new[:room][first : first + AT_ONCE]
            for sighting in self._meter(list(self.world.index.read_chosen(spans.take(part))), (), views):
                self.sightings[sighting.presence_id] = sighting
        return [self.sightings[name] for name in names if name in self.sightings]

    def ask_likeliest(self, found: Sequence[Sighting], most: int, least: float) -> Sighting | None:
        """Ask about those most alike to what is confirmed; the first yes, or None."""
        new = [sighting for sighting in found if sighting.presence_id not in self._asked]
        if not new:
            return None
        alike = self._similarity(new)
        for at in np.argsort(-alike, kind="stable")[:most]:
            if alike[at] >= least and self.ask(new[int(at)]):
                return new[int(at)]
        return None

    def rank(self, found: Sequence[Sighting]) -> Iterator[Sighting]:
        """The most alike of those not yet asked about, again and again, as more is confirmed."""
        vectors = np.stack([each.embedding for each in found]) if found else np.zeros((0, 1), np.float32)
        new = np.array([each.presence_id not in self._asked for each in found], np.bool_)
        known, alike = -1, np.zeros(len(found))
        while new.any():
            if len(self.confirmed) != known:
                known, alike = len(self.confirmed), np.asarray(vectors @ self._reference(vectors.shape[1]), np.float64)
            at = int(np.where(new, alike, -np.inf).argmax())
            new[at] = False
            yield found[at]

    def within_prisms(self, spans: PresenceSpans) -> PresenceSpans:
        """Presences that somebody who was at every record could have been at: space-time prisms at city speed."""
        possible = np.ones(len(spans), np.bool_)
        for anchor in self.case.anchors:
            gap_m = np.array([self._gap_m(camera_id, anchor) for camera_id in spans.camera_ids])[spans.camera]
            late = np.maximum(spans.start_us - anchor.interval.end_us, anchor.interval.start_us - spans.end_us)
            possible &= gap_m - SLACK_M <= FAST_MPS * np.maximum(late, 0) / SECOND_US + _free_m(late)
        return spans.take(possible)

    def _near(self, anchor: Anchor) -> Sighting | None:
        """Ask about presences around a record: those closest in time first, or most alike once anybody is known."""
        cameras = [camera_id for camera_id in self._places if self._gap_m(camera_id, anchor) <= SEED_M]
        interval = anchor.interval.widened(SEED_S).intersection(self.case.window)
        if interval is None or not cameras:
            return None
        found = self.look([Reach(camera_id, interval) for camera_id in cameras], 1)
        if self.confirmed:
            return self.ask_likeliest(found, ASKS_PER_RECORD, 0.0)
        middle = (anchor.interval.start_us + anchor.interval.end_us) / 2
        found.sort(key=lambda each: abs((each.interval.start_us + each.interval.end_us) / 2 - middle))
        return next((each for each in found[:ASKS_PER_RECORD] if self.ask(each)), None)

    def ask(self, sighting: Sighting) -> bool:
        """Whether the reviewer confirms it."""
        self._asked.add(sighting.presence_id)
        yes = self._reviewer(sighting.presence_id) is Answer.YES
        if yes:
            self.confirmed[sighting.presence_id] = sighting
        return yes

    def _similarity(self, found: Sequence[Sighting]) -> Doubles:
        vectors: Floats = np.stack([each.embedding for each in found])
        return np.asarray(vectors @ self._reference(vectors.shape[1]), np.float64)

    def _reference(self, dimensions: int) -> Floats:
        """The mean of what was confirmed last; nothing, before anybody was."""
        last = [each.embedding for each in self.confirmed.values()][-REFERENCES:]
        return np.asarray(np.mean(last, axis=0) if last else np.zeros(dimensions), np.float32)

    def _gap_m(self, camera_id: str, anchor: Anchor) -> float:
        place = self._places[camera_id]
        if place is None or anchor.place is None:
            return 0.0
        return max(place.distance_m(anchor.place) - anchor.radius_m, 0.0)


def _free_m(late: Doubles) -> Doubles:
    """Within a record's own interval the person may be anywhere, since only some moment of it is meant."""
    return np.where(late <= 0, np.inf, 0.0)
