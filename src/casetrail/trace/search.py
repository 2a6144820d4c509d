"""The search for one person through a city: what is known, where they may be, what to open and what to ask next.

A field of whereabouts (`field`) over street cells, fed by a table of presences (`grid`), what anchors say (`sayings`)
and what opened presences look like (`clothing`). It is the working memory of one case; it holds no port and stores
nothing.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from casetrail.model.arrays import Doubles, Flags, Floats, Integers
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.presence.spans import PresenceSpans
from casetrail.sightings.describers import SimilarityCalibration
from casetrail.sightings.sightings import Sighting
from casetrail.trace.anchors import Anchor
from casetrail.trace.answers import ANSWER_LOG, FIRST_YES, Answers, Stated
from casetrail.trace.case_trace import Answer
from casetrail.trace.cells import CityMap
from casetrail.trace.field import Field, StateSpace
from casetrail.trace.flows import BUSY, Turns, busy_streets, count_turns
from casetrail.trace.grid import MOST_SPREAD, Grid, InView, in_parts, lanes_of
from casetrail.trace.journeys import Journeys, Streets, find_legs
from casetrail.trace.kept import Kept
from casetrail.trace.learning import Confirmed, Learned, know_nothing, learn_from_confirmed
from casetrail.trace.moments import OFFSETS, fit_moments
from casetrail.trace.motion import TICK_S, Pace, build_motion
from casetrail.trace.news import find_gaps, named_places
from casetrail.trace.odds import (
    among_rivals,
    either_of,
    left_by_rejected,
    look_together,
    of_one_pass,
    share_out,
    told_since,
)
from casetrail.trace.resemblance import support_each_other, weigh_looks
from casetrail.trace.sayings import end_of_day, read_sayings
from casetrail.trace.standing import Look, Looks, Standing
from casetrail.trace.trails import Candidates, Trails, link_trails, rank_next

INTO_CELL_S = 15.0  # from walking into a cell to the middle of the view, on average
ALONG = 0.5  # cosine between where a camera looks and its street from which on its directions are told
LEAST_RATIO = 1.5  # evidence of clothing from which on a presence is a candidate
FOLLOWED_S, MOST_FOLLOWED = 300.0, 3  # a trail is followed so far, and so often in vain
SURE, LEAST_TAUGHT, MATTERS_S = 0.9, 4, 6.0  # sightings that teach, so many at least, and a clock worth setting
OTHER_PACE = 0.04  # and so much faster or slower than they are taken to walk, natural log
NEAR_TICKS = 60  # what an answer changes at once; what lies farther away waits for the next whole pass


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
        self.looks, self.answers = Looks(), Answers()
        self._followed: Counter[tuple[int, int]] = Counter()
        self.said_each = np.zeros(0)  # what the answers about each opened presence are worth, natural log
        place = {camera_id: index for index, camera_id in enumerate(city.camera_ids)}
        self._cameras = np.array([place[camera_id] for camera_id in spans.camera_ids], np.int64)
        along = city.cells.along(city.facing)[self._cameras]
        self._told = np.abs(along) > ALONG
        self._facing = np.nan_to_num(city.facing[self._cameras]) * self._told[:, None]
        self._taught, self._waiting = 0, np.zeros(self.ticks, bool)
        self.learned = know_nothing(city)
        self._set_clocks(self.learned)
        self.inside, self._anchors, self._pace = inside, anchors, Pace()
        self._build_field(inside, self._cameras, anchors, np.where(self._told, along, 0.0))
        self._in_view = Kept(self._seen.shape)
        self.standing = Standing(np.zeros(len(spans), np.float32))
        self._by_field, self._by_journeys = (np.zeros(len(spans), np.float32) for _ in range(2))
        self._says, self._in_field = np.zeros(0), np.zeros(0)  # each opened one of its place, and what was passed on

    def _build_field(self, inside: Integers, cameras: Integers, anchors: Sequence[Anchor], along: Doubles) -> None:
        cells = self.city.cells
        sayings = read_sayings(anchors, cells, self.window, self.ticks)
        self._walks = partial(build_motion, cells, sayings.known, turns=self._turns(inside, cameras))
        motion, kept = self._walks(self._pace).within(inside)
        start = sayings.start(cells)[kept]
        start /= np.maximum(start.sum(), 1e-9)
        end = end_of_day(start, sayings.home is not None)
        seen = cells.sights.among(cameras, inside)
        onward = along[seen.camera]  # who walks as the camera looks walks away from it
        lane = 2 * np.tile(seen.camera, 2) + np.concatenate([onward > 0, onward < 0])
        state, share = np.concatenate([2 * seen.cell, 2 * seen.cell + 1]), np.tile(seen.share, 2).astype(np.float32)
        space = StateSpace(motion.onward, motion.enters, start, end, state, lane, share, 2 * len(inside))
        self._seen = self._grid.seen()
        self._set_streets(inside[seen.cell], lane, np.tile(seen.main, 2))
        self.field = Field(space, self._seen, sayings.factors(motion, inside), self._grid.pace())
        self.spots_m = np.zeros((len(cameras), 2))
        self.spots_m[seen.camera[seen.main]] = cells.middle_m[inside[seen.cell[seen.main]]]
        passed = self.spots_m[self.spans.count_by_camera() > 0]
        self._extent_m = float(np.ptp(passed, axis=0).max()) if len(passed) else 0.0

    def _set_streets(self, cell: Integers, lane: Integers, main: Flags) -> None:
        state, lane = np.concatenate([2 * cell, 2 * cell + 1])[main], lane[main]
        order = np.argsort(state, kind="stable")
        felt_m = self.city.cells.graph.length_m / self._busy**BUSY
        streets = Streets(self.city.cells, felt_m, state[order], lane[order])
        self.journeys = Journeys(streets, self._grid.traffic().astype(np.float64))

    def _set_clocks(self, learned: Learned) -> None:
        """When each presence was by the right time, and the table of them."""
        spans, camera = self.spans, self.spans.camera.astype(np.int64)
        self._offset_s, self._clock_s = learned.offset_s[self._cameras], learned.clock_s[self._cameras]
        late_s = INTO_CELL_S + self._offset_s[camera]
        entered = (spans.start_us + spans.end_us) / 2 - self.window.start_us - late_s * SECOND_US
        self.tick = np.clip(entered / (SECOND_US * TICK_S), 0, self.ticks - 1).astype(np.int32)
        lanes = lanes_of(camera, spans.towards.astype(np.int64), self._told, self._clock_s)
        self._grid = Grid(self.tick, lanes, self.ticks)

    def _learn(self) -> None:
        """Learn from the confirmed sightings."""
        known = self.opened[self.confirmed_positions(SURE)]
        if len(known) < LEAST_TAUGHT or len(known) == self._taught:
            return
        self._taught = len(known)
        seen = self._cameras[self.spans.camera[known]], self.spans.start_us[known], self.spans.end_us[known]
        self.use(learn_from_confirmed(self.city, Confirmed(*seen)))

    def use(self, learned: Learned) -> None:
        """Set the clocks, and how fast the person walks, by what was learned, where that matters."""
        self.learned = learned
        if abs(np.log(learned.speed_mps / self._pace.walk_mps)) > OTHER_PACE:
            self._pace = Pace(walk_mps=learned.speed_mps)
            motion, _ = self._walks(self._pace).within(self.inside)
            self.field.walk(motion.onward, motion.enters)
            self.journeys.walk_mps = learned.speed_mps
        if np.abs(learned.offset_s[self._cameras] - self._offset_s).max() > MATTERS_S:
            del self._grid  # two of them at once take much memory
            self._set_clocks(learned)
            self._around = self._grid.around(self.journeys.lanes)

    def _turns(self, inside: Integers, cameras: Integers) -> Turns:
        """Which way people turn, from the streets around and from how many people were seen in each."""
        cells = self.city.cells
        people = np.zeros(len(self.city.camera_ids))
        people[cameras] = np.bincount(self.spans.camera, minlength=len(cameras))
        counted = np.isin(cells.seen_camera, cameras)
        edge = cells.edge[cells.seen_cell[counted]]
        self._busy = busy_streets(cells.graph, edge, people[cells.seen_camera[counted]])
        return count_turns(cells.graph, np.unique(cells.graph.edges[cells.edge[inside]]), self._busy)

    @property
    def opened(self) -> Integers:
        """Rows of opened presences, in the order of opening."""
        return self.looks.rows

    @property
    def views(self) -> int:
        """Views described so far."""
        return int(self.looks.views.sum())

    def add(self, rows: Mapping[int, Sighting]) -> None:
        """Presences were opened, or looked at again with more views. Nothing is inferred yet."""
        looks = [Look(row, one.embedding, one.views_described, one.face_log_ratio or 0.0) for row, one in rows.items()]
        self.looks.put(looks)
        self._hear()

    def say(self, row: int, answer: Answer, stated: float | None = None) -> None:
        """A reviewer answered about an opened row, of which this probability was stated before."""
        share, time_s = float(self.standing.share[row]), float(self.tick[row]) * TICK_S
        self.answers.say(row, answer, None if stated is None else Stated(stated, share, time_s))
        self._hear()

    def cover(self, row: int, answer: Answer, by: int | None) -> None:
        """The same of an opened row that was shown along with the one that was answered, `by`."""
        self.answers.cover(row, answer, by)
        self._hear()

    def begin_at(self, row: int) -> None:
        """This row was known from the outset: nobody asked whether it might be the person."""
        self.answers.begin_at(row)
        self._hear()

    def _hear(self) -> None:
        self.said_each = np.zeros(len(self.looks))
        for row in self.answers.rows:
            if (at := self.looks.position(row)) is not None:
                self.said_each[at] = self.answers.worth(row)

    def infer(self) -> Standing:
        """Weigh everything opened and pass it on through the whole field."""
        if len(self.looks):
            if not (self.answers.seeded or self._by_field.any()):  # who supports whom hangs on where the person may be
                self.field.run()
                self._take_stock(np.arange(self.ticks))
                self.standing = replace(self.standing, share=self._by_field)
            self._learn()
            self._weigh_all()
        self._pass_on(np.ones(self.ticks, bool), whole=True)
        self._think_of_journeys()
        self._settle()
        return self.standing

    def infer_nearby(self, row: int) -> None:
        """Weigh everything opened and pass on what lies around a row in time; twice where one hangs on the other."""
        nearby = np.abs(np.arange(self.ticks) - self.tick[row]) <= NEAR_TICKS
        for _ in range(1 if self.answers.seeded else 2):
            self._weigh_all()
            self._pass_on(self._waiting & nearby, whole=False)

    def weigh(self, *, journeys: bool) -> None:
        """Weigh everything opened and pass nothing on through the field yet; `journeys`: predict these anew."""
        self._weigh_all()
        if journeys:
            self._predict_journeys()
        self._settle()

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
        speaks, known = np.minimum(log_ratio, 0.0), np.flatnonzero(said > 0)
        speaks[known] = np.minimum(log_ratio[known], [self.answers.most(row) for row in self.opened[known].tolist()])
        fits = self._moments(log_ratio - said)
        self._waiting[self._grid.weigh(self.opened, np.exp(speaks), self._in_view.at, fits)] = True
        self._says, self._in_field = speaks, np.pad(self._in_field, (0, len(speaks) - len(self._in_field)))
        self.standing = Standing(self.standing.share, similarity=similarity, log_ratio=log_ratio)

    def _moments(self, clothes: Doubles) -> Doubles:
        """How well each offset of the confirmed ones from their clocks fits those around them, `(n, offsets)`."""
        known = self.said_each > 0
        at = np.flatnonzero(known | ((clothes > LEAST_RATIO) & (self.said_each >= 0)))
        rows = self.opened[at]
        result = np.zeros((len(known), len(OFFSETS)))
        result[at] = fit_moments(self._candidates(rows, known[at]), self._grid.settled_s(rows), clothes[at])
        return result

    def _pass_on(self, changed: Flags, *, whole: bool) -> None:
        in_parts(np.flatnonzero(changed), self._see)
        self._waiting[changed] = False
        self._in_field = np.where(changed[self.tick[self.opened]], self._says, self._in_field)
        if whole:
            self.field.run()
        ticks = np.flatnonzero(changed if whole else self.field.update(changed, NEAR_TICKS))
        if len(ticks):
            self._take_stock(ticks)
        self._predict_journeys()
        self._settle()

    def _see(self, ticks: Integers) -> None:
        self._seen[ticks] = self._grid.seen_at(ticks)

    def _take_stock(self, ticks: Integers) -> None:
        """Shares of all rows by the field, anew for those around these ticks."""
        in_parts(ticks, self._look_into_views)
        first, last = max(int(ticks[0]) - MOST_SPREAD, 0), min(int(ticks[-1]) + MOST_SPREAD + 1, self.ticks)
        in_parts(np.arange(first, last), self._share_out)

    def _look_into_views(self, ticks: Integers) -> None:
        self._in_view[ticks] = self.field.in_view(ticks)

    def _share_out(self, ticks: Integers) -> None:
        first, last = int(ticks[0]), int(ticks[-1]) + 1
        rows = self._grid.rows_between(first, last)
        self._by_field[rows] = self._grid.shares(rows, first, last, self._in_view, self._seen)

    def _think_of_journeys(self) -> None:
        """Which journeys may lie in the gaps of what is known by now."""
        known, cells = self.opened[self.confirmed_positions(SURE)], self.city.cells
        tick, camera = self.tick[known].astype(np.int64), self.spans.camera[known].astype(np.int64)
        liked = np.unique(cells.edge[cells.seen_cell[np.isin(cells.seen_camera, self._cameras[camera])]])
        gaps = find_gaps(self._anchors, tick, cells, self.window, self._stays_at)
        legs = find_legs(tick, camera, self.spots_m[camera], self._grid.lanes_back(known))
        self.journeys.plan(gaps, named_places(self._anchors, cells), liked, legs)
        self._passed_by = self._grid.rows_of(self.journeys.lanes)
        self._around = self._grid.around(self.journeys.lanes)
        self._by_journeys[:] = 0
        self._predict_journeys()

    def _predict_journeys(self) -> None:
        lanes = self.journeys.lanes
        if len(lanes):
            predicted = self.journeys.predict(self._grid.left(lanes, self._around))
            self._by_journeys[self._passed_by] = self._grid.shares_in(self._passed_by, lanes, predicted)
        self.standing = replace(self.standing, share=self._by_field + self._by_journeys)

    def _stays_at(self, tick: int) -> Floats:
        at, count = self.field.at(tick), len(self.inside)
        result = np.zeros(len(self.city.cells), np.float32)
        result[self.inside] = at[2 * count : 3 * count] + at[3 * count : 4 * count]
        return result

    def _settle(self) -> None:
        """Probabilities of the opened ones. Those that one walker may have made are the person's together or not at
        all: as likely as that the person came to the first of them and went on from the last.
        """
        said, time_s = self.said_each, self._times_s(self.opened)
        if not len(self.looks):
            return
        share = self._shares_of(self.opened, self._in_view.at)
        odds = share * np.exp(self.standing.log_ratio)
        probability = np.zeros(len(odds))
        self.trails = self._link(said)
        together = np.maximum(odds, self._trail_odds(odds, share, said))
        odds = np.where(said == 0, together * left_by_rejected(self.trails, said, time_s), odds)
        probability[said > 0] = self._of_confirmed(np.flatnonzero(said > 0), time_s[said > 0])
        probability[said <= 0] = among_rivals(odds, share, said, time_s)[said <= 0]
        self.standing.probability = probability

    def _of_confirmed(self, known: Integers, time_s: Doubles) -> Doubles:
        """Probability of some that were said to be the person, by position: no more than the answers allow."""
        rows = self.opened[known]
        share = self._grid.shares_of(rows, self._in_view.at, self._seen).astype(np.float64)
        says, in_field = self._says[known], self._in_field[known]
        by_field = told_since(share * np.exp(in_field), says - in_field)
        by_journeys = self._by_journeys[rows].astype(np.float64) * np.exp(says)
        probability = either_of(by_field, by_journeys)
        probability = of_one_pass(probability, self.spans.camera[rows].astype(np.int64), time_s)
        believed = np.array([self.answers.believed(row) for row in rows.tolist()])
        return np.asarray(np.minimum(probability, believed))

    def _times_s(self, rows: Integers) -> Doubles:
        return self.tick[rows].astype(np.float64) * TICK_S

    def _shares_of(self, rows: Integers, in_view: InView) -> Doubles:
        return (self._grid.shares_of(rows, in_view, self._seen) + self._by_journeys[rows]).astype(np.float64)

    def _link(self, said: Doubles) -> Trails:
        """Trails among everybody who looks like the index case; one ends where a reviewer confirmed somebody."""
        candidate = np.flatnonzero((self.standing.log_ratio - said > LEAST_RATIO) | (said != 0))
        found = link_trails(self._candidates(self.opened[candidate], said[candidate] > 0))
        of = np.full(len(self.looks), -1)
        of[candidate] = found.of
        return Trails(of, candidate[found.head], candidate[found.tail])

    def _trail_odds(self, odds: Doubles, share: Doubles, said: Doubles) -> Doubles:
        """Odds of everybody opened as a part of their trail; `odds` are those of each alone."""
        trails = self.trails
        clothes = look_together(trails, np.clip(self.standing.log_ratio - said, 0, None))
        came = self._shares_of(self.opened[trails.head], self.field.arrives)
        here = self._shares_of(self.opened[trails.tail], self.field.arrives)
        whole = came * share[trails.tail] / np.maximum(here, 1e-12) * np.exp(clothes)
        return share_out(trails, whole, odds, self._times_s(self.opened))

    def _weigh(self) -> tuple[Doubles, Doubles]:
        """Similarity and total evidence of everything opened."""
        camera, said = self.spans.camera[self.opened].astype(np.int64), self.said_each
        if (said > FIRST_YES * ANSWER_LOG).any():  # the first one, on which all others hang, is known twice over
            similarity, ratio = weigh_looks(self.looks, camera, said > 0, self.calibration)
        else:
            share, spot_m = self.standing.share[self.opened], self.spots_m[camera]
            similarity = np.full(len(said), np.nan)
            ratio = support_each_other(self.looks, camera, said > 0, share, spot_m, self._extent_m, self.calibration)
        return similarity, ratio + self.looks.extra + said

    def along(self, position: int) -> Integers:
        """Positions of the opened ones on the same trail, itself included."""
        of = self.trails.of[position]
        return np.array([position]) if of < 0 else np.flatnonzero(self.trails.of == of)

    def beyond(self, position: int, most: int) -> Integers:
        """Unopened rows where whoever is on this trail may have been seen just before and just after it; none where
        that was looked for so often that nothing is to be expected any more.
        """
        rows = self.opened[self.along(position)]
        first, last = int(rows[np.argmin(self.tick[rows])]), int(rows[np.argmax(self.tick[rows])])
        self._followed[first, last] += 1
        if self._followed[first, last] > MOST_FOLLOWED:
            return np.zeros(0, np.int64)
        return np.unique(np.concatenate([self._next_to(first, most, -1), self._next_to(last, most, 1)]))

    def _next_to(self, row: int, most: int, way: int) -> Integers:
        first, last = sorted((int(self.tick[row]), int(self.tick[row] + way * FOLLOWED_S / TICK_S)))
        near = self._grid.rows_between(first, last + 1)
        one, others = self._candidates(np.array([row])), self._candidates(near)
        likely = rank_next(one, others, self._grid.rate_of(near), way, self._pace.walk_mps)
        likely[np.isin(near, self.opened) | (self.spans.views[near] == 0)] = 0
        best = np.argsort(-likely, kind="stable")[:most]
        return np.asarray(near[best[likely[best] > 0]], np.int64)

    def _candidates(self, rows: Integers, known: Flags | None = None) -> Candidates:
        camera = self.spans.camera[rows]
        known = np.zeros(len(rows), bool) if known is None else known
        heading = -self.spans.towards[rows, None].astype(np.float64) * self._facing[camera]
        return Candidates(self._times_s(rows), self.spots_m[camera], heading, self._clock_s[camera], known)
