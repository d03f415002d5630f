"""From a plan document to the arrays that the engine runs on."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from upline.engine.arithmetic import Mode, Place
from upline.engine.digest import digest_of
from upline.engine.limits import Limit
from upline.engine.plan import Exchange, Fee, Plan, Ranks, Rounding, Volumes
from upline.engine.ranks import AMOUNT, SUM, TARGET
from upline.engine.units import I64, NO_CAP, NO_MINIMUM
from upline.services.plan.document import PlanDocument
from upline.services.plan.schema import PlanSchema
from upline.services.plan.schema_names import Names
from upline.services.plan.schema_ranks import CappedVolume, GroupVolume, Rank
from upline.services.plan.schema_types import CUSTOMER_TYPES, STATUSES
from upline.services.plan.schema_volumes import ExchangeRule, VolumeRules

__all__ = ["compile_plan", "names_of"]


def compile_plan(document: PlanDocument) -> Plan:
    """Compile; the digest covers everything that a run depends on, and no names or comments."""
    content = document.content
    names = names_of(content)
    plan = Plan(
        key=content.plan.key,
        volumes=_volumes(content.volumes),
        ranks=_ranks(content, names),
        bonuses=tuple(bonus.spec(names) for bonus in content.bonuses),
        trees=tuple((tree.key, tree.tree()) for tree in content.trees),
        limits=tuple(_limits(content, names)),
        unpaid=tuple(bonus.id for bonus in content.bonuses if bonus.points_only),
        donation_most=content.donation.most if content.donation else 0,
        fees=tuple(
            Fee(fee.ledger_type, fee.amount, fee.from_commission, fee.capped)
            for fee in content.fees
        ),
        rounding=Rounding(
            place=int(Place[content.rounding.place.upper()]),
            mode=int(Mode[content.rounding.mode.upper()]),
            unit=10 ** (4 - content.rounding.decimals),
        ),
        exchange=_exchange(content.exchange, content.plan.currency) if content.exchange else None,
    )
    return replace(plan, digest=digest_of(plan))


def names_of(content: PlanSchema) -> Names:
    """Ranks and bonuses by the names used in the plan."""
    return Names(
        [rank.key for rank in content.ranks],
        {bonus.code: bonus.id for bonus in content.bonuses},
        tuple(rank.id for rank in content.ranks),
    )


def _limits(content: PlanSchema, names: Names) -> Iterator[Limit]:
    """Each bonus's own caps, then those that several share."""
    for bonus in content.bonuses:
        yield from bonus.limits(names)
    for rule in content.limits:
        yield from rule.limits(names)


def _volumes(rules: VolumeRules) -> Volumes:
    reduction = rules.new_member_reduction
    return Volumes(
        commission=rules.commission,
        kinds=tuple(rules.kinds),
        active_pv=rules.active_pv,
        active_periods=rules.active_periods,
        qualified_pv=rules.qualified_pv,
        qualified_periods=rules.qualified_periods,
        earner_types=tuple(sorted(CUSTOMER_TYPES[name] for name in rules.members)),
        earning_statuses=tuple(sorted(STATUSES[name] for name in rules.earning_statuses)),
        customer_types=tuple(sorted(CUSTOMER_TYPES[name] for name in rules.customers)),
        customers_as_own=rules.customers_as_own,
        lapse_periods=rules.lapse.periods if rules.lapse else 0,
        lapse_pv=rules.lapse.pv if rules.lapse else 0,
        sums=tuple((name, one.of, one.periods or 0) for name, one in rules.sums.items()),
        teams=tuple((name, team.of, team.levels) for name, team in rules.teams.items()),
        reduction_rates=reduction.rates if reduction else (),
        reduction_windows=reduction.window_ends if reduction else (),
        reduction_by_hour=reduction is not None and reduction.by_hour,
        parts=tuple(part.part(name) for name, part in rules.parts.items()),
        reduction_up_to=NO_CAP if reduction is None or reduction.up_to is None else reduction.up_to,
    )


def _least(values: Sequence[int | None]) -> I64:
    """Minimums, where none given asks for nothing."""
    return np.array([NO_MINIMUM if v is None else v for v in values], np.int64)


def _ranks(content: PlanSchema, names: Names) -> Ranks:
    ranks: list[Rank] = content.ranks
    legs = [rank.legs for rank in ranks]
    ranked = [rank.ranked_legs for rank in ranks]
    capped = [rank.capped_ov for rank in ranks]
    group = content.group_volume
    group_from, led_from = _group(group, names)
    return Ranks(
        id=np.array([rank.id for rank in ranks], np.int16),
        min_pv=_least([rank.pv for rank in ranks]),
        min_total_pv=_least([rank.total_pv for rank in ranks]),
        min_ov=_least([rank.ov for rank in ranks]),
        min_gv=_least([rank.gv for rank in ranks]),
        min_left=_least([rank.left for rank in ranks]),
        min_right=_least([rank.right for rank in ranks]),
        capped_ov=_least([c.volume if c else None for c in capped]),
        cap_by=np.array([_cap(c)[0] for c in capped], np.int8),
        cap_rate=np.array([_cap(c)[1] for c in capped], np.int64),
        cap_most=np.array([_cap(c)[2] for c in capped], np.int64),
        cap_own=np.array([c.own_capped if c else True for c in capped], np.bool_),
        leg_count=np.array([leg.count if leg else 0 for leg in legs], np.int16),
        leg_volume=_least([leg.volume if leg else None for leg in legs]),
        leg_pv=_least([leg.pv if leg else None for leg in legs]),
        legrank_count=np.array([r.count if r else 0 for r in ranked], np.int16),
        legrank=np.array([names.rank(r.rank) if r else 0 for r in ranked], np.int16),
        asks=tuple(rank.asks(names) for rank in ranks),
        grace=np.array([rank.grace for rank in ranks], np.int16),
        group_from=group_from,
        led_from=led_from,
        legs_out=group is not None and "qualifying_legs" in group.leaves_out,
        by_paid=content.rank_rules.ranks_below == "paid",
        forced_exactly=content.rank_rules.forced == "exactly",
    )


def _group(group: GroupVolume | None, names: Names) -> tuple[int, int]:
    """From which rank on group volume is cut, and whose organizations are left out of it."""
    never = len(names.ranks)
    if group is None:
        return never, never
    led = names.rank(group.led_by or group.from_rank)
    return names.rank(group.from_rank), led if "organizations" in group.leaves_out else never


def _cap(capped: CappedVolume | None) -> tuple[int, int, int]:
    """What a leg's cap is measured by, the share, and the amount."""
    if capped is None:
        return TARGET, 0, 0
    if capped.leg_most is not None:
        return AMOUNT, 0, capped.leg_most
    if capped.leg_share_of_ov is not None:
        return SUM, capped.leg_share_of_ov, 0
    return TARGET, capped.leg_share or 0, 0


def _exchange(rule: ExchangeRule, currency: str) -> Exchange:
    return Exchange(
        currency=currency,
        volumes=tuple(sorted(set(rule.volumes))),
        per_member=rule.rounded == "member",
        unit=10 ** (4 - rule.decimals),
        mode=int(Mode[rule.mode.upper()]),
        pays_local=rule.pay == "member",
        pay_unit=10 ** (4 - rule.pay_decimals),
        pay_mode=int(Mode[rule.pay_mode.upper()]),
        blend=rule.blended.blend() if rule.blended else None,
    )
