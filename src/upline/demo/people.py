"""Names, addresses, e-mails and phones of a slice of the members, as fixed-width UTF-8 arrays.

The lists of countries.toml are laid end to end; a member's country gives the place and length of
its list, so one indexing operation serves all countries at once.
"""

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from upline.demo.catalogue import Market, load_markets
from upline.demo.draws import Topic, stream
from upline.engine.units import DISTRIBUTOR, I8, I64, Bool

__all__ = ["SLICE", "People", "describe_people"]

Text = NDArray[np.bytes_]

SLICE = 65_536
SHARE_WITH_COMPANY, SHARE_OPTED_OUT, SHARE_HIDDEN = 0.02, 0.08, 0.03
DOMAINS = (b"example.com", b"example.com", b"example.net", b"example.org")
COMPANIES = (b" Wellness", b" & Friends", b" Naturals", b" Living")
FLATS = {
    b"": 0.82,
    b"Apt 2": 0.04,
    b"Apt 5B": 0.03,
    b"Unit 7": 0.04,
    b"Suite 210": 0.03,
    b"3A": 0.04,
}
HIGHEST_NUMBER = 980
# Early names of a list are given more often.
FAVOUR_FIRST = 1.35


@dataclass(slots=True)
class People:
    """The text columns of customers, addresses and logins; one value a member, UTF-8."""

    given: Text
    family: Text
    company: Text
    email: Text
    username: Text
    referral_code: Text
    phone: Text
    language: Text
    time_zone: Text
    address1: Text
    address2: Text
    city: Text
    state: Text
    postal_code: Text
    opted_out: Bool
    hidden: Bool


@dataclass(frozen=True, slots=True)
class _Pool:
    """One list a country, end to end, in as many parallel columns as an item has."""

    columns: tuple[Text, ...]
    offset: I64
    size: I64

    def at(self, country: I8, luck: NDArray[np.float64]) -> I64:
        """A position in the list of each country."""
        return self.offset[country] + (luck * self.size[country]).astype(np.int64)


def describe_people(seed: int, start: int, country: I8, customer_type: I8) -> People:
    """The members numbered from `start` on; `start` is a multiple of SLICE."""
    draws = stream(seed, Topic.PEOPLE, start // SLICE)
    count = len(country)

    def luck() -> NDArray[np.float64]:
        return draws.random(count)

    given, family, city = _pool(_given), _pool(_family), _pool(_cities)
    street, language = _pool(_streets), _pool(_languages)
    first = given.at(country, luck() ** FAVOUR_FIRST)
    last = family.at(country, luck() ** FAVOUR_FIRST)
    home = city.at(country, luck())
    way = street.at(country, luck())
    number = draws.integers(1, HIGHEST_NUMBER, count).astype("S")
    serial = np.arange(start, start + count).astype("S")
    short = np.strings.add(given.columns[1][first], serial)
    name = np.strings.add(np.strings.add(given.columns[1][first], b"."), family.columns[1][last])
    username = np.strings.add(name, serial)
    domain = np.array(DOMAINS)[draws.integers(0, len(DOMAINS), count)]
    has_company = (customer_type == DISTRIBUTOR) & (luck() < SHARE_WITH_COMPANY)
    company = np.strings.add(
        family.columns[0][last], np.array(COMPANIES)[draws.integers(0, len(COMPANIES), count)]
    )
    flat = np.searchsorted(np.cumsum(list(FLATS.values())), luck(), side="right")
    before, after = street.columns
    return People(
        given=given.columns[0][first],
        family=family.columns[0][last],
        company=np.where(has_company, company, b""),
        email=np.strings.add(np.strings.add(username, b"@"), domain),
        username=username,
        referral_code=short,
        phone=_phones(draws, country),
        language=language.columns[0][language.at(country, luck())],
        time_zone=city.columns[3][home],
        address1=np.strings.add(np.strings.add(before[way], number), after[way]),
        address2=np.array(list(FLATS))[np.minimum(flat, len(FLATS) - 1)],
        city=city.columns[0][home],
        state=city.columns[1][home],
        postal_code=city.columns[2][home],
        opted_out=luck() < SHARE_OPTED_OUT,
        hidden=luck() < SHARE_HIDDEN,
    )


def _phones(draws: np.random.Generator, country: I8) -> Text:
    """Patterns with their # and N replaced by digits."""
    patterns = np.array([market.raw["phone"] for market in load_markets()], "S")
    width = patterns.itemsize
    shown = patterns[country].view(np.uint8).reshape(len(country), width).copy()
    digits = draws.integers(0, 10, shown.shape, dtype=np.uint8)
    shown = np.where(shown == ord("#"), digits + ord("0"), shown)
    shown = np.where(shown == ord("N"), digits % 8 + ord("2"), shown)
    phones: Text = np.ascontiguousarray(shown, np.uint8).view(f"S{width}")[:, 0]
    return phones


@cache
def _pool(items: Callable[[Market], Iterable[tuple[str, ...]]]) -> _Pool:
    lists = [list(items(market)) for market in load_markets()]
    sizes = np.array([len(one) for one in lists], np.int64)
    rows = [row for one in lists for row in one]
    columns = tuple(
        np.array([text.encode() for text in column]) for column in zip(*rows, strict=True)
    )
    return _Pool(columns, np.cumsum(sizes) - sizes, sizes)


def _given(market: Market) -> Iterable[tuple[str, ...]]:
    return [_name(text) for text in market.raw["given"]]


def _family(market: Market) -> Iterable[tuple[str, ...]]:
    return [_name(text) for text in market.raw["family"]]


def _name(text: str) -> tuple[str, str]:
    """A name as it is written, and as e-mail addresses spell it."""
    written, _, latin = text.partition("/")
    plain = unicodedata.normalize("NFKD", latin or written).casefold()
    return written, "".join(letter for letter in plain if "a" <= letter <= "z")


def _cities(market: Market) -> Iterable[tuple[str, ...]]:
    return [tuple(city) for city in market.raw["cities"]]


def _languages(market: Market) -> Iterable[tuple[str, ...]]:
    return [(language,) for language in market.raw["languages"]]


def _streets(market: Market) -> Iterable[tuple[str, ...]]:
    """What stands before and after the number of the house."""
    pattern: Any = market.raw["street"]
    for street in market.raw["streets"]:
        before, _, after = pattern.replace("{street}", street).partition("{number}")
        yield before, after
