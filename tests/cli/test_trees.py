from sqlalchemy import select
from tests.cli.conftest import Upline
from tests.factories.company import load_essential
from tests.factories.family import add_family

from upline.core.db import Database
from upline.models.operation import AuditEntry

PASSWORD = "correct horse battery"


async def test_a_move_is_simulated_then_made(upline: Upline, committed_database: Database) -> None:
    async with committed_database.session() as session:
        await add_family(session)
        await load_essential(session)
    seen = await upline("tree", "move", 4, "--to", 3, "--simulate")
    assert seen.exit_code == 0, seen.output
    assert "2 members from 2 to 3." in seen.output
    assert "0 gain, 0 lose; commission 0.00 → 0.00 USD. Nothing was changed." in seen.output
    await upline("user", "create", "--admin", "--username", "ann", "--password", PASSWORD)
    moved = await upline("tree", "move", 4, "--to", 3, "--as", "ann")
    assert "4 moved from 2 to 3." in moved.output
    async with committed_database.session() as session:
        actor = await session.scalar(
            select(AuditEntry.actor).where(AuditEntry.action == "sponsor.change")
        )
        assert str(actor).startswith("administrator:")
    again = await upline("tree", "move", 4, "--to", 3)
    assert "4 already stands under 3. Nothing was changed." in again.output
    nobody = await upline("tree", "move", 99, "--to", 3, "--simulate")
    assert "Nobody numbered 99 stands in the sponsor tree." in nobody.output
    circle = await upline("tree", "move", 3, "--to", 6)
    assert circle.exit_code == 1
    assert "stands in the downline of the member" in circle.output
