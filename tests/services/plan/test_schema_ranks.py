"""Ranks, volumes and exchange are refused with line and field, or become what engines run on."""

import re
from pathlib import Path

import pytest
from tests.services.plan.test_document import HEAD, problems_of

from upline.engine import requirements
from upline.services import plan as plans

RANK = '[[ranks]]\nid = 3\nkey = "a"\nname = "A"\n'


def compiled(text: str) -> plans.PlanDocument:
    return plans.compile(plans.parse(HEAD + text, "t"))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (RANK + 'held = { rank = "z", periods = 1 }\n', [(8, "ranks[0].held.rank")]),
        (RANK + 'held = { rank = "a", periods = 0 }\n', [(8, "ranks[0].held.periods")]),
        (RANK + 'held = { rank = "a", periods = 1, by = "me" }\n', [(8, "ranks[0].held.by")]),
        (RANK + "grace = 61\n", [(8, "ranks[0].grace")]),
        (RANK + "volumes = { qv = 5 }\n", [(8, "ranks[0].volumes.qv")]),
        (RANK + "volumes = { gv = 5 }\n", [(8, "ranks[0].volumes.gv")]),
        (RANK + "volumes = { cv = -5 }\n", [(8, "ranks[0].volumes.cv")]),
        (RANK + "rolling_pv = { volume = 5, periods = 1 }\n", [(8, "ranks[0].rolling_pv.periods")]),
        (RANK + "sides = { left = -1 }\n", [(8, "ranks[0].sides.left")]),
        (RANK + "enrolled_legs = { each = 2 }\n", [(8, "ranks[0].enrolled_legs.count")]),
        (RANK + "capped_ov = { volume = 5 }\n", [(8, "ranks[0].capped_ov")]),
        (
            RANK + 'capped_ov = { volume = 5, leg_share = "5%", leg_most = 5 }\n',
            [(8, "ranks[0].capped_ov")],
        ),
        ('[rank_rules]\nforced = "never"\n', [(5, "rank_rules.forced")]),
        ("[group_volume]\n", [(4, "group_volume")]),
        (
            RANK + '[group_volume]\nled_by = "a"\nleaves_out = ["qualifying_legs"]\n',
            [(8, "group_volume")],
        ),
        (
            RANK + '[group_volume]\nfrom_rank = "a"\nleaves_out = []\n',
            [(10, "group_volume.leaves_out")],
        ),
        ('[volumes]\nkinds = ["pv"]\n', [(4, "volumes")]),
        ('[volumes]\nkinds = ["qv", "qv"]\n', [(4, "volumes")]),
        ('[volumes]\nkinds = ["Q V"]\n', [(5, "volumes.kinds[0]")]),
        ('[volumes]\nkinds = "qv"\n', [(5, "volumes.kinds")]),
        ('[volumes]\ncommission = "qv"\n', [(5, "volumes.commission")]),
        ("[volumes]\nactive_periods = 0\n", [(5, "volumes.active_periods")]),
        ('[exchange]\nvolumes = ["qv"]\n', [(5, "exchange.volumes[0]")]),
        ('[exchange]\nrounded = "line"\n', [(5, "exchange.rounded")]),
        ("[exchange]\ndecimals = 5\n", [(5, "exchange.decimals")]),
    ],
)
def test_errors_name_line_and_field(body: str, expected: list[tuple[int, str]]) -> None:
    assert problems_of(HEAD + body) == expected


def test_requirements_become_asks() -> None:
    plan = compiled(
        '[volumes]\nkinds = ["qv"]\n'
        + RANK
        + 'volumes = { ov_qv = 5 }\nheld = { rank = "a", periods = 4 }\ngrace = 2\n'
        + "sides = { left = 2, right = 0 }\nenrolled = { count = 3, pv = 1 }\n"
    )
    assert plan.ranks.asks == (
        (
            requirements.Enrolled(3, 10_000),
            requirements.Least("ov_qv", 50_000),
            requirements.Held((3,), 4, paid=False),
            requirements.Sides(2, 0, 0),
        ),
    )
    assert plan.ranks.grace.tolist() == [2]
    assert plan.history == 4


@pytest.mark.parametrize(
    ("table", "history"),
    [
        ("", 0),
        ("[volumes]\nactive_pv = 5\nactive_periods = 4\n", 3),
        (RANK + "grace = 6\n", 6),
        (RANK + "rolling_pv = { volume = 5, periods = 3 }\n", 2),
    ],
)
def test_only_so_much_of_the_past_is_asked_for(table: str, history: int) -> None:
    assert compiled(table).history == history


@pytest.mark.parametrize(
    ("table", "group_from", "led_from", "legs_out"),
    [
        ("", 1, 1, False),
        ('[group_volume]\nfrom_rank = "a"\n', 0, 0, True),
        ('[group_volume]\nled_by = "a"\n', -1, 0, True),
        ('[group_volume]\nfrom_rank = "a"\nleaves_out = ["organizations"]\n', 0, 0, False),
        ('[group_volume]\nfrom_rank = "a"\nleaves_out = ["qualifying_legs"]\n', 0, 1, True),
    ],
)
def test_group_volume(table: str, group_from: int, led_from: int, legs_out: bool) -> None:
    ranks = compiled(RANK + table).ranks
    assert (ranks.group_from, ranks.led_from, ranks.legs_out) == (group_from, led_from, legs_out)


def test_exchange_takes_the_currency_of_the_plan() -> None:
    exchange = compiled('[exchange]\nvolumes = ["margin", "cv"]\nrounded = "member"\n').exchange
    assert exchange is not None
    assert (exchange.currency, exchange.volumes) == ("USD", ("cv", "margin"))
    assert (exchange.per_member, exchange.unit) == (True, 100)


def test_the_examples_of_the_documentation_are_real() -> None:
    text = (Path(__file__).parents[3] / "docs" / "plans.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    tables = ("[volumes]", "[[ranks]]", "[rank_rules]", "[group_volume]", "[exchange]")
    chosen = [block for block in blocks if block.startswith(tables)]
    assert len(chosen) == len(tables)
    lower = '[[ranks]]\nid = 3\nkey = "executive"\nname = "Executive"\n'
    [volumes, ranks, *others] = sorted(chosen, key=lambda block: tables.index(block.split()[0]))
    document = plans.parse("\n".join([HEAD, volumes, lower, ranks, *others]), "t")
    plan = plans.compile(document)
    assert len(plan.ranks.asks[1]) == 12
    assert (plan.history, plan.ranks.group_from, plan.exchange is None) == (11, 1, False)
    questioned = {"plan", "volumes.new_member_reduction", "volumes.parts.kits"}
    assert {one.field for one in plans.check(document)} == questioned
