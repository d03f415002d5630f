"""upline openapi: the description of the API, and what of it is still to come."""

import json
from typing import Annotated

import typer
from rich.table import Table

from upline.cli.console import output
from upline.routers.backoffice import app as backoffice
from upline.routers.backoffice.contract import PREFIX
from upline.routers.virtual_office import app as virtual_office


def openapi(
    missing: Annotated[
        bool, typer.Option("--missing", help="List documented operations not built yet.")
    ] = False,
) -> None:
    """Print the OpenAPI description of the Back Office API as JSON.

    With --missing: every documented operation of both families that answers 501, and how many.
    """
    if not missing:
        typer.echo(json.dumps(backoffice.assemble().openapi(), indent=2, ensure_ascii=False))
        return
    table = Table("Family", "Controller", "Operation")
    rows = [
        ("Back Office", operation.controller, f"{operation.method} {PREFIX}{operation.path}")
        for operation in backoffice.missing()
    ]
    rows += [
        ("Virtual Office", operation.path.split("/")[2].title(), " ".join(operation[:2]))
        for operation in virtual_office.missing()
    ]
    for row in rows:
        table.add_row(*row)
    if rows:
        output.print(table)
    output.print(f"{len(rows)} documented operations are still to come.")
