"""`casetrail`: one verb per use case. Errors are one line on stderr; the exit code tells the cause."""

import os
import sys
import traceback
from pathlib import Path

import typer

from casetrail.model.errors import CasetrailError
from casetrail.surfaces.cli import (
    audit,
    cameras,
    case,
    contacts,
    demo,
    doctor,
    evaluate_city,
    evaluate_describers,
    evaluate_redaction,
    evaluate_tracking,
    evidence,
    footage,
    index,
    models,
    order,
    retention,
    rights,
    trace,
    unmask,
)

app = typer.Typer(
    name="casetrail",
    help="Trace an infectious-disease case through recordings of fixed cameras, accountably.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
evaluate = typer.Typer(help="Measure on recordings with known truth.", no_args_is_help=True)

simulate = typer.Typer(help="Make up an installation whose truth is known.", no_args_is_help=True)


def _register() -> None:
    """Every verb, in the order of the job."""
    app.command("demo")(demo.demo)
    app.command("doctor")(doctor.doctor)
    app.add_typer(models.app, name="models")
    cameras.app.command("calibrate")(contacts.calibrate)
    app.add_typer(cameras.app, name="cameras")
    app.add_typer(footage.app, name="footage")
    app.command("index")(index.index)
    app.add_typer(order.app, name="order")
    app.add_typer(case.app, name="case")
    app.add_typer(trace.app, name="trace")
    app.command("contacts")(contacts.contacts)
    app.add_typer(evidence.app, name="evidence")
    app.command("erase")(case.erase)
    app.command("notice")(rights.notice)
    app.add_typer(unmask.app, name="unmask")
    app.add_typer(rights.subject, name="subject")
    app.command("statistics")(rights.statistics)
    app.command("ledger")(rights.ledger)
    app.command("disclosure")(rights.disclosure)
    app.add_typer(retention.app, name="retention")
    app.add_typer(retention.keys, name="keys")
    app.add_typer(audit.app, name="audit")
    for measure in (
        evaluate_tracking.tracking,
        evaluate_tracking.presence,
        evaluate_tracking.handover,
        evaluate_describers.reid,
        evaluate_describers.faces,
        evaluate_describers.masks,
        evaluate_redaction.redaction,
    ):
        evaluate.command()(measure)
    evaluate.command("contacts")(contacts.evaluate)
    evaluate.command("city")(evaluate_city.city)
    simulate.command("city")(evaluate_city.simulate)
    app.add_typer(simulate, name="simulate")
    app.add_typer(evaluate, name="evaluate")


_register()


def main() -> None:
    """Run the command line; exit code by cause, one line for every error.

    A bug says its kind and its place in the code, never its message: that may repeat what somebody entered.
    `CASETRAIL_TRACEBACK=1` shows everything, for developers.
    """
    try:
        app()
    except CasetrailError as error:
        typer.echo(f"casetrail: {error}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        typer.echo("casetrail: interrupted; run the same command again to go on", err=True)
        sys.exit(130)
    except Exception as error:
        if os.environ.get("CASETRAIL_TRACEBACK"):
            raise
        typer.echo(f"casetrail: bug: {type(error).__name__} at {_place(error)}; please report this line", err=True)
        sys.exit(CasetrailError.exit_code)


def _place(error: Exception) -> str:
    """File and line of our own code in which an error arose."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "casetrail" in frame.filename]
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "an unknown place"
