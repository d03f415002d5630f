import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from tests.factories.family import add_family

from upline.core import db_errors
from upline.core.context import Context
from upline.core.errors import FieldInvalid, NotFound
from upline.core.passwords import PasswordHasher
from upline.services.auth import logins
from upline.services.auth.errors import LoginExists, UsernameTaken
from upline.services.auth.logins import AccountName

PASSWORDS = PasswordHasher()
GOOD = "correct horse battery"


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("1000001", AccountName(username="1000001", customer_id=1000001)),
        (" ann@example.com ", AccountName(username="ann@example.com", email="ann@example.com")),
        ("ann", AccountName(username="ann")),
        ("9" * 30, AccountName(username="9" * 30)),
        ("１２", AccountName(username="１２")),
        ("-5", AccountName(username="-5")),
    ],
)
def test_what_people_type_is_guessed(typed: str, name: AccountName) -> None:
    assert AccountName.guess(typed) == name


@pytest.mark.parametrize(
    "password", ["short", "", "x" * 129, "password", "PASSWORD123", "qwertyuiop", "12345678"]
)
async def test_weak_passwords_are_refused(ctx: Context, password: str) -> None:
    with pytest.raises(FieldInvalid):
        await logins.create(ctx, PASSWORDS, password, username="x")


async def test_a_login_is_found_by_each_of_its_names(ctx: Context) -> None:
    await add_family(ctx.session)
    number = await logins.create(ctx, PASSWORDS, GOOD, customer_id=2, username="Ann")
    for name in ("2", "ANN", "Member2@example.com"):
        assert (await logins.get_by_name(ctx, name)).login_id == number
    with pytest.raises(NotFound):
        await logins.get_by_name(ctx, "bob")


async def test_the_customer_id_is_meant_before_a_name_that_looks_like_one(ctx: Context) -> None:
    await add_family(ctx.session)
    await logins.create(ctx, PASSWORDS, GOOD, username="2", administrator=True)
    number = await logins.create(ctx, PASSWORDS, GOOD, customer_id=2)
    assert (await logins.get_by_name(ctx, "2")).login_id == number


async def test_a_new_password_raises_the_epoch_and_ends_tokens(ctx: Context) -> None:
    number = await logins.create(ctx, PASSWORDS, GOOD, username="x", administrator=True)
    await ctx.session.execute(
        text(
            "INSERT INTO access_tokens (token_id, login_id, issued_at, expires_at)"
            " VALUES (gen_random_uuid(), :login, now(), now())"
        ),
        {"login": number},
    )
    await logins.set_password(ctx, PASSWORDS, number, "another good one")
    assert (await logins.get_by_name(ctx, "x")).epoch == 2
    assert (
        await ctx.session.scalar(
            text("SELECT count(*) FROM access_tokens WHERE revoked_at IS NULL")
        )
        == 0
    )
    with pytest.raises(NotFound):
        await logins.set_password(ctx, PASSWORDS, number + 1, "another good one")


@pytest.mark.parametrize(
    ("second", "error"),
    [({"customer_id": 2, "username": "y"}, LoginExists), ({"username": "X"}, UsernameTaken)],
)
async def test_names_are_unique(ctx: Context, second: dict[str, object], error: type) -> None:
    await add_family(ctx.session)
    await logins.create(ctx, PASSWORDS, GOOD, customer_id=2, username="x")
    with pytest.raises(IntegrityError) as refused:
        await logins.create(ctx, PASSWORDS, GOOD, **second)  # type: ignore[arg-type]
    assert isinstance(db_errors.translate(refused.value), error)
