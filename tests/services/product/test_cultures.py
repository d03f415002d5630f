"""Cultures are read leniently and answered from few translations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upline.core.errors import FieldInvalid
from upline.services.product.cultures import Culture, currency_format


@pytest.mark.parametrize("text", ["nl-NL", "nl_nl", "NL-nl"])
def test_spelling_does_not_matter(text: str) -> None:
    assert Culture.parse(text).preferences == ["nl-nl", "nl"]


def test_a_script_may_stand_between() -> None:
    assert Culture.parse("zh-Hant-TW").preferences == ["zh-hant-tw", "zh-tw", "zh"]


@given(st.text(max_size=12))
def test_everything_else_is_refused(text: str) -> None:
    try:
        culture = Culture.parse(text)
    except FieldInvalid:
        return
    assert text.lower().startswith(culture.language)


@pytest.mark.parametrize("text", ["", "xx", "english", "en-", "en-USA", "e", "../en", "qq-US"])
def test_what_is_no_language(text: str) -> None:
    with pytest.raises(FieldInvalid):
        Culture.parse(text)


def test_cultures_without_translations_are_one() -> None:
    spoken = frozenset({"de", "de-at"})
    near = {name: Culture.parse(name).nearest(spoken) for name in ("de-AT", "de-CH", "sv", "fi-FI")}
    assert near["de-AT"].preferences == ["de-at", "de"]
    assert near["de-CH"] == Culture("de")
    assert near["sv"] == near["fi-FI"] == Culture("en")


@pytest.mark.parametrize(
    ("code", "symbol", "decimals"),
    [("USD", "$", 2), ("JPY", "¥", 0), ("KWD", "KWD", 3), ("ZZZ", "ZZZ", 2)],
)
def test_currencies(code: str, symbol: str, decimals: int) -> None:
    style = currency_format(code)
    assert (style.symbol, style.decimals) == (symbol, decimals)
