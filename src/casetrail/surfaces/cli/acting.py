"""Who acts: `--as ROLE:NAME` for the verbs that take two people, else the environment."""

from typing import Annotated

import typer

AsOption = Annotated[
    str, typer.Option("--as", help="Who acts, as ROLE:NAME; default: CASETRAIL_ROLE and CASETRAIL_ACTOR.")
]
