"""run(plan, snapshot) -> Result: the whole month, pure and deterministic."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from upline.engine import exchange, parts, ranks, requirements, standing, volumes
from upline.engine import items as money
from upline.engine.carry import left_of
from upline.engine.digest import digest_of
from upline.engine.donations import donation_items
from upline.engine.legs import leg_totals
from upline.engine.measures import Measures, among
from upline.engine.memory import OF_VOLUMES, MemoryBook, totals
from upline.engine.paying import Batch, pay
from upline.engine.plan import Plan
from upline.engine.result import Lines, Result
from upline.engine.scene import Entries, Members, Scene
from upline.engine.shown import Shown, shown
from upline.engine.snapshot import Snapshot
from upline.engine.units import ADJUSTMENT, DONATION, FEE, I8, I16, I32, I64, Bool

__all__ = ["run"]


def run(plan: Plan, snapshot: Snapshot, *, sealed: bool = True) -> Result:
    """Volumes, ranks, bonuses in plan order, rounding, fees, checks.

    Bad data comes back as `issues`. The digest covers every array and depends on nothing but the
    plan and the content of the snapshot; figures that are still kept up go without (not `sealed`).
    """
    scene, held = measure(plan, snapshot)
    sink, batches = pay(scene)
    rows = sink.lines[: int(sink.used[0])]
    counts = np.bincount(rows["payee"], minlength=len(snapshot)).astype(np.int32)
    lines = Lines(*(rows[name] for name in Lines._fields))
    result = settle(scene, shown(scene, held), lines, counts, batches)
    return replace(result, digest=_seal(result, rows)) if sealed else result


def settle(scene: Scene, figures: Shown, lines: Lines, counts: I32, batches: list[Batch]) -> Result:
    """Fees, adjustments, donations and checks, once every bonus has its items.

    counts: int32[n], how many lines each is paid by.
    """
    plan, snapshot = scene.plan, scene.snapshot
    commission = money.earned_in_all([batch for *_, batch in batches], len(snapshot))
    fees = [(FEE, 0, fee.ledger_type, money.fee_items(commission, fee)) for fee in plan.fees]
    adjustments = money.adjustment_items(snapshot.adjustment_member, snapshot.adjustment_amount)
    batches = [*batches, *fees, (ADJUSTMENT, 0, snapshot.adjustment_type, adjustments)]
    if plan.donation_most > 0:
        batches.append((DONATION, 0, 0, _donations(scene, commission, batches)))
    return _result(scene, figures, lines, counts, money.collect(batches))


def _seal(result: Result, rows: npt.NDArray[Any]) -> bytes:
    """Digest of a result, its lines row by row as they lie in memory instead of nine times over."""
    empty = Lines(*(rows[:0][name] for name in Lines._fields))
    return digest_of((replace(result, lines=empty), rows))


def measure(plan: Plan, s: Snapshot) -> tuple[Scene, ranks.RankOutputs]:
    """Volumes and ranks of every member."""
    n, rules = len(s), plan.volumes
    is_customer, earner = roles(plan, s.customer_type, s.status)
    measures = facts_of(plan, s, is_customer, earner)
    if rules.lapse_periods:
        old = s.period_id - s.enrolled_period >= rules.lapse_periods
        earner &= ~old | (measures.recent(rules.lapse_periods) >= rules.lapse_pv)
    pv, total_pv, ov = map(measures.volume, ("pv", "total_pv", "ov"))
    own, base = measures.volume(rules.commission), np.zeros(n, np.int64)
    paid_on, cuts = own, rules.reduction_rates
    if ends := rules.reduction_windows:
        values = measures.entries[rules.commission]
        early = parts.window_volumes(s, ends, rules.reduction_by_hour, values)
        paid_on = parts.reduced(own, early, ~is_customer, cuts, rules.reduction_up_to)
        cuts = ()
    volumes.commissionable(
        s.sponsor,
        is_customer,
        ~is_customer,
        s.enrolled_period,
        paid_on,
        s.period_id,
        np.array(cuts, np.int64),
        rules.reduction_up_to,
        rules.customers_as_own,
        base,
    )
    left, right = leg_totals(s, is_customer, pv)
    held = ranks.RankOutputs(
        rank=np.empty(n, np.int16),
        gv=np.empty(n, np.int64),
        less=np.empty((5, n), np.int64),
        inner=np.empty(n, np.int64),
        best=np.empty(n, np.int16),
    )
    bounds = standing.standing_bounds(plan.ranks, s, earner)
    ranks.evaluate(
        ranks.rank_table(plan.ranks),
        ranks.RankInputs(
            s.end,
            earner,
            is_customer,
            pv,
            total_pv,
            ov,
            left,
            right,
            *requirements.met_rows(plan.ranks, measures),
            *bounds,
        ),
        held,
    )
    return scene_of(plan, s, measures, base, (left, right), held, bounds), held


def roles(plan: Plan, customer_type: I8, status: I8) -> tuple[Bool, Bool]:
    """Who is a customer of his sponsor, and who may be ranked and paid."""
    rules = plan.volumes
    earner = among(customer_type, rules.earner_types) & among(status, rules.earning_statuses)
    return among(customer_type, rules.customer_types), earner


def facts_of(plan: Plan, s: Snapshot, is_customer: Bool, earner: Bool) -> Measures:
    """Volumes by name, none of them added up yet."""
    teams = {name: (kind, levels) for name, kind, levels in plan.volumes.teams}
    sums = {name: (of, _earlier(s, k, periods)) for k, (name, of, periods) in _sums(plan)}
    return Measures(s, is_customer, earner, _entry_volumes(plan, s), teams, sums)


def _sums(plan: Plan) -> Iterable[tuple[int, tuple[str, str, int]]]:
    return enumerate(plan.volumes.sums)


def _earlier(s: Snapshot, place: int, periods: int) -> I64:
    """What a sum has from earlier periods: from so many, or all there were."""
    if periods:
        return s.extras.past_sums[place] if len(s.extras.past_sums) else np.zeros(len(s), np.int64)
    return totals(s.extras.memories, OF_VOLUMES, place, len(s))


def scene_of(
    plan: Plan,
    s: Snapshot,
    measures: Measures,
    base: I64,
    legs: tuple[I64, I64],
    held: ranks.RankOutputs,
    bounds: tuple[I16, I16],
) -> Scene:
    """Everything that bonuses look at, once volumes and ranks are known."""
    members = Members(
        sponsor=s.sponsor,
        end=s.end,
        level=s.level,
        enroller=s.enroller,
        customer_type=s.customer_type,
        enrolled=s.enrolled_period,
        earner=measures.earner,
        is_customer=measures.is_customer,
        pv=measures.volume("pv"),
        cv=measures.volume("cv"),
        total_pv=measures.volume("total_pv"),
        own=measures.volume(plan.volumes.commission),
        base=base,
        ov=measures.volume("ov"),
        gv=held.gv,
        rank=standing.paid_as(held.rank, bounds),
    )
    values = measures.entries
    margin = exchange.plan_volume(plan.exchange, s, "margin", s.entry_margin)
    entries = Entries(s.entry_id, s.entry_member, s.entry_type, values["pv"], values["cv"], margin)
    carry = s.carry_left.copy(), s.carry_right.copy()
    memories = MemoryBook(s.extras.memories, len(s))
    for place, (name, _, periods) in _sums(plan):
        if not periods:
            memories.recall(OF_VOLUMES, place).total[:] = measures.volume(name)
    scene = Scene(s, plan, members, entries, measures, held.rank, *legs, *carry, memories)
    scene.issues += exchange.unrated(plan.exchange, s)
    return scene


def _donations(scene: Scene, commission: I64, batches: list[Batch]) -> money.ItemBatch:
    """What members give of what is left of their checks after fees and adjustments."""
    left = money.earned_in_all([batch for *_, batch in batches], len(commission))
    given, plan = scene.snapshot.extras.donations, scene.plan
    return donation_items(given, commission, left, plan.rounding, plan.donation_most)


def _entry_volumes(plan: Plan, s: Snapshot) -> dict[str, I64]:
    """Volume of every entry by kind, in plan volume; kinds the snapshot lacks are all 0."""
    missing = dict.fromkeys(plan.volumes.kinds, np.zeros(len(s.entry_id), np.int64))
    kinds = dict(zip(plan.volumes.kinds, s.extras.kinds, strict=False))
    given = {"pv": s.entry_pv, "cv": s.entry_cv, **missing, **kinds}
    whole = {
        name: exchange.plan_volume(plan.exchange, s, name, values) for name, values in given.items()
    }
    named = plan.volumes.parts
    return whole | {part.name: parts.part_values(s, part, whole[part.of]) for part in named}


def _result(
    scene: Scene,
    figures: Shown,
    lines: Lines,
    counts: I32,
    items: money.Items,
) -> Result:
    s, m, plan = scene.snapshot, scene.members, scene.plan
    checks = money.checks(items, counts)
    return Result(
        period_id=s.period_id,
        pv=m.pv,
        cv=m.cv,
        total_pv=m.total_pv,
        gv=figures.gv,
        ov=figures.ov,
        ov_less_2=figures.less[0],
        ov_less_3=figures.less[1],
        ov_less_4=figures.less[2],
        ov_less_5=figures.less[3],
        ov_less_6=figures.less[4],
        left=scene.left,
        right=scene.right,
        carry_left_out=scene.carry_left,
        carry_right_out=scene.carry_right,
        rank=figures.rank,
        paid_rank=figures.paid_rank,
        max_rank=figures.max_rank,
        is_active=figures.is_active,
        is_qualified=figures.is_qualified,
        lines=lines,
        items=items,
        checks=checks,
        memories=scene.memories.written(),
        leg_figures=scene.leg_figures,
        lots=s.extras.lots
        if scene.lots is None
        else left_of(scene.lots, scene.carry_left, scene.carry_right),
        local=exchange.local_checks(plan.exchange, s, checks, scene.measures),
        issues=(*s.issues, *scene.issues),
    )
