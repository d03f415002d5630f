"""Random companies for property tests: trees of every shape, all customer types, odd volumes."""

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from tests.examples import SCALE

__all__ = ["Company", "checked", "companies", "shuffled"]

Company = tuple[list[dict[str, Any]], list[dict[str, Any]]]

PERIOD = 405
VOLUMES = ["0", "0.0001", "33.76", "50", "99.9999", "100", "100", "250.5", "1000.05", "-40.25"]


def checked(examples: int) -> settings:
    """Settings of a property of kernels: so many examples times SCALE."""
    return settings(
        max_examples=max(1, round(examples * SCALE)), suppress_health_check=list(HealthCheck)
    )


@st.composite
def companies(draw: st.DrawFn, most: int = 30) -> Company:
    """Up to `most` members; one parent draw makes chains, stars and everything between."""
    size = draw(st.integers(1, most))
    depth = draw(st.sampled_from([1, 2, most]))  # how far back a parent may lie: 1 is a chain
    members: list[dict[str, Any]] = []
    parents: list[int] = []  # ids of those who can have somebody below
    open_legs: list[tuple[int, int]] = []
    for number in range(1, size + 1):
        kind = draw(st.sampled_from([2, 2, 2, 2, 3, 1])) if parents else 2
        sponsor = draw(st.sampled_from(parents[-depth:])) if parents else 0
        if parents and draw(st.integers(0, 19)) == 0 and kind == 2:
            sponsor = 0  # another root
        row = {
            "customer_id": number * 7,
            "type": kind,
            "status": draw(st.sampled_from([1, 1, 1, 1, 2, 3, 4])),
            "sponsor_id": sponsor,
            "enroller_id": draw(st.sampled_from([sponsor, *parents])) if parents else 0,
            "enrolled_period": draw(st.sampled_from([300, 402, 403, 404, 405, 406])),
            "max_rank": draw(st.sampled_from([-1, 0, 2])),
        }
        if kind == 2:
            if open_legs and draw(st.integers(0, 9)) < 8:
                leg = draw(st.sampled_from(open_legs[-4 * depth :]))
                open_legs.remove(leg)
                row["binary_parent_id"], row["binary_position"] = leg
            parents.append(row["customer_id"])
            open_legs += [(row["customer_id"], 1), (row["customer_id"], 2)]
            row["carry_left"] = draw(st.sampled_from(["0", "0", "120", "333.3333"]))
            row["carry_right"] = draw(st.sampled_from(["0", "0", "75.5"]))
        members.append(row)
    orders = []
    for number in range(draw(st.integers(0, 2 * size))):
        pv = draw(st.sampled_from(VOLUMES))
        orders.append(
            {
                "order_id": number + 1,
                "customer_id": draw(st.sampled_from(members))["customer_id"],
                "order_type": draw(st.integers(1, 5)),
                "pv": pv,
                "cv": draw(st.sampled_from([pv, pv, "12.3456"])),
                "retail_margin_base": draw(st.sampled_from(["0", "49.33", "0.01"])),
            }
        )
    return members, orders


def shuffled(company: Company, draw: Any) -> Company:
    """The same rows in another order."""
    members, orders = company
    return draw(st.permutations(members)), draw(st.permutations(orders))
