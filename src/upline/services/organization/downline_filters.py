"""Narrowing a downline: what may be asked for, and the conditions it becomes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    DateTime,
    Integer,
    SQLColumnExpression,
    Text,
    any_,
    bindparam,
    func,
    or_,
)
from sqlalchemy.orm import InstrumentedAttribute

from upline.models.customer import Customer

SEARCH_WORDS = 4
LAST_CHARACTER = "\U0010ffff"  # stands in no name, and after all that do


@dataclass(frozen=True, slots=True)
class Shape:
    """Which conditions a filter has, without their values: statements are built once a shape."""

    has_level: bool = False
    has_rank: bool = False
    has_status: bool = False
    has_start: bool = False
    has_end: bool = False
    words: int = 0

    @property
    def asks_names_alone(self) -> bool:
        """Whether words are all that is given."""
        return self.words > 0 and self == Shape(words=self.words)

    @property
    def asks_customers(self) -> bool:
        """Whether more is asked than a run's figures tell."""
        return self.words > 0 or self.has_start or self.has_end

    def of_figures(
        self,
        level: SQLColumnExpression[int],
        rank_id: SQLColumnExpression[int],
        status_id: SQLColumnExpression[int],
    ) -> list[ColumnElement[bool]]:
        """What is asked of member_periods, values as parameters."""
        conditions: list[ColumnElement[bool]] = []
        if self.has_level:
            conditions.append(level <= bindparam("max_level", None, Integer))
        if self.has_rank:
            conditions.append(rank_id == any_(bindparam("rank_ids", None, ARRAY(Integer))))
        if self.has_status:
            conditions.append(status_id == any_(bindparam("status_ids", None, ARRAY(Integer))))
        return conditions

    def of_customers(self) -> list[ColumnElement[bool]]:
        """What is asked of customers, values as parameters."""
        conditions = [_begins(number) for number in range(self.words)]
        if self.has_start:
            start = bindparam("enrolled_start", None, DateTime(timezone=True))
            conditions.append(Customer.enrolled_at >= start)
        if self.has_end:
            end = bindparam("enrolled_end", None, DateTime(timezone=True))
            conditions.append(Customer.enrolled_at < end)
        return conditions


@dataclass(frozen=True, slots=True)
class Filter:
    """Which members of a downline are wanted; levels count from the member asked for.

    Each word of `search` must begin the first or the last name, or be the customer's number. Of
    ranks and statuses any that is named will do. They enrolled in [enrolled_start, enrolled_end).
    """

    max_level: int | None = None
    search: str = ""
    rank_ids: tuple[int, ...] = ()
    status_ids: tuple[int, ...] = ()
    enrolled_start: datetime | None = None
    enrolled_end: datetime | None = None

    @property
    def shape(self) -> Shape:
        return Shape(
            self.max_level is not None,
            bool(self.rank_ids),
            bool(self.status_ids),
            self.enrolled_start is not None,
            self.enrolled_end is not None,
            len(self.words),
        )

    @property
    def parameters(self) -> Mapping[str, object]:
        """Values of everything a shape may name."""
        values: dict[str, object] = {
            "max_level": self.max_level,
            "rank_ids": list(self.rank_ids),
            "status_ids": list(self.status_ids),
            "enrolled_start": self.enrolled_start,
            "enrolled_end": self.enrolled_end,
            # Of the one facet that blocks are asked for.
            "values": list(self.rank_ids or self.status_ids),
        }
        for number, word in enumerate(self.words):
            values[f"word_{number}"] = word
            values[f"number_{number}"] = _customer_number(word)
        return values

    @property
    def words(self) -> list[str]:
        """What must begin a name each, or be a number."""
        return self.search.split()[:SEARCH_WORDS]

    @property
    def numbers(self) -> list[int]:
        """The customers whom words may name by their numbers."""
        return [number for word in self.words if (number := _customer_number(word)) is not None]


def _begins(number: int) -> ColumnElement[bool]:
    """A name begins with the word in any letter case, or the word is the customer's number.

    Said as a range, which an index answers whoever plans the statement: of LIKE it must know the
    pattern beforehand.
    """
    word = bindparam(f"word_{number}", None, Text)
    return or_(
        _is_between(Customer.last_name, word),
        _is_between(Customer.first_name, word),
        Customer.customer_id == bindparam(f"number_{number}", None, BigInteger),
    )


def _is_between(name: InstrumentedAttribute[str], word: ColumnElement[str]) -> ColumnElement[bool]:
    low, high = (func.lower(name).bool_op(operator) for operator in ("~>=~", "~<~"))
    first, after = word, word.concat(LAST_CHARACTER)
    return low(func.lower(first, type_=Text)) & high(func.lower(after, type_=Text))


def _customer_number(word: str) -> int | None:
    if not (word.isascii() and word.isdigit() and len(word) < 19):
        return None
    return int(word)
