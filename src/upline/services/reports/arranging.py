"""Who is listed and in which order, decided on arrays: pure, so that it may run in a thread.

Arrays hold one organization in preorder, the member who looks first. Volumes are int64
ten-thousandths, as everywhere outside the tables.
"""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from upline.services.customer.vocabulary import CustomerType
from upline.services.reports.definitions import (
    Comparison,
    Definition,
    Filter,
    Measure,
    Order,
    Report,
)

Mask = NDArray[np.bool_]
Columns = Mapping[str, NDArray[np.int64]]

CUSTOMER, TYPE, ARRIVED, LIVE_ORDER = "customer_id", "customer_type_id", "arrived", "live_order"
INACTIVE = -1
UNIT = 10_000
LARGEST = 2**63 - 1

MEASURED = {
    Measure.LEVEL: "level",
    Measure.RANK: "rank_id",
    Measure.PV: "pv",
    Measure.TOTAL_PV: "total_pv",
    Measure.OGV: "ov",
    Measure.PGV: "gv",
}
VOLUMES = frozenset({"pv", "total_pv", "ov", "gv"})
ORDERED = {
    Order.MEMBER: CUSTOMER,
    Order.LEVEL: "level",
    Order.PV: "pv",
    Order.TOTAL_PV: "total_pv",
    Order.OGV: "ov",
    Order.PGV: "gv",
    Order.RANK: "rank_id",
    Order.HIGHEST_RANK: "max_rank_id",
    Order.PREVIOUS_RANK: "previous_rank_id",
}


def needed(definition: Definition) -> set[str]:
    """The columns of a run that `arrange` looks at."""
    names = {CUSTOMER, *(MEASURED[condition.measure] for condition in definition.filters)}
    if definition.order in ORDERED:
        names.add(ORDERED[definition.order])
    if definition.report is not Report.ALL:
        names.add(TYPE)
    if definition.report is Report.NEAR_INACTIVE:
        names |= {"rank_id", "previous_rank_id"}
    return names


def arrange(columns: Columns, definition: Definition) -> NDArray[np.int64]:
    """The listed members' numbers in order.

    Besides the columns of `needed` it reads ARRIVED (who came in the period) for new members and
    LIVE_ORDER (everybody's place) for orders that are no column of a run.
    """
    chosen = _listed(columns, definition.report)
    for condition in definition.filters:
        chosen &= _meets(columns[MEASURED[condition.measure]], condition)
    numbers = columns[CUSTOMER][chosen]
    key = columns[ORDERED.get(definition.order, LIVE_ORDER)][chosen].astype(np.int64)
    # lexsort wants the most important key last.
    return numbers[np.lexsort((numbers, -key if definition.descending else key))]


def _listed(columns: Columns, report: Report) -> Mask:
    everybody = np.ones(len(columns[CUSTOMER]), np.bool_)
    if report is Report.ALL:
        return everybody
    is_customer: Mask = columns[TYPE] != CustomerType.DISTRIBUTOR
    if report is Report.ALL_RETAIL:
        return is_customer
    if report is Report.NEW_MEMBERS:
        everybody &= columns[ARRIVED] != 0
    if report is Report.NEAR_INACTIVE:
        everybody &= columns["previous_rank_id"] > INACTIVE
        everybody &= columns["rank_id"] == INACTIVE
    return everybody & ~is_customer


def _meets(values: NDArray[np.int64], condition: Filter) -> Mask:
    """Compared as integers, so that nothing is lost to binary fractions."""
    unit = UNIT if MEASURED[condition.measure] in VOLUMES else 1
    limit = condition.value * unit
    is_enough: Mask = values >= _bounded(math.ceil(limit))
    is_not_too_much: Mask = values <= _bounded(math.floor(limit))
    match condition.comparison:
        case Comparison.AT_MOST:
            return is_not_too_much
        case Comparison.AT_LEAST:
            return is_enough
    return is_enough & is_not_too_much


def _bounded(number: int) -> int:
    return max(-LARGEST, min(LARGEST, number))
