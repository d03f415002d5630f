"""The Virtual Office API as one ASGI application; requests reach it with their whole path."""

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.middleware.cors import CORSMiddleware

from upline.bootstrap import Container
from upline.core.errors import NotBuilt
from upline.routers.middleware import REQUEST_ID, RequestScope
from upline.routers.virtual_office import errors
from upline.routers.virtual_office.accounts.router import router as accounts
from upline.routers.virtual_office.auth import HEADER, Gate
from upline.routers.virtual_office.commission.router import router as commission
from upline.routers.virtual_office.contract import OPERATIONS
from upline.routers.virtual_office.downline.router import router as downline
from upline.routers.virtual_office.routing import Router
from upline.routers.virtual_office.wire import TidyRequests

ROUTERS: tuple[Router, ...] = (accounts, downline, commission)
PREFLIGHT_SECONDS = 600


def create_virtual_office_app(container: Container) -> FastAPI:
    """The application on an open container. Mount it by `wire.handles`, not under a prefix."""
    app = FastAPI(title="Virtual Office API", openapi_url=None, redirect_slashes=False)
    app.state.container = container
    app.state.gate = Gate(container)
    for router in ROUTERS:
        app.include_router(router)
    for method, path in missing_operations():
        app.add_api_route(path, refuse, methods=[method], include_in_schema=False)
    errors.install(app)
    # The last one added is the outermost.
    app.add_middleware(TidyRequests)
    app.add_middleware(
        CORSMiddleware,
        # Clients are pages of other origins. Tokens travel in a header, which a foreign page does
        # not have, and never in cookies: any origin may ask unless the operator names some.
        allow_origins=container.settings.server.cors_origins or ["*"],
        allow_methods=["GET", "POST"],
        allow_headers=[HEADER, "Content-Type", "X-Requested-With", REQUEST_ID],
        expose_headers=[REQUEST_ID, "Retry-After"],
        max_age=PREFLIGHT_SECONDS,
    )
    app.add_middleware(RequestScope)
    return app


def missing_operations() -> list[tuple[str, str]]:
    """Documented operations that no router answers yet."""
    built = {
        (method, route.path)
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }
    return [operation for operation in OPERATIONS if operation not in built]


async def refuse() -> None:
    """What a documented operation answers before it is built."""
    raise NotBuilt
