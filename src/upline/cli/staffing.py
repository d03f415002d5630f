"""Arguments of commands that somebody answers for: which period, and who is asking."""

from typing import Annotated

import typer

from upline.bootstrap import Container
from upline.core.context import SYSTEM, Principal
from upline.services.auth import logins, staff
from upline.services.auth.logins import AccountName

PeriodArgument = Annotated[
    int, typer.Argument(metavar="PERIOD", help="Period number (Oct 2014 = 405); 0 = this month.")
]
StaffOption = Annotated[
    str,
    typer.Option(
        "--as",
        metavar="NAME",
        help="The administrator who does this: a user name of upline user create --admin.",
    ),
]


async def staff_member(container: Container, name: str) -> Principal:
    """The caller whom `--as NAME` names; raises FieldInvalid for anybody else."""
    async with container.context(SYSTEM) as ctx:
        return await staff.get_administrator(ctx, name)


async def proven_staff_member(container: Container, name: str, password: str) -> Principal:
    """The same, with the password that proves it; raises WrongCredentials or Throttled."""
    async with container.context(SYSTEM) as ctx:
        actor = await staff.get_administrator(ctx, name)
        await logins.authenticate(ctx, container.guard, AccountName.guess(name), password)
        return actor
