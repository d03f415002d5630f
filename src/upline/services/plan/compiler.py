"""From a plan document to the arrays that the engine runs on."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from upline.engine.arithmetic import Mode, Place
from upline.engine.digest import digest_of
from upline.engine.plan import Fee, Plan, Ranks, Rounding, Volumes
from upline.engine.units import I64, NO_MINIMUM
from upline.services.plan.document import PlanDocument
from upline.services.plan.schema import PlanSchema, Rank, VolumeRules
from upline.services.plan.schema_base import Names
from upline.services.plan.schema_types import CUSTOMER_TYPES, STATUSES

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
        limits=tuple(
            (bonus.id, bonus.most_of_volume)
            for bonus in content.bonuses
            if bonus.most_of_volume is not None
        ),
        fees=tuple(
            Fee(fee.ledger_type, fee.amount, fee.from_commission, fee.capped)
            for fee in content.fees
        ),
        rounding=Rounding(
            place=int(Place[content.rounding.place.upper()]),
            mode=int(Mode[content.rounding.mode.upper()]),
            unit=10 ** (4 - content.rounding.decimals),
        ),
    )
    return replace(plan, digest=digest_of(plan))


def names_of(content: PlanSchema) -> Names:
    """Ranks and bonuses by the names used in the plan."""
    return Names(
        [rank.key for rank in content.ranks],
        {bonus.code: bonus.id for bonus in content.bonuses},
    )


def _volumes(rules: VolumeRules) -> Volumes:
    reduction = rules.new_member_reduction
    return Volumes(
        commission=rules.commission,
        active_pv=rules.active_pv,
        qualified_pv=rules.qualified_pv,
        earner_types=tuple(sorted(CUSTOMER_TYPES[name] for name in rules.members)),
        earning_statuses=tuple(sorted(STATUSES[name] for name in rules.earning_statuses)),
        customer_types=tuple(sorted(CUSTOMER_TYPES[name] for name in rules.customers)),
        customers_as_own=rules.customers_as_own,
        reduction_months=reduction.months if reduction else 0,
        reduction_rate=reduction.rate if reduction else 0,
    )


def _least(values: Sequence[int | None]) -> I64:
    """Minimums, where none given asks for nothing."""
    return np.array([NO_MINIMUM if v is None else v for v in values], np.int64)


def _ranks(content: PlanSchema, names: Names) -> Ranks:
    ranks: list[Rank] = content.ranks
    legs = [rank.legs for rank in ranks]
    ranked = [rank.ranked_legs for rank in ranks]
    enrolled = [rank.enrolled for rank in ranks]
    capped = [rank.capped_ov for rank in ranks]
    group = content.group_volume
    return Ranks(
        id=np.array([rank.id for rank in ranks], np.int16),
        min_pv=_least([rank.pv for rank in ranks]),
        min_total_pv=_least([rank.total_pv for rank in ranks]),
        min_ov=_least([rank.ov for rank in ranks]),
        min_gv=_least([rank.gv for rank in ranks]),
        min_left=_least([rank.left for rank in ranks]),
        min_right=_least([rank.right for rank in ranks]),
        capped_ov=_least([c.volume if c else None for c in capped]),
        cap_rate=np.array([c.leg_share if c else 0 for c in capped], np.int64),
        leg_count=np.array([leg.count if leg else 0 for leg in legs], np.int16),
        leg_volume=_least([leg.volume if leg else None for leg in legs]),
        leg_pv=_least([leg.pv if leg else None for leg in legs]),
        legrank_count=np.array([r.count if r else 0 for r in ranked], np.int16),
        legrank=np.array([names.rank(r.rank) if r else 0 for r in ranked], np.int16),
        enrolled_count=np.array([e.count if e else 0 for e in enrolled], np.int32),
        enrolled_pv=_least([e.pv if e else None for e in enrolled]),
        group_from=names.rank(group.from_rank) if group else len(ranks),
    )
