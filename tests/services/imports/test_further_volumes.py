"""Kinds of volume that a plan names: columns of files, posted with orders and taken back."""

from decimal import Decimal

from sqlalchemy import select
from tests.services.imports.conftest import Maker

from upline.core.context import Context
from upline.models.engine_input import EntryVolume, VolumeKind
from upline.models.volume import VolumeEntry
from upline.services.imports.members import import_members
from upline.services.imports.orders import import_orders
from upline.services.imports.products import import_products
from upline.services.plan import versions

PLAN = '[plan]\nkey = "many"\nname = "Many"\n\n[volumes]\nkinds = ["qv", "bv"]\n'
MEMBERS = [{"id": 1, "country": "US", "enrolled": "2014-05-01", "type": "distributor"}]
PRODUCTS = [
    {
        "sku": "OIL", "name": "Oil", "country": "US", "wholesale_price": "30",
        "retail_price": "40", "pv": "25", "qv": "20", "bv": "0",
    }
]  # fmt: skip


async def _volumes(ctx: Context) -> list[tuple[int, int, str, Decimal]]:
    query = (
        select(VolumeEntry.order_id, VolumeEntry.entry_type_id, VolumeKind.code, EntryVolume.amount)
        .join(EntryVolume, EntryVolume.entry_id == VolumeEntry.entry_id)
        .join(VolumeKind, VolumeKind.kind_id == EntryVolume.kind_id)
        .order_by(VolumeEntry.entry_id, VolumeKind.code)
    )
    return [tuple(row) for row in await ctx.session.execute(query)]


async def test_kinds_of_the_plan_are_columns(ctx: Context, write: Maker) -> None:
    await versions.load(ctx.session, PLAN, 300)
    assert (await import_members(ctx, write("members.csv", MEMBERS))).ok
    assert (await import_products(ctx, write("products.csv", PRODUCTS))).ok
    orders = [
        {"id": 1, "member": 1, "date": "2014-10-03", "items": "OIL:2"},
        {
            "id": 2, "member": 1, "date": "2014-10-04", "total": "30", "pv": "25",
            "bv": "10.0001", "refunds": "10@2014-10-08;20@2014-10-09",
        },
        {"id": 3, "member": 1, "date": "2014-10-04", "items": "OIL:1", "qv": "7", "bv": "1"},
    ]  # fmt: skip
    assert (await import_orders(ctx, write("orders.csv", orders))).ok
    assert await _volumes(ctx) == [
        (1, 1, "qv", Decimal(40)),
        (2, 1, "bv", Decimal("10.0001")),
        (3, 1, "bv", Decimal(1)),
        (3, 1, "qv", Decimal(7)),
        (2, 2, "bv", Decimal("-3.3334")),
        (2, 2, "bv", Decimal("-6.6667")),
    ]


async def test_without_such_a_plan_they_are_unknown(ctx: Context, write: Maker) -> None:
    assert (await import_members(ctx, write("members.csv", MEMBERS))).ok
    orders = [{"id": 1, "member": 1, "date": "2014-10-03", "total": "5", "pv": "5", "qv": "1"}]
    outcome = await import_orders(ctx, write("orders.csv", orders))
    assert [issue.reason for issue in outcome.issues] == ["“qv” is not a known column"]


async def test_a_margin_in_local_money_needs_no_figure_where_the_plan_exchanges_it(
    ctx: Context, write: Maker
) -> None:
    members = [*MEMBERS, MEMBERS[0] | {"id": 2, "country": "DE", "type": "retail"}]
    assert (await import_members(ctx, write("members.csv", members))).ok
    orders = [{"id": 1, "member": 2, "date": "2014-10-03", "total": "50", "pv": "5"}]
    refused = await import_orders(ctx, write("orders.csv", orders))
    assert [issue.column for issue in refused.issues] == ["retail_margin_base"]
    await versions.load(ctx.session, PLAN + '[exchange]\nvolumes = ["margin"]\n', 300)
    assert (await import_orders(ctx, write("orders.csv", orders))).ok
    entry = select(VolumeEntry.retail_margin_base).where(VolumeEntry.order_id == 1)
    assert await ctx.session.scalar(entry) == 50


async def test_a_kind_that_is_no_number_is_refused(ctx: Context, write: Maker) -> None:
    await versions.load(ctx.session, PLAN, 300)
    assert (await import_members(ctx, write("members.csv", MEMBERS))).ok
    orders = [{"id": 1, "member": 1, "date": "2014-10-03", "total": "5", "pv": "5", "qv": "x"}]
    outcome = await import_orders(ctx, write("orders.csv", orders))
    assert [(issue.line, issue.column) for issue in outcome.issues] == [(2, "qv")]
