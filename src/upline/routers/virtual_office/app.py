"""The Virtual Office API as one ASGI application; requests reach it with their whole path."""

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware

from upline.bootstrap import Container
from upline.routers.middleware import REQUEST_ID, RequestScope
from upline.routers.virtual_office.accounts.router import router as accounts
from upline.routers.virtual_office.auth import HEADER, Gate
from upline.routers.virtual_office.commission.router import router as commission
from upline.routers.virtual_office.contract import OPERATIONS, Operation
from upline.routers.virtual_office.downline.router import router as downline
from upline.routers.virtual_office.errors import respond_unrouted
from upline.routers.virtual_office.reports.router import router as reports
from upline.routers.virtual_office.routing import Route, Router
from upline.routers.virtual_office.shopping.router import router as shopping
from upline.routers.virtual_office.shopping.shelf import Shelf
from upline.routers.virtual_office.wire import TidyRequests
from upline.services.reports.listings import Listings

ROUTERS: tuple[Router, ...] = (accounts, downline, commission, reports, shopping)
PREFLIGHT_SECONDS = 600


def create_virtual_office_app(container: Container) -> FastAPI:
    """The application on an open container. Requests reach it with their whole path."""
    app = assemble()
    app.state.container = container
    app.state.gate = Gate(container)
    app.state.shelf = Shelf()
    app.state.listings = Listings()
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


def assemble() -> FastAPI:
    """Every operation routed, without a container: enough to describe the API."""
    app = FastAPI(title="Virtual Office API", openapi_url=None, redirect_slashes=False)
    declarations = [declaration for router in ROUTERS for declaration in router.declarations]
    app.router.routes.extend(Route(declaration) for declaration in declarations)
    app.add_exception_handler(HTTPException, respond_unrouted)
    return app


def missing() -> list[Operation]:
    """Documented operations that no router answers yet."""
    built = {(d.method, d.path) for router in ROUTERS for d in router.declarations}
    return [operation for operation in OPERATIONS if operation not in built]
