"""Files of a batch: after approval only, totals as booked, the same again or not at all."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select
from tests.factories.family import add_family
from tests.factories.payouts import (
    AMERICAN,
    CHECK,
    CLERK,
    FIELDS,
    GERMAN,
    PAYONEER,
    TREASURER,
    add_payout_methods,
)
from tests.services.payout.files.test_nacha import ISSUER, parse
from tests.services.payout.test_batches import by, give

from upline.core.context import Context
from upline.models.payout import PayoutFile
from upline.services.payout import batches, exports
from upline.services.payout.batches import Batch, WrongState
from upline.services.payout.exports import FileChanged
from upline.services.payout.terms import Terms
from upline.services.verify import auditor
from upline.settings import PayoutSettings

SETTINGS = PayoutSettings(nacha=ISSUER)


@pytest.fixture
async def clerk(ctx: Context) -> Context:
    await add_family(ctx.session)
    return by(ctx, CLERK)


async def prepared(ctx: Context) -> Batch:
    requests = {1: AMERICAN, 2: GERMAN, 3: PAYONEER, 4: CHECK, 6: AMERICAN}
    for customer_id, request in requests.items():
        await add_payout_methods(ctx, [customer_id], request)
    await give(ctx, {customer_id: f"{customer_id}00.25" for customer_id in requests})
    return await batches.prepare(ctx, "USD", Terms(), date(2014, 11, 17))


async def test_files_hold_what_the_batch_froze(clerk: Context) -> None:
    batch = await prepared(clerk)
    number = batch.payout_batch_id
    with pytest.raises(WrongState):
        await exports.export(clerk, FIELDS, SETTINGS, number)
    await batches.approve(by(clerk, TREASURER), number)
    files = await exports.export(clerk, FIELDS, SETTINGS, number)
    assert [(file.name, file.payout_count, file.total) for file in files] == [
        (f"payout-{number}-checks.csv", 1, Decimal("400.25")),
        (f"payout-{number}-nacha.ach", 2, Decimal("700.50")),
        (f"payout-{number}-payoneer.csv", 1, Decimal("300.25")),
        (f"payout-{number}-transfers.csv", 1, Decimal("200.25")),
    ]
    assert sum(file.total for file in files) == batch.total
    entries = parse(files[1].content)
    assert sum(entry.amount for entry in entries) == Decimal("700.50")
    assert await exports.export(clerk, FIELDS, SETTINGS, number) == files
    assert len((await clerk.session.scalars(select(PayoutFile.payout_file_id))).all()) == 4
    assert await auditor.verify(clerk.session) == []


async def test_a_different_file_is_refused(clerk: Context) -> None:
    batch = await prepared(clerk)
    await batches.approve(by(clerk, TREASURER), batch.payout_batch_id)
    await exports.export(clerk, FIELDS, SETTINGS, batch.payout_batch_id)
    renamed = ISSUER.model_copy(update={"company_name": "Somebody Else"})
    with pytest.raises(FileChanged):
        await exports.export(clerk, FIELDS, PayoutSettings(nacha=renamed), batch.payout_batch_id)
