"""The examples in docs/plans.md are real: each bonus kind's table parses and compiles."""

import re
from pathlib import Path

import pytest

from upline.services import plan as plans
from upline.services.plan.schema import PlanSchema

TEXT = (Path(__file__).parents[3] / "docs" / "plans.md").read_text()
BLOCKS = [b for b in re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL) if "[[bonuses]]" in b]
KEYS = [
    "distributor",
    "star",
    "senior_star",
    "executive",
    "silver",
    "gold",
    "platinum",
    "ruby",
    "diamond",
    "director",
]
HEAD = '[plan]\nkey = "docs"\nname = "Docs"\n' + "".join(
    f'[[ranks]]\nid = {number}\nkey = "{key}"\nname = "{key}"\npv = {number + 1}\n'
    for number, key in enumerate(KEYS)
)
EARLIER = '[[bonuses]]\nkind = "binary"\nid = 99\ncode = "team"\nname = "Team"\nrate = 0.1\n'


def kind_of(block: str) -> str:
    return re.search(r'kind = "(\w+)"', block)[1]


@pytest.mark.parametrize("block", BLOCKS, ids=kind_of)
def test_example_compiles(block: str) -> None:
    before = "" if 'code = "team"' in block else EARLIER
    assert plans.compile(plans.parse(HEAD + before + block, "docs")).bonuses


def test_every_kind_has_its_example() -> None:
    schema = PlanSchema.model_json_schema()
    kinds = set(schema["properties"]["bonuses"]["items"]["discriminator"]["mapping"])
    assert {kind_of(block) for block in BLOCKS} == kinds
