"""upline user: logins of members and administrators."""

from typing import Annotated

import typer

from upline.bootstrap import Container
from upline.cli.console import DataOption, output, run, settings_for
from upline.core.context import SYSTEM
from upline.services.auth import logins

app = typer.Typer(no_args_is_help=True, help="Give people a login, or a new password.")
PasswordOption = Annotated[
    str,
    typer.Option(
        prompt=True,
        hide_input=True,
        confirmation_prompt=True,
        help="At least eight characters; asked for when left out.",
    ),
]


@app.command()
def create(
    password: PasswordOption,
    member: Annotated[int | None, typer.Option(help="Customer id of a member.")] = None,
    username: Annotated[str | None, typer.Option(help="A name to log in by.")] = None,
    admin: Annotated[bool, typer.Option("--admin", help="Make an administrator.")] = False,
    data: DataOption = None,
) -> None:
    """Create a login for a member (--member) or an administrator (--admin --username)."""
    if (member is None) == (not admin):
        raise typer.BadParameter("give either --member ID or --admin --username NAME")
    if admin and not username:
        raise typer.BadParameter("an administrator needs --username")

    async def work(container: Container) -> None:
        async with container.context(SYSTEM) as ctx:
            await logins.create(
                ctx,
                container.passwords,
                password,
                customer_id=member,
                username=username,
                administrator=admin,
            )

    run(settings_for(data), work)
    output.print(f"{username or member} can log in.")


@app.command(name="set-password")
def set_password(
    name: Annotated[str, typer.Argument(help="Customer id, username or e-mail.")],
    password: PasswordOption,
    data: DataOption = None,
) -> None:
    """Set a new password. Every token issued before stops working."""

    async def work(container: Container) -> None:
        async with container.context(SYSTEM) as ctx:
            login = await logins.get_by_name(ctx, name)
            await logins.set_password(ctx, container.passwords, login.login_id, password)

    run(settings_for(data), work)
    output.print(f"{name} has a new password.")
