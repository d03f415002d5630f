"""Declaring operations: a path copied from the documentation, a policy, a response model.

`Router` only collects; `app.py` turns what was collected into routes (`route.py`).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from inspect import isclass
from typing import Any, TypeVar

from starlette.responses import Response

from upline.routers.backoffice.contract import CONTROLLERS, operation_key
from upline.routers.policies import Policy

WRITES = frozenset({"POST", "PUT", "DELETE"})

Endpoint = TypeVar("Endpoint", bound=Callable[..., Awaitable[Any]])


@dataclass(frozen=True, slots=True)
class Declaration:
    """One operation as its router declares it; `path` is below PREFIX.

    `response_model` is the shape of its JSON, None for an empty answer, or for a document the class
    of response whose media type it has.
    """

    method: str
    path: str
    endpoint: Callable[..., Awaitable[Any]]
    policy: Policy
    response_model: Any
    controller: str
    status_code: int
    keyed: bool

    @property
    def key(self) -> tuple[str, str]:
        return operation_key(self.method, self.path)

    @property
    def is_document(self) -> bool:
        """Whether the answer is something else than JSON."""
        return isclass(self.response_model) and issubclass(self.response_model, Response)


class Router:
    """The operations of one controller.

    Endpoint parameters find their documented names themselves: `customer_id` fits
    `{EncryptedCustomerId}`, `{customerid}` and `{CustomerId}` alike, and a query parameter
    `max_level` is `maxLevel` unless the documentation spells it otherwise. An encrypted parameter
    arrives as the plain id. Two decorators on one endpoint make it serve twin paths.
    """

    def __init__(self, controller: str) -> None:
        if controller not in CONTROLLERS:
            raise ValueError(f"{controller} is no documented controller")
        self.controller = controller
        self.declarations: list[Declaration] = []

    def get(
        self, path: str, *, policy: Policy, response_model: Any
    ) -> Callable[[Endpoint], Endpoint]:
        return self._declare("GET", path, policy, response_model)

    def post(
        self,
        path: str,
        *,
        policy: Policy,
        response_model: Any,
        status_code: int = 200,
        keyed: bool = True,
    ) -> Callable[[Endpoint], Endpoint]:
        """`keyed=False` for answers that must not be stored, such as tokens."""
        return self._declare("POST", path, policy, response_model, status_code, keyed=keyed)

    def put(
        self, path: str, *, policy: Policy, response_model: Any
    ) -> Callable[[Endpoint], Endpoint]:
        return self._declare("PUT", path, policy, response_model)

    def delete(
        self, path: str, *, policy: Policy, response_model: Any = None, status_code: int = 204
    ) -> Callable[[Endpoint], Endpoint]:
        return self._declare("DELETE", path, policy, response_model, status_code)

    def options(self, path: str, *, policy: Policy) -> Callable[[Endpoint], Endpoint]:
        return self._declare("OPTIONS", path, policy, None, 204)

    def _declare(
        self,
        method: str,
        path: str,
        policy: Policy,
        response_model: Any,
        status_code: int = 200,
        *,
        keyed: bool = True,
    ) -> Callable[[Endpoint], Endpoint]:
        def decorate(endpoint: Endpoint) -> Endpoint:
            self.declarations.append(
                Declaration(
                    method,
                    path,
                    endpoint,
                    policy,
                    response_model,
                    self.controller,
                    status_code,
                    keyed and method in WRITES,
                )
            )
            return endpoint

        return decorate
