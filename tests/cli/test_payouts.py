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
    assert "1 payouts of batch 1 failed." in failed.output
    settled = await company("payout", "settle", 1, "--as", "clerk")
    assert "Batch 1 is settled" in settled.output
    shown = await company("period", "show", PERIOD)
    assert "Paid" in shown.output
    returned = await company("payout", "return", 1, 2, "--as", "clerk", "--on", "2014-12-01")
    assert "came back" in returned.output
    listed = await company("payout", "list")
    assert all(word in listed.output for word in ("settled", "clerk", "treasurer"))
    assert (await company("verify")).exit_code == 0
    taxes = await company("tax", "1099", 2014, "--csv", tmp_path / "1099.csv")
    assert "2014: 2 members" in taxes.output


async def test_corrections_are_made_once(company: Upline) -> None:
    words = ("payout", "adjust", MEMBER, "12.50", "--as", "clerk", "--reference", "A-1")
    assert f"The wallet of {MEMBER} is corrected by 12.50." in (await company(*words)).output
    again = await company(*words)
    assert again.exit_code == 1
    assert "already been posted" in again.output
    wrong = await company("payout", "adjust", MEMBER, "1e9x", "--as", "clerk", "--reference", "B")
    assert "not an amount of money" in wrong.output


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
