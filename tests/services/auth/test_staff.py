from datetime import date

import pytest
from tests.factories.company import add_members

from upline.core.context import Context, PrincipalKind
from upline.core.errors import FieldInvalid
from upline.core.passwords import PasswordHasher
from upline.services.audit import trail
from upline.services.auth import logins, staff

PASSWORD = "correct horse battery"


@pytest.fixture
async def ann(ctx: Context) -> int:
    return await logins.create(ctx, PasswordHasher(), PASSWORD, username="Ann", administrator=True)


@pytest.mark.parametrize("name", ["Ann", "ann", " ANN "])
async def test_administrators_are_found_by_their_name(ctx: Context, ann: int, name: str) -> None:
    found = await staff.get_administrator(ctx, name)
    assert (found.kind, found.login_id) == (PrincipalKind.ADMINISTRATOR, ann)
    assert trail.actor_of(found) == f"administrator:{ann}"


async def test_nobody_else_is(ctx: Context, ann: int) -> None:
    await add_members(ctx.session, [{"customer_id": 7, "enrolled_on": date(2014, 1, 1)}])
    await logins.create(ctx, PasswordHasher(), PASSWORD, customer_id=7, username="seven")
    for name in ("eve", "seven", "7", ""):
        with pytest.raises(FieldInvalid, match="No administrator logs in"):
            await staff.get_administrator(ctx, name)


async def test_actors_are_called_by_name_where_they_have_one(ctx: Context, ann: int) -> None:
    actors = [f"administrator:{ann}", "administrator:999", "system", None]
    names = await staff.name_actors(ctx, actors)
    assert [names[actor] for actor in actors] == ["Ann", "administrator:999", "system", "nobody"]
