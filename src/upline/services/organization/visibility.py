"""Who may look at whom. A customer who is not visible is treated as one who does not exist."""

from enum import Enum, IntEnum
from functools import cache

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    SmallInteger,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
)

from upline.core.context import Context, PrincipalKind
from upline.core.errors import NotFound
from upline.core.prepared import Prepared, prepare
from upline.models.customer import Customer
from upline.services.period import calendar
from upline.services.period import queries as periods


class Genealogy(IntEnum):
    """The trees a customer stands in."""

    ENROLLER = 1
    SPONSOR = 2
    BINARY = 3


class Relation(Enum):
    """How the caller stands to the customer asked about; decides which fields they see."""

    SELF = "self"
    UPLINE = "upline"
    APPLICATION = "application"


# Being above somebody in the binary tree alone (spill-over) opens binary reads and nothing else.
DOWNLINE = (Genealogy.SPONSOR, Genealogy.ENROLLER)

_VIEWER_ID = bindparam("viewer_id", None, BigInteger)
_CUSTOMER_ID = bindparam("customer_id", None, BigInteger)


async def get_relation(
    ctx: Context,
    customer_id: int,
    genealogies: tuple[Genealogy, ...] = DOWNLINE,
    period_id: int = 0,
) -> Relation:
    """How the caller stands to `customer_id`; a customer must be at or above it in a genealogy.

    Raises NotFound alike for absent and for foreign customers, at the cost of one statement either
    way (contract: Back Office, Conventions: Errors, Field visibility). It tells the run in force of
    a period, too (0: of the month), which most of what is allowed here reads next.
    """
    principal = ctx.principal
    if principal.kind is not PrincipalKind.CUSTOMER:
        allowed, relation = _exists(), Relation.APPLICATION
    elif principal.customer_id == customer_id:
        return Relation.SELF
    else:
        allowed, relation = _is_upline(genealogies), Relation.UPLINE
    number = period_id if calendar.exists(period_id) else periods.resolve(ctx, 0)
    found = await allowed.fetch_one(
        ctx.session,
        viewer_id=principal.customer_id,
        customer_id=customer_id,
        period_id=number,
    )
    if not found.is_seen:
        raise NotFound
    periods.note_run_id(ctx.session, number, found.run_id)
    return relation


async def require_seen(ctx: Context, customer_id: int, period_id: int = 0) -> None:
    """Raises NotFound where the caller is a customer who may not look at `customer_id`.

    For a second one, whom the use case itself finds or does not find: applications see everybody,
    and need not be told so by a statement.
    """
    if ctx.principal.kind is PrincipalKind.CUSTOMER:
        await get_relation(ctx, customer_id, period_id=period_id)


@cache
def _exists() -> Prepared:
    return _asked(exists().where(Customer.customer_id == _CUSTOMER_ID))


@cache
def _is_upline(genealogies: tuple[Genealogy, ...]) -> Prepared:
    above = or_(*(is_upline(genealogy, _VIEWER_ID, _CUSTOMER_ID) for genealogy in genealogies))
    return _asked(above)


def _asked(is_seen: ColumnElement[bool]) -> Prepared:
    run_id = periods.RUN_IN_FORCE.scalar_subquery().label("run_id")
    return prepare(select(is_seen.label("is_seen"), run_id))


def is_upline(
    genealogy: Genealogy,
    ancestor: int | ColumnElement[int] | None,
    descendant: int | ColumnElement[int],
) -> ColumnElement[bool]:
    """The database's ancestor test, O(log n) on chains of any depth; true of oneself."""
    above, below = (
        who if isinstance(who, ColumnElement) else literal(who, BigInteger)
        for who in (ancestor, descendant)
    )
    return func.is_upline(literal(int(genealogy), SmallInteger), above, below)


def find_viewer(ctx: Context) -> int | None:
    """Parameter "viewer_id" of statements: the customer who looks, None for applications."""
    return ctx.principal.customer_id if ctx.principal.kind is PrincipalKind.CUSTOMER else None


def sees_contact() -> ColumnElement[bool]:
    """Whether e-mail and phone of a selected customer are shown to the parameter "viewer_id".

    For rows already known to be the viewer's own or below: everybody sees their own, an upline
    those of members who did not hide them, an application all.
    """
    return or_(
        _VIEWER_ID.is_(None), Customer.customer_id == _VIEWER_ID, Customer.contact_hidden.is_(False)
    )
