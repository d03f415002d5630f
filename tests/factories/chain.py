"""A sponsor chain as deep as wanted, live and in a run of November 2014."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.figures import NOVEMBER, add_run

MEMBERS = """
INSERT INTO customers (customer_id, customer_type_id, first_name, last_name, country_code,
                       currency_code, enrolled_at)
SELECT n, 2, 'Member', 'No' || n, 'US', 'USD', '2014-09-01Z' FROM generate_series(1, :depth) n
"""
PLACEMENTS = """
INSERT INTO placements (customer_id, genealogy_id, valid_from, parent_id)
SELECT n, 2, '2014-09-01Z', nullif(n - 1, 0) FROM generate_series(1, :depth) n ORDER BY n
"""


async def add_chain(session: AsyncSession, depth: int) -> None:
    """Members 1 … depth, each sponsored by the one before."""
    for statement in (MEMBERS, PLACEMENTS):
        await session.execute(text(statement), {"depth": depth})
    figures = {n: {"sponsor_id": n - 1 or None, "pv": 1} for n in range(1, depth + 1)}
    await add_run(session, NOVEMBER, figures)
