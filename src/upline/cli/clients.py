"""upline client: the applications that may call the Back Office API."""

import secrets
from typing import Annotated

import typer
from rich.table import Table

from upline.bootstrap import Container
from upline.cli.console import DataOption, output, run, settings_for
from upline.core.context import SYSTEM, Scope
from upline.services.auth import clients

app = typer.Typer(no_args_is_help=True, help="Create, list and revoke API clients.")
SECRET_BYTES = 32


@app.command()
def create(
    client_id: Annotated[str, typer.Argument(help="How the application names itself.")],
    scope: Annotated[
        list[Scope],
        typer.Option(help="backoffice, funnel or admin; may be given more than once."),
    ],
    name: Annotated[str, typer.Option(help="What people call it.")] = "",
    data: DataOption = None,
) -> None:
    """Create an API client. Its secret is printed once and can't be read again."""
    secret = secrets.token_urlsafe(SECRET_BYTES)

    async def work(container: Container) -> None:
        async with container.context(SYSTEM) as ctx:
            await clients.create(
                ctx, container.passwords, client_id, secret, frozenset(scope), name=name
            )

    run(settings_for(data), work)
    output.print(f"ClientId:     {client_id}\nClientSecret: {secret}")


@app.command(name="list")
def list_clients(data: DataOption = None) -> None:
    """List the API clients."""

    async def work(container: Container) -> list[clients.ClientView]:
        async with container.context(SYSTEM) as ctx:
            return await clients.list_all(ctx)

    table = Table("Client", "Name", "Scopes", "Created", "Revoked")
    for client in run(settings_for(data), work):
        table.add_row(
            client.client_id,
            client.name,
            ", ".join(sorted(client.scopes)),
            f"{client.created_at:%Y-%m-%d}",
            f"{client.revoked_at:%Y-%m-%d}" if client.revoked_at else "",
        )
    output.print(table)


@app.command()
def revoke(
    client_id: Annotated[str, typer.Argument(help="The client to shut out.")],
    data: DataOption = None,
) -> None:
    """Revoke an API client and every token it holds, at once."""

    async def work(container: Container) -> None:
        async with container.context(SYSTEM) as ctx:
            await clients.revoke(ctx, client_id)

    run(settings_for(data), work)
    output.print(f"{client_id} is revoked.")
