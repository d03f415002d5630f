"""Languages as clients name them (`nl-NL`), and currencies as people write them."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Self

from babel.localedata import locale_identifiers
from babel.numbers import get_currency_precision, get_currency_symbol

from upline.core.errors import FieldInvalid

# What products are called when nobody translated them.
UNTRANSLATED = "en"
_CULTURE = re.compile(r"([a-z]{2,3})(?:[-_]([a-z]{4}))?(?:[-_]([a-z]{2}|[0-9]{3}))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Culture:
    """A language, perhaps with a script or as spoken in a country; all lower case."""

    language: str
    script: str = ""
    territory: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """`nl-NL`, `zh-Hant-TW` or `nl`; raises FieldInvalid for what is no language."""
        match = _CULTURE.fullmatch(text)
        if match is None or match[1].lower() not in _languages():
            raise FieldInvalid("culture", "The culture is not known; it looks like en-US.")
        language, script, territory = (part or "" for part in match.groups())
        return cls(language.lower(), script.lower(), territory.lower())

    @property
    def preferences(self) -> list[str]:
        """What translations are looked for under, the nearest first."""
        language, script, territory = self.language, self.script, self.territory
        wishes = ((language, script, territory), (language, territory), (language,))
        return list(dict.fromkeys("-".join(filter(None, wish)) for wish in wishes))

    def nearest(self, spoken: frozenset[str]) -> Self:
        """This culture cut down to what anything is translated into: many names, few answers."""
        known = (name for name in self.preferences if name in spoken)
        return self.parse(next(known, UNTRANSLATED))


@dataclass(frozen=True, slots=True)
class CurrencyFormat:
    """A currency as a catalogue shows it; `decimals` is how many people use."""

    code: str
    symbol: str
    decimals: int


@cache
def currency_format(code: str) -> CurrencyFormat:
    """Symbol and decimals of an ISO 4217 currency; an unknown one is its own symbol."""
    return CurrencyFormat(code, get_currency_symbol(code, "en"), get_currency_precision(code))


@cache
def _languages() -> frozenset[str]:
    return frozenset(name.partition("_")[0] for name in locale_identifiers())
