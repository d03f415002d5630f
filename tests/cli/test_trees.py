from tests.cli.conftest import Upline
from tests.factories.company import load_essential
from tests.factories.family import add_family

from upline.core.db import Database


async def test_a_move_is_simulated_then_made(upline: Upline, committed_database: Database) -> None:
    async with committed_database.session() as session:
        await add_family(session)
        await load_essential(session)
    seen = await upline("tree", "move", 4, "--to", 3, "--simulate")
    assert seen.exit_code == 0, seen.output
    assert "2 members from 2 to 3." in seen.output
    assert "0 gain, 0 lose; commission 0.00 → 0.00 USD. Nothing was changed." in seen.output
    moved = await upline("tree", "move", 4, "--to", 3)
    assert "4 moved from 2 to 3." in moved.output
    circle = await upline("tree", "move", 3, "--to", 6)
    assert circle.exit_code == 1
    assert "stands in the downline of the member" in circle.output
