"""Members as table columns: customers, addresses, logins and their places in the genealogies."""

import numpy as np
from numpy.typing import NDArray

from upline.core.copy import Column, Kind
from upline.demo.catalogue import Catalogue, load_markets
from upline.demo.people import People
from upline.demo.population import Population
from upline.engine.tree import jump_pointers, leg_tops, preorder
from upline.engine.units import I8, I32, I64, ON_HOLD, RETAIL

__all__ = [
    "FIRST_CUSTOMER",
    "addresses",
    "currencies",
    "customers",
    "former_placements",
    "logins",
    "placements",
    "prices",
    "products",
]

FIRST_CUSTOMER = 1_000_000
HOLD_REASON = b"Documents requested"
ENROLLER, SPONSOR, BINARY = 1, 2, 3
Text = NDArray[np.bytes_]


def currencies(country: I8) -> Text:
    """The currency of each country index."""
    return np.array([market.currency.encode() for market in load_markets()])[country]


def countries(country: I8) -> Text:
    """The code of each country index."""
    return np.array([market.code.encode() for market in load_markets()])[country]


def customers(population: Population, people: People, rows: slice) -> list[Column]:
    """The members of a slice, who may all be told apart by e-mail; retail buyers refer nobody."""
    enrolled, status = population.enrolled[rows], population.status[rows]
    kind, country = population.customer_type[rows], population.country[rows]
    terminated = population.terminated[rows]
    open_end = np.isnat(terminated)
    changed = np.where(open_end, enrolled, terminated)
    return [
        Column("customer_id", Kind.BIGINT, np.arange(rows.start, rows.stop) + FIRST_CUSTOMER),
        Column("customer_type_id", Kind.SMALLINT, kind),
        Column("status_id", Kind.SMALLINT, status),
        Column("first_name", Kind.TEXT, people.given),
        Column("last_name", Kind.TEXT, people.family),
        Column("company_name", Kind.TEXT, people.company),
        Column("email", Kind.TEXT, people.email),
        Column("email_key", Kind.TEXT, people.email),
        Column("phone", Kind.TEXT, people.phone),
        Column("referral_code", Kind.TEXT, people.referral_code, null=kind == RETAIL),
        Column("country_code", Kind.TEXT, countries(country)),
        Column("language", Kind.TEXT, people.language),
        Column("currency_code", Kind.TEXT, currencies(country)),
        Column("time_zone", Kind.TEXT, people.time_zone),
        Column("enrolled_at", Kind.TIMESTAMP, enrolled),
        Column("activated_at", Kind.TIMESTAMP, enrolled),
        Column("terminated_at", Kind.TIMESTAMP, changed, null=open_end),
        Column("hold_reason", Kind.TEXT, np.where(status == ON_HOLD, HOLD_REASON, b"")),
        Column("email_opted_out", Kind.BOOLEAN, people.opted_out),
        Column("contact_hidden", Kind.BOOLEAN, people.hidden),
        Column("updated_at", Kind.TIMESTAMP, changed),
    ]


def addresses(population: Population, people: People, rows: slice) -> list[Column]:
    """One address a member, for billing and shipping."""
    number = np.arange(rows.start, rows.stop)
    default = np.ones(len(number), np.bool_)
    return [
        Column("address_id", Kind.BIGINT, number + 1),
        Column("customer_id", Kind.BIGINT, number + FIRST_CUSTOMER),
        Column("first_name", Kind.TEXT, people.given),
        Column("last_name", Kind.TEXT, people.family),
        Column("company", Kind.TEXT, people.company),
        Column("address1", Kind.TEXT, people.address1),
        Column("address2", Kind.TEXT, people.address2),
        Column("city", Kind.TEXT, people.city),
        Column("state_province", Kind.TEXT, people.state),
        Column("postal_code", Kind.TEXT, people.postal_code),
        Column("country_code", Kind.TEXT, countries(population.country[rows])),
        Column("phone", Kind.TEXT, people.phone),
        Column("is_default_billing", Kind.BOOLEAN, default),
        Column("is_default_shipping", Kind.BOOLEAN, default),
    ]


def logins(population: Population, people: People, password_hash: str, rows: slice) -> list[Column]:
    """Everybody may log in, all with the same password: its one hash is theirs."""
    number = np.arange(rows.start, rows.stop)
    return [
        Column("login_id", Kind.BIGINT, number + 1),
        Column("customer_id", Kind.BIGINT, number + FIRST_CUSTOMER),
        Column("username", Kind.TEXT, people.username),
        Column("password_hash", Kind.TEXT, np.full(len(number), password_hash.encode())),
        Column("changed_at", Kind.TIMESTAMP, population.enrolled[rows]),
    ]


def placements(population: Population, genealogy: int) -> list[Column]:
    """One tree as it is now, with the depths, jump pointers and legs that triggers would write."""
    everybody = np.arange(len(population))
    parent = {
        ENROLLER: population.enroller,
        SPONSOR: population.sponsor,
        BINARY: population.binary_parent,
    }[genealogy]
    members = np.flatnonzero(population.is_distributor) if genealogy == BINARY else everybody
    ids, above = members + FIRST_CUSTOMER, parent[members]
    side = population.side[members] if genealogy == BINARY else np.zeros(len(ids), np.int8)
    parent_ids = np.where(above >= 0, above + np.int64(FIRST_CUSTOMER), 0)
    depth, jump, leg_top = _measured(ids, parent_ids, side)
    is_root = above < 0
    begun = population.enrolled[members]
    if genealogy == SPONSOR:
        begun = np.where(np.isnat(population.moved), begun, population.moved)
    return [
        Column("customer_id", Kind.BIGINT, ids),
        Column("genealogy_id", Kind.SMALLINT, np.full(len(ids), genealogy, np.int16)),
        Column("valid_from", Kind.TIMESTAMP, begun),
        Column("parent_id", Kind.BIGINT, above + np.int64(FIRST_CUSTOMER), null=is_root),
        Column("position_id", Kind.SMALLINT, side, null=side == 0),
        Column("depth", Kind.INTEGER, depth),
        Column("jump_id", Kind.BIGINT, jump),
        Column("leg_top_id", Kind.BIGINT, leg_top, null=side == 0),
    ]


def former_placements(population: Population) -> list[Column]:
    """Stays under the enroller that ended; nobody follows them upwards, so they have no depth."""
    moved = np.flatnonzero(~np.isnat(population.moved))
    ids = moved + FIRST_CUSTOMER
    return [
        Column("customer_id", Kind.BIGINT, ids),
        Column("genealogy_id", Kind.SMALLINT, np.full(len(ids), SPONSOR, np.int16)),
        Column("valid_from", Kind.TIMESTAMP, population.enrolled[moved]),
        Column("valid_to", Kind.TIMESTAMP, population.moved[moved]),
        Column("parent_id", Kind.BIGINT, population.enroller[moved] + np.int64(FIRST_CUSTOMER)),
        Column("depth", Kind.INTEGER, np.zeros(len(ids), np.int32)),
        Column("jump_id", Kind.BIGINT, ids),
    ]


def _measured(ids: I64, parents: I64, side: I8) -> tuple[I32, I64, I64]:
    """Depth, jump pointer and top of the leg (customer ids) of each member; ids ascend."""
    tree = preorder(ids, parents)
    ranked = ids[tree.order]
    jump = jump_pointers(tree.parent, tree.level)
    top = leg_tops(tree.parent, side[tree.order])
    depth = np.empty(len(ids), np.int32)
    target, leg_top = np.empty(len(ids), np.int64), np.empty(len(ids), np.int64)
    depth[tree.order] = tree.level
    target[tree.order] = ranked[jump]
    leg_top[tree.order] = ranked[top]
    return depth, target, leg_top


def products(catalogue: Catalogue) -> list[Column]:
    """Product ids are positions in the catalogue, counted from 1."""
    return [
        Column("product_id", Kind.BIGINT, np.arange(1, len(catalogue) + 1)),
        Column("sku", Kind.TEXT, _texts(catalogue.sku)),
        Column("name", Kind.TEXT, _texts(catalogue.name)),
        Column("description", Kind.TEXT, _texts(catalogue.description)),
        Column("product_type_id", Kind.SMALLINT, catalogue.product_type),
    ]


def prices(catalogue: Catalogue) -> list[Column]:
    """Every product in every country."""
    markets, count = len(load_markets()), len(catalogue)
    country = np.repeat(np.arange(markets, dtype=np.int8), count)
    return [
        Column("product_id", Kind.BIGINT, np.tile(np.arange(1, count + 1), markets)),
        Column("country_code", Kind.TEXT, countries(country)),
        Column("currency_code", Kind.TEXT, currencies(country)),
        Column("retail_price", Kind.NUMERIC, catalogue.retail.ravel()),
        Column("wholesale_price", Kind.NUMERIC, catalogue.wholesale.ravel()),
        Column("pv", Kind.NUMERIC, np.tile(catalogue.pv, markets)),
        Column("cv", Kind.NUMERIC, np.tile(catalogue.cv, markets)),
    ]


def _texts(values: list[str]) -> Text:
    return np.array([value.encode() for value in values])
