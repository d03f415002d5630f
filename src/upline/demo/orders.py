"""One month of orders: kits at enrolment, autoships on their day, and what people order besides."""

from dataclasses import dataclass

import numpy as np

from upline.demo import autoships
from upline.demo.autoships import Autoships
from upline.demo.baskets import Basket, draw_baskets, draw_kits, draw_wishes
from upline.demo.catalogue import Catalogue
from upline.demo.draws import Topic, stream
from upline.demo.population import Population
from upline.demo.rows import Rows
from upline.demo.timeline import Instants, Month
from upline.engine.units import (
    AUTOSHIP,
    DISTRIBUTOR,
    I8,
    I64,
    PREMIUM_KIT,
    RETAIL,
    RETAIL_ORDER,
    STANDARD,
    STARTER_KIT,
)

__all__ = ["Business", "Orders", "draw_orders"]

SHARE_PREMIUM = 0.62
SHARE_FIRST_ORDER = 0.85
SHARE_SECOND_ORDER = 0.1
# Who has an autoship orders the rest less often; who is new is curious.
BESIDES_AUTOSHIP = 0.22
CURIOUS_MONTHS, CURIOUS = 3, 0.3
SEASONS, SEASON_MONTHS = 0.08, 6.0
SHARE_QUALIFYING = 0.4
QUALIFYING = 100.0
NOBODY = -1


@dataclass(frozen=True, slots=True)
class Business:
    """Everything that is drawn once and for all; months of orders follow from it."""

    seed: int
    months: list[Month]
    population: Population
    catalogue: Catalogue
    autoships: Autoships


@dataclass(slots=True)
class Orders(Rows):
    """One month's orders by time. member: number in the population; autoship: row, -1 for none."""

    at: Instants
    member: I64
    order_type: I8
    autoship: I64
    basket: Basket


def draw_orders(business: Business, index: int) -> Orders:
    """All orders of the month `index`, of those that have been made by now."""
    parts = [
        *_enrolment_orders(business, index),
        _autoship_orders(business, index),
        *_free_orders(business, index),
    ]
    orders = Orders.join(parts)
    return orders.take(np.lexsort((orders.member, orders.at)))


def _enrolment_orders(business: Business, index: int) -> list[Orders]:
    """Distributors begin with a kit, most customers with an order, the moment they enrol."""
    people, catalogue = business.population, business.catalogue
    draws = stream(business.seed, Topic.ENROLMENT_ORDERS, index)
    new = np.flatnonzero(people.joined == index)
    luck = draws.random(len(new))
    distributor = people.customer_type[new] == DISTRIBUTOR
    parts = []
    for kind, chosen in (
        (PREMIUM_KIT, distributor & (luck < SHARE_PREMIUM)),
        (STARTER_KIT, distributor & (luck >= SHARE_PREMIUM)),
    ):
        member = new[chosen]
        basket = draw_kits(draws, catalogue, kind, len(member))
        parts.append(_orders(people.enrolled[member], member, kind, basket))
    member = new[~distributor & (luck < SHARE_FIRST_ORDER)]
    wishes = draw_wishes(draws, people.customer_type[member], np.zeros(len(member)))
    basket = draw_baskets(draws, catalogue, wishes)
    kinds = _kind_of(people.customer_type[member])
    parts.append(_orders(people.enrolled[member], member, kinds, basket))
    return parts


def _autoship_orders(business: Business, index: int) -> Orders:
    standing, month = business.autoships, business.months[index]
    rows = autoships.run_month(business.seed, standing, business.months, index)
    draws = stream(business.seed, Topic.AUTOSHIP_ORDERS, index + len(business.months))
    return Orders(
        at=month.at_night_of(standing.day[rows], draws),
        member=standing.member[rows],
        order_type=np.full(len(rows), AUTOSHIP, np.int8),
        autoship=rows,
        basket=standing.basket.take(rows),
    )


def _free_orders(business: Business, index: int) -> list[Orders]:
    """Orders of their own free will, from the day of enrolment to the day interest ends."""
    people, month = business.population, business.months[index]
    draws = stream(business.seed, Topic.ORDERS, index)
    here = np.flatnonzero((people.joined <= index) & (people.left > index))
    chance = people.eagerness[here] * _season(business, index)
    chance[np.isin(here, business.autoships.member)] *= BESIDES_AUTOSHIP
    chance += np.where(index - people.joined[here] < CURIOUS_MONTHS, CURIOUS * (1 - chance), 0)
    parts = []
    for share in (1.0, SHARE_SECOND_ORDER):
        orders = draws.random(len(here)) < chance * share
        fractions = draws.random(len(here))
        position = index + fractions
        orders &= (position > people.entered[here]) & (position < people.left[here])
        member, fractions = here[orders], fractions[orders]
        least = np.where(draws.random(len(member)) < SHARE_QUALIFYING, QUALIFYING, 0.0)
        kinds = people.customer_type[member]
        wishes = draw_wishes(draws, kinds, np.where(kinds == DISTRIBUTOR, least, 0.0))
        basket = draw_baskets(draws, business.catalogue, wishes)
        at = np.maximum(month.instants(fractions, draws), people.enrolled[member])
        drawn = _orders(at, member, _kind_of(kinds), basket)
        parts.append(drawn.take(month.happens(fractions)))
    return parts


def _season(business: Business, index: int) -> float:
    """Business comes in waves, told from the present, so that figures do not hang on its date."""
    back = len(business.months) - 1 - index
    return 1 + SEASONS * float(np.cos(2 * np.pi * back / SEASON_MONTHS))


def _kind_of(customer_type: I8) -> I8:
    return np.where(customer_type == RETAIL, RETAIL_ORDER, STANDARD).astype(np.int8)


def _orders(at: Instants, member: I64, kind: int | I8, basket: Basket) -> Orders:
    kinds = np.broadcast_to(np.asarray(kind, np.int8), len(member)).copy()
    return Orders(at, member, kinds, np.full(len(member), NOBODY, np.int64), basket)
