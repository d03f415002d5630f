"""Ranks that are valid but cannot be meant."""

import pytest
from tests.services.plan.test_check import HEAD, UNILEVEL, found, rank

A = rank(0, "a", "pv = 10", "grace = 2")
LASTING = rank(1, "b", "pv = 20")


@pytest.mark.parametrize(
    ("higher", "field", "message"),
    [
        (
            rank(1, "b", "pv = 20", 'held = { rank = "b", periods = 2 }'),
            "ranks[1].held.rank",
            "unreachable: 'b' is not lower, so it can be held before by nobody",
        ),
        (
            rank(1, "b", "pv = 20", 'held = { rank = "c", periods = 2, by = "paid" }')
            + rank(2, "c", "pv = 30"),
            "ranks[1].held.rank",
            "unreachable: 'c' is not lower, so it can be held before by force alone",
        ),
        (
            rank(1, "b", "pv = 20", 'held = { rank = "a", periods = 2, by = "paid" }'),
            "ranks[1].held.periods",
            "may be met by grace alone: 'a' or higher is kept 2 periods",
        ),
        (
            rank(1, "b", "pv = 20", "rolling_pv = { volume = 20, periods = 3 }"),
            "ranks[1].rolling_pv.volume",
            "asks for nothing: pv of this period alone is more",
        ),
        (
            rank(1, "b", "pv = 20", 'capped_ov = { volume = 50, leg_share = "0%" }'),
            "ranks[1].capped_ov.leg_share",
            "unreachable: no leg counts",
        ),
        (
            rank(1, "b", "pv = 10", "sides = { left = 1 }") + rank(2, "c", "sides = { left = 1 }"),
            "ranks[1]",
            "never held: 'c' (ranks[2]) asks for no more",
        ),
    ],
)
def test_findings(higher: str, field: str, message: str) -> None:
    assert (field, message) in found(HEAD + UNILEVEL + A + higher)


@pytest.mark.parametrize(
    "higher",
    [
        rank(1, "b", "pv = 10", 'held = { rank = "a", periods = 3, by = "paid" }'),
        rank(1, "b", "pv = 10", 'held = { rank = "a", periods = 1 }'),
        rank(1, "b", "pv = 10", "rolling_pv = { volume = 50, periods = 3 }"),
        rank(1, "b", "pv = 10", "volumes = { cv = 5 }"),
        rank(1, "b", "pv = 10", "enrolled_legs = { count = 2 }"),
        rank(1, "b", "pv = 10", "capped_ov = { volume = 50, leg_most = 30 }"),
    ],
)
def test_what_asks_for_more_is_no_finding(higher: str) -> None:
    fields = [field for field, _ in found(HEAD + UNILEVEL + A + higher)]
    assert [field for field in fields if field.startswith("ranks")] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('[volumes]\nkinds = ["qv", "bv"]\ncommission = "bv"\n', "volumes.kinds[0]"),
        ("[volumes]\nactive_periods = 3\n", "volumes.active_periods"),
        ('[exchange]\npay = "plan"\n', "exchange"),
    ],
)
def test_unused_volumes_and_exchange(body: str, field: str) -> None:
    assert field in [name for name, _ in found(HEAD + body + UNILEVEL)]


def test_legs_left_out_that_nobody_has() -> None:
    cut = '[group_volume]\nled_by = "a"\nleaves_out = ["qualifying_legs", "organizations"]\n'
    legs = rank(1, "b", "gv = 5", "legs = { count = 1, volume = 5 }")
    for higher, fields in ((rank(1, "b", "gv = 5"), ["group_volume.leaves_out"]), (legs, [])):
        problems = found(HEAD + UNILEVEL + A + higher + cut)
        assert [field for field, _ in problems if field.startswith("group")] == fields


def test_kinds_that_are_asked_for() -> None:
    text = HEAD + '[volumes]\nkinds = ["qv"]\n' + UNILEVEL + 'volume = "ov_qv"\n'
    assert [name for name, _ in found(text) if name.startswith("volumes")] == []
