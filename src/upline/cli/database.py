"""upline db: the schema of the database."""

from typing import Annotated

import typer

from upline.adapters.postgres import schema
from upline.bootstrap import database_url
from upline.cli.console import DataOption, errors, explained, output, settings_for

app = typer.Typer(no_args_is_help=True, help="Create, change and check the database schema.")


@app.command()
def upgrade(
    revision: Annotated[str, typer.Argument(help="Where to stop; head is the newest.")] = "head",
    data: DataOption = None,
) -> None:
    """Bring the schema up to REVISION. Safe to run twice, and from two machines at once."""
    with explained():
        url = database_url(settings_for(data))
        schema.upgrade(url, revision)
        output.print(f"Schema is at {schema.current(url)}.")


@app.command()
def downgrade(
    revision: Annotated[str, typer.Argument(help="-1 for one step, or a revision, or base.")],
    data: DataOption = None,
) -> None:
    """Take the schema back to REVISION. Tables that go take their data with them."""
    with explained():
        url = database_url(settings_for(data))
        schema.downgrade(url, revision)
        output.print(f"Schema is at {schema.current(url) or 'nothing'}.")


@app.command()
def current(data: DataOption = None) -> None:
    """Print the revision the database is at."""
    with explained():
        output.print(schema.current(database_url(settings_for(data))) or "nothing")


@app.command()
def check(data: DataOption = None) -> None:
    """Compare the database with what this version expects; exit code 1 when they differ."""
    with explained():
        problems = schema.check(database_url(settings_for(data)))
    for problem in problems:
        errors.print("[red]differs[/red]", problem, soft_wrap=True)
    if problems:
        raise typer.Exit(1)
    output.print("The schema is complete and current.")
