from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from tests.factories.closing import close
from tests.factories.company import add_orders
from tests.factories.golden import MEMBER, PERIOD
from tests.factories.golden_company import contexts_at, found_company

from upline.core.context import SYSTEM, Context
from upline.core.db import Database
from upline.models.commission import CommissionCheck, CommissionRun
from upline.models.customer import Customer
from upline.models.ledger import LedgerAccount
from upline.models.order import Order
from upline.services import plan as plans
from upline.services.exchange import rates
from upline.services.exchange.rates import RatesRefused
from upline.services.plan import versions
from upline.services.verify import auditor
from upline.services.workflows import close_period

RATES = "currency,period,rate_in,rate_out\nCAD,300,0.775194,1.29\n"
EXCHANGE = '\n[exchange]\nvolumes = ["cv"]\n'


async def _load(ctx: Context, tmp_path: Path, content: str) -> int:
    file = tmp_path / "rates.csv"
    file.write_text(content, encoding="utf-8")
    return await rates.load_file(ctx, file)


BAD_FILES = (
    ("currency,period\n", "line 1: the columns must be"),
    (RATES + "CAD,300,1,1\n", "line 3: period: CAD has this period twice"),
    (RATES + "XXX,300,1,1\n", "line 3: currency: 'XXX' is not known"),
    (RATES + "CAD,x,1,1\n", "line 3: period: 'x' is not the number of a period"),
    (RATES + "CAD,301,0,1\n", "line 3: rate_in: 0 is not above 0"),
    (RATES + "CAD,301,1,1.1234567\n", "line 3: rate_out: 1.1234567 has more than six decimals"),
    (RATES + "CAD,301,1,much\n", "line 3: rate_out: 'much' is not a number"),
    (RATES + "CAD,301\n", "line 3: the header has 4 columns"),
    ("currency,period,rate_in,rate_out\n", "line 2: there is no row"),
)


async def test_a_bad_file_is_refused_whole(committed_database: Database, tmp_path: Path) -> None:
    contexts = contexts_at(committed_database)
    async with contexts.open(SYSTEM) as ctx:
        for content, said in BAD_FILES:
            with pytest.raises(RatesRefused, match=said):
                await _load(ctx, tmp_path, content)
        assert await rates.list_rates(ctx, PERIOD) == []


async def test_checks_are_paid_in_the_members_currency(
    committed_database: Database, tmp_path: Path
) -> None:
    """Without a rate a check stays in plan money; with one the ledger keeps both currencies."""
    contexts = await found_company(committed_database)
    async with contexts.open(SYSTEM) as ctx:
        text_of = plans.load_builtin("essential").text + EXCHANGE
        await versions.load(ctx.session, text_of, 301)
        await ctx.session.execute(
            update(Customer).where(Customer.customer_id == MEMBER).values(currency_code="CAD")
        )
    await close_period.preview(contexts, PERIOD, SYSTEM)
    async with contexts.open(SYSTEM) as ctx:
        issues = await ctx.session.scalar(select(CommissionRun.issues))
        assert {"code": "no_exchange_rate", "customer_id": MEMBER, "detail": "CAD"} in issues
        assert await _load(ctx, tmp_path, RATES) == 1
    outcome = await close(contexts, PERIOD)
    async with contexts.open(SYSTEM) as ctx:
        check = (
            await ctx.session.execute(
                select(
                    CommissionCheck.net,
                    CommissionCheck.currency_code,
                    CommissionCheck.exchange_rate,
                    CommissionCheck.local_net,
                ).where(
                    CommissionCheck.run_id == outcome.run_id,
                    CommissionCheck.customer_id == MEMBER,
                )
            )
        ).one()
        assert check.local_net == round(check.net * Decimal("1.29"), 2)
        assert (check.currency_code, check.exchange_rate) == ("CAD", Decimal("1.29"))
        balances = {
            (row.code, row.currency_code): row.balance
            for row in await ctx.session.execute(
                select(
                    LedgerAccount.code, LedgerAccount.currency_code, LedgerAccount.balance
                ).where(LedgerAccount.customer_id.is_(None) | (LedgerAccount.customer_id == MEMBER))
            )
        }
        assert balances["wallet", "CAD"] == check.local_net
        assert balances["exchange", "CAD"] == -check.local_net
        assert balances["exchange", "USD"] == check.net
        assert ("wallet", "USD") not in balances
        assert await auditor.verify(ctx.session) == []
        with pytest.raises(RatesRefused, match="closed"):
            await _load(ctx, tmp_path, RATES.replace("300", str(PERIOD)))


async def test_local_volume_becomes_plan_volume(
    committed_database: Database, tmp_path: Path
) -> None:
    contexts = await found_company(committed_database)
    async with contexts.open(SYSTEM) as ctx:
        text_of = plans.load_builtin("essential").text + EXCHANGE
        await versions.load(ctx.session, text_of, 301)
        await _load(ctx, tmp_path, RATES + f"CAD,{PERIOD},0.5,2\n")
        order = {"order_id": 77, "customer_id": MEMBER, "pv": "0", "cv": "10.01"}
        await add_orders(ctx.session, [order | {"ordered_on": ctx.now.date().replace(month=10)}])
        await ctx.session.execute(
            update(Order).where(Order.order_id == 77).values(currency_code="CAD")
        )
    before = await close_period.preview(contexts, PERIOD, SYSTEM)
    async with contexts.open(SYSTEM) as ctx:
        volume = text("SELECT cv FROM member_periods WHERE run_id = :run AND customer_id = :id")
        mine = {"run": before.run_id, "id": MEMBER}
        posted = text(
            "SELECT sum(cv) FROM volume_entries WHERE customer_id = :id AND order_id <> 77"
            " AND period_id = :period"
        )
        others = await ctx.session.scalar(posted, {"id": MEMBER, "period": PERIOD})
        assert await ctx.session.scalar(volume, mine) == others + Decimal("5.01")
        latest = [
            (one.rate.period_id, one.rate.rate_in) for one in await rates.list_rates(ctx, 500)
        ]
        assert latest == [(PERIOD, Decimal("0.5"))]


@pytest.mark.parametrize(
    ("lives", "spends", "rate"), [("CAD", "USD", Decimal("1.25")), ("USD", "CAD", Decimal("1.04"))]
)
async def test_checks_of_groups_that_bought_elsewhere(
    committed_database: Database, tmp_path: Path, lives: str, spends: str, rate: Decimal
) -> None:
    """A unit of the plan's money is 1.30 there, and 0.80 come in for one: 1 / 0.8 or 0.8 × 1.3."""
    contexts = await found_company(committed_database)
    async with contexts.open(SYSTEM) as ctx:
        blended = '\n[exchange]\n[exchange.blended]\nhome_rate = 0\nvolume = "cv"\n'
        await versions.load(ctx.session, plans.load_builtin("essential").text + blended, 301)
        await ctx.session.execute(update(Order).values(currency_code=spends))
        await ctx.session.execute(
            update(Customer).where(Customer.customer_id == MEMBER).values(currency_code=lives)
        )
        await _load(ctx, tmp_path, "currency,period,rate_in,rate_out\nCAD,300,0.8,1.3\n")
    outcome = await close(contexts, PERIOD)
    async with contexts.open(SYSTEM) as ctx:
        check = CommissionCheck
        query = select(check.net, check.currency_code, check.exchange_rate, check.local_net)
        mine = (check.run_id == outcome.run_id, check.customer_id == MEMBER)
        found = (await ctx.session.execute(query.where(*mine))).one()
        assert found[1:] == (lives, rate, round(found.net * rate, 2))
        account = LedgerAccount
        wallet = (account.customer_id == MEMBER, account.currency_code == lives)
        paid = await ctx.session.scalar(select(account.balance).where(*wallet))
        assert paid == found.local_net
        assert await auditor.verify(ctx.session) == []
