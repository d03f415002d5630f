"""Orders of a file: completed from members and prices, posted to the right periods."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from sqlalchemy import insert, select, text
from tests.services.imports.conftest import Maker, contents

from upline.core.context import Context
from upline.models.order import Order, OrderItem
from upline.models.period import Period
from upline.models.product import Product, ProductPrice
from upline.models.volume import VolumeEntry
from upline.services.imports.members import import_members
from upline.services.imports.orders import import_orders
from upline.services.imports.report import Issue
from upline.services.period import calendar
from upline.services.plan import load_builtin, versions
from upline.services.verify import auditor

OCTOBER, NOVEMBER, DECEMBER = 405, 406, 407
MEMBERS: list[dict[str, object]] = [
    {"id": 1, "country": "US", "enrolled": "2014-05-01", "type": "distributor"},
    {"id": 2, "country": "DE", "enrolled": "2014-05-01", "type": "preferred"},
    {"id": 3, "country": "US", "enrolled": "2014-05-01", "type": "retail"},
    {"id": 4, "country": "DE", "enrolled": "2014-05-01", "type": "retail"},
]
PRODUCTS = [(11, "OIL-1", 1), (12, "KIT-P", 4)]
PRICES = [
    # in the order of the table's columns
    (11, "US", "USD", "20", "15.20", "15", "12"),
    (11, "DE", "EUR", "18", "13.68", "15", "12"),
    (12, "US", "USD", "200", "160", "100", "0"),
]


@pytest.fixture
async def shop(ctx: Context, write: Maker) -> Context:
    """A company with four members and two products, of which one is sold in one country only."""
    assert (await import_members(ctx, write("members.csv", MEMBERS))).ok
    await ctx.session.execute(
        insert(Product),
        [
            {"product_id": number, "sku": sku, "name": sku, "product_type_id": kind}
            for number, sku, kind in PRODUCTS
        ],
    )
    names = [column.name for column in ProductPrice.__table__.columns][: len(PRICES[0])]
    await ctx.session.execute(
        insert(ProductPrice), [dict(zip(names, price, strict=True)) for price in PRICES]
    )
    return ctx


async def orders(ctx: Context, *columns: Any) -> list[tuple[Any, ...]]:
    rows = await ctx.session.execute(select(*columns).order_by(Order.order_id))
    return [tuple(row) for row in rows]


async def entries(ctx: Context) -> list[tuple[Any, ...]]:
    """Member, month, week, type, whether it corrects, pv, cv, margin; in the order of posting."""
    rows = await ctx.session.execute(
        select(
            VolumeEntry.customer_id, VolumeEntry.period_id, VolumeEntry.week_id,
            VolumeEntry.entry_type_id, VolumeEntry.pv, VolumeEntry.cv,
            VolumeEntry.retail_margin_base,
        ).order_by(VolumeEntry.entry_id)
    )  # fmt: skip
    return [(*row[:4], *map(str, row[4:])) for row in rows]


async def test_totals_are_taken_as_they_stand(shop: Context, write: Maker) -> None:
    row = {
        "id": 77, "member": 1, "date": "2014-10-03", "type": "autoship", "subtotal": 100,
        "discount": 10, "shipping": 5.5, "tax": 4, "total": 99.5, "pv": 80, "cv": 72,
        "retail_margin_base": 0, "currency": "USD", "country": "US",
    }  # fmt: skip
    outcome = await import_orders(shop, write("orders.csv", [row]))
    assert outcome.stored == {
        "orders": 1, "order_items": 0, "volume_entries": 1, "refunds": 0, "late": 0,
    }  # fmt: skip
    order = await shop.session.get_one(Order, 77)
    assert (order.customer_id, order.order_type_id, order.external_id) == (1, 2, None)
    assert (order.order_status_id, order.payment_status_id) == (30, 30)
    assert order.ordered_at == order.paid_at == datetime(2014, 10, 3, 6, tzinfo=UTC)
    assert [order.subtotal, order.discount, order.shipping, order.tax, order.total] == [
        Decimal(100), Decimal(10), Decimal("5.5"), Decimal(4), Decimal("99.5"),
    ]  # fmt: skip
    assert await entries(shop) == [(1, OCTOBER, 10021, 1, "80.0000", "72.0000", "0.0000")]


async def test_items_are_priced_for_who_buys_and_where(shop: Context, write: Maker) -> None:
    rows = [
        {"id": 1, "member": 1, "date": "2014-10-03", "items": "oil-1:2;KIT-P:1"},
        {"id": 2, "member": 2, "date": "2014-10-03", "items": "OIL-1:3"},
        {"id": 3, "member": 3, "date": "2014-10-03", "items": "OIL-1:1"},
    ]
    outcome = await import_orders(shop, write("orders.csv", rows))
    assert outcome.issues == ()
    found = await orders(
        shop, Order.order_type_id, Order.currency_code, Order.subtotal, Order.total,
        Order.pv, Order.cv, Order.retail_margin_base,
    )  # fmt: skip
    number = Decimal
    assert found == [
        (4, "USD", number("190.4"), number("190.4"), 130, 24, 0),
        (1, "EUR", number("41.04"), number("41.04"), 45, 36, 0),
        (5, "USD", 20, 20, 15, 12, 20),  # what the sponsor's retail percentage applies to
    ]
    items = await shop.session.execute(
        select(
            OrderItem.order_id, OrderItem.product_id, OrderItem.quantity, OrderItem.unit_price
        ).order_by(OrderItem.order_item_id)
    )
    assert [tuple(row) for row in items] == [
        (1, 11, 2, number("15.2")), (1, 12, 1, number(160)), (2, 11, 3, number("13.68")),
        (3, 11, 1, number(20)),
    ]  # fmt: skip


async def test_periods_begin_at_midnight_of_the_company(shop: Context, write: Maker) -> None:
    rows = [
        {"id": 1, "member": 1, "date": "2014-11-01T05:59:59Z", "pv": 1},
        {"id": 2, "member": 1, "date": "2014-11-01T06:00:00Z", "pv": 2},
        {"id": 3, "member": 1, "date": "2014-11-02 23:59:59", "pv": 3},
        {"id": 4, "member": 1, "date": "2014-11-03", "pv": 4},
    ]
    await import_orders(shop, write("orders.csv", rows))
    assert [entry[1:3] for entry in await entries(shop)] == [
        (OCTOBER, 10025), (NOVEMBER, 10025), (NOVEMBER, 10025), (NOVEMBER, 10026),
    ]  # fmt: skip
    opened = await shop.session.scalars(select(Period.period_id).order_by(Period.period_id))
    assert list(opened) == [OCTOBER, NOVEMBER, 10025, 10026]


async def test_refunds_take_back_their_share_and_name_what_they_correct(
    shop: Context, write: Maker
) -> None:
    """Thirds of a volume that does not divide by three: in the end nothing is left."""
    row = {
        "id": "A-1", "member": 3, "date": "2014-10-03", "total": 30, "pv": "10.0001", "cv": 5,
        "refunds": "10@2014-11-20;10@2014-10-20;10@2014-12-01",
    }  # fmt: skip
    partly = {"id": "A-2", "member": 1, "date": "2014-10-03", "total": 30, "pv": 10,
              "refunds": "7.5@2014-10-04"}  # fmt: skip
    outcome = await import_orders(shop, write("orders.csv", [row, partly]))
    assert outcome.stored["refunds"] == 4
    assert [entry for entry in await entries(shop) if entry[0] == 3] == [
        (3, OCTOBER, 10021, 1, "10.0001", "5.0000", "30.0000"),
        (3, OCTOBER, 10024, 2, "-3.3334", "-1.6667", "-10.0000"),
        (3, NOVEMBER, 10028, 2, "-3.3333", "-1.6666", "-10.0000"),
        (3, DECEMBER, 10030, 2, "-3.3334", "-1.6667", "-10.0000"),
    ]
    assert await orders(shop, Order.external_id, Order.refunded_total, Order.payment_status_id) == [
        ("A-1", 30, 40), ("A-2", Decimal("7.5"), 35),
    ]  # fmt: skip
    dangling = await shop.session.scalar(
        text(
            "SELECT count(*) FROM volume_entries r LEFT JOIN volume_entries e"
            " ON e.entry_id = r.corrects_id AND e.order_id = r.order_id AND e.entry_type_id = 1"
            " WHERE r.entry_type_id = 2 AND e.entry_id IS NULL"
        )
    )
    assert dangling == 0


LATE_ROWS = [
    {"id": 1, "member": 1, "date": "2014-10-03", "pv": 1, "total": 5, "refunds": "5@2014-12-02"},
    {"id": 2, "member": 1, "date": "2014-12-03", "pv": 2},
]


async def shut(shop: Context, *numbers: int) -> None:
    """Periods that take no more volume."""
    for number in numbers:
        starts_at, ends_at = calendar.bounds(number, shop.company.time_zone)
        await shop.session.execute(
            insert(Period).values(
                period_id=number, period_type_id=calendar.period_type(number), status_id=2,
                starts_at=starts_at, ends_at=ends_at,
            )
        )  # fmt: skip


async def test_where_the_plan_restates_late_orders_and_their_refunds_stay_in_their_month(
    shop: Context, write: Maker
) -> None:
    plan = load_builtin("essential").text.replace("[calendar]", '[calendar]\nlate = "restate"')
    await versions.load(shop.session, plan, 300)
    await shut(shop, OCTOBER, 10021)
    outcome = await import_orders(shop, write("orders.csv", LATE_ROWS))
    assert outcome.stored["late"] == 1
    # Weeks have no plan: those that are shut hand on.
    assert [entry[1:4] for entry in await entries(shop)] == [
        (OCTOBER, 10022, 1), (DECEMBER, 10030, 1), (OCTOBER, 10030, 2),
    ]  # fmt: skip
    late = await shop.session.scalars(
        select(VolumeEntry.is_late).order_by(VolumeEntry.entry_type_id, VolumeEntry.order_id)
    )
    assert list(late) == [True, False, True]


@pytest.mark.parametrize(("period", "weekly"), [(10_000, True), (300, False)])
async def test_volume_that_is_spread_comes_and_goes_in_parts(
    shop: Context, write: Maker, period: int, weekly: bool
) -> None:
    """100 in three parts from 10 October; half of it returned on 4 November, in three again."""
    plan = load_builtin("binary" if weekly else "essential").text
    await versions.load(
        shop.session, plan.replace("[volumes]", "[volumes]\nspread_periods = 3"), period
    )
    row = {"id": 1, "member": 1, "date": "2014-10-10", "pv": 100, "cv": "0.0002", "total": 80}
    row |= {"refunds": "40@2014-11-04"}
    outcome = await import_orders(shop, write("orders.csv", [row]))
    assert outcome.ok, outcome.issues
    first, back = (
        calendar.week_id(day) if weekly else calendar.month_id(day)
        for day in (date(2014, 10, 10), date(2014, 11, 4))
    )
    found = [(one[2 if weekly else 1], *one[3:6]) for one in await entries(shop)]
    assert found == [
        (first, 1, "33.3333", "0.0001"),
        (first + 1, 1, "33.3334", "0.0000"),
        (first + 2, 1, "33.3333", "0.0001"),
        (back, 2, "-16.6667", "-0.0001"),
        (back + 1, 2, "-16.6667", "0.0000"),
        (back + 2, 2, "-16.6667", "-0.0001"),
    ]
    assert await auditor.verify(shop.session) == []


async def test_what_comes_for_a_closed_period_counts_in_the_open_one(
    shop: Context, write: Maker
) -> None:
    await shut(shop, OCTOBER, NOVEMBER, 10021, 10022)
    outcome = await import_orders(shop, write("orders.csv", LATE_ROWS))
    assert outcome.stored["late"] == 1
    assert [entry[1:4] for entry in await entries(shop)] == [
        (DECEMBER, 10023, 1), (DECEMBER, 10030, 1), (DECEMBER, 10030, 2),
    ]  # fmt: skip


async def test_every_order_posts_once_whatever_its_volume(shop: Context, write: Maker) -> None:
    outcome = await import_orders(
        shop, write("orders.csv", [{"id": 1, "member": 1, "date": "2014-10-03", "total": 9}])
    )
    assert outcome.stored["volume_entries"] == 1
    assert await entries(shop) == [(1, OCTOBER, 10021, 1, "0.0000", "0.0000", "0.0000")]


MIXED: list[dict[str, object]] = [
    {"id": "B-2", "member": 1, "date": "2014-10-05", "pv": "1", "total": "10",
     "refunds": "2@2014-10-06"},
    {"id": 900, "member": 2, "date": "2014-11-05", "items": "OIL-1:2"},
    {"id": "B-1", "member": 3, "date": "2014-10-05", "items": "OIL-1:1;KIT-P:2"},
    {"id": 12, "member": 1, "date": "2014-10-01", "pv": "3.5", "cv": "2"},
    {"id": "A-9", "member": 2, "date": "2014-10-07T08:00:00Z", "total": "3", "pv": "0"},
]  # fmt: skip
AS_JSON: list[dict[str, object]] = [
    {"Order Number": "B-2", "customer": 1, "date": "2014-10-05", "pv": 1, "total": 10.0,
     "refunds": [{"amount": 2, "date": "2014-10-06"}]},
    {"id": 900, "member": "2", "date": "2014-11-05", "items": [{"sku": "OIL-1", "quantity": 2}]},
    {"id": "B-1", "member": 3, "date": "2014-10-05", "pv": None,
     "items": [{"sku": "oil-1", "quantity": "1"}, {"sku": "KIT-P", "quantity": 2}]},
    {"id": 12, "member": 1, "date": "2014-10-01", "pv": 3.5, "cv": 2},
    {"id": "A-9", "member": 2, "date": "2014-10-07T08:00:00Z", "total": 3, "pv": 0},
]  # fmt: skip


async def imported(ctx: Context, write: Maker, name: str, rows: list[dict[str, object]]) -> Any:
    """The state of the database after the import of `rows` alone, sequences aside."""
    nested = await ctx.session.begin_nested()
    outcome = await import_orders(ctx, write(name, rows))
    assert outcome.issues == ()
    state = await contents(ctx.session)
    await nested.rollback()
    first = min(row["entry_id"] for row in state["volume_entries"])
    for row in state["volume_entries"]:
        row["entry_id"] -= first
        row["corrects_id"] = row["corrects_id"] and row["corrects_id"] - first
    items = sorted(state["order_items"], key=lambda row: int(row["order_item_id"]))
    state["order_items"] = [row | {"order_item_id": n} for n, row in enumerate(items)]
    state["volume_entries"].sort(key=lambda row: int(row["entry_id"]))
    del state["audit_entries"]
    return state


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_the_order_of_rows_makes_no_difference(
    shop: Context, write: Maker, seed: int
) -> None:
    turn = np.random.default_rng(seed).permutation(len(MIXED))
    plain = await imported(shop, write, "orders.csv", MIXED)
    shuffled = await imported(shop, write, "orders.csv", [MIXED[index] for index in turn])
    assert shuffled == plain
    numbers = {row["external_id"]: row["order_id"] for row in plain["orders"]}
    assert numbers["B-1"] == 901
    assert numbers["B-2"] == 902
    assert numbers["A-9"] == 903


async def test_formats_bring_the_same(shop: Context, write: Maker) -> None:
    plain = await imported(shop, write, "orders.csv", MIXED)
    assert await imported(shop, write, "orders.ndjson", AS_JSON) == plain
    assert await imported(shop, write, "orders.json", AS_JSON) == plain


async def test_a_dry_run_changes_nothing(shop: Context, write: Maker) -> None:
    before = await contents(shop.session)
    outcome = await import_orders(shop, write("orders.csv", MIXED), dry_run=True)
    assert (outcome.ok, outcome.rows, outcome.stored) == (True, 5, {})
    assert await contents(shop.session) == before


def order(**cells: object) -> dict[str, object]:
    row: dict[str, object] = {
        "id": 5, "member": 1, "date": "2014-10-03", "total": "", "pv": "", "items": "",
        "currency": "", "country": "", "discount": "", "refunds": "", "type": "",
    }  # fmt: skip
    return row | cells


BAD: dict[str, tuple[list[dict[str, object]], list[tuple[int, str, str]]]] = {
    "unknown member": ([order(member=9, pv=1)], [(2, "member", "“9” is not a customer")]),
    "unknown product": (
        [order(items="NOPE:1")], [(2, "items", "“NOPE” is not a known product")]
    ),
    "not sold there": (
        [order(member=2, items="KIT-P:1")], [(2, "items", "“KIT-P” is not sold in DE")]
    ),
    "other currency than the price": (
        [order(currency="EUR", items="OIL-1:1")],
        [(2, "currency", "is EUR, but “OIL-1” is sold in USD")],
    ),
    "neither items nor amounts": ([order()], [(2, "total", "is missing, as are items and pv")]),
    "duplicate number": (
        [order(pv=1), order(pv=1)], [(3, "id", "is the same as in line 2")]
    ),
    "duplicate external id": (
        [order(id="x", pv=1), order(id="x", pv=1)], [(3, "id", "is the same as in line 2")]
    ),
    "refunds above the total": (
        [order(total=5, refunds="3@2014-10-04;3@2014-10-05")],
        [(2, "refunds", "come to 6, more than the total of 5")],
    ),
    "refund before the order": (
        [order(total=5, refunds="3@2014-10-02")], [(2, "refunds", "lie before the order")]
    ),
    "total below zero": (
        [order(items="OIL-1:1", discount=20)],
        [(2, "total", "comes out below zero: -4.8000")],
    ),
    "negative amount": ([order(total=-5)], [(2, "total", "“-5” is negative")]),
    "before there were periods": (
        [order(date="1989-12-31", pv=1)],
        [(2, "date", "“1989-12-31T00:00:00-07:00” lies before 1990")],
    ),
    "bad type": ([order(pv=1, type="gift")], [(2, "type", "“gift” is not a known order type")]),
    "retail in a foreign currency": (
        [order(member=4, total=5)],
        [(2, "retail_margin_base",
          "is missing, and the order is in EUR, not in the company's currency")],
    ),
    "all of a row's cells": (
        [order(id="", member="x", date="2015-01-01", pv="1,5")],
        [
            (2, "date", "“2015-01-01T00:00:00-07:00” lies in the future"),
            (2, "id", "is missing"),
            (2, "member", "“x” is not a whole number"),
            (2, "pv", "“1,5” is not a number (up to 12 digits, a point, up to four decimals)"),
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
async def test_bad_files_leave_nothing_but_their_issues(
    shop: Context, write: Maker, kind: str
) -> None:
    rows, issues = BAD[kind]
    good = order(id=1000, pv=1)
    before = await contents(shop.session)
    outcome = await import_orders(shop, write("orders.csv", [*rows, good]))
    assert list(outcome.issues) == [Issue(*issue) for issue in issues]
    assert await contents(shop.session) == before


async def test_orders_that_are_there_already_are_refused(shop: Context, write: Maker) -> None:
    path = write("orders.csv", MIXED)
    assert (await import_orders(shop, path)).ok
    before = await contents(shop.session)
    again = await import_orders(shop, path)
    assert {(issue.column, issue.reason) for issue in again.issues} == {
        ("id", "is an order already")
    }
    assert len(again.issues) == len(MIXED)
    assert await contents(shop.session) == before


async def test_the_largest_numbers_fit(shop: Context, write: Maker) -> None:
    most = "9" * 12 + ".9999"
    rows = [order(subtotal=most, shipping=most, tax=most, pv=most, cv=f"-{most}", total="")]
    assert (await import_orders(shop, write("orders.csv", rows))).ok


async def test_the_auditor_finds_nothing(shop: Context, write: Maker) -> None:
    assert (await import_orders(shop, write("orders.csv", MIXED))).ok
    assert await auditor.verify(shop.session) == []


async def test_later_orders_go_behind_earlier_ones(shop: Context, write: Maker) -> None:
    await import_orders(shop, write("orders.csv", MIXED))
    await import_orders(shop, write("more.csv", [order(id="C-1", pv=1)]))
    found = await orders(shop, Order.order_id, Order.external_id)
    assert found[-1] == (904, "C-1")
