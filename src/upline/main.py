"""The ASGI root: one container, two API families, and the probes an operator needs."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import structlog
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from upline.bootstrap import Container
from upline.core import logs
from upline.core.clock import Clock
from upline.core.db import Database
from upline.routers.backoffice.app import create_backoffice_app
from upline.routers.virtual_office import wire as virtual_office
from upline.routers.virtual_office.app import create_virtual_office_app
from upline.services.workflows.warm_up import warm_up
from upline.settings import Settings
from upline.worker import app as queue

log = structlog.get_logger(__name__)


class Families:
    """Hands each request, path untouched, to the family it belongs to.

    The Virtual Office owns a few prefixes; everything else is the Back Office's, whose 404 answers
    unknown paths.
    """

    def __init__(self) -> None:
        self.backoffice: ASGIApp | None = None
        self.virtual_office: ASGIApp | None = None

    def serve(self, container: Container) -> None:
        """Build both families on an open container."""
        self.backoffice = create_backoffice_app(container)
        self.virtual_office = create_virtual_office_app(container)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        family = self.virtual_office if virtual_office.handles(scope["path"]) else self.backoffice
        assert family is not None, "requests come after the lifespan has begun"  # noqa: S101
        await family(scope, receive, send)


def create_app(
    settings: Settings, *, clock: Clock | None = None, database: Database | None = None
) -> Starlette:
    """The whole server. `clock` and `database` replace the real ones in tests."""
    families = Families()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        logs.configure(settings.server.log_format, settings.server.log_level)
        async with AsyncExitStack() as stack:
            container = await stack.enter_async_context(
                Container.open(settings, clock=clock, database=database)
            )
            app.state.container = container
            families.serve(container)
            await _warm_up(container)
            if settings.worker.in_process:
                await stack.enter_async_context(queue.running(container))
            log.info("serving", worker=settings.worker.in_process)
            yield

    app = Starlette(lifespan=lifespan, routes=[Route("/health", health), Route("/ready", ready)])
    app.router.redirect_slashes = False
    # A mount would refuse paths with line breaks before a family could answer in its own words.
    app.router.default = families
    return app


async def _warm_up(container: Container) -> None:
    """A server without its database starts cold, and says so at /ready."""
    try:
        await warm_up(container.contexts)
    except Exception:
        log.warning("not warmed up", exc_info=True)


def app_from_environment() -> Starlette:
    """What uvicorn loads in every process of a multi-process server."""
    return create_app(Settings())


async def health(request: Request) -> JSONResponse:
    """The process answers."""
    del request
    return JSONResponse({"status": "ok"})


async def ready(request: Request) -> JSONResponse:
    """The process answers and so does its database; 503 otherwise."""
    container: Container = request.app.state.container
    try:
        async with container.database.session() as session:
            await session.execute(text("SELECT 1"))
    except Exception:  # noqa: BLE001 - whatever is wrong, the answer is "not ready"
        return JSONResponse({"status": "unavailable"}, 503, {"Retry-After": "5"})
    return JSONResponse({"status": "ready"})
