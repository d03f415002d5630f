from pathlib import Path

import pytest
from tests.cli.conftest import Upline


async def test_a_built_in_plan_has_no_problems(upline: Upline) -> None:
    checked = await upline("plan", "check", "essential")
    assert checked.exit_code == 0, checked.output
    assert "Essential: 10 ranks" in checked.output


async def test_problems_name_line_and_field(upline: Upline, tmp_path: Path) -> None:
    file = tmp_path / "odd.toml"
    file.write_text('[plan]\nkey = "odd"\nname = "Odd"\ncurrency = 5\n')
    checked = await upline("plan", "check", file)
    assert checked.exit_code == 1
    assert "line 4: plan.currency" in checked.output


@pytest.mark.parametrize("name", ["no-such-plan", "../../etc/passwd"])
async def test_a_name_that_is_no_plan_is_refused(upline: Upline, name: str) -> None:
    assert (await upline("plan", "check", name)).exit_code == 1


async def test_a_plan_governs_from_a_period_on(upline: Upline) -> None:
    assert (await upline("plan", "show", 405)).exit_code == 1
    loaded = await upline("plan", "load", "essential", "--from", 400)
    assert "essential governs from 400 (May 2014) on." in loaded.output
    shown = await upline("plan", "show", 405)
    assert "in force from period 400" in shown.output
    assert "Royal Crown Diamond" in shown.output
    text = await upline("plan", "show", 405, "--text")
    assert 'key = "essential"' in text.output


async def test_a_month_plan_cannot_govern_weeks(upline: Upline) -> None:
    loaded = await upline("plan", "load", "essential", "--from", 10_000)
    assert loaded.exit_code == 1
    assert "calendar" in loaded.output


async def test_golden_cases_beside_a_plan_are_run(upline: Upline, tmp_path: Path) -> None:
    plan, cases = tmp_path / "mine.toml", tmp_path / "mine.cases.toml"
    bonus = 'kind = "unilevel"\nid = 1\ncode = "u"\nname = "U"\nrates = ["10%"]\n'
    plan.write_text(f'[plan]\nkey = "mine"\nname = "Mine"\n[[bonuses]]\n{bonus}')
    company = (
        '[[cases]]\nname = "One level"\nmembers = [{ id = 1 }, { id = 2, sponsor = 1 }]\n'
        "orders = [{ member = 2, pv = 50 }]\n"
    )
    cases.write_text(company + "expect = [{ member = 1, check = 6 }]\n")
    checked = await upline("plan", "check", plan)
    assert checked.exit_code == 1
    assert "line 5: cases[0].expect[0]: One level: the check of member 1 is 5, not 6" in " ".join(
        checked.output.split()
    )
    cases.write_text(company + "expect = [{ member = 1, check = 5 }]\n")
    checked = await upline("plan", "check", plan)
    assert checked.exit_code == 0, checked.output
    assert "The cases in mine.cases.toml are met." in " ".join(checked.output.split())
    assert "10 %" in checked.output
