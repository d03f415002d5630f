"""The paper says what the statement says, and is set once for figures that are final."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select
from tests.factories.closing import close
from tests.factories.golden import MEMBER, PERIOD
from tests.factories.golden_company import found_company
from tests.factories.statements import counted

from upline.core.context import SYSTEM, ContextFactory
from upline.core.db import Database
from upline.core.errors import NotFound
from upline.core.paging import Page
from upline.models.ledger import LedgerAccount, LedgerEntry
from upline.services.commission import queries, statement_document
from upline.services.commission.lines import Line
from upline.services.commission.statement_document import Money, StatementPrinter
from upline.services.workflows import close_period

RITA = 123_440  # has next to no lines


class Notes:
    """A typesetter that writes down what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[Mapping[str, object]] = []

    async def set(self, template: Path, data: Mapping[str, object]) -> bytes:
        assert template.name == "statement.typ"
        self.asked.append(data)
        return str(len(self.asked)).encode()


@pytest.fixture
async def contexts(committed_database: Database) -> ContextFactory:
    return await found_company(committed_database)


async def test_totals_equal_statement_ledger_and_lines(contexts: ContextFactory) -> None:
    await close(contexts, PERIOD)
    async with contexts.open(SYSTEM) as ctx:
        statement = await queries.get_statement(ctx, MEMBER, PERIOD, Page(1, 1_000))
        booked = await ctx.session.scalar(
            select(func.sum(LedgerEntry.amount))
            .join(LedgerAccount, LedgerAccount.account_id == LedgerEntry.account_id)
            .where(LedgerAccount.customer_id == MEMBER)
        )
        data = await statement_document.gather(ctx, MEMBER, PERIOD, "level")
    assert data["totals"] == [
        ["Commission", "317.39", False],
        ["Fees and corrections", "-3.00", False],
        ["Net", "314.39", True],
    ]
    assert Decimal("314.39") == booked == statement.net
    bonuses = data["bonuses"]
    assert isinstance(bonuses, list)
    assert bonuses == [["Retail", "11.84"], ["Unilevel", "229.71"], ["Fast Start", "75.84"]]
    assert sum(Decimal(amount) for _, amount in bonuses) == statement.total
    lines = data["lines"]
    assert isinstance(lines, list)
    assert sum(Decimal(line[-1]) for line in lines) == sum(line.amount for line in statement.lines)
    assert data["adjustments"] == [["Maintenance Fee", "-3.00"]]
    assert str(data["line_total"]).startswith(f"{statement.line_count} lines, ")


async def test_papers_take_as_many_statements_however_many_lines(contexts: ContextFactory) -> None:
    await close(contexts, PERIOD)
    counts = []
    async with contexts.open(SYSTEM) as ctx:
        for member, has_many in ((MEMBER, True), (RITA, False)):
            with counted() as sent:
                data = await statement_document.gather(ctx, member, PERIOD, "level")
            counts.append(len(sent))
            lines = data["lines"]
            assert isinstance(lines, list)
            assert (len(lines) > 10) is has_many
    assert counts[0] == counts[1] <= 10


async def test_final_figures_are_set_once(contexts: ContextFactory) -> None:
    notes = Notes()
    printer = StatementPrinter(notes)
    await close_period.preview(contexts, PERIOD, SYSTEM)
    for _ in range(2):
        async with contexts.open(SYSTEM) as ctx:
            await printer.get(ctx, MEMBER, PERIOD)
    assert len(notes.asked) == 2
    await close(contexts, PERIOD)
    for _ in range(2):
        async with contexts.open(SYSTEM) as ctx:
            document = await printer.get(ctx, MEMBER, PERIOD)
    assert len(notes.asked) == 3
    assert (document.name, document.content) == (f"statement-{MEMBER}-{PERIOD}.pdf", b"3")


async def test_long_statements_end_somewhere(
    contexts: ContextFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    await close_period.preview(contexts, PERIOD, SYSTEM)
    monkeypatch.setattr(statement_document, "MOST_LINES", 2)
    async with contexts.open(SYSTEM) as ctx:
        data = await statement_document.gather(ctx, MEMBER, PERIOD, "level")
    assert "further lines are not printed" in str(data["line_total"])


async def test_without_a_run_there_is_an_empty_statement(contexts: ContextFactory) -> None:
    printer = StatementPrinter(Notes())
    async with contexts.open(SYSTEM) as ctx:
        assert (await printer.get(ctx, MEMBER, PERIOD)).content == b"1"
        with pytest.raises(NotFound):
            await printer.get(ctx, MEMBER, 1)


async def test_numbers_of_a_column_have_as_many_decimals(contexts: ContextFactory) -> None:
    await close_period.preview(contexts, PERIOD, SYSTEM)
    async with contexts.open(SYSTEM) as ctx:
        data = await statement_document.gather(ctx, MEMBER, PERIOD, "level")
    columns, lines = data["columns"], data["lines"]
    assert isinstance(columns, list)
    assert isinstance(lines, list)
    assert {len(line) for line in lines} == {len(columns)}
    for name in ("Volume", "Amount"):
        texts = [line[columns.index(name)] for line in lines]
        assert len({len(text.partition(".")[2]) for text in texts}) == 1
    member = data["member"]
    assert isinstance(member, dict)
    assert member["address"][-1] == "United States"


def test_orders_have_a_column_where_there_are_some() -> None:
    eight = (Decimal("75.25"), Decimal(8), Decimal("6.02"))
    plain, money = Line(1, 2, "Unilevel", 5, "Cool Member", None, 1, 1, *eight, ""), Money("USD")
    alone = statement_document._table([plain], money)
    assert alone["columns"] == ["Bonus", "From", "Level", "Volume", "Rate", "Amount"]
    table = statement_document._table([plain, replace(plain, order_id=7)], money)
    lines = table["lines"]
    assert isinstance(lines, list)
    assert [each[2] for each in lines] == ["", "7"]
    assert statement_document._table([], money)["lines"] == []


def test_names_stay_in_their_column() -> None:
    assert statement_document._apart("\u05d0") == "\u2068\u05d0\u2069"
    assert statement_document._apart("A" * 50).count("\u200b") == 2


def test_money_as_text() -> None:
    dollars, yen = Money("USD"), Money("JPY")
    assert dollars.rounded(Decimal("-1234.5")) == "-1,234.50"
    assert dollars.exact([Decimal("6.0200"), Decimal(-1200)]) == ["6.02", "-1,200.00"]
    assert dollars.exact([Decimal("142.8302"), Decimal("6.0200")]) == ["142.8302", "6.0200"]
    assert dollars.exact([]) == []
    assert yen.rounded(Decimal(1234)) == "1,234"
    assert yen.exact([Decimal("1234.0000")]) == ["1,234"]
