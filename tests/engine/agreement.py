"""Does a run of the engine equal the oracle, value by value?"""

from dataclasses import replace
from fractions import Fraction
from typing import Any

from tests.engine.company import snapshot_of, units
from tests.engine.extras import extras_of
from tests.engine.oracle import Oracle, number
from tests.engine.oracle_exchange import local_checks
from tests.engine.strategies import Company
from tests.engine.tally import tallied

from upline.engine import Plan, Result, Snapshot, run
from upline.engine.donations import DonationColumns
from upline.engine.memory import MemoryColumns
from upline.services import plan as plans

__all__ = ["agreed", "assert_agree", "assert_lines", "items_of", "plan_of"]

# Kinds whose lines are told by steps of a tree, and the tree they walk unless the plan says so.
WALKS = dict.fromkeys(
    ("fast_start", "starter_kit", "matching", "coded"), "enroller"
) | dict.fromkeys(("unilevel", "infinity", "generations", "stairstep", "breakaway"), "sponsor")
# Kinds whose lines on a volume are that volume times the rate that is told.
RATED = {
    "unilevel", "matching", "generations", "infinity", "differential", "stairstep", "breakaway",
    "retail", "coded",
}  # fmt: skip


def plan_of(text: str) -> Plan:
    """Parse and compile."""
    return plans.compile(plans.parse(text, "test"))


def items_of(snapshot: Snapshot, result: Result) -> dict[tuple[int, int, int, int], Fraction]:
    """Items by (payee id, kind, bonus id, level)."""
    items = result.items
    return {
        (
            int(snapshot.customer_id[items.payee[k]]),
            int(items.kind[k]),
            int(items.bonus_id[k]),
            int(items.level[k]),
        ): Fraction(int(items.amount[k]), 10_000)
        for k in range(len(items.payee))
    }


def assert_agree(text: str, company: Company, period: int = 405, **more: Any) -> Result:
    """Run both and compare volumes, ranks, lines and items."""
    return agreed(text, company, period, **more)[1]


def agreed(
    text: str,
    company: Company,
    period: int = 405,
    memories: MemoryColumns | None = None,
    **more: Any,
) -> tuple[Snapshot, Result, Oracle]:
    """The same, with all there is to compare; `memories` of the run before is the engine's part of
    what the oracle is given as `before`."""
    members, orders = company
    plan = plan_of(text)
    extras = extras_of(plan, members, orders, more.get("rates"))
    extras = replace(
        extras, memories=memories or MemoryColumns(), donations=pledged(more.get("pledges", {}))
    )
    snapshot = snapshot_of(members, orders, period, extras=extras)
    assert snapshot.issues == ()
    result = run(plan, snapshot)
    oracle = Oracle(text, members, orders, period, **more)
    ids = [rank["id"] for rank in oracle.ranks] + [-1]
    for v, customer in enumerate(snapshot.customer_id.tolist()):
        m = oracle.members[customer]
        hidden = m.is_customer
        expected = {
            "pv": m.pv,
            "cv": m.cv,
            "total_pv": m.total_pv,
            "ov": Fraction(0) if hidden else m.ov,
            "gv": Fraction(0) if hidden else m.gv,
            "left": m.side[0],
            "right": m.side[1],
        }
        for name, value in expected.items():
            found = Fraction(int(getattr(result, name)[v]), 10_000)
            assert found == value, f"{name} of {customer}: {found} != {value}"
        legs = sorted((c.ov for c in m.children if not c.is_customer), reverse=True)
        for count in range(2, 7):
            rest = m.ov - sum(leg for leg in legs[:count] if leg > 0)
            found = Fraction(int(getattr(result, f"ov_less_{count}")[v]), 10_000)
            assert found == (0 if hidden else rest), f"ov_less_{count} of {customer}"
        assert result.rank[v] == ids[m.achieved], f"rank of {customer}"
        assert result.paid_rank[v] == ids[m.rank], f"paid rank of {customer}"
        assert result.max_rank[v] == max(m.best_before, ids[m.achieved]), f"max rank of {customer}"
        for side, name in enumerate(("carry_left_out", "carry_right_out")):
            found = Fraction(int(getattr(result, name)[v]), 10_000)
            assert found == m.carry[side], f"{name} of {customer}: {found} != {m.carry[side]}"
    assert items_of(snapshot, result) == oracle.items
    assert_lines(snapshot, result, oracle)
    assert local_of(snapshot, result) == {k: v for k, v in local_checks(oracle).items() if v[1]}
    tallied(oracle.plan)
    return snapshot, result, oracle


def local_of(snapshot: Snapshot, result: Result) -> dict[int, tuple[str, Fraction]]:
    """What checks are paid in other money, by payee id."""
    local, names = result.local, snapshot.extras.rates.currencies
    return {
        int(snapshot.customer_id[result.checks.payee[k]]): (
            names[local.currency[k]],
            Fraction(int(local.net[k]), 10_000),
        )
        for k in range(len(local.net))
        if local.currency[k] >= 0 and local.net[k]
    }


def pledged(pledges: dict[int, tuple[Any, Any]]) -> DonationColumns:
    """Rates and amounts as the plan writes them, by customer."""
    rates = [int(number(rate) * 1_000_000) for rate, _ in pledges.values()]
    return DonationColumns(list(pledges), rates, [units(amount) for _, amount in pledges.values()])


def assert_lines(snapshot: Snapshot, result: Result, oracle: Oracle) -> None:
    """Both wrote the same lines."""
    lines = result.lines
    bonuses = oracle.plan.get("bonuses", [])
    codes = {bonus["id"]: bonus["code"] for bonus in bonuses}
    found = sorted(
        (
            codes[int(lines.bonus_id[k])],
            int(snapshot.customer_id[lines.payee[k]]),
            int(snapshot.customer_id[lines.source[k]]),
            int(lines.paid_level[k]),
            Fraction(int(lines.base[k]), 10_000),
        )
        for k in range(len(lines.payee))
    )
    assert found == sorted(line[:5] for line in oracle.lines)
    if not _is_limited(oracle.plan):
        _assert_amounts(snapshot, result, oracle)
    walks = {b["id"]: b.get("tree", WALKS[b["kind"]]) for b in bonuses if b["kind"] in WALKS}
    for k, level in enumerate(lines.level.tolist()):
        assert level >= 0
        tree = walks.get(int(lines.bonus_id[k]))
        if tree and level:
            here, payee = (
                oracle.members[int(snapshot.customer_id[at[k]])]
                for at in (lines.source, lines.payee)
            )
            for _ in range(level):
                here = here.above(tree)
            assert here is payee, f"{payee.id} is not {level} above in {tree}"


def _is_limited(plan: dict[str, Any]) -> bool:
    """Whether something cuts lines after they are worked out."""
    own = any(key.startswith("most_") for bonus in plan.get("bonuses", []) for key in bonus)
    return own or "limits" in plan


def _assert_amounts(snapshot: Snapshot, result: Result, oracle: Oracle) -> None:
    """Each line's money, and the rate that is told for it."""
    lines, bonuses = result.lines, {b["id"]: b for b in oracle.plan.get("bonuses", [])}
    decimals = oracle.decimals if oracle.place == "line" else 4
    expected = sorted(
        (code, payee, source, level, oracle.rounded(amount, decimals, oracle.mode))
        for code, payee, source, level, _, amount in oracle.lines
    )
    found = []
    for k in range(len(lines.payee)):
        bonus = bonuses[int(lines.bonus_id[k])]
        payee, source = (int(snapshot.customer_id[at[k]]) for at in (lines.payee, lines.source))
        amount = Fraction(int(lines.amount[k]), 10_000)
        found.append((bonus["code"], payee, source, int(lines.paid_level[k]), amount))
        base, rate = Fraction(int(lines.base[k]), 10_000), Fraction(int(lines.rate[k]), 10**6)
        if bonus["kind"] in RATED and base:
            assert amount == oracle.rounded(base * rate, decimals, oracle.mode), found[-1]
        _assert_entry(oracle, bonus["kind"], source, int(lines.entry_id[k]), int(lines.level[k]))
    assert sorted(found) == expected


def _assert_entry(oracle: Oracle, kind: str, source: int, entry: int, level: int) -> None:
    """Only what is paid for a single order names it, one of its source's; retail one step away."""
    if entry:
        assert kind in ("retail", "starter_kit")
        assert entry in [order["order_id"] for order in oracle.members[source].orders]
    if kind == "retail":
        assert (bool(entry), level) == (True, 1)
