"""Virtual Office tokens: an object of readable values that its bearer writes down again himself.

Clients parse it, keep it, and send base64 of whatever their JSON writer makes of it: keys in
another order, other spacing, `\\u00e9` for é, bytes in Latin-1, a number turned into a text. So the
signature covers the values and never bytes.
"""

import base64
import binascii
import hashlib
import hmac
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from upline.core.context import Context
from upline.core.db import Database
from upline.core.errors import Unauthenticated
from upline.core.keys import derive
from upline.models.customer import Customer
from upline.models.identity import Login
from upline.services.auth import logins
from upline.services.auth.errors import WrongCredentials
from upline.services.auth.guard import Guard
from upline.services.auth.logins import MAY_LOG_IN, AccountName

LONGEST = 4_096
RECHECK_SECONDS = 1.0
MOST_REMEMBERED = 100_000
LEEWAY = timedelta(seconds=5)

_SIGNATURE = re.compile(r"([0-9]{1,12})\.([0-9]{1,10})\.([A-Za-z0-9_-]{43})")
_STANDARD_ALPHABET = str.maketrans("-_", "+/")


@dataclass(frozen=True, slots=True)
class MemberToken:
    """The token as it is handed out."""

    user_id: int
    user_name: str
    display_name: str
    member_id: int
    signature: str


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom a good signature names, and the login epoch it was made under."""

    login_id: int
    customer_id: int
    epoch: int


class MemberTokens:
    """Signs and opens tokens; what is refused is refused without saying why."""

    def __init__(self, token_key: bytes, lifetime: timedelta) -> None:
        self._key = derive(token_key, "virtual office token")
        self._lifetime = lifetime

    def sign(self, bearer: Bearer, user_name: str, display_name: str, now: datetime) -> MemberToken:
        issued = str(int(now.timestamp()))
        values = [str(bearer.login_id), user_name, display_name, str(bearer.customer_id)]
        mac = self._mac([*values, issued, str(bearer.epoch)])
        return MemberToken(
            user_id=bearer.login_id,
            user_name=user_name,
            display_name=display_name,
            member_id=bearer.customer_id,
            signature=f"{issued}.{bearer.epoch}.{mac}",
        )

    def open(self, header: str, now: datetime) -> Bearer:
        """Raises Unauthenticated for anything that is not an unexpired token of ours."""
        for content in _readings(header):
            bearer = self._verify(content, now)
            if bearer is not None:
                return bearer
        raise Unauthenticated

    def _verify(self, content: Mapping[str, Any], now: datetime) -> Bearer | None:
        values = [
            _text(content.get(key)) for key in ("userId", "userName", "displayName", "memberId")
        ]
        signature = _SIGNATURE.fullmatch(_text(content.get("signature")))
        if signature is None:
            return None
        issued, epoch, mac = signature.groups()
        if not hmac.compare_digest(self._mac([*values, issued, epoch]), mac):
            return None
        issued_at = datetime.fromtimestamp(int(issued), UTC)
        if not issued_at - LEEWAY <= now < issued_at + self._lifetime:
            return None
        return Bearer(login_id=int(values[0]), customer_id=int(values[3]), epoch=int(epoch))

    def _mac(self, values: list[str]) -> str:
        digest = hmac.digest(self._key, orjson.dumps(values), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


async def issue(
    ctx: Context, guard: Guard, tokens: MemberTokens, names: Sequence[str], password: str
) -> MemberToken:
    """A token for the member that any of `names` and `password` prove.

    Raises WrongCredentials or Throttled; administrators without an account of their own are no
    members.
    """
    login = await logins.authenticate(ctx, guard, merge_names(names), password)
    if login.customer_id is None:
        raise WrongCredentials
    person = (
        await ctx.session.execute(
            select(Customer.first_name, Customer.last_name).where(
                Customer.customer_id == login.customer_id
            )
        )
    ).one()
    return tokens.sign(
        Bearer(login.login_id, login.customer_id, login.epoch),
        user_name=login.username or str(login.customer_id),
        display_name=f"{person.first_name} {person.last_name}".strip(),
        now=ctx.now,
    )


def merge_names(names: Sequence[str]) -> AccountName:
    """One account name out of several texts, each an id, an e-mail or a user name; where they
    disagree the first of a kind counts."""
    guesses = [AccountName.guess(name) for name in names]
    return AccountName(
        username=next((guess.username for guess in guesses if guess.username), None),
        email=next((guess.email for guess in guesses if guess.email), None),
        customer_id=next((g.customer_id for g in guesses if g.customer_id is not None), None),
    )


class Epochs:
    """Login epochs as they were at most a second ago: a request in that second costs no
    statement, and a password change or suspension is felt within it."""

    def __init__(self, database: Database, timer: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._timer = timer
        self._known: dict[int, tuple[float, int | None]] = {}

    async def require(self, bearer: Bearer) -> None:
        """Raises Unauthenticated unless the bearer's login is still the one that was signed."""
        known = self._known.get(bearer.login_id)
        if known is None or known[0] + RECHECK_SECONDS <= self._timer():
            asked_at = self._timer()  # before the statement: its answer may be as old as that
            async with self._database.session() as session:
                known = (asked_at, await _find_epoch(session, bearer))
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            self._known[bearer.login_id] = known
        if known[1] != bearer.epoch:
            raise Unauthenticated


async def _find_epoch(session: AsyncSession, bearer: Bearer) -> int | None:
    """The present epoch of the bearer's login; None when it is gone or may not be used."""
    epoch: int | None = await session.scalar(
        select(Login.epoch)
        .join(Customer, Customer.customer_id == Login.customer_id)
        .where(
            Login.login_id == bearer.login_id,
            Login.customer_id == bearer.customer_id,
            Customer.status_id.in_(MAY_LOG_IN),
        )
    )
    return epoch


def _readings(header: str) -> Iterator[Mapping[str, Any]]:
    """The objects a header may stand for. Some Latin-1 names are valid UTF-8 by accident, so the
    second reading is tried even where the first one worked."""
    if len(header) > LONGEST:
        return
    text = header.strip().translate(_STANDARD_ALPHABET).rstrip("=")
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return
    for encoding in ("utf-8", "latin-1"):
        try:
            content = orjson.loads(data.decode(encoding))
        except ValueError:  # covers UnicodeDecodeError and orjson's own error
            continue
        if isinstance(content, dict):
            yield content


def _text(value: object) -> str:
    """A token's value as the text that was signed; nothing for what no token holds."""
    if isinstance(value, str):
        return value
    return str(value) if type(value) is int else ""
