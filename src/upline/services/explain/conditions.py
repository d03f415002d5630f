"""What a bonus asks of whoever it is paid to, beside what a member had."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import TypeVar

from upline.core.wire import plain
from upline.services.explain.facts import Facts, Kept, Measures, Past
from upline.services.plan import PlanDocument
from upline.services.plan.schema_base import BonusBase, Requires
from upline.services.plan.schema_requirements import Conditions
from upline.services.plan.schema_types import CUSTOMER_TYPES, STATUSES

Value = TypeVar("Value")
NO_RANK = "no rank"
WHOLE = 1_000_000  # 100 % in millionths
# Facts that are volumes: those that a plan may ask for by name, and all.
OWN_VOLUMES = ("pv", "cv", "total_pv", "ov")
VOLUMES = (*OWN_VOLUMES, "gv")
TYPES = {number: name for name, number in CUSTOMER_TYPES.items()}
STATES = {number: name for name, number in STATUSES.items()}


@dataclass(slots=True)
class Condition:
    """One requirement in words; `is_met` is None where a run keeps no figure to tell by.

    alternatives: of a requirement that any one of several meets. Not frozen: an explanation makes
    hundreds, and to set their fields would take three times as long.
    """

    name: str
    required: str
    actual: str | None
    is_met: bool | None
    alternatives: Sequence["Alternative"] = ()


@dataclass(frozen=True, slots=True)
class Alternative:
    """All that one of several ways asks, and whether it holds."""

    is_met: bool | None
    requirements: Sequence[Condition]


@dataclass(frozen=True, slots=True)
class Standing:
    """A member as conditions see him: his figures, what is counted beside them, the plan.

    `rank` is the position of the rank he is paid as, -1 for none; `always` is what every bonus
    asks.
    """

    facts: Facts
    measures: Measures
    plan: PlanDocument
    period_id: int
    rank: int
    always: Sequence[Condition]

    @classmethod
    def of(cls, facts: Facts, measures: Measures, plan: PlanDocument, period_id: int) -> "Standing":
        """With what is the same for every bonus worked out once."""
        always = list(_may_be_paid(facts, plan))
        rank = position_of(plan, facts.rank_id)
        return cls(facts, measures, plan, period_id, rank, always)

    def position(self, rank_id: int) -> int:
        """Position of a rank in the plan, -1 for none."""
        return position_of(self.plan, rank_id)

    def place(self, key: str) -> int:
        """Position of a rank by its key."""
        return next(k for k, rank in enumerate(self.plan.ranks) if rank.key == key)

    def rank_name(self, position: int) -> str:
        """What a rank is called."""
        return self.plan.ranks[position].name if position >= 0 else NO_RANK


def position_of(plan: PlanDocument, rank_id: int) -> int:
    """Position of a rank in a plan, -1 for none."""
    return next((k for k, rank in enumerate(plan.ranks) if rank.id == rank_id), -1)


def list_conditions(standing: Standing, bonus: BonusBase) -> list[Condition]:
    """Everything that has to hold for a member to be paid a bonus, met or not."""
    return [*standing.always, *_told(standing, bonus.requires, bonus.id)]


def every_way(asked: Requires) -> list[Requires]:
    """What is asked, and what each alternative of it asks, in the same form."""
    return [asked, *map(_way, asked.any_of)]


def _told(standing: Standing, asked: Requires, bonus_id: int) -> list[Condition]:
    conditions: list[Condition] = []
    if given := asked.model_fields_set:
        for tell, names in TELLERS.items():
            if not names.isdisjoint(given):
                conditions += tell(standing, asked, bonus_id)
    return conditions


def _way(one: Conditions) -> Requires:
    return Requires.model_construct(**{name: getattr(one, name) for name in one.model_fields_set})


def is_qualified(conditions: list[Condition]) -> bool | None:
    """Whether all hold; None when none fails and some cannot be told."""
    told = {condition.is_met for condition in conditions}
    return False if False in told else None if None in told else True


def describe(conditions: list[Condition]) -> str:
    """Those that fail, as a clause."""
    failing = [c for c in conditions if c.is_met is False]
    return ", ".join(f"{c.name} {c.actual} where {c.required} is asked" for c in failing)


def _may_be_paid(facts: Facts, plan: PlanDocument) -> Iterator[Condition]:
    """Only members are paid, and only in a status that earns."""
    rules = plan.content.volumes
    kind, state = TYPES.get(facts.customer_type_id, "?"), STATES.get(facts.status_id, "?")
    for name, actual, allowed in (
        ("type", kind, rules.members),
        ("status", state, rules.earning_statuses),
    ):
        yield Condition(name, " or ".join(allowed), actual, actual in allowed)


def _volumes(standing: Standing, asked: Requires, bonus_id: int) -> Iterator[Condition]:
    del bonus_id
    facts, measures = standing.facts, standing.measures
    for name in VOLUMES:
        if name in asked.model_fields_set and (least := getattr(asked, name)) is not None:
            yield _least(name, getattr(facts, name), least)
    for name, least in asked.volumes.items():
        yield _least(name, getattr(facts, name) if name in OWN_VOLUMES else None, least)
    if asked.autoship_pv is not None:
        bought = measures.autoship_pv.get(facts.customer_id, Decimal(0))
        yield _least("autoship pv", bought, asked.autoship_pv)
    if asked.rolling_pv is not None:
        back = asked.rolling_pv.periods - 1
        before = _past(standing, back, lambda past: past.pv)
        total = facts.pv + sum((pv or Decimal(0) for pv in before), Decimal(0))
        yield _least(f"pv of {back + 1} periods", total, asked.rolling_pv.volume)


def _ranks(standing: Standing, asked: Requires, bonus_id: int) -> Iterator[Condition]:
    del bonus_id
    actual = standing.rank_name(standing.rank)
    if asked.rank is not None:
        least = standing.place(asked.rank)
        yield Condition("rank", standing.rank_name(least), actual, standing.rank >= least)
    if asked.rank_at_most is not None:
        most = standing.place(asked.rank_at_most)
        wanted = f"at most {standing.rank_name(most)}"
        yield Condition("rank", wanted, actual, standing.rank <= most)
    if asked.best_rank is not None:
        least, best = standing.place(asked.best_rank), standing.position(standing.facts.max_rank_id)
        wanted, held_once = standing.rank_name(least), standing.rank_name(best)
        yield Condition("best rank ever achieved", wanted, held_once, best >= least)
    if asked.held is not None:
        held, least = asked.held, standing.place(asked.held.rank)
        paid = held.by == "paid"
        ranks = _past(standing, held.periods, lambda p: p.paid_rank_id if paid else p.rank_id)
        places = [-1 if rank is None else standing.position(rank) for rank in ranks]
        yield Condition(
            f"rank {held.by} in the periods before",
            f"{standing.rank_name(least)} in each of {held.periods}",
            ", ".join(map(standing.rank_name, places)),
            all(place >= least for place in places),
        )


def _people(standing: Standing, asked: Requires, bonus_id: int) -> Iterator[Condition]:
    del bonus_id
    number, measures = standing.facts.customer_id, standing.measures
    if asked.legs is not None:
        found = measures.legs.get((number, asked.legs.volume), 0)
        name = f"frontline organizations of {_amount(asked.legs.volume)} OV"
        yield Condition(name, str(asked.legs.count), str(found), found >= asked.legs.count)
    if asked.enrolled is not None:
        found = measures.recruits.get((number, asked.enrolled.pv), 0)
        name = f"personally enrolled members of {_amount(asked.enrolled.pv)} PV"
        yield Condition(name, str(asked.enrolled.count), str(found), found >= asked.enrolled.count)
    if asked.sides is not None:
        wanted = f"{asked.sides.left} left, {asked.sides.right} right"
        yield Condition("personally enrolled on each side", wanted, None, None)
    if asked.enrolled_legs is not None:
        yield Condition(
            "legs with personally enrolled members", str(asked.enrolled_legs.count), None, None
        )
    if asked.customers is not None:
        name = f"personal customers of {_amount(asked.customers.pv)} PV"
        found = measures.people.customers_of(number, asked.customers)
        enough = found >= asked.customers.count
        yield Condition(name, str(asked.customers.count), str(found), enough)
    if asked.customer_ratio is not None:
        of, to = " and ".join(asked.customer_ratio.of), " and ".join(asked.customer_ratio.to)
        wanted = f"{asked.customer_ratio.least / 10_000:g} %"
        mine, others = measures.people.ratio_of(number, asked.customer_ratio)
        enough = mine * WHOLE >= others * asked.customer_ratio.least
        name = f"personally enrolled {of} for each {to}"
        yield Condition(name, wanted, f"{mine} for {others}", enough)
    if asked.owner_pv is not None:
        owned = measures.people.owned_of(number, asked.owner_pv)
        least = asked.owner_pv.several if owned.positions > 1 else asked.owner_pv.one
        yield _least(f"own PV of all {owned.positions} positions", owned.pv, least)


def _alternatives(standing: Standing, asked: Requires, bonus_id: int) -> Iterator[Condition]:
    ways = [_told(standing, _way(one), bonus_id) for one in asked.any_of]
    told = [Alternative(is_qualified(way), way) for way in ways]
    held = sum(way.is_met is True for way in told)
    open_ways = any(way.is_met is None for way in told)
    yield Condition(
        name="any of several",
        required=f"one of {len(told)}",
        actual=str(held) if held or not open_ways else None,
        is_met=True if held else None if open_ways else False,
        alternatives=told,
    )


def _time(standing: Standing, asked: Requires, bonus_id: int) -> Iterator[Condition]:
    kept = standing.measures.kept.get((standing.facts.customer_id, bonus_id), Kept(0, 0))
    if asked.within is not None:
        age = standing.period_id - standing.facts.enrolled_month + 1
        name = "periods since enrolment"
        yield Condition(name, f"1 to {asked.within}", str(age), 1 <= age <= asked.within)
    if asked.streak is not None:
        name = "periods in a row"
        yield Condition(name, str(asked.streak), str(kept.streak), kept.streak >= asked.streak)
    if asked.first_periods is not None:
        since = standing.period_id - kept.first_period + 1 if kept.first_period else 0
        wanted = f"at most {asked.first_periods}"
        is_met = since <= asked.first_periods
        yield Condition("periods since first met", wanted, str(since), is_met)


def _past(standing: Standing, periods: int, read: Callable[[Past], Value]) -> list[Value | None]:
    """A figure of each of the periods before, the latest first; None where a run has none."""
    number, past = standing.facts.customer_id, standing.measures.past
    found = [past.get((number, standing.period_id - back)) for back in range(1, periods + 1)]
    return [None if one is None else read(one) for one in found]


def _least(name: str, value: Decimal | None, least: int) -> Condition:
    wanted = _amount(least)
    if value is None:
        return Condition(name, wanted, None, None)
    return Condition(name, wanted, plain(value), value >= Decimal(least) / 10_000)


@lru_cache(maxsize=1_024)
def _amount(ten_thousandths: int) -> str:
    """Kept, because everybody on a way is asked for the same few."""
    return plain(Decimal(ten_thousandths) / 10_000)


# What each tells of. Most bonuses ask for one or two things, of a hundred payees in an explanation.
TELLERS: dict[Callable[[Standing, Requires, int], Iterator[Condition]], frozenset[str]] = {
    _volumes: frozenset((*VOLUMES, "volumes", "autoship_pv", "rolling_pv")),
    _ranks: frozenset(("rank", "rank_at_most", "best_rank", "held")),
    _people: frozenset(("legs", "enrolled", "sides", "enrolled_legs", "customers"))
    | {"customer_ratio", "owner_pv"},
    _alternatives: frozenset(("any_of",)),
    _time: frozenset(("within", "streak", "first_periods")),
}
