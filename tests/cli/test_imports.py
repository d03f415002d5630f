"""What the import commands print, where they leave their lists, and how they end."""

import asyncio
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import text
from tests.factories.company import load_essential
from typer.testing import CliRunner

from upline.cli.imports import app
from upline.core.db import Database

MEMBERS = "id,country,enrolled,sponsor\n1,US,2014-05-01,\n2,US,2014-05-01,1\n"
ORDERS = "id,member,date,total,pv\n1,2,2014-10-03,20,60.5\n"
ACCOUNTS = (
    "memberid,name,level,pv,ogv,pgv,currentrank,sponsorid,enrollerid,country\n"
    "5,Ann Able,0,60,100,60,Distributor,0,0,US\n"
)


@pytest.fixture
def settings(
    committed_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Database:
    url = committed_database.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("UPLINE_DATABASE__URL", url)
    monkeypatch.setenv("UPLINE_DEMO", "true")
    monkeypatch.setenv("UPLINE_DATA_DIR", str(tmp_path / "data"))
    return committed_database


async def invoke(*arguments: object) -> Result:
    """In a thread of its own: a command runs an event loop of its own."""
    return await asyncio.to_thread(CliRunner().invoke, app, [str(part) for part in arguments])


def write(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8")
    return path


async def count(database: Database, table: str) -> int:
    async with database.session() as session:
        return int(await session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


async def test_members_then_orders(settings: Database, tmp_path: Path) -> None:
    members = await invoke("members", write(tmp_path / "m.csv", MEMBERS))
    assert members.exit_code == 0, members.output
    assert "2 rows imported: 2 customers, 0 addresses, 0 logins, 4 placements." in members.output
    orders = await invoke("orders", write(tmp_path / "o.csv", ORDERS))
    assert orders.exit_code == 0, orders.output
    assert await count(settings, "volume_entries") == 1


async def test_a_dry_run_says_so_and_stores_nothing(settings: Database, tmp_path: Path) -> None:
    result = await invoke("members", write(tmp_path / "m.csv", MEMBERS), "--dry-run")
    assert result.exit_code == 0
    assert "2 rows are good. Nothing was stored (dry run)." in result.output
    assert await count(settings, "customers") == 0


async def test_bad_rows_are_listed_beside_the_file_until_it_is_good(
    settings: Database, tmp_path: Path
) -> None:
    path = write(tmp_path / "m.csv", MEMBERS.replace("2014-05-01,1", "2014-05-01,9"))
    result = await invoke("members", path)
    assert result.exit_code == 1
    assert "line 3  sponsor: “9” is neither in the file nor a customer" in result.output
    assert "Nothing was imported. Issues: 1 in 2 rows, listed in" in result.output
    errors = tmp_path / "m.csv.errors.csv"
    assert errors.read_text(encoding="utf-8") == (
        "line,column,reason\n3,sponsor,“9” is neither in the file nor a customer\n"
    )
    assert await count(settings, "customers") == 0
    write(path, MEMBERS)
    assert (await invoke("members", path)).exit_code == 0
    assert not errors.exists()


async def test_a_file_that_is_none_is_one_line(settings: Database, tmp_path: Path) -> None:
    result = await invoke("orders", tmp_path / "none.csv")
    assert result.exit_code == 1
    assert "No such file or directory" in result.output
    assert "Traceback" not in result.output
    assert await count(settings, "orders") == 0


async def test_an_account_report_is_compared(settings: Database, tmp_path: Path) -> None:
    async with settings.session() as session:
        await load_essential(session)
    path = write(tmp_path / "all.csv", ACCOUNTS)
    result = await invoke("all-accounts", path, "--period", 405)
    assert result.exit_code == 0, result.output
    assert "differences.csv" in result.output.replace("\n", "")
    assert (tmp_path / "all.csv.differences.csv").read_text(encoding="utf-8") == (
        "line,memberid,figure,file,ours,difference\n2,5,ogv,100,60,-40\n"
    )
    again = await invoke("all-accounts", path, "--period", 405, "--compare-only")
    assert again.exit_code == 0
    assert "rows imported" not in again.output


def example(heading: str) -> str:
    """The CSV example of a section of the documentation."""
    documentation = (Path(__file__).parents[2] / "docs" / "imports.md").read_text(encoding="utf-8")
    section = documentation.split(f"### {heading}\n", 1)[1]
    return section.split("```csv\n", 1)[1].split("```", 1)[0]


async def test_the_examples_of_the_documentation_come_in(
    settings: Database, tmp_path: Path
) -> None:
    async with settings.session() as session:
        await load_essential(session)
    for heading in ("Members", "Products", "Autoships", "Orders"):
        command = heading.lower()
        result = await invoke(command, write(tmp_path / f"{command}.csv", example(heading)))
        assert result.exit_code == 0, result.output


async def test_the_documented_report_has_no_differences(settings: Database, tmp_path: Path) -> None:
    async with settings.session() as session:
        await load_essential(session)
    path = write(tmp_path / "october.csv", example("All accounts"))
    result = await invoke("all-accounts", path, "--period", 405)
    assert result.exit_code == 0, result.output
    assert "Every figure of october.csv comes out of our engine as well." in result.output
