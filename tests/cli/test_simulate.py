from pathlib import Path

from tests.cli.conftest import Upline
from tests.factories.closing import close
from tests.factories.golden import PERIOD
from tests.factories.golden_company import found_company

from upline.core.db import Database
from upline.services.plan import load_builtin

COOL, URSULA = 123_445, 120_000


async def test_what_if(upline: Upline, committed_database: Database, tmp_path: Path) -> None:
    await close(await found_company(committed_database), PERIOD)
    file = tmp_path / "more.toml"
    text = load_builtin("essential").text.replace('rate = "24%"', 'rate = "30%"')
    file.write_text(text, encoding="utf-8")
    found = await upline("simulate", "--from", PERIOD, "--plan", file)
    assert found.exit_code == 0, found.output
    assert "Period 405: 882.49 → 885.45 USD" in found.output
    assert "1 members would be paid otherwise, 0 ranked otherwise." in found.output
    rows = await upline("simulate", "--from", PERIOD, "--move", f"{COOL}:{URSULA}", "--csv")
    assert rows.output.splitlines()[0] == "customer_id,bonus,before,after,difference"
    assert "123456,Unilevel,229.71,223.69,-6.02" in rows.output
    more = await upline("simulate", "--from", PERIOD, "--order", f"{COOL}:100")
    assert "Unilevel" in more.output


async def test_what_cannot_be_read(upline: Upline) -> None:
    for words in (
        ("--move", "7"),
        ("--order", "7"),
        ("--order", "7:1.00001"),
        ("--from", 405, "--to", 404),
    ):
        refused = await upline("simulate", *words)
        assert refused.exit_code == 2, refused.output
