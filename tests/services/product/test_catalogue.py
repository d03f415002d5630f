"""Who sees which products, in what words and at which price."""

import pytest
from sqlalchemy import update
from tests.factories.catalogue import DISTRIBUTOR, OILS, RETAIL, SINGLE, add_catalogue
from tests.factories.statements import counted

from upline.core.context import Context
from upline.core.errors import NotFound
from upline.models.product import Category
from upline.services.product import catalogue
from upline.services.product.catalogue import Catalogue, CategoryNode
from upline.services.product.cultures import Culture


async def _read(
    ctx: Context, culture: str = "en-US", country: str = "US", kind: int = DISTRIBUTOR
) -> Catalogue:
    return await catalogue.get_catalogue(ctx, Culture.parse(culture), country, kind)


def _outline(node: CategoryNode) -> dict[str, object]:
    below = {key: value for child in node.sub_categories for key, value in _outline(child).items()}
    return {node.name: below or [item.part_number for item in node.items]}


async def test_three_statements_are_enough(ctx: Context) -> None:
    await add_catalogue(ctx.session)
    with counted() as statements:
        await _read(ctx)
    assert len(statements) == 3


async def test_the_type_decides_what_is_seen(ctx: Context) -> None:
    await add_catalogue(ctx.session)
    seen = {kind: [item.part_number for item in (await _read(ctx, kind=kind)).items]
            for kind in (DISTRIBUTOR, RETAIL)}  # fmt: skip
    assert seen == {DISTRIBUTOR: ["KIT", "LAV-15", "MINT"], RETAIL: ["LAV-15", "MINT"]}


async def test_stock_and_offers_decide_what_can_be_bought(ctx: Context) -> None:
    await add_catalogue(ctx.session)
    flags = {
        item.part_number: (item.in_stock, item.can_purchase, item.can_purchase_with_points)
        for item in (await _read(ctx)).items
    }
    assert flags == {
        "KIT": (True, False, False),
        "LAV-15": (True, True, True),
        "MINT": (False, False, False),
    }
    (lavender, _) = (await _read(ctx, kind=RETAIL)).items
    assert (lavender.can_purchase, lavender.can_purchase_with_points) == (True, False)


async def test_the_country_decides_the_price(ctx: Context) -> None:
    await add_catalogue(ctx.session)
    lavender = (await _read(ctx, country="JP")).items[0]
    assert (lavender.wholesale_price, lavender.currency_code) == (3525, "JPY")
    # Not priced in points there.
    assert lavender.can_purchase_with_points is False
    assert (await _read(ctx, country="NL")).items == []


@pytest.mark.parametrize(
    ("culture", "name", "category"),
    [
        ("en-US", "Lavender Oil", "Oils"),
        ("de-DE", "Lavendel", "Öle"),
        ("de-AT", "Lavendel (Wien)", "Öle"),
        ("fr-FR", "Lavender Oil", "Oils"),
    ],
)
async def test_the_culture_decides_the_words(
    ctx: Context, culture: str, name: str, category: str
) -> None:
    await add_catalogue(ctx.session)
    read = await _read(ctx, culture)
    assert [item.name for item in read.items if item.part_number == "LAV-15"] == [name]
    assert read.nfr_root.sub_categories[0].name == category


async def test_categories_nest_and_empty_ones_are_left_out(ctx: Context) -> None:
    await add_catalogue(ctx.session)
    tree = (await _read(ctx)).nfr_root
    assert _outline(tree) == {"Catalogue": {"Oils": {"Single Oils": ["LAV-15", "MINT"]}}}


async def test_a_circle_of_categories_is_harmless(ctx: Context) -> None:
    await add_catalogue(ctx.session)
    await ctx.session.execute(
        update(Category).where(Category.category_id == OILS).values(parent_id=SINGLE)
    )
    assert (await _read(ctx)).nfr_root.sub_categories == []


async def test_the_reach_names_open_countries_by_both_codes(ctx: Context) -> None:
    await add_catalogue(ctx.session)
    reach = await catalogue.load_reach(ctx)
    assert reach.cultures == {"de", "de-at"}
    assert reach.resolve_country("us") == reach.resolve_country("USA") == "US"
    # No country, one where business is not done, and one where nothing has a price.
    for closed in ("XX", "AQ", "NL"):
        with pytest.raises(NotFound):
            reach.resolve_country(closed)
