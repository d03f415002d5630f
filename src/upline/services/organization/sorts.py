"""What lists of members may be sorted by, in the names of the answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, func

from upline.core.errors import FieldInvalid
from upline.models.customer import Customer
from upline.models.volume import MemberPeriod
from upline.services.organization.nodes import NO_RANK

SORTS: Mapping[str, tuple[ColumnElement[Any], ...]] = {
    "customerid": (cast("ColumnElement[Any]", Customer.customer_id),),
    "firstname": (func.lower(Customer.first_name), func.lower(Customer.last_name)),
    "lastname": (func.lower(Customer.last_name), func.lower(Customer.first_name)),
    "enrolldate": (cast("ColumnElement[Any]", Customer.enrolled_at),),
    "statusid": (func.coalesce(MemberPeriod.status_id, Customer.status_id),),
    "rankid": (func.coalesce(MemberPeriod.rank_id, NO_RANK),),
    "personalvolume": (func.coalesce(MemberPeriod.pv, 0),),
    "groupvolume": (func.coalesce(MemberPeriod.gv, 0),),
    "organizationvolume": (func.coalesce(MemberPeriod.ov, 0),),
}
# Read from a run's figures alone, these need no look at the customer.
OF_FIGURES: Mapping[str, tuple[ColumnElement[Any], ...]] = {
    "customerid": (cast("ColumnElement[Any]", MemberPeriod.customer_id),),
    "statusid": (cast("ColumnElement[Any]", MemberPeriod.status_id),),
    "rankid": (cast("ColumnElement[Any]", MemberPeriod.rank_id),),
    "personalvolume": (cast("ColumnElement[Any]", MemberPeriod.pv),),
    "groupvolume": (cast("ColumnElement[Any]", MemberPeriod.gv),),
    "organizationvolume": (cast("ColumnElement[Any]", MemberPeriod.ov),),
}


@dataclass(frozen=True, slots=True)
class Sort:
    """One of SORTS, and its direction."""

    key: str
    descending: bool = False

    def columns(self, *, of_figures: bool = False) -> tuple[ColumnElement[Any], ...]:
        """What to order by, without what decides between equals."""
        columns = (OF_FIGURES if of_figures else SORTS)[self.key]
        return tuple(column.desc() if self.descending else column for column in columns)


def parse(text: str) -> Sort | None:
    """`text` is empty or one of SORTS in any case, descending with a leading "-"; FieldInvalid
    otherwise."""
    if not text:
        return None
    key, descending = text.removeprefix("-").lower(), text.startswith("-")
    if key not in SORTS:
        raise FieldInvalid("sort", f"The list can not be sorted by '{key[:50]}'.")
    return Sort(key, descending)
