"""What orders come to: money in the buyer's currency, volume, refunds, and entries posted."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from upline.demo.baskets import Basket
from upline.demo.catalogue import load_markets, units
from upline.demo.draws import Topic, stream
from upline.demo.orders import Business, Orders
from upline.demo.population import FOUNDERS
from upline.demo.rows import Rows
from upline.demo.timeline import Instants
from upline.engine.units import I8, I64, MONEY, RETAIL_ORDER, Bool

__all__ = ["Charges", "Entries", "Ids", "Sales", "charge", "nothing_owed", "post", "settle"]

ORDER, REFUND = 1, 2
# Some orders are sold at a tenth less.
SHARE_PROMOTED, PROMOTION = 0.03, 10
SHARE_REFUNDED, SHARE_IN_FULL = 0.012, 0.75
REFUND_DAYS = (2.0, 25.0)
MICROSECONDS_A_DAY = 86_400e6


class Ids(NamedTuple):
    """The next numbers to give out."""

    order: int
    entry: int


@dataclass(slots=True)
class Charges(Rows):
    """What is charged for each basket, in ten-thousandths of the buyer's currency."""

    first_price: I64
    second_price: I64
    subtotal: I64
    discount: I64
    shipping: I64
    tax: I64
    total: I64


@dataclass(slots=True)
class Sales(Rows):
    """Per order, in ten-thousandths; volumes and margin are the company's, not the buyer's.

    refunded_at: NaT unless refunded by now; refunded: the money that went back.
    """

    charges: Charges
    refunded: I64
    refunded_at: Instants
    in_full: Bool
    pv: I64
    cv: I64
    margin: I64


@dataclass(slots=True)
class Entries(Rows):
    """Volume entries; corrects: the entry that a refund takes back, 0 for none."""

    entry_id: I64
    at: Instants
    member: I64
    entry_type: I8
    order_type: I8
    order_id: I64
    corrects: I64
    pv: I64
    cv: I64
    margin: I64


def nothing_owed() -> Entries:
    """No refund is waiting for its month yet."""
    none = np.empty(0, np.int64)
    few = none.astype(np.int8)
    return Entries(none, none.view("M8[us]"), none, few, few, none, none, none, none, none)


def charge(
    business: Business, member: I64, retail: Bool, basket: Basket, promoted: Bool
) -> Charges:
    """Prices and totals of baskets bought by members, at retail or at wholesale."""
    catalogue = business.catalogue
    country = business.population.country[member]

    def price(product: I64) -> I64:
        prices = catalogue.wholesale[country, product], catalogue.retail[country, product]
        chosen: I64 = np.where(retail, prices[1], prices[0])
        return chosen

    first_price, second_price = price(basket.first), price(basket.second)
    unit, shipping, tax_rate = (terms[country] for terms in _terms())
    subtotal: I64 = first_price * basket.first_count + second_price * basket.second_count
    discount: I64 = np.where(promoted, subtotal // PROMOTION // unit * unit, 0)
    taxed = (subtotal - discount) * tax_rate // MONEY
    tax: I64 = (taxed + unit // 2) // unit * unit
    return Charges(
        first_price=first_price,
        second_price=second_price,
        subtotal=subtotal,
        discount=discount,
        shipping=shipping,
        tax=tax,
        total=subtotal - discount + shipping + tax,
    )


def settle(business: Business, index: int, orders: Orders) -> Sales:
    """Charges, volumes, and the refunds that have been made by now."""
    catalogue, basket = business.catalogue, orders.basket
    draws = stream(business.seed, Topic.REFUNDS, index)
    retail = orders.order_type == RETAIL_ORDER
    promoted = (draws.random(len(orders)) < SHARE_PROMOTED) & ~retail
    charges = charge(business, orders.member, retail, basket, promoted)
    refunded_at, in_full = _refunds(business, draws, orders)
    part = np.minimum(charges.second_price * basket.second_count, charges.total)
    return Sales(
        charges=charges,
        refunded=np.where(np.isnat(refunded_at), 0, np.where(in_full, charges.total, part)),
        refunded_at=refunded_at,
        in_full=in_full,
        pv=basket.total(catalogue.pv),
        cv=basket.total(catalogue.cv),
        margin=np.where(retail, basket.total(catalogue.margin), 0),
    )


def post(
    business: Business, index: int, orders: Orders, sales: Sales, owed: Entries, ids: Ids
) -> tuple[Entries, Entries]:
    """The month's entries by time, and the refunds that later months will have to post.

    `owed` is what months before left to post. A refund counts in the month it is made in.
    """
    end = business.months[index].days[-1]
    order_id = ids.order + np.arange(len(orders))
    sold = _sold(orders, sales, order_id)
    back = _taken_back(business, orders, sales, order_id)
    soon = back.at < end
    posted = Entries.join([sold, owed.take(owed.at < end), back.take(soon)])
    sequence = np.argsort(posted.at, kind="stable")
    posted.entry_id[sequence] = ids.entry + np.arange(len(posted))
    # Until here refunds of this month's orders name rows; row k of the orders is entry k.
    back.corrects = posted.entry_id[back.corrects]
    posted.corrects[len(posted) - int(soon.sum()) :] = back.corrects[soon]
    waiting = Entries.join([owed.take(owed.at >= end), back.take(~soon)])
    return posted.take(sequence), waiting


def _sold(orders: Orders, sales: Sales, order_id: I64) -> Entries:
    nothing = np.zeros(len(orders), np.int64)
    return Entries(
        entry_id=nothing,
        at=orders.at,
        member=orders.member,
        entry_type=np.full(len(orders), ORDER, np.int8),
        order_type=orders.order_type,
        order_id=order_id,
        corrects=nothing,
        pv=sales.pv,
        cv=sales.cv,
        margin=sales.margin,
    )


def _refunds(
    business: Business, draws: np.random.Generator, orders: Orders
) -> tuple[Instants, Bool]:
    """When orders are refunded (NaT: not by now) and whether in full; single products always."""
    count = len(orders)
    chosen = draws.random(count) < SHARE_REFUNDED
    in_full = (draws.random(count) < SHARE_IN_FULL) | (orders.basket.second < 0)
    wait = draws.uniform(*REFUND_DAYS, count) * MICROSECONDS_A_DAY
    at: Instants = orders.at + wait.astype(np.int64).astype("m8[us]")
    kept = ~chosen | (orders.member < FOUNDERS) | (at >= business.months[-1].until)
    at[kept] = np.datetime64("NaT")
    return at, in_full


def _taken_back(business: Business, orders: Orders, sales: Sales, order_id: I64) -> Entries:
    """The refund entries of these orders; `corrects` is the row of the order for now."""
    rows = np.flatnonzero(~np.isnat(sales.refunded_at))
    sold, basket, catalogue = sales.take(rows), orders.basket.take(rows), business.catalogue

    def negative(whole: I64, table: I64) -> I64:
        part: I64 = np.where(sold.in_full, whole, basket.parts(table)[1])
        return -part

    return Entries(
        entry_id=np.zeros(len(rows), np.int64),
        at=sold.refunded_at,
        member=orders.member[rows],
        entry_type=np.full(len(rows), REFUND, np.int8),
        order_type=orders.order_type[rows],
        order_id=order_id[rows],
        corrects=rows,
        pv=negative(sold.pv, catalogue.pv),
        cv=negative(sold.cv, catalogue.cv),
        margin=np.where(sold.margin > 0, negative(sold.margin, catalogue.margin), 0),
    )


def _terms() -> tuple[I64, I64, I64]:
    """Smallest coin, shipping and tax rate (in ten-thousandths) by country."""
    markets = load_markets()
    return (
        np.array([units(market.unit) for market in markets], np.int64),
        np.array([units(market.shipping) for market in markets], np.int64),
        np.array([units(market.tax) for market in markets], np.int64),
    )
