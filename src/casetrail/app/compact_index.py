"""Use case: put the many small files of the presence index into few. Nothing that is read changes."""

from collections.abc import Callable
from dataclasses import dataclass

from casetrail.app.desk_gate import DeskGate, counted
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor
from casetrail.model.errors import CasetrailError
from casetrail.presence.merging import MergingIndex

MANY = 200  # segments of a cell on a day, in files of their own, that are merged without being asked for

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class MergingPorts:
    """The index whose files are put together, and the gate before it."""

    index: MergingIndex
    gate: DeskGate


@dataclass(frozen=True)
class Compacted:
    """What a run did: cells of days merged, how many segments lie in them, and the cells that could not be merged."""

    cells: int
    segments: int
    failures: tuple[str, ...] = ()


def unseen(_done: int, _of: int) -> None:
    """Progress that nobody watches."""


def compact_index(
    ports: MergingPorts, actor: Actor, *, least: int = 0, before: str | None = None, on_progress: Progress = unseen
) -> Compacted:
    """Merge every cell of every day (before a UTC day) with at least `least` segments in files of their own.

    A cell with a file that is not what was written stays as it is and is named; the others are merged. Stopping
    loses nothing, and running again goes on. Raises RefusedError when the act is not permitted.
    """
    event = ports.gate.check(actor, Act.PRESENCE_MERGE)
    wanted = [one for one in ports.index.find_unmerged(before) if one.segments >= least]
    cells, segments, failures = 0, 0, []
    for number, one in enumerate(wanted):
        on_progress(number, len(wanted))
        try:
            segments += ports.index.merge(one, audit=counted(event, {"segments": one.segments}))
            cells += 1
        except CasetrailError as error:
            failures.append(str(error))
    on_progress(len(wanted), len(wanted))
    return Compacted(cells, segments, tuple(failures))
