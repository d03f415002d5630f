"""Texts that are no TOML: always a line, and the field as far as it can be read."""

import pytest

from upline.services import plan as plans
from upline.services.plan.problems import PlanError

HEAD = '[plan]\nkey = "t"\nname = "T"\n'
ROW = "[[ranks]]\nid = 1\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HEAD + 'key = "u"\n', "line 4: plan.key: is given twice"),
        (HEAD + ROW + ROW + "id = 2\n", "line 8: ranks[1].id: is given twice"),
        (HEAD + "[plan]\n", "line 4: plan: this table is given twice"),
        (HEAD + 'note = "x\n', "line 4: plan.note: a text has no closing quote"),
        (HEAD + "key\n", "line 4: plan: Expected '=' after a key in a key/value pair"),
        (HEAD + "note = x\n", "line 4: plan.note: neither a number, a text in quotes"),
        (HEAD + "?\n", "line 4: plan: neither a table, nor a key with its value"),
        (HEAD + "note = " + "[" * 5000, "line 4: plan.note: more than 40 brackets"),
        (HEAD + "note = " + "{a=" * 5000, "line 4: plan.note: more than 40 brackets"),
        ("\0", "line 1: neither a table"),
    ],
)
def test_no_toml(text: str, told: str) -> None:
    with pytest.raises(PlanError) as raised:
        plans.parse(text, "test")
    [problem] = raised.value.problems
    assert str(problem).startswith(told)


def test_brackets_in_texts_and_comments_do_not_count() -> None:
    brackets = "[" * 50
    text = HEAD + f'note = "{brackets}" # {brackets}\n'
    assert plans.parse("\ufeff" + text, "test").plan.note == brackets


def test_a_tree_has_a_name_of_its_own() -> None:
    text = HEAD + '[[trees]]\nkind = "matrix"\nkey = "binary"\nwidth = 2\n'
    with pytest.raises(PlanError, match=r"line 6: .*'binary' is used twice"):
        plans.parse(text, "test")
