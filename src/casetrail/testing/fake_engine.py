"""Fake of the Engine port: does the units here and now, one after the other."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from casetrail.app.engine import Done
from casetrail.model.errors import CasetrailError

Unit = TypeVar("Unit")
Result = TypeVar("Result")


class FakeEngine:
    """The reference of what an engine means, without processes."""

    def run(
        self,
        work: Callable[[Unit], Result],
        units: Sequence[Unit],
        *,
        setup: Callable[[], None] | None = None,
    ) -> Iterator[Done[Unit, Result]]:
        """Yield each unit, in order, as it ends."""
        if setup and units:
            setup()
        for unit in units:
            try:
                yield Done(unit, work(unit))
            except CasetrailError as error:
                yield Done(unit, None, str(error))
