"""Narrowing a downline: what may be asked for, and the conditions it becomes."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    SQLColumnExpression,
    Text,
    bindparam,
    func,
    or_,
)

from upline.models.customer import Customer
from upline.models.volume import MemberPeriod
from upline.services.organization.nodes import NO_RANK

SEARCH_WORDS = 4


@dataclass(frozen=True, slots=True)
class Shape:
    """Which conditions a filter has, without their values: statements are built once a shape."""

    has_level: bool
    has_rank: bool
    has_status: bool
    words: int

    def conditions(
        self, level: SQLColumnExpression[int], status_id: SQLColumnExpression[int]
    ) -> list[ColumnElement[bool]]:
        """The filter as conditions on customers and member_periods, values as parameters."""
        conditions = [_begins(number) for number in range(self.words)]
        if self.has_level:
            conditions.append(level <= bindparam("max_level", type_=Integer))
        if self.has_rank:
            rank_id = func.coalesce(MemberPeriod.rank_id, NO_RANK)
            conditions.append(rank_id == bindparam("rank_id", type_=Integer))
        if self.has_status:
            conditions.append(status_id == bindparam("status_id", type_=Integer))
        return conditions


@dataclass(frozen=True, slots=True)
class Filter:
    """Which members of a downline are wanted; levels count from the member asked for.

    Each word of `search` must begin the first or the last name, or be the customer's number.
    """

    max_level: int | None = None
    search: str = ""
    rank_id: int | None = None
    status_id: int | None = None

    @property
    def shape(self) -> Shape:
        return Shape(
            self.max_level is not None,
            self.rank_id is not None,
            self.status_id is not None,
            len(self._words),
        )

    @property
    def is_empty(self) -> bool:
        return self.shape == Shape(False, False, False, 0)

    @property
    def parameters(self) -> Mapping[str, object]:
        """Values of everything a shape may name."""
        values: dict[str, object] = {
            "max_level": self.max_level,
            "rank_id": self.rank_id,
            "status_id": self.status_id,
        }
        for number, word in enumerate(self._words):
            values[f"word_{number}"] = _escape(word) + "%"
            values[f"number_{number}"] = _customer_number(word)
        return values

    @property
    def _words(self) -> list[str]:
        return self.search.split()[:SEARCH_WORDS]


def _begins(number: int) -> ColumnElement[bool]:
    """A name begins with the word in any letter case, or the word is the customer's number."""
    pattern = func.lower(bindparam(f"word_{number}", type_=Text))
    return or_(
        func.lower(Customer.last_name).like(pattern),
        func.lower(Customer.first_name).like(pattern),
        Customer.customer_id == bindparam(f"number_{number}", type_=BigInteger),
    )


def _escape(word: str) -> str:
    """The word as LIKE reads it literally."""
    return word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


def _customer_number(word: str) -> int | None:
    if not (word.isascii() and word.isdigit() and len(word) < 19):
        return None
    return int(word)
