"""People of a simulated city: where they live and work, what they do on a day, and the walks that follow from it."""

from dataclasses import dataclass

import numpy as np

from casetrail.model.arrays import Array, Doubles, Flags, Integers
from casetrail.testing.city.plan import DAY_S
from casetrail.testing.city.streets import Streets
from casetrail.testing.city.ways import TASTES, Ways

WORKS, STUDIES = 0.55, 0.15
LEAVES_CITY = 0.3  # of those who work: they go to a stop and come back to it
NEARBY_M, WORK_NEARBY_M = 900.0, 1500.0
RIDE_FROM_M, RIDES = 1200.0, 0.6
RIDE_MPS, WAIT_S = 6.0, 240.0
PAUSES, PAUSE_S = 0.25, 90.0
LONGEST_PAUSE_S = 1500.0
NOBODY = -1


@dataclass(frozen=True)
class People:
    """`n` people, numbered from `first`: `home`, `work` nodes (-1 for none), usual start of work, speed, taste."""

    first: int
    home: Integers
    work: Integers
    starts_s: Doubles
    speed_mps: Doubles
    taste: Integers

    def __len__(self) -> int:
        return len(self.home)


@dataclass(frozen=True)
class Walks:
    """Walks on trees: from `node` to the tree's root, or from it (`back`); all `(k,)`.

    After `pause_at_m` metres the walker stands for `pause_s`.
    """

    person: Integers
    tree: Integers
    node: Integers
    back: Flags
    depart_s: Doubles
    speed_mps: Doubles
    pause_at_m: Doubles
    pause_s: Doubles


@dataclass(frozen=True)
class Stays:
    """Where people stayed, `(k,)` each: `person`, `node`, from `arrive_s` to `leave_s`, whether `at_home`."""

    person: Integers
    node: Integers
    arrive_s: Doubles
    leave_s: Doubles
    at_home: Flags


@dataclass(frozen=True)
class _Agenda:
    """Stops of each person in order, `(n, k)`: node (-1 for none), least stay, and earliest leaving."""

    node: Integers
    stay_s: Doubles
    leave_s: Doubles
    home: Flags


def build_people(first: int, count: int, streets: Streets, ways: Ways, rng: np.random.Generator) -> People:
    """People with homes anywhere and work where work is."""
    home = rng.integers(0, len(streets.nodes_m), count)
    kind = rng.random(count)
    work = _choose_places(streets, home, WORK_NEARBY_M, rng)
    away = rng.random(count) < LEAVES_CITY
    work = np.where(away, _nearest_stop(ways, home), work)
    studies = (kind >= WORKS) & (kind < WORKS + STUDIES)
    work = np.where(studies, _choose_places(streets, home, NEARBY_M, rng), work)
    work = np.where(kind < WORKS + STUDIES, work, NOBODY)
    starts = np.where(studies, rng.normal(7.9, 0.4, count), rng.normal(8.0, 1.1, count)) * 3600
    speed = np.clip(rng.normal(1.3, 0.2, count), 0.75, 2.0)
    return People(first, home, work, starts, speed, rng.integers(0, TASTES, count))


def walk_day(people: People, day: int, streets: Streets, ways: Ways, rng: np.random.Generator) -> tuple[Walks, Stays]:
    """Everything these people walk on a day, and where they stay between."""
    agenda = _plan_day(people, streets, rng)
    walks: list[tuple[Array, ...]] = []
    stays: list[tuple[Array, ...]] = []
    number = np.arange(len(people))
    arrived = np.full(len(people), 0.0)
    for slot in range(agenda.node.shape[1]):
        here = agenda.node[:, slot]
        there = agenda.node[:, slot + 1] if slot + 1 < agenda.node.shape[1] else np.full(len(people), NOBODY)
        leave = np.maximum(arrived + agenda.stay_s[:, slot], agenda.leave_s[:, slot])
        leave = np.where(there == NOBODY, DAY_S, leave)
        present = here != NOBODY
        stays.append(tuple(x[present] for x in (number, here, arrived, leave, agenda.home[:, slot])))
        going = np.flatnonzero(present & (there != NOBODY) & (leave < DAY_S - 1800))
        done, at = _travel(people, going, here[going], there[going], leave[going], streets, ways, rng)
        walks += done
        arrived = np.full(len(people), np.inf)
        arrived[going] = at
    zero = float(day * DAY_S)
    person, tree, node, back, depart, speed, pause_at, pause = (_joined(walks, column) for column in range(8))
    who, where, arrive, leave, at_home = (_joined(stays, column) for column in range(5))
    known = np.isfinite(arrive)
    return (
        Walks(person + people.first, tree, node, back, depart + zero, speed, pause_at, pause),
        Stays(
            who[known] + people.first,
            where[known],
            arrive[known] + zero,
            np.maximum(leave, arrive)[known] + zero,
            at_home[known],
        ),
    )


def _plan_day(people: People, streets: Streets, rng: np.random.Generator) -> _Agenda:
    """Home, work, lunch, work, errand, home, errands, home: whatever of it the day has."""
    count, home, work = len(people), people.home, people.work
    busy = (work != NOBODY) & (rng.random(count) < 0.88)
    begin = np.where(busy, people.starts_s + rng.normal(0, 600, count), rng.normal(10.7, 1.8, count) * 3600)
    begin = np.clip(begin, 5.5 * 3600, 17 * 3600)
    lunch = busy & (rng.random(count) < 0.4)
    errand = rng.random(count) < np.where(busy, 0.4, 0.85)
    second = rng.random(count) < np.where(busy, 0.3, 0.6)
    third = second & (rng.random(count) < 0.45)
    ends = begin + np.clip(rng.normal(8.8, 1.3, count), 3, 13) * 3600
    evening = np.where(busy, ends + rng.gamma(2, 2700, count), rng.normal(16.0, 2.2, count) * 3600)
    base = np.where(busy, work, home)
    columns = [
        (home, 0.0 * begin, begin, True),
        (np.where(busy, work, NOBODY), 0.0 * begin, np.where(lunch, rng.normal(12.1, 0.3, count) * 3600, ends), False),
        (np.where(lunch, _choose_places(streets, base, 350.0, rng), NOBODY), rng.gamma(6, 350, count), 0 * ends, False),
        (np.where(lunch, work, NOBODY), 0.0 * begin, ends, False),
        (
            np.where(errand, _choose_places(streets, base, NEARBY_M, rng), NOBODY),
            _errand_s(rng, count),
            0 * ends,
            False,
        ),
        (home, rng.gamma(2, 1200, count), evening, True),
        (
            np.where(second, _choose_places(streets, home, NEARBY_M, rng), NOBODY),
            _errand_s(rng, count),
            0 * ends,
            False,
        ),
        (np.where(third, _choose_places(streets, home, NEARBY_M, rng), NOBODY), _errand_s(rng, count), 0 * ends, False),
        (np.where(second, home, NOBODY), 0.0 * begin, np.full(count, float(DAY_S)), True),
    ]
    node = np.stack([column[0] for column in columns], axis=1)
    stay, leave = (np.stack([column[at] for column in columns], axis=1) for at in (1, 2))
    at_home = np.tile([column[3] for column in columns], (count, 1))
    return _compacted(node, stay, leave, at_home)


def _compacted(node: Integers, stay: Doubles, leave: Doubles, at_home: Flags) -> _Agenda:
    """Without empty stops in the middle, and without going where one already is."""
    previous = node[:, :1]
    for slot in range(1, node.shape[1]):
        same = (node[:, slot : slot + 1] == previous) & (node[:, slot : slot + 1] != NOBODY)
        node[:, slot] = np.where(same[:, 0], NOBODY, node[:, slot])
        previous = np.where(node[:, slot : slot + 1] == NOBODY, previous, node[:, slot : slot + 1])
    order = np.argsort(node == NOBODY, axis=1, kind="stable")
    row = np.arange(len(node))[:, None]
    return _Agenda(node[row, order], stay[row, order], leave[row, order], at_home[row, order])


def _errand_s(rng: np.random.Generator, count: int) -> Doubles:
    """Mostly a quarter of an hour, now and then an evening."""
    return np.clip(rng.lognormal(np.log(900), 1.0, count), 90, 4 * 3600)


def _choose_places(streets: Streets, base: Integers, nearby_m: float, rng: np.random.Generator) -> Integers:
    """A place for each: popular ones more, near ones more."""
    drawn = rng.choice(len(streets.places), (len(base), 8), p=streets.pull / streets.pull.sum())
    there = streets.nodes_m[streets.places[drawn]]
    apart = np.linalg.norm(there - streets.nodes_m[base][:, None], axis=2)
    taken = (-apart / nearby_m + rng.gumbel(size=apart.shape)).argmax(axis=1)
    return np.asarray(streets.places[drawn[np.arange(len(base)), taken]])


def _nearest_stop(ways: Ways, node: Integers) -> Integers:
    line = ways.boarding_m[:, node].argmin(axis=0)
    return np.asarray(ways.boarding[line, node], np.int64)


def _travel(
    people: People,
    who: Integers,
    here: Integers,
    there: Integers,
    leave_s: Doubles,
    streets: Streets,
    ways: Ways,
    rng: np.random.Generator,
) -> tuple[list[tuple[Array, ...]], Doubles]:
    """Walks of one journey of each, and when they arrive: on foot, or by a line where that is far shorter to walk."""
    line, board, alight = _ride(here, there, ways)
    walked = ways.boarding_m[line, here] + ways.boarding_m[line, there]
    straight = np.linalg.norm(streets.nodes_m[here] - streets.nodes_m[there], axis=1)
    rides = (straight > RIDE_FROM_M) & (walked < 0.6 * straight) & (board != alight)
    rides &= rng.random(len(who)) < RIDES
    speed = people.speed_mps[who] * np.clip(rng.normal(1, 0.07, len(who)), 0.8, 1.2)
    first, at = _walk(people, who, here, np.where(rides, board, there), leave_s, speed, ways, rng)
    stops = streets.nodes_m[board] - streets.nodes_m[alight]
    riding = rng.exponential(WAIT_S, len(who)) + np.abs(stops).sum(axis=1) / RIDE_MPS * rng.uniform(0.9, 1.3, len(who))
    chosen = np.flatnonzero(rides & (alight != there))
    second, end = _walk(
        people, who[chosen], alight[chosen], there[chosen], (at + riding)[chosen], speed[chosen], ways, rng
    )
    arrive = np.where(rides, at + riding, at)
    arrive[chosen] = end
    return [first, second], arrive


def _ride(here: Integers, there: Integers, ways: Ways) -> tuple[Integers, Integers, Integers]:
    """The line with the shortest walk at both ends, and where one boards and alights."""
    line = (ways.boarding_m[:, here] + ways.boarding_m[:, there]).argmin(axis=0)
    return line, ways.boarding[line, here].astype(np.int64), ways.boarding[line, there].astype(np.int64)


def _walk(
    people: People,
    who: Integers,
    here: Integers,
    there: Integers,
    leave_s: Doubles,
    speed: Doubles,
    ways: Ways,
    rng: np.random.Generator,
) -> tuple[tuple[Array, ...], Doubles]:
    back = ways.root_of[there] < 0
    node, root = np.where(back, there, here), np.where(back, here, there)
    tree = ways.tree(people.taste[who], root)
    length = ways.length_m[tree, node].astype(np.float64)
    pauses = rng.random(len(who)) < PAUSES
    pause = np.where(pauses, np.minimum(PAUSE_S * rng.pareto(1.2, len(who)), LONGEST_PAUSE_S), 0.0)
    walk = (who, tree, node, back, leave_s, speed, length * rng.random(len(who)), pause)
    return walk, leave_s + length / speed + pause


def _joined(parts: list[tuple[Array, ...]], column: int) -> Array:
    return np.concatenate([part[column] for part in parts])
