"""Documents that list what the code has must list all of it."""

import re
from collections.abc import Iterator

from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from tests.architecture.source import ROOT
from tests.migrations.statements import refusal

from upline.settings import Settings

OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def _variables(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        variable = f"{prefix}{name.upper()}"
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _variables(field.annotation, f"{variable}__")
        else:
            yield variable


def test_every_setting_is_documented_and_exists() -> None:
    documented = re.findall(r"^\| `(UPLINE_\w+)`", OPERATIONS, re.MULTILINE)
    assert sorted(documented) == sorted(_variables(Settings, "UPLINE_"))


async def test_the_documented_role_can_work_but_not_rewrite(session: AsyncSession) -> None:
    """The SQL of the operations page, run as printed (minus the login), gives what it promises."""
    (statements,) = re.findall(r"```sql\n(.*?)```", OPERATIONS, re.DOTALL)
    await session.execute(text(statements.replace("upline_app", "upline_documented")))
    await session.execute(text("SET LOCAL ROLE upline_documented"))
    for allowed in (
        "INSERT INTO audit_entries (actor, action, subject) VALUES ('a', 'b', 'c')",
        "UPDATE outbox_messages SET attempts = 1",
        "CREATE TABLE check_items_r8 PARTITION OF check_items FOR VALUES IN (8)",
        "SELECT nextval('commission_check_numbers')",
        "SELECT is_upline(2, 1, 2)",
        "DELETE FROM jobs.procrastinate_jobs",
    ):
        assert await refusal(session, allowed) is None, allowed
    for refused in (
        "UPDATE ledger_entries SET amount = 1",
        "DELETE FROM volume_entries",
        "TRUNCATE audit_entries",
        "ALTER TABLE ledger_entries DISABLE TRIGGER ALL",
        "DELETE FROM periods",
        "UPDATE alembic_version SET version_num = 'x'",
    ):
        assert await refusal(session, refused) == "42501", refused
