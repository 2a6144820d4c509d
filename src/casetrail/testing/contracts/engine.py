"""Contract of the Engine port: every unit ends exactly once, whatever happens to the others."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from casetrail.app.engine import Engine
from casetrail.model.errors import BadInputError


def double(unit: int) -> int:
    """Twice the unit; 13 is refused."""
    if unit == 13:
        raise BadInputError("13 is not a unit", todo="count on")
    return 2 * unit


@dataclass(frozen=True)
class Mark:
    """A setup that leaves a new file in a folder each time it runs."""

    folder: Path

    def __call__(self) -> None:
        """Leave a file."""
        (self.folder / str(len(list(self.folder.iterdir())))).write_text("set up")


def refuse_setup() -> None:
    """A setup that cannot be done."""
    raise BadInputError("there is no model")


class EngineContract:
    """Every engine passes these. A subclass gives the fixture `engine`."""

    def test_every_unit_ends_once(self, engine: Engine) -> None:
        """Each unit comes back with its own result."""
        done = list(engine.run(double, list(range(7))))
        assert sorted((one.unit, one.result) for one in done) == [(unit, 2 * unit) for unit in range(7)]

    def test_no_units_is_no_work(self, engine: Engine, tmp_path: Path) -> None:
        """Without units nothing ends and nothing is set up."""
        assert list(engine.run(double, [], setup=Mark(tmp_path))) == []
        assert list(tmp_path.iterdir()) == []

    def test_refused_unit_says_why_and_others_go_on(self, engine: Engine) -> None:
        """A unit that raises an error on purpose ends with its one line."""
        done = {one.unit: one for one in engine.run(double, [12, 13, 14])}
        assert (done[13].result, done[13].failure) == (None, "13 is not a unit; count on")
        assert (done[12].result, done[14].result, done[12].failure) == (24, 28, "")

    def test_setup_runs_before_work(self, engine: Engine, tmp_path: Path) -> None:
        """Setup has run by the time the first unit ends."""
        units = engine.run(double, [1, 2, 3], setup=Mark(tmp_path))
        next(units)
        assert list(tmp_path.iterdir())
        assert len(list(units)) == 2

    def test_failing_setup_fails_the_run(self, engine: Engine) -> None:
        """A setup that cannot be done is an error, not a run without results."""
        with pytest.raises(BadInputError, match="there is no model"):
            list(engine.run(double, [1, 2], setup=refuse_setup))

    def test_run_can_be_left(self, engine: Engine) -> None:
        """Closing the iterator in the middle ends quietly, and the engine can run again."""
        units = engine.run(double, list(range(20)))
        next(units)
        units.close()  # type: ignore[attr-defined]
        assert [one.result for one in engine.run(double, [4])] == [8]
