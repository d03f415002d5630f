from datetime import UTC, datetime

import numpy as np
from tests.demo.conftest import ZONE

from upline.demo.company import draw
from upline.demo.orders import Business, Orders, draw_orders
from upline.demo.population import FOUNDERS
from upline.demo.sales import Entries, Ids, Sales, nothing_owed, post, settle
from upline.engine.units import MONEY, PREMIUM_KIT, RETAIL, RETAIL_ORDER, STARTER_KIT

History = list[tuple[Orders, Sales, Entries]]


def _history(business: Business) -> History:
    ids, owed, history = Ids(1, 1), nothing_owed(), []
    for index in range(len(business.months)):
        orders = draw_orders(business, index)
        sales = settle(business, index, orders)
        entries, owed = post(business, index, orders, sales, owed, ids)
        ids = Ids(ids.order + len(orders), ids.entry + len(entries))
        history.append((orders, sales, entries))
    assert len(owed) == 0
    return history


def test_every_order_posts_its_volume_and_every_refund_takes_back_what_it_names(
    business: Business,
) -> None:
    history = _history(business)
    entries = Entries.join([entries for _, _, entries in history])
    assert (entries.entry_id == np.arange(1, len(entries) + 1)).all()
    sold = entries.take(entries.corrects == 0)
    pv = np.concatenate([sales.pv for _, sales, _ in history])
    by_order = np.argsort(sold.order_id)
    assert (sold.order_id[by_order] == np.arange(1, len(pv) + 1)).all()
    assert (sold.pv[by_order] == pv).all()
    back = entries.take(entries.corrects > 0)
    assert len(back) > 5
    origin = entries.take(back.corrects - 1)
    assert (origin.order_id == back.order_id).all()
    assert (origin.member == back.member).all()
    assert (origin.at < back.at).all()
    assert ((back.pv <= 0) & (-back.pv <= origin.pv)).all()
    assert (-back.margin <= origin.margin).all()
    assert not np.isin(back.member, np.arange(FOUNDERS)).any()


def test_a_month_holds_what_happened_in_it(business: Business) -> None:
    for index, (orders, _, entries) in enumerate(_history(business)):
        month = business.months[index]
        assert (entries.at >= month.start).all()
        assert (entries.at <= month.until).all()
        enrolled = business.population.enrolled[orders.member]
        assert (orders.at >= enrolled).all()


def test_charges_add_up_in_coins_that_exist(business: Business) -> None:
    for orders, sales, _ in _history(business):
        charges = sales.charges
        total = charges.subtotal - charges.discount + charges.shipping + charges.tax
        assert (charges.total == total).all()
        assert (charges.total % 100 == 0).all()
        assert ((sales.refunded >= 0) & (sales.refunded <= charges.total)).all()
        assert (charges.subtotal > 0).all()
        kit = np.isin(orders.order_type, [STARTER_KIT, PREMIUM_KIT])
        assert (orders.basket.second[kit] == -1).all()


def test_only_retail_customers_leave_a_margin(business: Business) -> None:
    for orders, sales, _ in _history(business):
        retail = business.population.customer_type[orders.member] == RETAIL
        assert (retail == (orders.order_type == RETAIL_ORDER)).all()
        assert ((sales.margin > 0) == retail).all()


def test_founders_order_enough_every_month(business: Business) -> None:
    for orders, sales, _ in _history(business)[:-1]:
        pv = np.zeros(len(business.population), np.int64)
        np.add.at(pv, orders.member, sales.pv)
        assert (pv[:FOUNDERS] >= 95 * MONEY).all()


def test_volumes_of_past_months_do_not_hang_on_the_date() -> None:
    sums = [
        [int(sales.pv.sum()) for _, sales, _ in _history(business)[:-1]]
        for business in (
            draw(datetime(2026, 3, 1, 9, tzinfo=UTC), ZONE, members=600, months=6, seed=7),
            draw(datetime(2027, 8, 28, 9, tzinfo=UTC), ZONE, members=600, months=6, seed=7),
        )
    ]
    assert sums[0] == sums[1]
