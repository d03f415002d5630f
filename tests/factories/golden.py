"""A small company whose October 2014 gives member 123456 the documented check, to the cent.

317.39 = retail 11.84 + unilevel 142.83 + 63.49 + 23.39 + fast start 8.44 + 67.40; fee -3; 314.39.
Plain rows, so that the engine, the import and both API families can be tested with one company.
"""

from datetime import date
from decimal import Decimal
from typing import Any

__all__ = ["MEMBER", "PERIOD", "golden_members", "golden_orders"]

MEMBER = 123456
PERIOD = 405

_OLD = date(2013, 5, 1)

# id, first name, last name, type, sponsor, enroller, enrolled on
_MEMBERS = [
    (100001, "Root", "Company", 2, 0, 0, date(2010, 1, 4)),
    (120000, "Ursula", "Upline", 2, 100001, 100001, date(2011, 3, 15)),
    (123456, "Avery", "Golden", 2, 120000, 120000, _OLD),
    (123440, "Rita", "Retail", 3, 123456, 123456, date(2014, 2, 11)),
    (123445, "Cool", "Member", 2, 123456, 123456, date(2013, 9, 2)),
    (123501, "Ada", "Leader", 2, 123456, 123456, date(2013, 7, 19)),
    (123502, "Ben", "Builder", 2, 123456, 123456, date(2013, 8, 8)),
    (123503, "Cleo", "Collector", 2, 123456, 123456, date(2013, 8, 30)),
    (123504, "Nina", "Newcomer", 2, 123456, 123456, date(2014, 9, 21)),
    (123601, "Dora", "Deep", 2, 123501, 123501, date(2013, 12, 1)),
    (123602, "Emil", "Even", 2, 123501, 123501, date(2014, 1, 17)),
    (123603, "Fay", "Fresh", 2, 123501, 123501, date(2014, 8, 3)),
    (123604, "Gus", "Green", 2, 123501, 123501, date(2014, 9, 9)),
    (123605, "Hal", "Hopeful", 2, 123501, 123501, date(2014, 10, 2)),
    (123701, "Ida", "Inner", 2, 123601, 123601, date(2014, 3, 3)),
    (123702, "Jon", "Junior", 2, 123601, 123601, date(2014, 4, 22)),
    (123801, "Kim", "Quiet", 2, 123701, 123701, date(2014, 5, 5)),
]

# id, member, day of October 2014, order type, pv, cv, retail margin base, total
_ORDERS = [
    (9001, 120000, 3, 1, "120", "120", "0", "126.40"),
    (9002, 123456, 1, 2, "190.25", "190.25", "0", "204.15"),
    (9003, 123456, 14, 1, "100", "100", "0", "108.30"),
    (9004, 123440, 6, 5, "49.33", "49.33", "49.33", "64.91"),
    (9005, 123445, 20, 1, "75.25", "75.25", "0", "80.75"),
    (9006, 123501, 2, 2, "450", "450", "0", "471.50"),
    (9007, 123502, 8, 1, "500", "500", "0", "523.90"),
    (9008, 123503, 9, 1, "600.56", "500", "0", "612.00"),
    (9009, 123503, 15, 2, "310", "250", "0", "322.75"),
    (9010, 123504, 23, 1, "33.76", "33.76", "0", "37.20"),
    (9011, 123601, 4, 2, "400", "400", "0", "418.25"),
    (9012, 123602, 27, 1, "667.60", "667.60", "0", "699.99"),
    (9013, 123603, 5, 1, "250", "250", "0", "262.00"),
    (9014, 123604, 11, 2, "250", "250", "0", "262.00"),
    (9015, 123605, 2, 4, "100", "100", "0", "150.00"),
    (9016, 123605, 16, 1, "74", "74", "0", "79.80"),
    (9017, 123701, 12, 2, "300", "300", "0", "315.60"),
    (9018, 123702, 18, 1, "284.75", "284.75", "0", "299.45"),
]


def golden_members() -> list[dict[str, Any]]:
    """Members in the order of their ids' appearance; sponsor and enroller 0 for the root."""
    return [
        {
            "customer_id": number,
            "first_name": first,
            "last_name": last,
            "type": kind,
            "sponsor_id": sponsor,
            "enroller_id": enroller,
            "enrolled_on": enrolled,
            "status": 1,
        }
        for number, first, last, kind, sponsor, enroller, enrolled in _MEMBERS
    ]


def golden_orders() -> list[dict[str, Any]]:
    """The orders of October 2014; order types 1 standard, 2 autoship, 4 premium kit, 5 retail."""
    return [
        {
            "order_id": number,
            "customer_id": member,
            "ordered_on": date(2014, 10, day),
            "order_type": kind,
            "pv": Decimal(pv),
            "cv": Decimal(cv),
            "retail_margin_base": Decimal(margin),
            "total": Decimal(total),
        }
        for number, member, day, kind, pv, cv, margin, total in _ORDERS
    ]
