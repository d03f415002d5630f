"""Who may call an operation, said once beside its route; both families read the same objects.

A policy answers twice: `admit` looks at the principal alone, before a body is read, and `allow` at
the customer named by an argument, inside the request's transaction. A customer the caller may not
see does not exist for them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from upline.core.context import Context, Principal, PrincipalKind, Scope
from upline.core.errors import Forbidden, NotFound, Unauthenticated
from upline.services.organization import visibility
from upline.services.organization.visibility import DOWNLINE, Genealogy


class Policy(Protocol):
    """What every operation declares."""

    @property
    def public(self) -> bool:
        """Whether a request without a token is welcome."""

    def admit(self, principal: Principal) -> None:
        """Raises Unauthenticated or Forbidden."""

    async def allow(self, ctx: Context, arguments: Mapping[str, Any]) -> None:
        """Raises NotFound; `arguments` are the endpoint's validated ones by Python name."""


@dataclass(frozen=True, slots=True)
class Public:
    """Anybody, with a token or without."""

    public: ClassVar[bool] = True

    def admit(self, principal: Principal) -> None:
        del principal

    async def allow(self, ctx: Context, arguments: Mapping[str, Any]) -> None:
        del ctx, arguments


@dataclass(frozen=True, slots=True)
class Authenticated:
    """Any good token, whatever its scopes."""

    public: ClassVar[bool] = False

    def admit(self, principal: Principal) -> None:
        if principal.kind is PrincipalKind.ANONYMOUS:
            raise Unauthenticated

    async def allow(self, ctx: Context, arguments: Mapping[str, Any]) -> None:
        del ctx, arguments


class Scoped:
    """Applications (and administrators) with one of the scopes; customers only if said so."""

    public: ClassVar[bool] = False

    def __init__(self, *scopes: Scope, customers: bool = False) -> None:
        self._scopes = scopes
        self._customers = customers

    def __repr__(self) -> str:
        return f"Scoped({', '.join(self._scopes)}, customers={self._customers})"

    def admit(self, principal: Principal) -> None:
        _admit(principal, self._scopes, customers=self._customers)

    async def allow(self, ctx: Context, arguments: Mapping[str, Any]) -> None:
        del ctx, arguments


@dataclass(frozen=True, slots=True)
class Self:
    """The customer named by `parameter`; applications act for any customer that exists."""

    parameter: str
    public: ClassVar[bool] = False

    def admit(self, principal: Principal) -> None:
        _admit(principal, (Scope.BACKOFFICE,), customers=True)

    async def allow(self, ctx: Context, arguments: Mapping[str, Any]) -> None:
        customer_id = arguments[self.parameter]
        if ctx.principal.kind is not PrincipalKind.CUSTOMER:
            await visibility.get_relation(ctx, customer_id, period_id=_period(arguments))
        elif ctx.principal.customer_id != customer_id:
            raise NotFound


@dataclass(frozen=True, slots=True)
class SelfOrUpline:
    """The customer named by `parameter` or anybody above them in one of `genealogies`."""

    parameter: str
    genealogies: tuple[Genealogy, ...] = DOWNLINE
    public: ClassVar[bool] = False

    def admit(self, principal: Principal) -> None:
        _admit(principal, (Scope.BACKOFFICE,), customers=True)

    async def allow(self, ctx: Context, arguments: Mapping[str, Any]) -> None:
        customer_id = arguments[self.parameter]
        await visibility.get_relation(ctx, customer_id, self.genealogies, _period(arguments))


@dataclass(frozen=True, slots=True)
class SelfOrUplineIn:
    """The customer named by `parameter` or anybody above them in the genealogy that another
    parameter names."""

    parameter: str
    genealogy: str
    public: ClassVar[bool] = False

    def admit(self, principal: Principal) -> None:
        _admit(principal, (Scope.BACKOFFICE,), customers=True)

    async def allow(self, ctx: Context, arguments: Mapping[str, Any]) -> None:
        genealogies = (Genealogy(arguments[self.genealogy]),)
        customer_id = arguments[self.parameter]
        await visibility.get_relation(ctx, customer_id, genealogies, _period(arguments))


def _period(arguments: Mapping[str, Any]) -> int:
    """What an operation is asked about, so that whoever lets a caller look finds its run, too."""
    period_id: int = arguments.get("period_id", 0)
    return period_id


def _admit(principal: Principal, scopes: tuple[Scope, ...], *, customers: bool) -> None:
    match principal.kind:
        case PrincipalKind.ANONYMOUS:
            raise Unauthenticated
        case PrincipalKind.CUSTOMER if customers:
            return
    if not any(principal.has_scope(scope) for scope in scopes):
        raise Forbidden
