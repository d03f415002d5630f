"""Logins of customers and administrators: made, changed, proven."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, insert, or_, select, update

from upline.core.context import Context
from upline.core.db import release
from upline.core.errors import NotFound
from upline.core.passwords import PasswordHasher
from upline.core.text import email_key
from upline.models.customer import Customer
from upline.models.identity import AccessToken, Login
from upline.services.audit import trail
from upline.services.auth.errors import WrongCredentials
from upline.services.auth.guard import Guard
from upline.services.auth.passwords import require_acceptable

LARGEST_ID = 2**63 - 1
# Active and inactive customers may log in; those on hold or terminated may not.
MAY_LOG_IN = (1, 2)


@dataclass(frozen=True, slots=True)
class AccountName:
    """What somebody calls their account; any one of the three finds it."""

    username: str | None = None
    email: str | None = None
    customer_id: int | None = None

    @classmethod
    def guess(cls, text: str) -> "AccountName":
        """For clients that put an id, an e-mail or a user name into the same box."""
        text = text.strip()
        if text.isascii() and text.isdigit() and int(text[:20]) <= LARGEST_ID and len(text) < 20:
            return cls(username=text, customer_id=int(text))
        return cls(username=text, email=text if "@" in text else None)

    @property
    def label(self) -> str:
        """Under which attempts are counted, whether such an account exists or not."""
        if self.customer_id is not None:
            return f"customer:{self.customer_id}"
        return f"name:{email_key(self.email or self.username or '')}"


@dataclass(frozen=True, slots=True)
class LoginView:
    """A login without its hash."""

    login_id: int
    customer_id: int | None
    username: str | None
    is_administrator: bool
    epoch: int
    may_log_in: bool


async def create(
    ctx: Context,
    passwords: PasswordHasher,
    password: str,
    *,
    customer_id: int | None = None,
    username: str | None = None,
    administrator: bool = False,
) -> int:
    """The new login's id. Raises FieldInvalid for a weak password; LoginExists and UsernameTaken
    come from their constraints."""
    require_acceptable(password)
    login_id: int | None = await ctx.session.scalar(
        insert(Login)
        .values(
            customer_id=customer_id,
            username=username,
            password_hash=await passwords.hash(password),
            is_administrator=administrator,
            changed_at=ctx.now,
        )
        .returning(Login.login_id)
    )
    if login_id is None:
        raise NotFound
    detail = {"customer": customer_id, "administrator": administrator}
    await trail.record(ctx, "login.create", f"login:{login_id}", detail)
    return login_id


async def set_password(
    ctx: Context, passwords: PasswordHasher, login_id: int, password: str
) -> None:
    """Replace the password; every token and remembered check made with the old one ends."""
    require_acceptable(password)
    changed = await ctx.session.scalar(
        update(Login)
        .where(Login.login_id == login_id)
        .values(
            password_hash=await passwords.hash(password),
            epoch=Login.epoch + 1,
            changed_at=ctx.now,
        )
        .returning(Login.login_id)
    )
    if changed is None:
        raise NotFound
    await ctx.session.execute(
        update(AccessToken)
        .where(AccessToken.login_id == login_id, AccessToken.revoked_at.is_(None))
        .values(revoked_at=ctx.now)
    )
    await trail.record(ctx, "login.password", f"login:{login_id}")


async def get_by_name(ctx: Context, name: str) -> LoginView:
    """The login called `name`: a customer id, an e-mail or a user name."""
    login = await find_by_name(ctx, name)
    if login is None:
        raise NotFound(f"Nobody logs in as {name}.")
    return login


async def find_by_name(ctx: Context, name: str) -> LoginView | None:
    """The same; None when there is none."""
    row = (await ctx.session.execute(_select(AccountName.guess(name)))).first()
    return _view(row) if row else None


async def authenticate(ctx: Context, guard: Guard, name: AccountName, password: str) -> LoginView:
    """The login that `name` and `password` prove; raises WrongCredentials or Throttled.

    Unknown, wrong and locked cost the same work and give the same answer.
    """
    row = (await ctx.session.execute(_select(name))).first()
    account = f"login:{row.login_id}" if row else name.label
    stored, epoch = (row.password_hash, row.epoch) if row else (None, 0)
    await release(ctx.session)
    result = await guard.check(account, ctx.peer, password, stored, epoch)
    if row is None or not result.ok or not row.may_log_in:
        raise WrongCredentials
    if result.new_hash:
        await ctx.session.execute(
            update(Login)
            .where(Login.login_id == row.login_id)
            .values(password_hash=result.new_hash)
        )
    return _view(row)


def _select(name: AccountName) -> "Select[*tuple[Any, ...]]":
    """The customer id is meant before a user name that happens to look like one."""
    matches: list[ColumnElement[bool]] = [false()]  # without any name, nobody is meant
    if name.customer_id is not None:
        matches.append(Login.customer_id == name.customer_id)
    if name.email is not None:
        matches.append(Customer.email_key == email_key(name.email))
    if name.username is not None:
        matches.append(func.lower(Login.username) == name.username.lower())
    return (
        select(
            Login.login_id,
            Login.customer_id,
            Login.username,
            Login.is_administrator,
            Login.epoch,
            or_(Login.customer_id.is_(None), Customer.status_id.in_(MAY_LOG_IN)).label(
                "may_log_in"
            ),
            Login.password_hash,
        )
        .outerjoin(Customer, Customer.customer_id == Login.customer_id)
        .where(or_(*matches))
        .order_by((Login.customer_id == name.customer_id).desc().nulls_last(), Login.login_id)
        .limit(1)
    )


def _view(row: object) -> LoginView:
    return LoginView(**{name: getattr(row, name) for name in LoginView.__dataclass_fields__})
