"""What is counted about members besides what a run calculates: where they live, whether they are
new, what their autoships will bring.

Read in the transaction the run reads in, and packed like everything it reads.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import psycopg

from upline.core.copy import Kind, read_columns
from upline.engine.tree import positions_of
from upline.engine.units import I32, I64, Bool
from upline.services.period import calendar

# Areas are told apart by a hash, so that no text travels; somebody who lives there gives the names.
ADDRESSES = """
SELECT customer_id, hashtextextended(country_code || state_province, 0) AS area
FROM addresses WHERE is_default_billing
"""
AREAS = """
SELECT a.customer_id, c.country_id, c.name, s.state_province_id,
       coalesce(s.name, nullif(a.state_province, ''))
FROM addresses a JOIN countries c USING (country_code)
LEFT JOIN state_provinces s
  ON s.country_code = a.country_code AND s.abbreviation = upper(a.state_province)
WHERE a.is_default_billing AND a.customer_id = ANY(%(ids)s)
"""
HOMELESS = """
SELECT customer_id, country_id FROM customers JOIN countries USING (country_code)
WHERE customer_id = ANY(%(ids)s)
"""
COUNTRIES = "SELECT country_id, name FROM countries WHERE country_id = ANY(%(ids)s)"
AUTOSHIPS = """
SELECT customer_id, pv, CASE WHEN next_date < %(after)s THEN 1 ELSE 0 END AS is_due
FROM autoships WHERE status_id = 1
"""

Connection = psycopg.AsyncConnection[Any]
# country_id, country, state_province_id, state_province
Area = tuple[int, str, int | None, str | None]


@dataclass(frozen=True, slots=True)
class Facts:
    """One value a member, by ascending customer id.

    enrolled_at: Unix seconds. area: its place in `areas`. is_new: enrolled in the period. due,
    standing: PV that autoships will bring before the period ends, and in any month; 1e-4.
    """

    customer_id: I64
    enrolled_at: I64
    area: I32
    areas: tuple[Area, ...]
    is_new: Bool
    due: I64
    standing: I64


async def load(
    connection: Connection, period_id: int, zone: str, ids: I64, enrolled_at: I64, now: datetime
) -> Facts:
    """The facts of the members `ids`, sorted, who enrolled at those instants (Unix seconds)."""
    start, end = calendar.bounds(period_id, zone)
    area, areas = await _areas(connection, ids)
    due, standing = await _autoships(
        connection, ids, None if now >= end else calendar.first_day(period_id + 1)
    )
    return Facts(
        ids, enrolled_at, area, areas, enrolled_at >= int(start.timestamp()), due, standing
    )


async def _areas(connection: Connection, ids: I64) -> tuple[I32, tuple[Area, ...]]:
    """Where each member lives, by the default billing address or, without one, the country."""
    rows = await read_columns(
        connection, ADDRESSES, {"customer_id": Kind.BIGINT, "area": Kind.BIGINT}
    )
    hashes = np.unique(rows["area"])
    number = np.searchsorted(hashes, rows["area"])
    somebody = np.empty(len(hashes), np.int64)
    somebody[number] = rows["customer_id"]
    people = somebody.tolist()
    cursor = await connection.execute(AREAS, {"ids": people})
    names = {row[0]: tuple(row[1:]) for row in await cursor.fetchall()}
    areas: dict[Area, int] = {}
    # Spellings of one state come together here.
    merged = np.array([areas.setdefault(names[one], len(areas)) for one in people], np.int32)
    area = np.full(len(ids), -1, np.int32)
    at = positions_of(ids, rows["customer_id"])
    area[at[at >= 0]] = merged[number[at >= 0]]
    await _by_country(connection, ids, area, areas)
    return area, tuple(areas)


async def _by_country(connection: Connection, ids: I64, area: I32, areas: dict[Area, int]) -> None:
    """Fill in those who have no address."""
    missing = np.flatnonzero(area < 0)
    if not len(missing):
        return
    columns = {"customer_id": Kind.BIGINT, "country_id": Kind.SMALLINT}
    rows = await read_columns(connection, HOMELESS, columns, {"ids": ids[missing].tolist()})
    countries, number = np.unique(rows["country_id"], return_inverse=True)
    cursor = await connection.execute(COUNTRIES, {"ids": countries.tolist()})
    names = dict(await cursor.fetchall())
    known: list[Area] = [(int(c), names[int(c)], None, None) for c in countries]
    places = np.array([areas.setdefault(one, len(areas)) for one in known], np.int32)
    area[positions_of(ids, rows["customer_id"])] = places[number]


async def _autoships(connection: Connection, ids: I64, after: date | None) -> tuple[I64, I64]:
    """Volume due before the day `after`, and of all; nothing is due in a period that is over."""
    rows = await read_columns(
        connection,
        AUTOSHIPS,
        {"customer_id": Kind.BIGINT, "pv": Kind.NUMERIC, "is_due": Kind.SMALLINT},
        {"after": after},
    )
    at = positions_of(ids, rows["customer_id"])
    due, standing = np.zeros(len(ids), np.int64), np.zeros(len(ids), np.int64)
    known = at >= 0
    np.add.at(standing, at[known], rows["pv"][known])
    known &= rows["is_due"] == 1
    np.add.at(due, at[known], rows["pv"][known])
    return due, standing
