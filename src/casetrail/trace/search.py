"""The search for one person through a city: what is known, where they may be, what to open and what to ask next.

A field of whereabouts (`field`) over street cells, fed by a table of presences (`grid`), what anchors say (`sayings`)
and what opened presences look like (`clothing`). It is the working memory of one case; it holds no port and stores
nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

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
from casetrail.trace.grid import Grid
from casetrail.trace.motion import TICK_S, build_motion
from casetrail.trace.sayings import read_sayings

ANSWER_LOG = float(np.log(0.85 / 0.05))  # what an answer is worth: one in twenty is wrong, some are unsure
FIRST_YES = 1.5  # more than one yes, before anybody serves as a reference
START_LOG = 12.0
TEMPER = 0.9
STRETCH_S, STRETCH_SAYS = 900.0, 4.6  # what all clothing on a stretch of way may say together: 100 to 1
HOP_COSTS = 1.2  # about what going on to one certain next view costs a way in the motion model, natural log
FASTEST_MPS = 2.0
MOST_PAIRED = 4000  # before anybody is confirmed, so many of the likeliest are compared with each other
MOST_SPEAKING, LEAST_SPEAKING = 1500, 0.001  # presences whose evidence is tempered by that of their stretch
MOST_SHARE = 0.3
INTO_CELL_S = 15.0  # from walking into a cell to the middle of the view, on average
HOME_AGAIN = 30.0  # how much likelier the day ends at the named home than in any other cell
APART_M = 400.0  # the same neighbours are seen again nearby, so only presences farther apart support each other


@dataclass(frozen=True)
class CityMap:
    """Streets cut into cells with what the cameras see of them; `clock_s` `(cameras,)` in the order of `camera_ids`."""

    camera_ids: tuple[str, ...]
    clock_s: Doubles
    cells: StreetCells


@dataclass
class Look:
    """One opened presence: its row among the spans, its embedding and how many views that took."""

    row: int
    embedding: Floats
    views: int
    extra: float = 0.0  # evidence of its own besides clothing: a consented face


@dataclass
class Standing:
    """What follows from everything known, for the rows `(n,)` of the spans. `share`: probability of being the person
    for evidence of 1; opened ones by position: `probability`, `similarity`, `log_ratio`.
    """

    share: Floats
    probability: Doubles = field(default_factory=lambda: np.zeros(0))
    similarity: Doubles = field(default_factory=lambda: np.zeros(0))
    log_ratio: Doubles = field(default_factory=lambda: np.zeros(0))


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
        entered = (spans.start_us + spans.end_us) / 2 - window.start_us - INTO_CELL_S * SECOND_US
        self.tick = np.clip(entered / (SECOND_US * TICK_S), 0, self.ticks - 1).astype(np.int32)
        place = {camera_id: index for index, camera_id in enumerate(city.camera_ids)}
        cameras = np.array([place[camera_id] for camera_id in spans.camera_ids], np.int64)
        self._grid = Grid(self.tick, spans.camera, self.ticks, city.clock_s[cameras])
        self._build_field(inside, cameras, anchors)
        self._in_view = self.field.in_view(np.arange(self.ticks))
        self.standing = Standing(self._shares())

    def _build_field(self, inside: Integers, cameras: Integers, anchors: Sequence[Anchor]) -> None:
        cells = self.city.cells
        sayings = read_sayings(anchors, cells, self.window, self.ticks)
        motion, kept = build_motion(cells, sayings.known).within(inside)
        start = sayings.start(cells)[kept]
        start /= np.maximum(start.sum(), 1e-9)
        column = np.full(len(self.city.camera_ids), -1)
        column[cameras] = np.arange(len(cameras))
        seen_column, seen_cell = column[cells.seen_camera], np.searchsorted(inside, cells.seen_cell)
        here = (seen_column >= 0) & np.isin(cells.seen_cell, inside)
        state = np.concatenate([2 * seen_cell[here], 2 * seen_cell[here] + 1])
        end = _ends(start, sayings.home is not None)
        camera = np.concatenate([seen_column[here]] * 2)
        ways = Ways(motion.onward, motion.enters, start, end, state, camera, 2 * len(inside))
        self._seen = self._grid.seen()
        self.field = Field(ways, self._seen, sayings.factors(motion, inside), self._grid.pace())
        self._spots = np.zeros((len(cameras), 2))
        self._spots[seen_column[here]] = cells.middle_m[cells.seen_cell[here]]

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

    def views_of(self, position: int) -> int:
        """Views described of one opened presence."""
        return self._looks[position].views

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
        """Weigh everything opened and pass it on through the field."""
        if self._looks:
            similarity, log_ratio = self._weigh()
            changed = np.zeros(self.ticks, bool)
            changed[self._grid.weigh(self.opened, np.exp(log_ratio), self._in_view)] = True
            self._pass_on(changed)
            self.standing = Standing(self._shares(), similarity=similarity, log_ratio=log_ratio)
            self._settle()
        return self.standing

    def infer_answer(self, row: int) -> Standing:
        """Pass on one answer only: what the person looks like is not learned anew until the next `infer`."""
        at = self._position[row]
        log_ratio = self.standing.log_ratio.copy()
        log_ratio[at] = self._clothes[at] + self.said(row)
        changed = np.zeros(self.ticks, bool)
        changed[self._grid.weigh(np.array([row]), np.exp(log_ratio[[at]]), self._in_view)] = True
        self._pass_on(changed)
        self.standing = replace(self.standing, log_ratio=log_ratio)
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
        return np.array(
            [
                at
                for at, look in enumerate(self._looks)
                if self.said(look.row) > 0 and self.standing.probability[at] >= least
            ],
            np.int64,
        )

    def _pass_on(self, changed: Flags) -> None:
        self._seen[changed] = self._grid.seen_at(changed)
        moved = np.ones(self.ticks, bool)
        if changed.sum() > 0.3 * self.ticks:
            self.field.run()
        else:
            moved = self.field.update(changed)
        ticks = np.flatnonzero(moved)
        self._in_view[ticks] = self.field.in_view(ticks)

    def _shares(self) -> Floats:
        return self._grid.shares(self._in_view, self._seen)

    def _settle(self) -> None:
        share = self._grid.shares_of(self.opened, self._in_view, self._seen).astype(np.float64)
        self.standing.probability = np.clip(share * np.exp(self.standing.log_ratio), 0, 1)

    def _weigh(self) -> tuple[Doubles, Doubles]:
        """Similarity and total evidence of everything opened."""
        embeddings = np.stack([look.embedding for look in self._looks])
        views = np.array([look.views for look in self._looks], np.float64)
        camera = self.spans.camera[self.opened].astype(np.int64)
        said = np.array([self.said(look.row) for look in self._looks])
        embeddings = clothing.centre(embeddings, camera, said <= 0)
        references = self._references(said)
        if len(references):
            likeness = clothing.compare(embeddings, views, camera, references, self.calibration)
            similarity, ratio = likeness.similarity, TEMPER * likeness.log_ratio
        else:
            similarity, ratio = np.full(len(views), np.nan), self._support(embeddings, views)
        ratio = ratio + self._rejected(embeddings, views, said, ratio)
        ratio = self._tempered(ratio)
        self._clothes = ratio + np.array([look.extra for look in self._looks])
        return similarity, self._clothes + said

    def _tempered(self, ratio: Doubles) -> Doubles:
        """Whoever looks alike once does so all along their way, so a stretch of it says no more than one look can."""
        before = self.standing.probability
        if not len(before):
            return ratio
        probability = np.concatenate([before, np.zeros(len(ratio) - len(before))])
        probability = np.maximum(probability, self.standing.share[self.opened] * np.exp(np.minimum(ratio, 3)))
        speaks = np.flatnonzero((ratio > 0.3) & (probability > LEAST_SPEAKING))
        speaks = speaks[np.argsort(-probability[speaks], kind="stable")[:MOST_SPEAKING]]
        apart_s = np.abs(self.tick[self.opened[speaks]][:, None] - self.tick[self.opened[speaks]][None]) * TICK_S
        spot = self._spots[self.spans.camera[self.opened[speaks]]]
        apart_m = np.linalg.norm(spot[:, None] - spot[None], axis=2)
        beside = (apart_s < STRETCH_S) & (apart_m < FASTEST_MPS * apart_s + 150.0)
        beside &= probability[speaks][None] > 0.3 * probability[speaks][:, None]
        total = (beside * ratio[speaks][None]).sum(axis=1)
        result = ratio.copy()
        own = ratio[speaks]
        result[speaks] = np.minimum(own, HOP_COSTS + STRETCH_SAYS * own / np.maximum(total, 1e-9))
        return np.asarray(result)

    def _references(self, said: Doubles) -> Integers:
        """Who is known to be the person. The first one, on which all others hang, needs to be known twice over."""
        return np.flatnonzero(said > 0) if (said > FIRST_YES * ANSWER_LOG).any() else np.zeros(0, np.int64)

    def _support(self, embeddings: Floats, views: Doubles) -> Doubles:
        """Before anybody is confirmed: who looks like the likely ones at other places of the evidence."""
        share = self.standing.share[self.opened].astype(np.float64)
        likely = np.argsort(-share)[:MOST_PAIRED]
        spot = self._spots[self.spans.camera[self.opened[likely]]]
        apart = np.linalg.norm(spot[:, None] - spot[None], axis=2) > APART_M
        weight = np.minimum(share[likely], MOST_SHARE)
        ratio = np.zeros(len(views))
        ratio[likely] = clothing.support(embeddings[likely], views[likely], weight, apart, self.calibration)
        return np.asarray(np.minimum(ratio, clothing.HIGHEST))

    def _rejected(self, embeddings: Floats, views: Doubles, said: Doubles, own: Doubles) -> Doubles:
        """What rejected people take from those who look like them: by the largest, never the product.

        Elsewhere only being more like them than like the index case costs anything; on the same stretch, where they
        surely walked, being like them at all does.
        """
        worst = np.zeros(len(own))
        camera = self.spans.camera[self.opened].astype(np.int64)
        tick = self.tick[self.opened]
        for one in np.flatnonzero(said < 0):
            alike = clothing.compare(embeddings, views, camera, np.array([one]), self.calibration).log_ratio
            near = np.abs(tick - tick[one]) * TICK_S < STRETCH_S
            worst = np.maximum(worst, alike - np.where(near, 0.0, np.maximum(own, 0)))
        return np.asarray(np.where(said != 0, 0.0, -np.minimum(worst, clothing.HIGHEST - 1)))


def _ends(start: Floats, has_home: bool) -> Floats:
    """A day ends rather where it started than elsewhere, as a backward message."""
    end = np.ones(len(start), np.float32)
    if has_home:
        end += HOME_AGAIN * start / start.max()
    return np.asarray(end / end.sum(), np.float32)
