"""Port: the engine that runs units of work on many processes, resumably."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

Unit = TypeVar("Unit")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Done(Generic[Unit, Result]):
    """A unit that ended: with a result, or with the one-line reason why it failed."""

    unit: Unit
    result: Result | None
    failure: str = ""


class Engine(Protocol):
    """Runs independent units. A worker that dies costs its unit one retry, never the run."""

    def run(
        self,
        work: Callable[[Unit], Result],
        units: Sequence[Unit],
        *,
        setup: Callable[[], None] | None = None,
    ) -> Iterator[Done[Unit, Result]]:
        """Yield units as they end, in any order. `work` and `setup` must be picklable; `setup` runs once per worker.

        A unit that raises CasetrailError ends with that failure; the others go on. Closing the iterator
        (Ctrl-C too) stops the workers.
        """
