import csv
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from tests.cli.conftest import Upline
from tests.factories.closing import close
from tests.factories.golden import MEMBER, PERIOD
from tests.factories.golden_company import found_company

from upline.bootstrap import Container
from upline.core.context import SYSTEM
from upline.core.db import Database
from upline.demo.payout_methods import fill_payout_methods
from upline.services.auth import logins
from upline.services.period import calendar
from upline.settings import Settings

PASSWORD = "correct horse battery"
BANK = {
    "DESTINATION_ROUTING": "121000248",
    "DESTINATION_NAME": "Our Bank",
    "ORIGIN": "1234567890",
    "COMPANY_NAME": "Golden",
    "COMPANY_ID": "1876543210",
}


@pytest.fixture
async def company(
    upline: Upline, committed_database: Database, monkeypatch: pytest.MonkeyPatch
) -> Upline:
    """October closed, members with accounts, two administrators, a bank of the company's."""
    for name, value in BANK.items():
        monkeypatch.setenv(f"UPLINE_PAYOUTS__NACHA__{name}", value)
    contexts = await found_company(committed_database)
    await close(contexts, PERIOD)
    async with (
        Container.open(Settings(), database=committed_database) as container,
        container.context(SYSTEM) as ctx,
    ):
        for name in ("clerk", "treasurer"):
            await logins.create(
                ctx, container.passwords, PASSWORD, username=name, administrator=True
            )
        await fill_payout_methods(ctx, container.fields)
    return upline


def exported_to(folder: Path) -> dict[str, bytes]:
    """The files of batch 1, which nobody but their owner may read."""
    files = list(folder.glob("payout-1-*"))
    assert all(file.stat().st_mode & 0o077 == 0 for file in files)
    return {file.name: file.read_bytes() for file in files}


async def test_a_period_from_the_freeze_to_the_tax_form(company: Upline, tmp_path: Path) -> None:
    prepared = await company("payout", "prepare", "--period", PERIOD, "--as", "clerk")
    assert "Batch 1 is prepared: 4 payouts, 870.49 USD" in prepared.output
    approve = ("payout", "approve", 1, "--as")
    for wrong in ("clerk", "nobody"):
        refused = await company(*approve, wrong, "--password", PASSWORD)
        assert refused.exit_code == 1
    refused = await company(*approve, "treasurer", "--password", "guessed wrong")
    assert refused.exit_code == 1
    early = await company("payout", "export", 1, "--as", "clerk", "--to", tmp_path)
    assert "Batch 1 is prepared." in early.output
    approved = await company(*approve, "treasurer", input=f"{PASSWORD}\n")
    assert "Batch 1 is approved" in approved.output
    exported = await company("payout", "export", 1, "--as", "clerk", "--to", tmp_path)
    assert exported.exit_code == 0, exported.output
    files = exported_to(tmp_path)
    assert "payout-1-nacha.ach" in files
    await company("payout", "export", 1, "--as", "clerk", "--to", tmp_path)
    assert exported_to(tmp_path) == files
    failed = await company("payout", "fail", 1, 1, "--as", "clerk", "--reason", "closed")
    assert re.search(r"nacha +│ failed +│ 1 ", failed.output)
    assert "Period 405 is closed." in failed.output
    early = await company("payout", "settle", 1, "--as", "clerk", "--on", "2014-11-16")
    assert "not between the day of the batch" in early.output
    settled = await company("payout", "settle", 1, "--as", "clerk")
    assert "Batch 1 is settled" in settled.output
    assert "Period 405 is paid." in settled.output
    returned = await company("payout", "return", 1, 2, "--as", "clerk")
    assert re.search(r"│ returned +│ 1 ", returned.output)
    listed = await company("payout", "list")
    assert all(word in listed.output for word in ("settled", "clerk", "treasurer"))
    assert (await company("verify")).exit_code == 0
    year = calendar.local_date(datetime.now(UTC), "America/Denver").year
    taxes = await company("tax", "1099", year, "--csv", tmp_path / "1099.csv")
    assert f"{year}: 2 members" in taxes.output


async def test_looking_before_saying_yes(company: Upline, tmp_path: Path) -> None:
    await company("payout", "adjust", MEMBER, "0.5", "--as", "clerk", "--reference", "A-1",
                  "--currency", "jpy")  # fmt: skip
    prepared = await company("payout", "prepare", "--period", PERIOD, "--as", "clerk")
    assert "Batch 1 is prepared: 0 payouts, 0.00 JPY" in prepared.output
    assert "Left on account, less than the minimum or the fee: 1 members, 0.50 JPY." in (
        prepared.output
    )
    shown = await company("payout", "show", 2, "--limit", 1)
    assert "Prepared by clerk, approved by nobody." in shown.output
    assert re.search(r"nacha +│ pending +│ \d ", shown.output)
    assert "The 1 largest; --csv FILE writes all." in shown.output
    await company("payout", "show", 2, "--csv", tmp_path / "batch.csv")
    with (tmp_path / "batch.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert sum(Decimal(row["amount"]) for row in rows) == Decimal("870.49")
    assert {row["status"] for row in rows} == {"pending"}
    assert "There is no payout batch 7." in (await company("payout", "show", 7)).output


async def test_corrections_are_made_once(company: Upline) -> None:
    words = ("payout", "adjust", MEMBER, "12.50", "--as", "clerk", "--reference", "A-1")
    corrected = f"The wallet of {MEMBER} is corrected by +12.50 USD: it holds 326.89."
    assert corrected in (await company(*words)).output
    again = await company(*words)
    assert again.exit_code == 1
    assert "already been posted" in again.output
    for wrong in ("1e3", "1.23456", "NaN", "9" * 13):
        refused = await company("payout", "adjust", MEMBER, wrong, "--as", "clerk",
                                "--reference", "B")  # fmt: skip
        assert "not an amount of money" in refused.output
    taken = await company("payout", "adjust", "--as", "clerk", "--reference", "C", "--",
                          MEMBER, "-400")  # fmt: skip
    assert "corrected by -400.00 USD: it holds 0.00, and a debt of 73.11." in taken.output


async def test_a_batch_given_up(company: Upline) -> None:
    await company("payout", "prepare", "--as", "clerk")
    cancelled = await company("payout", "cancel", 1, "--as", "clerk")
    assert "Batch 1 is cancelled" in cancelled.output
    missing = await company("payout", "cancel", 7, "--as", "clerk")
    assert "There is no payout batch 7." in missing.output
    nobody = await company("payout", "prepare", "--as", "somebody")
    assert "No administrator logs in as" in nobody.output
    date = await company("payout", "prepare", "--as", "clerk", "--on", "tomorrow")
    assert "not a date" in date.output
    past = await company("payout", "prepare", "--as", "clerk", "--on", "2014-11-17")
    assert "has passed" in past.output
    yen = ("payout", "prepare", "--as", "clerk", "--currency", "jpy")
    assert "There is nothing to pay in this currency." in (await company(*yen)).output
    await company("payout", "adjust", MEMBER, "0.5", "--as", "clerk", "--reference", "A",
                  "--currency", "JPY")  # fmt: skip
    assert "less than the minimum or the fee: 1 members, 0.50 JPY." in (await company(*yen)).output
    both = await company("payout", "prepare", "--as", "clerk", "--period", PERIOD, "--on", "x")
    assert "go without --period" in both.output
