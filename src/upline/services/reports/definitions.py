"""What a report is: whom it lists, which of them, in which order. Equal definitions list alike."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Report(StrEnum):
    """Whom a report lists out of the caller's organization, the caller included.

    Members are distributors; everybody else, preferred customers included, buys at retail in this
    family's words: he has volume, but no organization and no rank. NEW_MEMBERS came in the period;
    NEAR_INACTIVE were active in the one before and have not ordered enough yet to be so again.
    """

    ALL = "all"
    ALL_MEMBERS = "all-members"
    ALL_RETAIL = "all-retail"
    NEW_MEMBERS = "new-members"
    NEAR_INACTIVE = "near-inactive"


class Measure(StrEnum):
    """What can be filtered by; levels count from the caller."""

    LEVEL = "level"
    RANK = "rank"
    PV = "pv"
    TOTAL_PV = "totalpv"
    OGV = "ogv"
    PGV = "pgv"


class Comparison(StrEnum):
    """How a measure must compare with the filter's value."""

    EQUAL = "equal"
    AT_MOST = "less-or-equal"
    AT_LEAST = "greater-or-equal"


class Order(StrEnum):
    """What can be sorted by; equals stand by member number."""

    MEMBER = "memberid"
    NAME = "name"
    LEVEL = "level"
    PV = "pv"
    TOTAL_PV = "totalpv"
    OGV = "ogv"
    PGV = "pgv"
    RANK = "rank"
    HIGHEST_RANK = "highestrank"
    PREVIOUS_RANK = "previousrank"
    SIGN_UP = "signupdate"
    LAST_ORDER = "lastorderdate"


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition; a report lists those who meet all of them."""

    measure: Measure
    comparison: Comparison
    value: Decimal


@dataclass(frozen=True, slots=True)
class Definition:
    """A report as it was asked for; without more, the largest organizations come first."""

    report: Report
    filters: tuple[Filter, ...] = ()
    order: Order = Order.OGV
    descending: bool = True
