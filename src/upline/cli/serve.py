"""upline serve, worker and demo: the long-running commands."""

import asyncio
import os
from typing import Annotated

import typer
import uvicorn
from rich.table import Table

from upline.adapters.postgres import schema
from upline.bootstrap import Container, database_url
from upline.cli.console import DataOption, explained, output, progress, run, settings_for
from upline.demo import company
from upline.main import create_app
from upline.settings import Settings
from upline.worker import app as queue

HostOption = Annotated[str, typer.Option(help="Address to listen on.")]
PortOption = Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")]
# Headers and idle connections a slow client may hold; a proxy in front should be stricter.
KEEP_ALIVE_SECONDS = 30
SHUTDOWN_SECONDS = 20
# A process that says nothing for so long is replaced; a busy machine needs many just to import.
SILENCE_SECONDS = 120


def serve(
    host: HostOption = "127.0.0.1",
    port: PortOption = 8000,
    processes: Annotated[int, typer.Option(min=1, max=64, help="Server processes.")] = 1,
    data: DataOption = None,
) -> None:
    """Serve both API families. Keys and the database come from the environment."""
    settings = settings_for(data)
    if processes == 1:
        _serve(settings, host, port)
        return
    # Every process reads the environment anew, so what the command line said goes there.
    os.environ["UPLINE_DATA_DIR"] = str(settings.data_dir)
    with explained():
        database_url(settings)  # up before the first of them asks for it
    uvicorn.run(
        "upline.main:app_from_environment",
        factory=True,
        host=host,
        port=port,
        workers=processes,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        timeout_worker_healthcheck=SILENCE_SECONDS,
        forwarded_allow_ips=settings.server.trusted_proxies,
    )


def worker(data: DataOption = None) -> None:
    """Run jobs and schedules: refreshing open periods, clearing out what expired.

    Start as many as you like, on any machine that reaches the database.
    """
    run(settings_for(data), queue.run)


def demo(
    members: Annotated[
        int,
        typer.Option(min=50, max=5_000_000, help="People in the tree, retail customers included."),
    ] = 2000,
    months: Annotated[int, typer.Option(min=2, max=60, help="Months of history.")] = 14,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, another company.")] = 1,
    data: DataOption = None,
    host: HostOption = "127.0.0.1",
    port: PortOption = 8000,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Build it and stop.")] = False,
) -> None:
    """Build a company with history and serve it, with the worker in the same process.

    The same seed gives the same company in the same month. A data folder that already holds one
    is served as it is. Everyone's password is demo-password.
    """
    settings = settings_for(data)
    settings = settings.model_copy(
        update={
            "demo": True,
            "worker": settings.worker.model_copy(update={"in_process": True}),
            "server": settings.server.model_copy(update={"log_format": "console"}),
        }
    )
    with explained():
        url = database_url(settings)
        schema.upgrade(url)

    async def build(container: Container) -> None:
        if await company.exists(container):
            output.print("This data folder already holds a company; it is served as it is.")
            return
        with progress() as report:
            report_of = await company.build(
                container, members=members, months=months, seed=seed, progress=report
            )
        output.print(str(report_of))

    run(settings, build)
    _print_logins(host, port)
    if not no_serve:
        _serve(settings, host, port)


def _print_logins(host: str, port: int) -> None:
    table = Table("Who", "Login", "Password or secret", title="Logins")
    table.add_row("the root member", "1000000", company.PASSWORD)
    table.add_row("any other member", "1000001, 1000002, …", company.PASSWORD)
    table.add_row("application (backoffice, admin)", "demo-backoffice", company.SECRET)
    table.add_row("application (funnel)", "demo-funnel", company.SECRET)
    output.print(table)
    output.print(f"http://{host}:{port}/api/v1 and http://{host}:{port}/vo.dlv.api")


def _serve(settings: Settings, host: str, port: int) -> None:
    with explained():
        app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        forwarded_allow_ips=settings.server.trusted_proxies,
    )
    server = uvicorn.Server(config)
    with explained():
        asyncio.run(server.serve())
    if not server.started:
        raise typer.Exit(1)
