from tests.cli.conftest import Upline
from tests.factories.golden_company import found_company

from upline.core.db import Database

PASSWORD = "correct horse battery"


async def test_members_and_administrators_get_logins(
    upline: Upline, committed_database: Database
) -> None:
    await found_company(committed_database)
    member = await upline("user", "create", "--member", 123456, "--password", PASSWORD)
    assert member.exit_code == 0, member.output
    admin = await upline("user", "create", "--admin", "--username", "boss", "--password", PASSWORD)
    assert admin.exit_code == 0, admin.output
    changed = await upline("user", "set-password", "boss", "--password", f"{PASSWORD}!")
    assert changed.exit_code == 0, changed.output


async def test_a_password_is_asked_for_twice(upline: Upline, committed_database: Database) -> None:
    await found_company(committed_database)
    asked = await upline("user", "create", "--member", 123456, input=f"{PASSWORD}\n{PASSWORD}\n")
    assert asked.exit_code == 0, asked.output
    assert PASSWORD not in asked.output


async def test_a_login_is_somebodys(upline: Upline) -> None:
    neither = await upline("user", "create", "--password", PASSWORD)
    assert neither.exit_code == 2
    unknown = await upline("user", "create", "--member", 5, "--password", PASSWORD)
    assert unknown.exit_code == 1
    assert unknown.output.startswith("error The request conflicts")


async def test_weak_passwords_are_refused(upline: Upline, committed_database: Database) -> None:
    await found_company(committed_database)
    weak = await upline("user", "create", "--member", 123456, "--password", "short")
    assert weak.exit_code == 1
