"""`casetrail trace run CASE CASE ...`: several cases share this machine, each as far as its evidence leads."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.progress import Progress, TextColumn, TimeElapsedColumn

from casetrail import bootstrap
from casetrail.app.acting import local_actor
from casetrail.app.open_case import list_cases
from casetrail.app.run_cases import CaseProgress, OnProgress, Priority, RunState, run_cases
from casetrail.app.settings import Settings
from casetrail.governance.cases import CaseState
from casetrail.model.errors import BadInputError, MissingError, UsageError
from casetrail.surfaces.cli.output import print_json, print_table, progress_console

UNDER_WAY = (CaseState.AUTHORISED, CaseState.TRACING)


def run_several(settings: Settings, cases: Sequence[str], urgent: Sequence[str], *, as_json: bool) -> None:
    """Run these cases at once, or with none named every one under way; say how each ended.

    Raises UsageError when an urgent case is not among them, BadInputError when a case could not go on.
    """
    actor = local_actor()
    named = list(cases) or _under_way(settings)
    strange = next((case for case in urgent if case not in named), None)
    if strange is not None:
        raise UsageError(f"{strange[:40]} is urgent, but not among the cases to run", todo="name it as a case too")
    priorities = {case: Priority.URGENT if case in urgent else Priority.NORMAL for case in named}
    with _progress() as on_progress:
        told = run_cases(bootstrap.open_case_works(settings, priorities, actor), on_progress=on_progress)
    if as_json:
        print_json(told)
    else:
        _print(told)
    _check(told)


def _under_way(settings: Settings) -> list[str]:
    listed = list_cases(bootstrap.open_case_ports(settings), local_actor())
    found = [each.entry.case_id for each in listed if each.entry.state in UNDER_WAY]
    if not found:
        raise MissingError("no case is authorised or being traced", todo="see `casetrail case list`")
    return found


def _print(told: Sequence[CaseProgress]) -> None:
    rows: list[dict[str, object]] = [
        {
            "case": each.case_id,
            "state": each.state.value,
            "steps": each.steps,
            "worked s": round(each.worked_s, 1),
            "ended after s": "" if each.ended_s is None else round(each.ended_s, 1),
            "why": each.failure,
        }
        for each in told
    ]
    print_table(rows, title="cases")


def _check(told: Sequence[CaseProgress]) -> None:
    if any(each.state is RunState.STOPPED for each in told):
        raise KeyboardInterrupt
    failed = [each for each in told if each.state is RunState.FAILED]
    if failed:
        first = failed[0]
        what = f"{len(failed)} of {len(told)} cases could not go on, the first is {first.case_id}: {first.failure}"
        raise BadInputError(what, todo="read the reasons, and run these cases again")


@contextmanager
def _progress() -> Iterator[OnProgress]:
    """A line on stderr for each case that has begun; gone when the work is done."""
    columns = (TextColumn("{task.description}"), TextColumn("{task.completed} steps"), TimeElapsedColumn())
    with Progress(*columns, console=progress_console, transient=True) as shown:
        lines = {}

        def on_progress(told: Sequence[CaseProgress]) -> None:
            for each in told:
                if each.state is not RunState.WAITING and each.case_id not in lines:
                    lines[each.case_id] = shown.add_task(each.case_id, total=None)
                if each.case_id in lines:
                    text = f"{each.case_id} {each.state.value}"
                    shown.update(lines[each.case_id], description=text, completed=each.steps)

        yield on_progress
