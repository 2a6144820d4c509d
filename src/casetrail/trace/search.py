"""The search for one person through a city: what is known, where they may be, what to open and what to ask next.

A field of whereabouts (`field`) over street cells, fed by a table of presences (`grid`), what anchors say (`sayings`)
and what opened presences look like (`clothing`). It is the working memory of one case; it holds no port and stores
nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from casetrail.model.arrays import Doubles, Flags, Floats, Integers
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.presence.spans import PresenceSpans
from casetrail.sightings.describers import SimilarityCalibration
from casetrail.sightings.sightings import Sighting
from casetrail.trace import clothing
from casetrail.trace.anchors import Anchor
from casetrail.trace.case_trace import Answer
from casetrail.trace.cells import StreetCells
from casetrail.trace.field import Field, Ways
from casetrail.trace.flows import BUSY, Turns, busy_streets, count_turns
from casetrail.trace.journeys import GAIN, OFF, Gap, Journeys, Streets
from casetrail.trace.grid import MOST_SPREAD, Grid, lanes_of
from casetrail.trace.learning import Confirmed, Learned, know_nothing, learn_from_confirmed
from casetrail.trace.motion import TICK_S, build_motion
from casetrail.trace.sayings import read_sayings
from casetrail.trace.standing import Look, Standing
from casetrail.trace.trails import FARTHEST_M, LONGEST_S, Trails, fit_hop, link_trails

ANSWER_LOG = float(np.log(0.85 / 0.05))  # what an answer is worth: one in twenty is wrong, some are unsure
FIRST_YES = 1.5  # more than one yes, before anybody serves as a reference
START_LOG = 12.0
MOST_PAIRED = 4000  # before anybody is confirmed, so many of the likeliest are compared with each other
MOST_SHARE = 0.3
INTO_CELL_S = 15.0  # from walking into a cell to the middle of the view, on average
HOME_AGAIN = 30.0  # how much likelier the day ends at the named home than in any other cell
APART_M = 400.0  # the same neighbours are seen again nearby, so only presences farther apart support each other
ALONG = 0.5  # cosine between where a camera looks and its street from which on its directions are told
LEAST_RATIO = 1.5  # evidence of clothing from which on a presence is a candidate
LINKED, LINKED_S = 0.9, 240.0  # how surely two of one trail are one walker, and how soon that is lost
RIVALS_S = 45.0  # presences of different people so close in time cannot all be the person
NEXT_M = 150.0  # whoever passes one view is hardly first seen again so much farther away
SURE, LEAST_TAUGHT, MATTERS_S = 0.9, 4, 6.0  # sightings that teach, so many at least, and a clock worth setting
NEAR_TICKS = 60  # what an answer changes at once; what lies farther away waits for the next whole pass


@dataclass(frozen=True)
class CityMap:
    """Streets cut into cells with what the cameras see of them. In the order of `camera_ids`: `clock_s` `(cameras,)`;
    `facing` `(cameras, 2)`: where each camera looks, east and north, of length 1; nan where nobody recorded it.
    """

    camera_ids: tuple[str, ...]
    clock_s: Doubles
    cells: StreetCells
    facing: Doubles


class Search:
    """Working memory of one case. `spans`: presences of the gate, whose cells are `inside` (sorted)."""

    def __init__(
        self,
        city: CityMap,
        inside: Integers,
        spans: PresenceSpans,
        anchors: Sequence[Anchor],
        window: UtcInterval,
        calibration: SimilarityCalibration,
    ) -> None:
        self.city, self.spans, self.window, self.calibration = city, spans, window, calibration
        self.ticks = int(np.ceil(window.duration_s / TICK_S))
        self._looks: list[Look] = []
        self._position: dict[int, int] = {}
        self.answers: dict[int, list[Answer]] = {}
        self.start: int | None = None  # a row that was known from the outset: nobody asked whether it might be
        place = {camera_id: index for index, camera_id in enumerate(city.camera_ids)}
        self._cameras = np.array([place[camera_id] for camera_id in spans.camera_ids], np.int64)
        along = city.cells.along(city.facing)[self._cameras]
        self._told = np.abs(along) > ALONG
        self._taught = 0
        self._set_clocks(know_nothing(city))
        self._build_field(inside, self._cameras, anchors, np.where(self._told, along, 0.0))
        self._in_view, self._arrives = self.field.in_view(np.arange(self.ticks))
        self._waiting = np.zeros(self.ticks, bool)
        self.standing = Standing(np.zeros(len(spans), np.float32))
        self._field_share = np.zeros(len(spans), np.float32)
        self._way_share = np.zeros(len(spans), np.float32)
        self._anchors = anchors
        self._inside = inside
        self._places = self._named(anchors)
        self.journeys = Journeys(self._streets, self._grid.traffic(), self._seen.shape[1])
        self._field_share = self._shares(np.arange(self.ticks))
        self._travel(plan=True)

    def _build_field(self, inside: Integers, cameras: Integers, anchors: Sequence[Anchor], along: Doubles) -> None:
        cells = self.city.cells
        sayings = read_sayings(anchors, cells, self.window, self.ticks)
        motion, kept = build_motion(cells, sayings.known, turns=self._turns(inside, cameras)).within(inside)
        start = sayings.start(cells)[kept]
        start /= np.maximum(start.sum(), 1e-9)
        column = np.full(len(self.city.camera_ids), -1)
        column[cameras] = np.arange(len(cameras))
        seen_column, seen_cell = column[cells.seen_camera], np.searchsorted(inside, cells.seen_cell)
        here = (seen_column >= 0) & np.isin(cells.seen_cell, inside)
        state = np.concatenate([2 * seen_cell[here], 2 * seen_cell[here] + 1])
        end = _ends(start, sayings.home is not None)
        onward = along[seen_column[here]]  # who walks as the camera looks walks away from it
        lane = 2 * np.concatenate([seen_column[here]] * 2) + np.concatenate([onward > 0, onward < 0])
        ways = Ways(motion.onward, motion.enters, start, end, state, lane, 2 * len(inside))
        order = np.argsort(state, kind="stable")
        every = np.concatenate([2 * cells.seen_cell[here], 2 * cells.seen_cell[here] + 1])
        order = np.argsort(every, kind="stable")
        self._streets = Streets(cells, cells.graph.length_m / self._busy**BUSY, every[order], lane[order])
        self._seen = self._grid.seen()
        self.field = Field(ways, self._seen, sayings.factors(motion, inside), self._grid.pace())
        self.spots_m = np.zeros((len(cameras), 2))
        self.spots_m[seen_column[here]] = cells.middle_m[cells.seen_cell[here]]

    def _set_clocks(self, learned: Learned) -> None:
        """When each presence was by the right time, and the table of them."""
        spans, camera = self.spans, self.spans.camera.astype(np.int64)
        self._offset_s, self._clock_s = learned.offset_s[self._cameras], learned.clock_s[self._cameras]
        late_s = INTO_CELL_S + self._offset_s[camera]
        entered = (spans.start_us + spans.end_us) / 2 - self.window.start_us - late_s * SECOND_US
        self.tick = np.clip(entered / (SECOND_US * TICK_S), 0, self.ticks - 1).astype(np.int32)
        lanes = lanes_of(camera, spans.towards.astype(np.int64), self._told, self._clock_s)
        self._grid = Grid(self.tick, lanes, self.ticks)
        self._by_tick = np.argsort(self.tick, kind="stable")
        self._tick_sorted = self.tick[self._by_tick]

    def _learn(self) -> None:
        """Set the clocks by what the confirmed sightings tell, once that moves some clock by enough to matter."""
        known = self.opened[self.confirmed_positions(SURE)]
        if len(known) < LEAST_TAUGHT or len(known) == self._taught:
            return
        self._taught = len(known)
        camera = self._cameras[self.spans.camera[known]]
        learned = learn_from_confirmed(
            self.city, Confirmed(camera, self.spans.start_us[known], self.spans.end_us[known])
        )
        if np.abs(learned.offset_s[self._cameras] - self._offset_s).max() > MATTERS_S:
            self._set_clocks(learned)

    def _turns(self, inside: Integers, cameras: Integers) -> Turns:
        """Which way people turn, from the streets around and from how many people were seen in each."""
        cells = self.city.cells
        people = np.zeros(len(self.city.camera_ids))
        people[cameras] = np.bincount(self.spans.camera, minlength=len(cameras))
        counted = np.isin(cells.seen_camera, cameras)
        edge = cells.edge[cells.seen_cell[counted]]
        busy = self._busy = busy_streets(cells.graph, edge, people[cells.seen_camera[counted]])
        near = np.unique(cells.graph.edges[cells.edge[inside]])
        return count_turns(cells.graph, near, busy)

    @property
    def opened(self) -> Integers:
        """Rows of opened presences, in the order of opening."""
        return np.array([look.row for look in self._looks], np.int64)

    @property
    def views(self) -> int:
        """Views described so far."""
        return sum(look.views for look in self._looks)

    def position(self, row: int) -> int | None:
        """Where an opened row stands among the opened ones."""
        return self._position.get(row)

    @property
    def views_each(self) -> Integers:
        """Views described of each opened presence, by position."""
        return np.array([look.views for look in self._looks], np.int64)

    @property
    def said_each(self) -> Doubles:
        """What the answers about each opened presence are worth, by position, natural log."""
        return np.array([self.said(look.row) for look in self._looks], np.float64)

    def add(self, rows: Mapping[int, Sighting]) -> None:
        """Presences were opened, or looked at again with more views. Nothing is inferred yet."""
        for row, sighting in rows.items():
            look = Look(row, sighting.embedding, sighting.views_described, sighting.face_log_ratio or 0.0)
            at = self._position.setdefault(row, len(self._looks))
            self._looks[at : at + 1] = [look]

    def say(self, row: int, answer: Answer) -> None:
        """A reviewer answered about an opened row; withdrawn takes the last answer to it back."""
        given = self.answers.setdefault(row, [])
        if answer is Answer.WITHDRAWN:
            del given[-1:]
        else:
            given.append(answer)

    def infer(self) -> Standing:
        """Weigh everything opened and pass it on through the whole field."""
        if self._looks:
            self._learn()
            self._weigh_all()
            self._waiting[:] = True
            self._pass_on(self._waiting.copy(), whole=True)
        return self.standing

    def infer_nearby(self, row: int | None = None) -> Standing:
        """Weigh everything opened; pass on only what lies around a row in time, or nothing yet."""
        self._weigh_all()
        if row is not None:
            nearby = self._waiting.copy()
            nearby[: max(self.tick[row] - NEAR_TICKS, 0)] = False
            nearby[self.tick[row] + NEAR_TICKS :] = False
            self._pass_on(nearby, whole=False)
        else:
            self._travel(plan=False)
            self._settle()
        return self.standing

    def said(self, row: int) -> float:
        """What the answers about a row are worth, natural log."""
        given = self.answers.get(row, ())
        start = START_LOG if row == self.start else 0.0
        return start + ANSWER_LOG * (sum(a is Answer.YES for a in given) - sum(a is Answer.NO for a in given))

    @property
    def seeded(self) -> bool:
        """Whether somebody is known well enough to compare others with."""
        return any(self.said(row) > FIRST_YES * ANSWER_LOG for row in self.answers)

    def confirmed_positions(self, least: float) -> Integers:
        """Opened presences with more yes than no and at least this probability."""
        settled = len(self.standing.probability)  # what was opened since then has no probability yet
        return np.flatnonzero((self.said_each[:settled] > 0) & (self.standing.probability >= least))

    def _weigh_all(self) -> None:
        """Evidence of everything opened; where it changed waits to be passed on.

        Whom a reviewer confirmed speaks in full. Others only speak against being where they are: look-alikes walk
        about too, so their evidence along a trail is correlated, and a chain of them would lead the field astray.
        """
        similarity, log_ratio = self._weigh()
        said = self.said_each
        speaks = np.where(said > 0, log_ratio, np.minimum(log_ratio, 0.0))
        self._waiting[self._grid.weigh(self.opened, np.exp(speaks), self._in_view)] = True
        self.standing = Standing(self.standing.share, similarity=similarity, log_ratio=log_ratio)

    def _pass_on(self, changed: Flags, *, whole: bool) -> None:
        self._seen[changed] = self._grid.seen_at(changed)
        self._waiting[changed] = False
        if whole:
            self.field.run()
            moved = np.ones(self.ticks, bool)
        else:
            moved = self.field.update(changed, NEAR_TICKS)
        ticks = np.flatnonzero(moved)
        if len(ticks):
            self._in_view[ticks], self._arrives[ticks] = self.field.in_view(ticks)
            self._field_share = self._shares(ticks)
        self._travel(plan=whole)
        self._settle()

    def _shares(self, ticks: Integers) -> Floats:
        """Shares of all rows, anew for those around these ticks."""
        first, last = max(int(ticks[0]) - MOST_SPREAD, 0), min(int(ticks[-1]) + MOST_SPREAD + 1, self.ticks)
        low, high = np.searchsorted(self._tick_sorted, [first, last])
        rows = self._by_tick[low:high]
        share = self._field_share.copy()
        share[rows] = self._grid.shares(rows, first, last, self._in_view, self._seen)
        return share

    def _named(self, anchors):
        cells = self.city.cells
        result = []
        for anchor in anchors:
            if anchor.place is None or anchor.radius_m > 200:
                continue
            apart = cells.apart_m(np.array(anchor.place.offset_m(cells.graph.origin)))
            near = np.exp(-((np.maximum(apart - anchor.radius_m, 0) / 25.0) ** 2) / 2)
            near[near < 1e-3] = 0
            if near.sum() > 0 and not any(np.abs(near - one).sum() < 0.2 * one.sum() for one in result):
                result.append(near)
        return result

    def _stay_at(self, tick, way, limit):
        """Where the person stays soon after a tick (or before it)."""
        best = None
        count = len(self._inside)
        for off in (15, 30, 60, 90):
            if off > limit and best is not None:
                break
            at = self.field.at(int(np.clip(tick + way * min(off, limit), 0, self.ticks - 1)))
            stays = at[2 * count : 3 * count] + at[3 * count : 4 * count]
            if best is None or stays.sum() > best.sum() + 0.1:
                best = stays
        share = np.zeros(len(self.city.cells))
        share[self._inside] = best
        share[share < 0.002 * share.max()] = 0
        return share

    def _gaps(self):
        known = []
        for anchor in self._anchors:
            if anchor.place is None or anchor.radius_m > 200 or anchor.reliability < 0.9:
                continue
            first, last = ((t - self.window.start_us) / 1e6 / TICK_S for t in (anchor.interval.start_us, anchor.interval.end_us))
            if last - first < 360:
                first = last = (first + last) / 2
            known.append((int(np.clip(first, 0, self.ticks - 1)), int(np.clip(last, 0, self.ticks - 1))))
        if len(self.standing.probability):
            for row in self.opened[self.confirmed_positions(SURE)]:
                known.append((int(self.tick[row]), int(self.tick[row])))
        known.sort()
        gaps = []
        for (_, a), (b, _) in zip(known[:-1], known[1:]):
            if b - a > 45:
                start, end = self._stay_at(a, 1, (b - a) // 3), self._stay_at(b, -1, (b - a) // 3)
                arrived, left = (None if self._is_home(start) else a), (None if self._is_home(end) else b)
                gaps.append(Gap(a, b, start, end, arrived, left))
        return gaps

    def _is_home(self, share):
        middle = self.city.cells.middle_m
        spot = (share[:, None] * middle).sum(axis=0) / share.sum()
        for anchor in self._anchors:
            if anchor.place is not None and anchor.interval.duration_s > 7200:
                if np.linalg.norm(np.array(anchor.place.offset_m(self.city.cells.graph.origin)) - spot) < 120:
                    return True
        return False

    def _travel(self, *, plan: bool) -> None:
        if plan:
            known = self.opened[self.confirmed_positions(SURE)] if len(self.standing.probability) else np.zeros(0, np.int64)
            edges = np.unique(self.city.cells.edge[self.city.cells.seen_cell[np.isin(self.city.cells.seen_camera, self._cameras[self.spans.camera[known]])]])
            self.journeys.plan(self._gaps(), self._places, edges, None)
            lanes = self.journeys.lanes
            self._way_rows = self._grid.rows_in(lanes) if len(lanes) else np.zeros(0, np.int64)
            self._way_first = self._grid.passing(lanes, opened=False) if len(lanes) else None
            self._way_share[:] = 0
        lanes = self.journeys.lanes
        if len(lanes):
            predicted = self.journeys.predict(self._grid.passing(lanes), self._way_first)
            self._way_share[self._way_rows] = self._grid.shares_in(self._way_rows, lanes, predicted)
        self.standing.share = self._field_share + self._way_share

    def _settle(self) -> None:
        """Probabilities of the opened ones. Those that one walker may have made are the person's together or not at
        all: as likely as that the person came to the first of them and went on from the last.
        """
        said = self.said_each
        share = self._grid.shares_of(self.opened, self._in_view, self._seen).astype(np.float64)
        share += self._way_share[self.opened]
        odds = share * np.exp(self.standing.log_ratio)
        probability = np.clip(odds, 0, 1)
        self.trails = self._link(said)
        odds = np.where(said == 0, np.maximum(odds, self._trail_odds(odds, share, said)), odds)
        free = said <= 0
        probability[free] = self._among_rivals(odds, share, said)[free]
        self.standing.probability = probability

    def _link(self, said: Doubles) -> Trails:
        """Trails among everybody who looks like the index case; one ends where a reviewer confirmed somebody."""
        candidate = np.flatnonzero((self.standing.log_ratio - said > LEAST_RATIO) | (said != 0))
        rows = self.opened[candidate]
        camera = self.spans.camera[rows]
        time_s = np.asarray(self.tick[rows] * TICK_S, np.float64)
        found = link_trails(time_s, self.spots_m[camera], self._clock_s[camera], said[candidate] > 0)
        of = np.full(len(self._looks), -1)
        of[candidate] = found.of
        return Trails(of, candidate[found.head], candidate[found.tail])

    def _trail_odds(self, odds: Doubles, share: Doubles, said: Doubles) -> Doubles:
        """Odds of everybody opened as a part of their trail, nought without one; `odds` are those of each alone.

        Links may be wrong, the more the farther somebody is from the one that alone is likeliest.
        """
        of, head, tail = self.trails.of, self.trails.head, self.trails.tail
        result = np.zeros(len(odds))
        if not len(head):
            return result
        inside = np.flatnonzero(of >= 0)
        clothes = np.clip(self.standing.log_ratio - said, 0, None)
        together = np.minimum(np.bincount(of[inside], clothes[inside], minlength=len(head)), clothing.HIGHEST)
        ends = np.concatenate([head, tail])
        came, here = (
            (self._grid.shares_of(self.opened[ends], self._arrives, self._seen) + self._way_share[self.opened[ends]]).astype(np.float64).reshape(2, -1)
        )
        whole = came * share[tail] / np.maximum(here, 1e-12) * np.exp(together)
        if len(self.journeys.lanes):
            rows = self.opened[inside]
            sort = np.lexsort((self.tick[rows], of[inside]))
            rows = rows[sort]
            lanes = self._grid._lanes
            starts, along, first = self.journeys.count_along(of[inside][sort], self.tick[rows], lanes.own[rows], lanes.other[rows])
            size = np.diff(np.concatenate([starts, [len(rows)]]))
            trail = of[inside][sort][starts]
            gain = np.minimum(GAIN ** np.maximum(along - 1, 0), 60.0) * OFF ** (size - along)
            fit = self._way_share[rows[np.minimum(first, len(rows) - 1)]] * gain * np.exp(together[trail])
            whole[trail] = np.maximum(whole[trail], np.where(along >= 2, fit, 0))
        order = inside[np.lexsort((-odds[inside], of[inside]))]
        best = order[np.searchsorted(of[order], np.arange(len(head)))]
        apart_s = np.abs(self.tick[self.opened[inside]] - self.tick[self.opened[best[of[inside]]]]) * TICK_S
        result[inside] = whole[of[inside]] * np.exp(-apart_s / LINKED_S)
        return result

    def _rejected_nearby(self, said: Doubles) -> Doubles:
        """What is left of everybody's odds where somebody on the same trail was rejected: links may be wrong."""
        left = np.ones(len(said))
        tick, of = self.tick[self.opened], self.trails.of
        for one in np.flatnonzero((said < 0) & (of >= 0)):
            same = of == of[one]
            linked = LINKED * np.exp(-np.abs(tick[same] - tick[one]) * TICK_S / LINKED_S)
            left[same] = np.minimum(left[same], 1 - linked * (1 - np.exp(said[one])))
        return left

    def _among_rivals(self, odds: Doubles, share: Doubles, said: Doubles) -> Doubles:
        """Odds to probabilities: who may be the person at about the same time is a rival."""
        odds = np.where(said == 0, odds * self._rejected_nearby(said), odds)
        time_s = self.tick[self.opened] * TICK_S
        order = np.argsort(time_s, kind="stable")
        gained = np.concatenate([[0.0], np.cumsum(np.where(said > 0, 0.0, np.maximum(odds - share, 0))[order])])
        first = np.searchsorted(time_s[order], time_s - RIVALS_S, side="left")
        last = np.searchsorted(time_s[order], time_s + RIVALS_S, side="right")
        return np.asarray(np.clip(odds / np.maximum(1 + gained[last] - gained[first], odds), 0, 1))

    def _weigh(self) -> tuple[Doubles, Doubles]:
        """Similarity and total evidence of everything opened."""
        embeddings = np.stack([look.embedding for look in self._looks])
        views = self.views_each.astype(np.float64)
        camera = self.spans.camera[self.opened].astype(np.int64)
        said = self.said_each
        embeddings = clothing.centre(embeddings, camera, said <= 0)
        references = self._references(said)
        if len(references):
            likeness = clothing.compare(embeddings, views, camera, references, self.calibration)
            similarity, ratio = likeness.similarity, likeness.log_ratio
        else:
            similarity, ratio = np.full(len(views), np.nan), self._support(embeddings, views)
        return similarity, ratio + np.array([look.extra for look in self._looks]) + said

    def _references(self, said: Doubles) -> Integers:
        """Who is known to be the person. The first one, on which all others hang, needs to be known twice over."""
        return np.flatnonzero(said > 0) if (said > FIRST_YES * ANSWER_LOG).any() else np.zeros(0, np.int64)

    def _support(self, embeddings: Floats, views: Doubles) -> Doubles:
        """Before anybody is confirmed: who looks like the likely ones at other places of the evidence."""
        share = self.standing.share[self.opened].astype(np.float64)
        likely = np.argsort(-share)[:MOST_PAIRED]
        spot = self.spots_m[self.spans.camera[self.opened[likely]]]
        apart = np.linalg.norm(spot[:, None] - spot[None], axis=2) > APART_M
        weight = np.minimum(share[likely], MOST_SHARE)
        ratio = np.zeros(len(views))
        ratio[likely] = clothing.support(embeddings[likely], views[likely], weight, apart, self.calibration)
        return np.asarray(np.minimum(ratio, clothing.HIGHEST))

    def leads_on(self):
        """How many sightings a sighting leads to: more where no other one is near in time."""
        import os
        if not len(self.standing.probability):
            return np.ones(len(self.spans), np.float32)
        known = np.sort(self.tick[self.opened[self.confirmed_positions(SURE)]])
        if not len(known):
            return np.ones(len(self.spans), np.float32)
        tick = np.arange(self.ticks)
        at = np.searchsorted(known, tick)
        after = np.where(at < len(known), known[np.minimum(at, len(known) - 1)] - tick, self.ticks)
        before = np.where(at > 0, tick - known[np.maximum(at - 1, 0)], self.ticks)
        far = np.where(np.minimum(after, before) > 30, float(os.environ.get("FAR", "2")), 1.0).astype(np.float32)
        return far[self.tick]

    def along(self, position: int) -> Integers:
        """Positions of the opened ones on the same trail, itself included."""
        of = self.trails.of[position]
        return np.array([position]) if of < 0 else np.flatnonzero(self.trails.of == of)

    def beyond(self, position: int, most: int) -> Integers:
        """Unopened rows where whoever is on this trail may have been seen just before and just after it."""
        rows = self.opened[self.along(position)]
        rows = rows[np.argsort(self.tick[rows], kind="stable")]
        found = [self._next_to(int(rows[0]), most, -1), self._next_to(int(rows[-1]), most, 1)]
        return np.unique(np.concatenate(found))

    def _next_to(self, row: int, most: int, way: int) -> Integers:
        first, last = sorted((self.tick[row], self.tick[row] + way * LONGEST_S / TICK_S))
        low, high = np.searchsorted(self._tick_sorted, [first, last + 1])
        near = self._by_tick[low:high]
        camera = self.spans.camera[near]
        apart_m = np.linalg.norm(self.spots_m[camera] - self.spots_m[self.spans.camera[row]], axis=1)
        near, camera, apart_m = (each[(apart_m < FARTHEST_M) & (apart_m > 1.0)] for each in (near, camera, apart_m))
        near_s = np.abs(self.tick[near] - self.tick[row]) * TICK_S
        fit = fit_hop(near_s, apart_m, np.hypot(self._clock_s[camera], self._clock_s[self.spans.camera[row]]))
        likely = np.exp(-(fit**2) / 2 - apart_m / NEXT_M) / self._grid.rate_of(near)
        likely[np.isin(near, self.opened) | (self.spans.views[near] == 0)] = 0
        best = np.argsort(-likely, kind="stable")[:most]
        return np.asarray(near[best[likely[best] > 0]], np.int64)


def _ends(start: Floats, has_home: bool) -> Floats:
    """A day ends rather where it started than elsewhere, as a backward message."""
    end = np.ones(len(start), np.float32)
    if has_home:
        end += HOME_AGAIN * start / start.max()
    return np.asarray(end / end.sum(), np.float32)
