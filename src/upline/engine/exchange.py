"""Local money to plan volume and back, by rates that are fixed for the period.

Volume is converted where it enters, so that everything after it is in plan volume; checks are
converted where they leave, at blended rates (`blending`) where the plan says so. Whoever has a
currency without a rate is named in `issues`: his local volume counts for nothing, and his check
stays in the plan's currency.
"""

from typing import NamedTuple

import numpy as np

from upline.engine.arithmetic import product, round_exact
from upline.engine.blending import blended
from upline.engine.items import Checks
from upline.engine.jit import njit
from upline.engine.measures import Measures
from upline.engine.plan import Exchange
from upline.engine.snapshot import Issue, Snapshot
from upline.engine.units import I16, I32, I64, NONE

__all__ = ["LocalChecks", "local_checks", "plan_volume", "unrated"]


class LocalChecks(NamedTuple):
    """One per check, or none at all where the plan has no exchange. currency: place in the
    snapshot's rates, -1 for the plan's own; rate 1e-6; net: what is paid, 1e-4 local money."""

    currency: I16
    rate: I64
    net: I64


def plan_volume(exchange: Exchange | None, s: Snapshot, name: str, values: I64) -> I64:
    """Volume of every entry in plan volume; the very array where there is nothing to convert."""
    currency = s.extras.entry_currency
    if exchange is None or name not in exchange.volumes or not len(currency):
        return values
    out = np.empty_like(values)
    rule = exchange.unit, int(exchange.mode), exchange.per_member
    _convert(s.entry_member, currency, s.extras.rates.into, values, *rule, out)
    return out


def local_checks(
    exchange: Exchange | None, s: Snapshot, checks: Checks, measures: Measures
) -> LocalChecks:
    """What each check is paid as in its member's currency."""
    none = np.empty(0, np.int64)
    if exchange is None or not exchange.pays_local:
        return LocalChecks(none.astype(np.int16), none, none)
    rates = s.extras.rates.out
    currency = np.full(len(checks.payee), NONE, np.int16)
    if len(s.extras.member_currency) and len(rates):
        currency = s.extras.member_currency[checks.payee]
        currency = np.where((currency >= 0) & (rates[currency] > 0), currency, NONE)
    rate = np.where(currency >= 0, rates[currency] if len(rates) else 0, 0).astype(np.int64)
    net = checks.net.copy()
    _pay(currency.astype(np.int16), rate, exchange.pay_unit, int(exchange.pay_mode), net)
    local = LocalChecks(currency.astype(np.int16), rate, net)
    return local if exchange.blend is None else _blended(exchange, s, checks, measures, local)


def _blended(
    exchange: Exchange, s: Snapshot, checks: Checks, measures: Measures, local: LocalChecks
) -> LocalChecks:
    """The same, but for checks of those whose groups bought elsewhere; whoever is paid in the
    plan's currency is then paid in it at another rate than one."""
    blend, names = exchange.blend, s.extras.rates.currencies
    if blend is None or exchange.currency not in names:
        return local
    own = names.index(exchange.currency)
    home = np.where(local.currency == NONE, own, local.currency)
    unrated = (local.currency == NONE) & (_living(s, checks) != NONE)
    asked = np.flatnonzero(~unrated)
    rows = [(int(checks.payee[k]), int(home[k]), int(checks.net[k])) for k in asked]
    rounding = exchange.pay_unit, int(exchange.pay_mode)
    values = measures.entries[blend.volume]
    found = blended(blend, s, measures.is_customer, values, own, rows, rounding)
    for k, one in zip(asked, found, strict=True):
        if one is not None:
            local.currency[k], local.rate[k], local.net[k] = home[k], one.rate, one.net
    return local


def _living(s: Snapshot, checks: Checks) -> I16:
    """The currency of each payee, whether it has a rate or not."""
    living = s.extras.member_currency
    return living[checks.payee] if len(living) else np.full(len(checks.payee), NONE, np.int16)


def unrated(exchange: Exchange | None, s: Snapshot) -> list[Issue]:
    """Members and entries whose currency has no rate in this period."""
    if exchange is None:
        return []
    extras = s.extras
    issues: list[Issue] = []
    if exchange.volumes and len(extras.entry_currency):
        issues += _without(s, s.entry_member, extras.entry_currency, extras.rates.into)
    if exchange.pays_local and len(extras.member_currency):
        everyone = np.arange(len(s), dtype=np.int32)
        issues += _without(s, everyone, extras.member_currency, extras.rates.out)
    return sorted(set(issues), key=lambda issue: (issue.customer_id, issue.detail))


def _without(s: Snapshot, member: I32, currency: I16, rates: I64) -> list[Issue]:
    missing = np.flatnonzero((currency >= 0) & (rates[currency] == 0))
    pairs = {(int(member[k]), int(currency[k])) for k in missing}
    names = s.extras.rates.currencies
    return [Issue("no_exchange_rate", int(s.customer_id[v]), names[c]) for v, c in pairs]


@njit
def _convert(
    member: I32,
    currency: I16,
    rates: I64,
    values: I64,
    unit: int,
    mode: int,
    per_member: bool,
    out: I64,
) -> None:
    """Entries are grouped by member. Per member the exact running total is rounded and an entry is
    the difference to the one before, so that entries sum to the rounded total."""
    high = 0
    low = 0
    before = 0
    for k in range(len(values)):
        if k > 0 and member[k] != member[k - 1]:
            high = 0
            low = 0
            before = 0
        if currency[k] < 0:
            out[k] = values[k]
            continue
        whole, part = product(values[k], rates[currency[k]])
        if not per_member:
            out[k] = round_exact(whole, part, unit, mode)
            continue
        high += whole
        low += part
        total = round_exact(high, low, unit, mode)
        out[k] = total - before
        before = total


@njit
def _pay(currency: I16, rates: I64, unit: int, mode: int, net: I64) -> None:
    for k in range(len(net)):
        if currency[k] >= 0:
            high, low = product(net[k], rates[k])
            net[k] = round_exact(high, low, unit, mode)
