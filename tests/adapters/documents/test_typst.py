"""The real template, set by the real program."""

import sys
from pathlib import Path

import pytest

from upline.adapters.documents.typst import TypstTypesetter
from upline.ports.typesetting import NoTypesetter
from upline.services.commission.statement_document import TEMPLATE

DATA: dict[str, object] = {
    "company": "Golden & Sons",
    "title": "Statement for October 2014",
    "dates": "October 1, 2014 to October 31, 2014",
    "currency": "USD",
    "member": {"number": "77", "name": "Zoë #set *Groß*", "address": ["1 Main Street", "Lehi"]},
    "facts": [["Status", "Closed"], ["Paid as", "Star"], ["Lines", "2"], ["Net", "314.39 USD"]],
    "bonuses": [["Retail", "11.84"], ["Unilevel", "229.71"]],
    "adjustments": [["Maintenance Fee", "-3.00"]],
    "totals": [["Commission", "317.39", False], ["Net", "314.39", True]],
    "carry": [["Brought in", "0", "100"], ["Carried on", "0", "50"]],
    "rounding": "once for each level of a bonus",
    "columns": ["Bonus", "From", "Level", "Volume", "Rate", "Amount"],
    "lines": [["Unilevel", "Cool Member (5)", "1", "75.25", "8 %", "6.02"]] * 120,
    "line_total": "120 lines, 722.40 USD",
}


@pytest.mark.parametrize("changes", [{}, {"lines": [], "carry": [], "adjustments": []}])
async def test_statements_are_set_and_come_out_the_same(changes: dict[str, object]) -> None:
    typesetter = TypstTypesetter()
    first = await typesetter.set(TEMPLATE, DATA | changes)
    assert first.startswith(b"%PDF-")
    assert await typesetter.set(TEMPLATE, DATA | changes) == first


async def test_other_figures_make_another_document() -> None:
    typesetter = TypstTypesetter()
    other = DATA | {"bonuses": [["Retail", "11.85"]]}
    assert await typesetter.set(TEMPLATE, DATA) != await typesetter.set(TEMPLATE, other)


async def test_without_the_package_it_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(NoTypesetter):
        await TypstTypesetter().set(Path(TEMPLATE), {})
