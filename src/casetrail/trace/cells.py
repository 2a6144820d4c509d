"""Streets cut into cells about as long as a person walks in one tick, and which cameras see which cells."""

from dataclasses import dataclass

import numpy as np

from casetrail.model.arrays import Doubles, Flags, Floats, Integers
from casetrail.trace.flows import Turns
from casetrail.trace.streets import InView, StreetGraph

CELL_M = 40.0
STRAIGHT_ON = 2.0  # how much a walker prefers the way ahead: weight exp(2 cos(turn))
TURN_BACK = 0.001
ROAMING = 0.1  # of the shares at a crossing, whatever near-shortest ways say


@dataclass(frozen=True)
class Sights:
    """Which camera sees which cell, `(v,)` rows: `camera`, `cell` and how probably, `share`; `main`: its likeliest.

    One row for each camera, and one more for each other cell that a camera may see if nobody knows where it looks.
    """

    camera: Integers
    cell: Integers
    share: Doubles
    main: Flags

    def among(self, cameras: Integers, cells: Integers) -> "Sights":
        """Those of these cameras and cells (sorted), by their positions among them."""
        position = np.full(max(int(self.camera.max(initial=-1)), int(cameras.max(initial=-1))) + 1, -1)
        position[cameras] = np.arange(len(cameras))
        here = (position[self.camera] >= 0) & np.isin(self.cell, cells)
        cell = np.searchsorted(cells, self.cell[here])
        return Sights(position[self.camera[here]], cell, self.share[here], self.main[here])


@dataclass(frozen=True)
class StreetCells:
    """Cells of a street graph, those of one edge in a row; a walker is in a cell in one of two directions.

    `edge`, `first` `(c,)`: the edge of each cell and that edge's first cell. `middle_m` `(c, 2)`: metres.
    `length_m` `(c,)`. `sights`: which camera sees which cell.
    Direction 0 is from an edge's first node to its second; state `2 * cell + direction`.
    """

    graph: StreetGraph
    edge: Integers
    first: Integers
    middle_m: Doubles
    length_m: Doubles
    sights: Sights

    def __len__(self) -> int:
        return len(self.edge)

    @property
    def seen_camera(self) -> Integers:
        """The cameras that see a cell, each once, `(v,)`."""
        return self.sights.camera[self.sights.main]

    @property
    def seen_cell(self) -> Integers:
        """The cell that each of them sees, most likely, `(v,)`."""
        return self.sights.cell[self.sights.main]

    def apart_m(self, spot_m: Doubles) -> Doubles:
        """Straight metres from the middle of each cell to a spot `(2,)`."""
        return np.asarray(np.linalg.norm(self.middle_m - spot_m[None], axis=1))

    def along(self, facing: Doubles) -> Doubles:
        """How much each camera looks along the street that it sees, `(cameras,)`: the cosine to direction 0, or 0."""
        ends = self.graph.nodes_m[self.graph.edges[self.edge[self.seen_cell]]]
        onward = ends[:, 1] - ends[:, 0]
        heading = onward / np.maximum(np.linalg.norm(onward, axis=1, keepdims=True), 1e-9)
        result = np.zeros(len(facing))
        result[self.seen_camera] = (heading * np.nan_to_num(facing[self.seen_camera])).sum(axis=1)
        return result

    def leaving(self) -> tuple[Integers, Integers]:
        """The walking states that start at a node, by node: `(node, state)`."""
        first, last = self._ends()
        edges = self.graph.edges
        node = np.concatenate([edges[:, 0], edges[:, 1]])
        state = np.concatenate([2 * first, 2 * last + 1])
        order = np.argsort(node, kind="stable")
        return node[order], state[order]

    def onward(self, turns: Turns | None = None) -> tuple[Integers, Integers, Floats]:
        """Which walking state follows which, and with what share: rows `(from, to, share)`, shares of one sum to 1.

        `turns`: which way people turn; without, rather straight on.
        """
        inside = np.flatnonzero(self.edge[:-1] == self.edge[1:])
        ahead = (2 * inside, 2 * inside + 2)
        back = (2 * inside + 3, 2 * inside + 1)
        source, target, share = self._turns(turns)
        ones = np.ones(2 * len(inside), np.float32)
        return (
            np.concatenate([ahead[0], back[0], source]),
            np.concatenate([ahead[1], back[1], target]),
            np.concatenate([ones, share]).astype(np.float32),
        )

    def _ends(self) -> tuple[Integers, Integers]:
        count = np.bincount(self.edge, minlength=len(self.graph.edges))
        last = np.cumsum(count) - 1
        return last - count + 1, last

    def _turns(self, turns: Turns | None) -> tuple[Integers, Integers, Floats]:
        """At every node, from each state that ends there to each that starts there."""
        first, last = self._ends()
        nodes, edges = self.graph.nodes_m, self.graph.edges
        heading = nodes[edges[:, 1]] - nodes[edges[:, 0]]
        heading = heading / np.maximum(np.linalg.norm(heading, axis=1, keepdims=True), 1e-9)
        out_node, out_state = self.leaving()
        out_heading = np.where(out_state[:, None] % 2, -1.0, 1.0) * heading[self.edge[out_state // 2]]
        in_node = np.concatenate([edges[:, 1], edges[:, 0]])
        in_state = np.concatenate([2 * last, 2 * first + 1])
        in_heading = np.concatenate([heading, -heading])
        start = np.searchsorted(out_node, in_node, side="left")
        ways = np.searchsorted(out_node, in_node, side="right") - start
        row = np.repeat(np.arange(len(in_node)), ways)
        column = np.arange(len(row)) - np.repeat(np.cumsum(ways) - ways, ways) + np.repeat(start, ways)
        weight = np.exp(STRAIGHT_ON * (in_heading[row] * out_heading[column]).sum(axis=1))
        same = self.edge[in_state[row] // 2] == self.edge[out_state[column] // 2]
        weight = np.where(same, TURN_BACK, weight)
        share = weight / np.bincount(row, weight, minlength=len(in_node))[row]
        if turns is not None:
            taken = turns.along(self.edge[in_state[row] // 2], in_node[row], self.edge[out_state[column] // 2])
            every = np.bincount(row, taken, minlength=len(in_node))[row]
            share = np.where(every > 0, (1 - ROAMING) * taken / np.maximum(every, 1e-12) + ROAMING * share, share)
        return in_state[row], out_state[column], share.astype(np.float32)


@dataclass(frozen=True)
class CityMap:
    """Streets cut into cells with what the cameras see of them. In the order of `camera_ids`: `clock_s` `(cameras,)`;
    `facing` `(cameras, 2)`: where each camera looks, east and north, of length 1; nan where nobody recorded it.
    """

    camera_ids: tuple[str, ...]
    clock_s: Doubles
    cells: StreetCells
    facing: Doubles


def cut_streets(graph: StreetGraph, view: InView, cell_m: float = CELL_M, unsure: Flags | None = None) -> StreetCells:
    """The cells of a street graph. A camera's longest stretch in view belongs to the cell that holds its middle.

    `unsure` `(cameras,)`: those of which nobody knows where they look, so that they may see any of their stretches.
    """
    count = np.maximum(np.rint(graph.length_m / cell_m), 1).astype(np.int64)
    first = np.cumsum(count) - count
    edge = np.repeat(np.arange(len(count)), count)
    part = np.arange(len(edge)) - first[edge]
    share = (part + 0.5) / count[edge]
    ends = graph.nodes_m[graph.edges]
    middle = ends[edge, 0] + share[:, None] * (ends[edge, 1] - ends[edge, 0])
    at = np.clip((view.from_share + view.to_share) / 2, 0, 1 - 1e-9)
    seen = first[view.edge] + (at * count[view.edge]).astype(np.int64)
    sights = _sights(view, _longest(view, graph), seen, unsure)
    return StreetCells(graph, edge, first[edge], middle, (graph.length_m / count)[edge], sights)


def _sights(view: InView, main: Integers, seen: Integers, unsure: Flags | None) -> Sights:
    camera, cell = view.camera[main], seen[main]
    if unsure is None or not unsure.any():
        return Sights(camera, cell, np.ones(len(main)), np.ones(len(main), bool))
    pairs = np.unique(np.column_stack([view.camera, seen])[unsure[view.camera]], axis=0)
    share = 1 / np.maximum(np.bincount(pairs[:, 0], minlength=len(unsure)), 1)
    mains = np.full(len(unsure), -1)
    mains[camera] = cell
    aside = pairs[pairs[:, 1] != mains[pairs[:, 0]]]
    cameras = np.concatenate([camera, aside[:, 0]])
    return Sights(cameras, np.concatenate([cell, aside[:, 1]]), share[cameras], np.arange(len(cameras)) < len(camera))


def _longest(view: InView, graph: StreetGraph) -> Integers:
    """The longest stretch of each camera: corners of side streets that it also sees are mostly passed unnoticed."""
    seen_m = (view.to_share - view.from_share) * graph.length_m[view.edge]
    order = np.lexsort((-seen_m, view.camera))
    _, first = np.unique(view.camera[order], return_index=True)
    return np.asarray(order[first])
