"""Who is listed and in which order: against a plain Python reading of the same rules."""

from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from upline.services.reports.arranging import arrange, needed
from upline.services.reports.definitions import (
    Comparison,
    Definition,
    Filter,
    Measure,
    Order,
    Report,
)

NAMES = (
    "customer_id", "customer_type_id", "level", "pv", "total_pv", "ov", "gv", "rank_id",
    "max_rank_id", "previous_rank_id", "arrived", "live_order",
)  # fmt: skip
VOLUMES = ("pv", "total_pv", "ov", "gv")
NUMBERS = {
    "customer_type_id": st.sampled_from((1, 2, 3)),
    "level": st.integers(0, 4),
    "arrived": st.integers(0, 1),
    "live_order": st.integers(0, 3),
    **dict.fromkeys(("rank_id", "max_rank_id", "previous_rank_id"), st.integers(-1, 3)),
    **dict.fromkeys(VOLUMES, st.integers(0, 30_000)),
}
ROWS = st.lists(
    st.fixed_dictionaries({"customer_id": st.integers(1, 60)} | NUMBERS),
    max_size=12,
    unique_by=lambda row: row["customer_id"],
)
COLUMN_OF = {
    Measure.LEVEL: "level", Measure.RANK: "rank_id", Measure.PV: "pv",
    Measure.TOTAL_PV: "total_pv", Measure.OGV: "ov", Measure.PGV: "gv",
}  # fmt: skip
KEY_OF = {
    Order.MEMBER: "customer_id", Order.LEVEL: "level", Order.PV: "pv", Order.TOTAL_PV: "total_pv",
    Order.OGV: "ov", Order.PGV: "gv", Order.RANK: "rank_id", Order.HIGHEST_RANK: "max_rank_id",
    Order.PREVIOUS_RANK: "previous_rank_id",
}  # fmt: skip
FILTERS = st.lists(
    st.builds(
        Filter,
        st.sampled_from(Measure),
        st.sampled_from(Comparison),
        st.decimals(-1, 4, places=5),
    ),
    max_size=3,
)
DEFINITIONS = st.builds(
    Definition, st.sampled_from(Report), FILTERS.map(tuple), st.sampled_from(Order), st.booleans()
)


def is_listed(row: dict[str, int], definition: Definition) -> bool:
    is_member = row["customer_type_id"] == 2
    listed = {
        Report.ALL: True,
        Report.ALL_MEMBERS: is_member,
        Report.ALL_RETAIL: not is_member,
        Report.NEW_MEMBERS: is_member and row["arrived"] == 1,
        Report.NEAR_INACTIVE: is_member and row["rank_id"] == -1 and row["previous_rank_id"] >= 0,
    }[definition.report]
    return listed and all(meets(row, condition) for condition in definition.filters)


def meets(row: dict[str, int], condition: Filter) -> bool:
    name = COLUMN_OF[condition.measure]
    value = Decimal(row[name]) / (10_000 if name in VOLUMES else 1)
    match condition.comparison:
        case Comparison.AT_MOST:
            return value <= condition.value
        case Comparison.AT_LEAST:
            return value >= condition.value
    return value == condition.value


@given(ROWS, DEFINITIONS)
def test_arrays_list_what_plain_rules_list(
    rows: list[dict[str, int]], definition: Definition
) -> None:
    columns = {name: np.array([row[name] for row in rows], np.int64) for name in NAMES}
    key = KEY_OF.get(definition.order, "live_order")
    sign = -1 if definition.descending else 1
    listed = [row for row in rows if is_listed(row, definition)]
    listed.sort(key=lambda row: (sign * row[key], row["customer_id"]))
    assert arrange(columns, definition).tolist() == [row["customer_id"] for row in listed]


@given(ROWS, DEFINITIONS)
def test_only_what_is_needed_is_read(rows: list[dict[str, int]], definition: Definition) -> None:
    given_anyway = {"arrived", "live_order"}
    columns = {
        name: np.array([row[name] for row in rows], np.int64)
        for name in needed(definition) | given_anyway
    }
    assert len(arrange(columns, definition)) <= len(rows)


def test_values_beyond_every_column_leave_nobody_or_everybody() -> None:
    columns = {name: np.array([1], np.int64) for name in NAMES}
    huge = Decimal(10) ** 25
    for comparison, listed in ((Comparison.AT_MOST, 1), (Comparison.AT_LEAST, 0)):
        condition = Filter(Measure.PV, comparison, huge)
        assert len(arrange(columns, Definition(Report.ALL, (condition,)))) == listed
