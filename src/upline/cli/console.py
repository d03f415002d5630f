"""What every command shares: opening the container, drawing progress, failing in plain words."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TypeVar

import psycopg
import structlog
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text
from sqlalchemy.exc import SQLAlchemyError

from upline.adapters import postgres
from upline.bootstrap import Container
from upline.core import db_errors
from upline.core.allocation import keep_pages
from upline.core.errors import DomainError, FieldInvalid
from upline.core.keys import MissingKeys
from upline.core.progress import Progress as Report
from upline.services.plan import PlanError
from upline.settings import Settings

T = TypeVar("T")
output = Console(highlight=False)
errors = Console(stderr=True, highlight=False)
QUIET_SECONDS = 2.0
OTHER_SCHEMA = "The database is not of this version: try upline db check, then upline db upgrade."
ROWS_WITH_RATE = 1_000

DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        help="Folder of the embedded database and its keys. Default: UPLINE_DATA_DIR, else "
        "./upline-data. Not used for the database when UPLINE_DATABASE__URL is set.",
    ),
]


def settings_for(data: Path | None) -> Settings:
    """The environment's settings, with the folder given on the command line if any."""
    settings = Settings()
    return settings if data is None else settings.model_copy(update={"data_dir": data})


def run(settings: Settings, work: Callable[[Container], Awaitable[T]]) -> T:
    """Open a container, do `work` in it, and turn known failures into one line and exit code 1."""
    # Library chatter has no place between a command's own lines.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    keep_pages()  # commands and workers calculate; a server of requests gives its memory back

    async def inside() -> T:
        async with Container.open(settings) as container:
            return await work(container)

    with explained():
        return asyncio.run(inside())


@contextmanager
def explained() -> Iterator[None]:
    """Known failures end the command with their message instead of a traceback."""
    try:
        yield
    except PlanError as error:
        for problem in error.problems:
            told = escape(f"{error.name}: {problem}")
            errors.print(f"[red]error[/red] {told}", soft_wrap=True)
        raise typer.Exit(1) from error
    except (DomainError, MissingKeys, postgres.EmbeddedPostgresError) as error:
        raise _ended(error) from error
    except (SQLAlchemyError, psycopg.Error) as error:
        if db_errors.is_other_schema(error):
            raise _ended(DomainError(OTHER_SCHEMA)) from error
        if (known := db_errors.translate(error)) is None:
            raise
        raise _ended(known) from error


def _ended(error: Exception) -> typer.Exit:
    field = f"{error.field}: " if isinstance(error, FieldInvalid) else ""
    errors.print("[red]error[/red]", escape(f"{field}{error}"), soft_wrap=True)
    return typer.Exit(1)


class RateColumn(ProgressColumn):
    """Rows a second, of steps that have many; a step of a few parts has no rate to speak of."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        counted = speed is not None and task.completed >= ROWS_WITH_RATE
        return Text(f"{speed:,.0f}/s" if counted else "", style="progress.data.speed")


@contextmanager
def progress() -> Iterator[Report]:
    """Bars for work longer than two seconds; shorter work stays silent."""
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        RateColumn(),
        TimeElapsedColumn(),
        console=errors,
        transient=True,
    )
    tasks = {}
    begun = time.monotonic()
    shown = False

    def report(step: str, done: int, total: int | None, /) -> None:
        nonlocal shown
        if step not in tasks:
            tasks[step] = bars.add_task(step, total=total)
        bars.update(tasks[step], completed=done, total=total)
        if not shown and time.monotonic() - begun > QUIET_SECONDS:
            bars.start()
            shown = True

    try:
        yield report
    finally:
        if shown:
            bars.stop()
