"""`casetrail`: one verb per use case. Errors are one line on stderr; the exit code tells the cause."""

import sys

import typer

from casetrail.model.errors import CasetrailError

app = typer.Typer(
    name="casetrail",
    help="Trace an infectious-disease case through recordings of fixed cameras, accountably.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def casetrail() -> None:
    """Trace an infectious-disease case through recordings of fixed cameras, accountably."""


def main() -> None:
    """Run the command line; exit code by cause, one line for every error on purpose."""
    try:
        app()
    except CasetrailError as error:
        typer.echo(f"casetrail: {error}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        typer.echo("casetrail: interrupted; run the same command again to go on", err=True)
        sys.exit(130)
