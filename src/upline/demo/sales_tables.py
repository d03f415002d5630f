"""Orders, their items, volume entries and autoships as table columns."""

import numpy as np

from upline.core.copy import Column, Kind
from upline.demo import autoships
from upline.demo.autoships import Autoships
from upline.demo.orders import Business, Orders
from upline.demo.sales import Entries, Sales, charge
from upline.demo.tables import FIRST_CUSTOMER, countries, currencies
from upline.demo.timeline import instants_at
from upline.engine.units import I64
from upline.services.period import calendar

__all__ = ["autoship_item_rows", "autoship_rows", "entry_rows", "item_rows", "order_rows"]

DAY = np.timedelta64(1, "D")
PROCESSING, COMPLETE = 20, 30
PAID, PARTLY_REFUNDED, REFUNDED = 30, 35, 40
NOT_SHIPPED, SHIPPED, DELIVERED = 20, 30, 40
DAYS_TO_SHIP, DAYS_TO_DELIVER = 2, 8


def order_rows(business: Business, orders: Orders, sales: Sales, order_id: I64) -> list[Column]:
    """Paid at once, shipped after two days, delivered after eight."""
    country = business.population.country[orders.member]
    age = business.months[-1].until - orders.at
    shipped, delivered = age > DAYS_TO_SHIP * DAY, age > DAYS_TO_DELIVER * DAY
    paid = np.where(sales.in_full, REFUNDED, PARTLY_REFUNDED)
    charges = sales.charges
    return [
        Column("order_id", Kind.BIGINT, order_id),
        Column("customer_id", Kind.BIGINT, orders.member + FIRST_CUSTOMER),
        Column("order_type_id", Kind.SMALLINT, orders.order_type),
        Column("order_status_id", Kind.SMALLINT, np.where(shipped, COMPLETE, PROCESSING)),
        Column("payment_status_id", Kind.SMALLINT, np.where(sales.refunded > 0, paid, PAID)),
        Column(
            "shipping_status_id",
            Kind.SMALLINT,
            np.where(delivered, DELIVERED, np.where(shipped, SHIPPED, NOT_SHIPPED)),
        ),
        Column("ordered_at", Kind.TIMESTAMP, orders.at),
        Column("paid_at", Kind.TIMESTAMP, orders.at),
        Column("country_code", Kind.TEXT, countries(country)),
        Column("currency_code", Kind.TEXT, currencies(country)),
        Column("subtotal", Kind.NUMERIC, charges.subtotal),
        Column("discount", Kind.NUMERIC, charges.discount),
        Column("shipping", Kind.NUMERIC, charges.shipping),
        Column("tax", Kind.NUMERIC, charges.tax),
        Column("total", Kind.NUMERIC, charges.total),
        Column("refunded_total", Kind.NUMERIC, sales.refunded),
        Column("pv", Kind.NUMERIC, sales.pv),
        Column("cv", Kind.NUMERIC, sales.cv),
        Column("retail_margin_base", Kind.NUMERIC, sales.margin),
        Column("autoship_id", Kind.BIGINT, orders.autoship + 1, null=orders.autoship < 0),
    ]


def item_rows(
    business: Business, orders: Orders, sales: Sales, order_id: I64, first_item: int
) -> list[Column]:
    """One or two an order; price and volumes are of one unit, as in the price list."""
    basket, charges = orders.basket, sales.charges
    both = np.flatnonzero(basket.second >= 0)
    rows = np.concatenate([np.arange(len(orders)), both])
    product = np.concatenate([basket.first, basket.second[both]])
    quantity = np.concatenate([basket.first_count, basket.second_count[both]])
    price = np.concatenate([charges.first_price, charges.second_price[both]])
    sequence = np.argsort(rows, kind="stable")
    rows, product = rows[sequence], product[sequence]
    return [
        Column("order_item_id", Kind.BIGINT, first_item + np.arange(len(rows))),
        Column("order_id", Kind.BIGINT, order_id[rows]),
        Column("product_id", Kind.BIGINT, product + 1),
        Column("quantity", Kind.INTEGER, quantity[sequence]),
        Column("unit_price", Kind.NUMERIC, price[sequence]),
        Column("pv", Kind.NUMERIC, business.catalogue.pv[product]),
        Column("cv", Kind.NUMERIC, business.catalogue.cv[product]),
    ]


def entry_rows(business: Business, index: int, entries: Entries) -> list[Column]:
    """The entries of one month."""
    month = business.months[index]
    return [
        Column("entry_id", Kind.BIGINT, entries.entry_id),
        Column("customer_id", Kind.BIGINT, entries.member + FIRST_CUSTOMER),
        Column("period_id", Kind.INTEGER, np.full(len(entries), month.period_id)),
        Column("week_id", Kind.INTEGER, month.week_of(entries.at)),
        Column("entry_type_id", Kind.SMALLINT, entries.entry_type),
        Column("order_type_id", Kind.SMALLINT, entries.order_type),
        Column("order_id", Kind.BIGINT, entries.order_id),
        Column("corrects_id", Kind.BIGINT, entries.corrects, null=entries.corrects == 0),
        Column("occurred_at", Kind.TIMESTAMP, entries.at),
        Column("posted_at", Kind.TIMESTAMP, entries.at),
        Column("pv", Kind.NUMERIC, entries.pv),
        Column("cv", Kind.NUMERIC, entries.cv),
        Column("retail_margin_base", Kind.NUMERIC, entries.margin),
    ]


def autoship_rows(business: Business, standing: Autoships) -> list[Column]:
    """Standing orders as they are now, the next date the first one not run yet."""
    months, basket = business.months, standing.basket
    nothing = np.zeros(len(standing), np.bool_)
    charges = charge(business, standing.member, nothing, basket, nothing)
    # Months have 28 days at least, and no autoship is due later.
    current = months[-1].period_id
    this, following = (
        np.datetime64(calendar.first_day(number), "D") for number in (current, current + 1)
    )
    run = months[-1].days[standing.day] <= months[-1].until
    due = np.where(run, following, this) + (standing.day - 1) * DAY
    ended = standing.status == autoships.CANCELLED
    stopped = np.where(ended, standing.stopped, 0.0)
    return [
        Column("autoship_id", Kind.BIGINT, np.arange(1, len(standing) + 1)),
        Column("customer_id", Kind.BIGINT, standing.member + FIRST_CUSTOMER),
        Column("program_id", Kind.SMALLINT, standing.program),
        Column("status_id", Kind.SMALLINT, standing.status),
        Column("day_of_month", Kind.SMALLINT, standing.day),
        Column("next_date", Kind.DATE, due, null=standing.status != autoships.ACTIVE),
        Column("started_on", Kind.DATE, instants_at(months, standing.started)),
        Column("cancelled_on", Kind.DATE, instants_at(months, stopped), null=~ended),
        Column(
            "currency_code", Kind.TEXT, currencies(business.population.country[standing.member])
        ),
        Column("pv", Kind.NUMERIC, basket.total(business.catalogue.pv)),
        Column("cv", Kind.NUMERIC, basket.total(business.catalogue.cv)),
        Column("total", Kind.NUMERIC, charges.total),
        Column("last_result_id", Kind.SMALLINT, standing.last_result),
    ]


def autoship_item_rows(standing: Autoships) -> list[Column]:
    """The one or two products of every standing order."""
    basket = standing.basket
    both = np.flatnonzero(basket.second >= 0)
    rows = np.concatenate([np.arange(len(standing)), both])
    product = np.concatenate([basket.first, basket.second[both]])
    return [
        Column("autoship_id", Kind.BIGINT, rows + 1),
        Column("product_id", Kind.BIGINT, product + 1),
        Column(
            "quantity",
            Kind.INTEGER,
            np.concatenate([basket.first_count, basket.second_count[both]]),
        ),
    ]
