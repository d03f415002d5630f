"""Explanations of a member's commission: of a period, of one line, or of one source of volume.

Everything comes from what the run in force stored and from the text of the plan it ran under, so an
explanation of a closed period says what was, whatever has changed since.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from upline.core.context import Context
from upline.core.errors import NotFound
from upline.services.commission import lines
from upline.services.commission.lines import Line, Wanted
from upline.services.explain.conditions import (
    Condition,
    Standing,
    every_way,
    is_qualified,
    list_conditions,
)
from upline.services.explain.facts import Facts, Measures
from upline.services.explain.levels import count_levels, reach_of
from upline.services.explain.members import Members, load_members
from upline.services.explain.paths import PARENTS, Way
from upline.services.explain.rules import Rule, find_rule
from upline.services.explain.subjects import Basis, Subject, get_subject
from upline.services.explain.verdicts import Case, why_not
from upline.services.plan.schema_base import BonusBase
from upline.services.plan.schema_binary import BinaryBonus

NOTHING = Decimal(0)
DEEPEST = 2**15 - 1  # a line's level is a smallint


@dataclass(slots=True)
class Step:
    """A member between the source and the payee, who is the last. `level` is the one he holds, None
    when compression passes him; `unmet` says what he lacked; `paid` what he got of the source. Not
    frozen, as Condition is not."""

    customer_id: int
    name: str
    rank: str
    steps: int
    level: int | None
    is_qualified: bool | None
    unmet: Sequence[Condition]
    paid: Decimal


@dataclass(frozen=True, slots=True)
class BonusExplanation:
    """One bonus: its rule with where it stands in the plan, what it asks, what came of it.

    `amount` is what it paid in the period; `path` and `lines` are of the source asked about.
    """

    bonus_id: int
    bonus: str
    kind: str
    rule: Rule
    requirements: Sequence[Condition]
    is_qualified: bool | None
    amount: Decimal
    verdict: str
    path: Sequence[Step] = ()
    lines: Sequence[Line] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """What one member was paid in a period and why, or what he was not."""

    basis: Basis
    customer_id: int
    name: str
    rank: str
    from_customer_id: int | None
    bonuses: Sequence[BonusExplanation]


async def explain_period(ctx: Context, customer_id: int, period_id: int) -> Explanation:
    """Every bonus of the plan: who is paid it, whether the member was, and how much.

    Period 0 is the current month. Raises NotFound where the period has no figures or the member has
    none in them. Source: contract, Commission: explain.
    """
    subject = await get_subject(ctx, customer_id, period_id)
    bonuses = subject.plan.bonuses
    members = await _get_members(ctx, subject, (), customer_id, bonuses)
    payee = _standing(subject, members.facts[customer_id], members.measures)
    found = []
    for index, bonus in enumerate(bonuses):
        conditions = list_conditions(payee, bonus)
        case = Case(bonus, None, payee, payee, conditions, (), is_cut=False, levels=())
        amount = subject.amounts.get(bonus.id, NOTHING)
        # Legs are the member's own: what came of them can be told without a source.
        tells = is_qualified(conditions) is False or isinstance(bonus, BinaryBonus)
        unpaid = why_not(case) if tells else "Nothing came of it."
        verdict = "Paid." if amount else unpaid
        found.append(_bonus(subject, index, conditions, verdict))
    return _explanation(payee, subject, None, found)


async def explain_source(
    ctx: Context, customer_id: int, period_id: int, source_id: int
) -> Explanation:
    """What every bonus left the member of one source's volume, or why it left nothing.

    Raises NotFound as explain_period does, and for a source the run does not know. The caller sees
    to it that the source may be seen. Source: contract, Commission: explain.
    """
    subject = await get_subject(ctx, customer_id, period_id)
    return await _explain(ctx, subject, source_id, subject.plan.bonuses)


async def explain_line(ctx: Context, customer_id: int, period_id: int, line_id: int) -> Explanation:
    """The bonus and the source of one line of the member's statement; raises NotFound.

    Source: contract, Commission: explain.
    """
    subject = await get_subject(ctx, customer_id, period_id)
    found = await lines.find_source(ctx, subject.basis.run_id, customer_id, line_id)
    if found is None:
        raise NotFound
    bonus_id, source_id = found
    bonuses = [bonus for bonus in subject.plan.bonuses if bonus.id == bonus_id]
    return await _explain(ctx, subject, source_id, bonuses, line_id)


async def _explain(
    ctx: Context,
    subject: Subject,
    source_id: int,
    bonuses: Sequence[BonusBase],
    line_id: int | None = None,
) -> Explanation:
    payee_id = subject.customer_id
    trees = {getattr(bonus, "tree", "sponsor") for bonus in bonuses} & PARENTS.keys()
    members = await _get_members(ctx, subject, trees, source_id, bonuses)
    ways, measures = members.ways, members.measures
    everybody = {number: _standing(subject, one, measures) for number, one in members.facts.items()}
    paid = await _paid(ctx, subject, source_id, bonuses, ways)
    chosen = {bonus.id for bonus in bonuses}
    found = []
    for index, bonus in enumerate(subject.plan.bonuses):
        if bonus.id not in chosen:
            continue
        case = _case(bonus, ways.get(getattr(bonus, "tree", "")), everybody, payee_id, source_id)
        own = [one for one in paid.get((payee_id, bonus.id), ()) if line_id in (None, one.line_id)]
        verdict = " ".join(one.explanation for one in own) or why_not(case)
        amounts = {who: _sum(each) for (who, what), each in paid.items() if what == bonus.id}
        found.append(_bonus(subject, index, case.conditions, verdict, _path(case, amounts), own))
    return _explanation(everybody[payee_id], subject, source_id, found)


async def _paid(
    ctx: Context,
    subject: Subject,
    source_id: int,
    bonuses: Sequence[BonusBase],
    ways: dict[str, Way],
) -> dict[tuple[int, int], list[Line]]:
    """What the source left whom, by payee and bonus: of everybody on the way, or of the payee
    where there is none."""
    wanted = []
    for bonus in bonuses:
        way = ways.get(getattr(bonus, "tree", ""))
        if way is None:
            wanted.append(Wanted(subject.customer_id, bonus.id, 0, DEEPEST))
        else:
            wanted += [
                Wanted(payee_id, bonus.id, level, level)
                for level, payee_id in enumerate(way.members)
            ]
    return await lines.list_from_source(
        ctx,
        subject.basis.run_id,
        source_id,
        wanted,
        subject.rounding,
        subject.basis.currency_code,
    )


def _case(
    bonus: BonusBase, way: Way | None, everybody: dict[int, Standing], payee_id: int, source_id: int
) -> Case:
    payee = everybody[payee_id]
    reach = reach_of(bonus, payee.plan)
    above = None
    levels: list[int | None] = []
    if way is not None:
        climbed = [everybody[number] for number in way.members[1:]]
        above = [(one, list_conditions(one, bonus)) for one in climbed]
        if reach is not None and hasattr(bonus, "compression"):
            able = [(one, is_qualified(asked) is not False) for one, asked in above]
            levels = count_levels(bonus, reach, able)
    return Case(
        bonus=bonus,
        reach=reach,
        payee=payee,
        source=everybody[source_id],
        conditions=list_conditions(payee, bonus),
        way=above,
        is_cut=way is not None and way.is_cut,
        levels=levels,
    )


def _path(case: Case, paid: dict[int, Decimal]) -> list[Step]:
    levels = case.levels or [None] * len(case.way or ())
    return [
        Step(
            customer_id=one.facts.customer_id,
            name=one.facts.name,
            rank=one.rank_name(one.rank),
            steps=steps,
            level=level,
            is_qualified=(able := is_qualified(conditions)),
            unmet=()
            if able
            else [condition for condition in conditions if condition.is_met is False],
            paid=paid.get(one.facts.customer_id, NOTHING),
        )
        for steps, ((one, conditions), level) in enumerate(
            zip(case.way or (), levels, strict=True), start=1
        )
    ]


async def _get_members(
    ctx: Context,
    subject: Subject,
    trees: Iterable[str],
    source_id: int,
    bonuses: Sequence[BonusBase],
) -> Members:
    """Figures of the payee, the source and whoever stands between; raises NotFound."""
    ends = (source_id, subject.customer_id)
    asked = [way for bonus in bonuses for way in every_way(bonus.requires)]
    types = subject.plan.content.volumes.customers
    run_id, period_id = subject.basis.run_id, subject.basis.period_id
    members = await load_members(ctx, run_id, period_id, trees, ends, asked, types)
    if not members.facts.keys() >= set(ends):
        raise NotFound
    return members


def _standing(subject: Subject, facts: Facts, measures: Measures) -> Standing:
    return Standing.of(facts, measures, subject.plan, subject.basis.period_id)


def _bonus(
    subject: Subject,
    index: int,
    conditions: Sequence[Condition],
    verdict: str,
    path: Sequence[Step] = (),
    paid: Sequence[Line] = (),
) -> BonusExplanation:
    bonus = subject.plan.bonuses[index]
    return BonusExplanation(
        bonus_id=bonus.id,
        bonus=bonus.name,
        kind=bonus.kind,
        rule=find_rule(subject.plan, "bonuses", index),
        requirements=conditions,
        is_qualified=is_qualified(list(conditions)),
        amount=subject.amounts.get(bonus.id, NOTHING),
        verdict=verdict,
        path=path,
        lines=paid,
    )


def _explanation(
    payee: Standing,
    subject: Subject,
    source_id: int | None,
    bonuses: Sequence[BonusExplanation],
) -> Explanation:
    return Explanation(
        basis=subject.basis,
        customer_id=subject.customer_id,
        name=payee.facts.name,
        rank=payee.rank_name(payee.rank),
        from_customer_id=source_id,
        bonuses=bonuses,
    )


def _sum(paid: Sequence[Line]) -> Decimal:
    return sum((line.amount for line in paid), NOTHING)
