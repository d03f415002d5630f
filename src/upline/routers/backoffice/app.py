"""The Back Office API put together: routers in, one FastAPI application out."""

import random
from collections.abc import Sequence
from typing import Any

import anyio
from fastapi import FastAPI
from fastapi.routing import APIRouter
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from upline.bootstrap import Container
from upline.core import db_errors
from upline.routers.backoffice import errors
from upline.routers.backoffice.auth.router import router as auth
from upline.routers.backoffice.commission.explain import router as explain
from upline.routers.backoffice.commission.payouts import router as payouts
from upline.routers.backoffice.commission.router import router as commission
from upline.routers.backoffice.contract import (
    CONTROLLERS,
    INTEGER_PARAMETERS,
    OPERATIONS,
    PREFIX,
    Operation,
)
from upline.routers.backoffice.dispatch import PathTree, deciding_numbers, path_segments
from upline.routers.backoffice.identity import HEADER
from upline.routers.backoffice.organization.advancement import router as advancement
from upline.routers.backoffice.organization.binary import router as binary
from upline.routers.backoffice.organization.faststart import router as faststart
from upline.routers.backoffice.organization.router import router as organization
from upline.routers.backoffice.organization.sponsors import router as sponsors
from upline.routers.backoffice.organization.statistics import router as statistics
from upline.routers.backoffice.period.router import router as period
from upline.routers.backoffice.placeholders import placeholder
from upline.routers.backoffice.points.router import router as points
from upline.routers.backoffice.route import KEY_HEADER, Route
from upline.routers.backoffice.routing import Router
from upline.routers.backoffice.volume.router import router as volume
from upline.routers.middleware import REQUEST_ID, RequestScope
from upline.services.organization.searches import Searches

ROUTERS: tuple[Router, ...] = (
    auth,
    period,
    organization,
    binary,
    sponsors,
    advancement,
    faststart,
    statistics,
    volume,
    points,
    commission,
    explain,
    payouts,
)
TRIES = 4
FIRST_PAUSE = 0.01


def create_backoffice_app(container: Container, routers: Sequence[Router] = ROUTERS) -> FastAPI:
    """The application on an open container. Requests reach it with their whole path."""
    app = assemble(routers)
    app.state.container = container
    app.state.searches = Searches()
    app.add_middleware(
        CORSMiddleware,
        allow_origins=container.settings.server.cors_origins,
        allow_methods=["GET", "POST", "PUT", "DELETE"],
        allow_headers=[HEADER, "Content-Type", KEY_HEADER, REQUEST_ID],
        expose_headers=["Link", "X-Total-Count", "Idempotent-Replayed", "Retry-After", REQUEST_ID],
    )
    app.add_middleware(RequestScope)  # the last one added is the outermost
    return app


def assemble(routers: Sequence[Router] = ROUTERS) -> FastAPI:
    """Every operation routed and checked, without a container: enough to describe the API.

    Raises RuntimeError when a documented path would not reach its own operation.
    """
    app = BackOfficeApi(
        title="Back Office API",
        version="1",
        openapi_url=None,
        openapi_tags=[{"name": n, "description": text} for n, text in CONTROLLERS.items()],
    )
    declarations = [d for router in routers for d in router.declarations]
    declarations += [placeholder(operation) for operation in missing(routers)]
    dispatcher = Dispatcher([Route(declaration) for declaration in declarations])
    _require_own_handlers(dispatcher)
    app.router = dispatcher
    # FastAPI's own answers to errors would come before ours.
    app.exception_handlers.clear()
    app.add_exception_handler(HTTPException, _protocol_error)
    return app


def missing(routers: Sequence[Router] = ROUTERS) -> list[Operation]:
    """Documented operations that no router implements yet."""
    built = {d.key for router in routers for d in router.declarations}
    return [operation for operation in OPERATIONS if operation.key not in built]


class BackOfficeApi(FastAPI):
    """FastAPI whose description names our token header."""

    def openapi(self) -> dict[str, Any]:
        schema = super().openapi()
        schemes = schema.setdefault("components", {}).setdefault("securitySchemes", {})
        schemes[HEADER] = {"type": "apiKey", "in": "header", "name": HEADER}
        schema["security"] = [{HEADER: []}]
        return schema


class Dispatcher(APIRouter):
    """Finds the operation by the path tree instead of trying routes in order, and answers for
    everything that goes wrong inside one."""

    def __init__(self, routes: Sequence[Route]) -> None:
        super().__init__(routes=list(routes), redirect_slashes=False)
        self.tree: PathTree[Route] = PathTree()
        owners = {PREFIX + o.path: o.controller for o in OPERATIONS}
        for route in routes:
            declaration = route.declaration
            numbers = deciding_numbers(
                route.path, declaration.controller, owners, INTEGER_PARAMETERS
            )
            self.tree.add(declaration.method, route.path, route, numbers)

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await super().app(scope, receive, send)
            return
        request, segments = Request(scope), path_segments(scope)
        found = self.tree.find(scope["method"], segments) if segments is not None else None
        if found is not None:
            route, scope["path_params"] = found
            scope["route"], scope["endpoint"] = route, route.endpoint
            request.state.route = route.path
            await _serve(route, scope, receive, send)
            return
        allowed = self.tree.methods(segments) if segments is not None else []
        answer = errors.wrong_method(request, allowed) if allowed else errors.no_such_route(request)
        await answer(scope, receive, send)


async def _serve(route: Route, scope: Scope, receive: Receive, send: Send) -> None:
    """Run the operation; its transaction is run again when the database says that may help."""
    started = False

    async def send_noting(message: Message) -> None:
        nonlocal started
        started = True
        await send(message)

    for left in reversed(range(TRIES)):
        attempt = dict(scope)  # an attempt writes into its scope
        try:
            await route.app(attempt, receive, send_noting)
        except ClientDisconnect:
            return
        except Exception as error:
            if started:
                raise
            if left and db_errors.is_retryable(error):
                # Two that collided must not meet again at once.
                await anyio.sleep(FIRST_PAUSE * random.uniform(1, 2 ** (TRIES - left)))  # noqa: S311
                continue
            answer = errors.respond(Request(scope), error)
            await answer(scope, receive, send)
        return


async def _protocol_error(request: Request, error: Exception) -> Response:
    """FastAPI's parser of multipart bodies raises these."""
    return errors.respond(request, error)


def _require_own_handlers(dispatcher: Dispatcher) -> None:
    for operation in OPERATIONS:
        found = dispatcher.tree.find(operation.method, sample_segments(operation))
        if found is None or found[0].declaration.key != operation.key:
            other = found[0].path if found else "nothing"
            raise RuntimeError(f"{operation.method} {operation.path} is answered by {other}")


def sample_segments(operation: Operation) -> list[str]:
    """A path of the operation with values no literal segment equals."""
    path = (PREFIX + operation.path).strip("/").split("/")
    return [
        segment
        if not segment.startswith("{")
        else "7"
        if segment[1:-1].lower() in INTEGER_PARAMETERS
        else "a value"
        for segment in path
    ]
