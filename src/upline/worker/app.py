"""The job queue: procrastinate in schema `jobs` of our own database, no broker.

Any number of workers may run; a schedule fires once for all of them, and a job whose worker died is
taken up again after STALLED_SECONDS. The threshold is far above the ten-second heartbeat: below it
a job that is alive would be run a second time.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import procrastinate
from procrastinate import PsycopgConnector

from upline.bootstrap import Container
from upline.worker import jobs, live

STALLED_SECONDS = 90
POLL_SECONDS = 1.0
Job = Callable[[Container], Awaitable[None]]


def make_app(container: Container) -> procrastinate.App:
    """The queue with every job and schedule of ours."""
    url = container.database.engine.url.set(drivername="postgresql")
    app = procrastinate.App(
        connector=PsycopgConnector(
            conninfo=url.render_as_string(hide_password=False),
            kwargs={"options": "-c search_path=jobs,public"},
            min_size=1,
            max_size=container.settings.worker.concurrency + 2,
        )
    )
    seconds = container.settings.worker.refresh_seconds
    _schedule(app, container, f"* * * * * */{seconds}", "refresh_periods", jobs.refresh_periods)
    _schedule(app, container, "*/10 * * * *", "post_points", jobs.post_points)
    _schedule(app, container, "47 3 * * *", "catch_up_points", jobs.catch_up_points)
    _schedule(app, container, "17 * * * *", "purge", jobs.purge)
    _schedule(app, container, "*/5 * * * *", "index_names", jobs.index_names)
    return app


def _schedule(app: procrastinate.App, container: Container, cron: str, name: str, job: Job) -> None:
    # The queueing lock leaves out a firing while the one before is still waiting; the lock keeps
    # two workers from doing the same work at once.
    @app.periodic(cron=cron, periodic_id=name)
    @app.task(name=name, queueing_lock=name, lock=name, pass_context=False)
    async def run(timestamp: int) -> None:
        await job(container)


async def run(container: Container, *, install_signal_handlers: bool = True) -> None:
    """Work until cancelled or told to stop by a signal."""
    app = make_app(container)
    async with app.open_async(), live.kept(container):
        await app.run_worker_async(
            concurrency=container.settings.worker.concurrency,
            fetch_job_polling_interval=POLL_SECONDS,
            delete_jobs="successful",
            install_signal_handlers=install_signal_handlers,
            stalled_worker_timeout=STALLED_SECONDS,
            shutdown_graceful_timeout=30,
        )


@contextlib.asynccontextmanager
async def running(container: Container) -> AsyncIterator[None]:
    """A worker inside this process for the length of the block (demo, one-process set-ups)."""
    task = asyncio.create_task(run(container, install_signal_handlers=False))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
