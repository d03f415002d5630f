from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.database import TestServer
from tests.demo.conftest import NOW
from tests.factories.company import add_members

from upline.bootstrap import Container
from upline.core.clock import FixedClock
from upline.core.context import SYSTEM
from upline.core.db import Database
from upline.demo import company
from upline.services.auth import clients
from upline.services.period import calendar
from upline.services.verify import auditor
from upline.settings import CompanySettings, Settings

CURRENT = 550  # November 2026
# Everything but salted hashes, sealed tokens and what says when a row was written by the build.
DUMPS = {
    "customers": "*",
    "addresses": "*",
    "placements": "*",
    "logins": "login_id, customer_id, username, changed_at",
    "products": "*",
    "product_prices": "*",
    "product_terms": "*",
    "product_offers": "*",
    "product_translations": "*",
    "categories": "*",
    "category_translations": "*",
    "product_categories": "*",
    "autoships": "*",
    "autoship_items": "*",
    "payment_methods": "payment_method_id, customer_id, brand, last_four, billing_address_id",
    "point_entries": "entry_id, customer_id, entry_type_id, order_id, lot_id, amount, expires_at",
    "orders": "*",
    "order_items": "*",
    "volume_entries": "*",
    "periods": "period_id, status_id, pay_date, run_id, closed_at, paid_at",
    "member_periods": "*",
    "commission_checks": "*",
    "check_items": "*",
    "commission_lines": "*",
    "rank_achievements": "*",
    "ledger_entries": "*",
    "payouts": "*",
}


@asynccontextmanager
async def _container(
    database: Database, folder: Path, now: datetime = NOW, zone: str = "America/Denver"
) -> AsyncIterator[Container]:
    settings = Settings(demo=True, data_dir=folder, company=CompanySettings(time_zone=zone))
    async with Container.open(settings, clock=FixedClock(now), database=database) as container:
        yield container


async def _dump(database: Database) -> dict[str, tuple[int, str]]:
    dumped = {}
    async with database.session() as session:
        for table, columns in DUMPS.items():
            row = await session.execute(
                text(
                    "SELECT count(*), md5(string_agg(line, chr(10) ORDER BY line))"
                    # Numbers of transactions are the server's, not the company's.
                    " FROM (SELECT (to_jsonb(t) - 'recorded_in')::text AS line"
                    f" FROM (SELECT {columns}"
                    f" FROM {table}) t) lines"
                )
            )
            count, digest = row.one()
            dumped[table] = (count, digest)
    return dumped


async def _ask(database: Database, question: str) -> list[tuple[object, ...]]:
    async with database.session() as session:
        return [tuple(row) for row in await session.execute(text(question))]


@pytest.fixture(scope="module")
async def built(
    server: TestServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Database]:
    """One company for all tests that only look."""
    url = server.clone()
    database = Database.connect(url)
    async with _container(database, tmp_path_factory.mktemp("demo")) as container:
        await company.build(container, members=300, months=5, seed=1)
    yield database
    await database.dispose()
    server.drop(url)


async def test_the_same_arguments_give_the_same_company(server: TestServer, tmp_path: Path) -> None:
    dumps = []
    for url in (server.clone(), server.clone()):
        database = Database.connect(url)
        async with _container(database, tmp_path) as container:
            await company.build(container, members=300, months=4, seed=5)
        dumps.append(await _dump(database))
        await database.dispose()
        server.drop(url)
    assert dumps[0] == dumps[1]
    assert all(count > 0 for count, _ in dumps[0].values())


async def test_past_months_are_paid_and_the_running_one_has_a_preview(built: Database) -> None:
    months = await _ask(
        built, "SELECT period_id, status_id, run_id IS NOT NULL FROM periods ORDER BY period_id"
    )
    assert months == [(CURRENT - n, 4 if n else 1, True) for n in range(4, -1, -1)]


async def test_the_auditor_finds_nothing(built: Database) -> None:
    async with built.session() as session:
        assert await auditor.verify(session) == []


async def test_every_order_is_whole(built: Database) -> None:
    assert not await _ask(
        built,
        """
        SELECT order_id FROM orders o
        LEFT JOIN (SELECT order_id, sum(pv * quantity) AS pv, sum(unit_price * quantity) AS price
                   FROM order_items GROUP BY order_id) i USING (order_id)
        LEFT JOIN (SELECT order_id, sum(pv) AS pv, sum(cv) AS cv FROM volume_entries
                   WHERE entry_type_id = 1 GROUP BY order_id) e USING (order_id)
        WHERE (i.pv, i.price, e.pv, e.cv) IS DISTINCT FROM (o.pv, o.subtotal, o.pv, o.cv)
        """,
    )
    assert not await _ask(
        built,
        """
        SELECT order_id FROM orders o JOIN volume_entries e USING (order_id)
        WHERE (refunded_total > 0) <> EXISTS (
            SELECT FROM volume_entries r WHERE r.order_id = o.order_id AND r.entry_type_id = 2)
        """,
    )


async def test_autoships_are_worth_what_is_in_them(built: Database) -> None:
    assert not await _ask(
        built,
        """
        SELECT autoship_id FROM autoships a
        LEFT JOIN (SELECT autoship_id, sum(p.pv * quantity) AS pv FROM autoship_items
                   JOIN product_prices p USING (product_id) WHERE country_code = 'US'
                   GROUP BY autoship_id) i USING (autoship_id)
        WHERE i.pv IS DISTINCT FROM a.pv
        """,
    )


async def test_everything_with_volume_stands_on_one_shelf(built: Database) -> None:
    assert not await _ask(
        built,
        """
        SELECT sku, count(category_id) FROM products JOIN product_terms USING (product_id)
        LEFT JOIN product_categories USING (product_id)
        WHERE is_nfr GROUP BY sku HAVING count(category_id) <> 1
        """,
    )


async def test_points_were_earned_and_spent(built: Database) -> None:
    kinds = await _ask(
        built, "SELECT DISTINCT entry_type_id FROM point_entries ORDER BY entry_type_id"
    )
    assert {(1,), (2,)} <= set(kinds)
    assert not await _ask(
        built,
        """
        SELECT order_id FROM orders LEFT JOIN point_entries USING (order_id)
        WHERE order_type_id = 2 AND pv >= 50 AND payment_status_id = 30 AND entry_id IS NULL
        """,
    )


async def test_autoships_have_a_card(built: Database) -> None:
    assert not await _ask(
        built,
        """
        SELECT customer_id FROM autoships a WHERE NOT EXISTS (
            SELECT FROM payment_methods p WHERE p.customer_id = a.customer_id AND is_default)
        """,
    )


async def test_jump_pointers_are_those_the_trigger_would_have_written(built: Database) -> None:
    count, right = (
        await _ask(
            built,
            """
            SELECT count(*), count(*) FILTER (WHERE p.depth = u.depth + 1 AND p.jump_id = CASE
                WHEN u.depth - j.depth = j.depth - s.depth THEN s.customer_id
                ELSE u.customer_id END)
            FROM placements p
            JOIN placements u ON (u.genealogy_id, u.customer_id) = (p.genealogy_id, p.parent_id)
            JOIN placements j ON (j.genealogy_id, j.customer_id) = (u.genealogy_id, u.jump_id)
            JOIN placements s ON (s.genealogy_id, s.customer_id) = (j.genealogy_id, j.jump_id)
            WHERE p.valid_to IS NULL AND u.valid_to IS NULL AND j.valid_to IS NULL
                AND s.valid_to IS NULL
            """,
        )
    )[0]
    assert count == right
    roots = await _ask(
        built,
        "SELECT customer_id, depth, jump_id FROM placements WHERE parent_id IS NULL",
    )
    assert roots == [(1_000_000, 0, 1_000_000)] * 3


async def test_who_moved_stood_under_the_enroller_before(built: Database) -> None:
    moved = await _ask(
        built,
        """
        SELECT p.parent_id = e.parent_id, p.valid_from = c.enrolled_at, p.valid_to = n.valid_from,
            n.parent_id <> e.parent_id
        FROM placements p JOIN customers c USING (customer_id)
        JOIN placements n ON (n.customer_id, n.genealogy_id) = (p.customer_id, 2)
            AND n.valid_to IS NULL
        JOIN placements e ON (e.customer_id, e.genealogy_id) = (p.customer_id, 1)
        WHERE p.valid_to IS NOT NULL
        """,
    )
    assert len(moved) > 2
    assert set(moved) == {(True, True, True, True)}


async def test_ranks_spread_and_the_named_members_are_paid(built: Database) -> None:
    ranks = await _ask(
        built,
        f"""
        SELECT DISTINCT rank_id FROM member_periods JOIN periods USING (run_id)
        WHERE period_id = {CURRENT - 1}
        """,
    )
    assert len(ranks) >= 4
    checks = await _ask(
        built,
        f"""
        SELECT customer_id FROM commission_checks JOIN periods USING (run_id)
        WHERE period_id < {CURRENT} AND customer_id IN (1000000, 1000001) AND net > 0
        """,
    )
    assert len(checks) == 8
    early = await _ask(
        built,
        """
        SELECT DISTINCT period_id FROM check_items i JOIN periods USING (run_id)
        JOIN bonuses b USING (bonus_id) WHERE b.code = 'faststart' AND amount > 0
        """,
    )
    assert len(early) == 5


async def test_everybody_can_log_in_and_both_applications_too(
    built: Database, tmp_path: Path
) -> None:
    ((members, logins, hashes),) = await _ask(
        built,
        """
        SELECT (SELECT count(*) FROM customers), count(*), count(DISTINCT password_hash)
        FROM logins JOIN customers USING (customer_id)
        """,
    )
    assert (members, logins, hashes) == (300, 300, 1)
    ((stored,),) = await _ask(built, "SELECT password_hash FROM logins WHERE customer_id = 1000001")
    async with _container(built, tmp_path) as container:
        assert (await container.passwords.verify(company.PASSWORD, str(stored))).ok
        async with container.context(SYSTEM) as ctx:
            scopes = {client.client_id: client.scopes for client in await clients.list_all(ctx)}
    assert scopes == {
        "demo-backoffice": frozenset({"backoffice", "admin"}),
        "demo-funnel": frozenset({"funnel"}),
    }


async def test_new_rows_are_numbered_on(built: Database) -> None:
    ((following,),) = await _ask(
        built, "SELECT nextval(pg_get_serial_sequence('customers', 'customer_id'))"
    )
    assert following == 1_000_300
    for table, column in (("orders", "order_id"), ("volume_entries", "entry_id")):
        ((following, last),) = await _ask(
            built,
            f"SELECT nextval(pg_get_serial_sequence('{table}', '{column}')),"
            f" (SELECT max({column}) FROM {table})",
        )
        assert following == last + 1


async def test_an_interrupted_build_goes_on_where_it_stopped(
    committed_database: Database, tmp_path: Path
) -> None:
    class PowerCut(Exception):
        pass

    def fail(step: str, done: int, _total: int | None, /) -> None:
        if step == "Closing months" and done == 2:
            raise PowerCut

    async with _container(committed_database, tmp_path) as container:
        assert not await company.exists(container)
        with pytest.raises(PowerCut):
            await company.build(container, members=100, months=4, seed=1, progress=fail)
        assert not await company.exists(container)
        report = await company.build(container, members=100, months=4, seed=1)
        assert await company.exists(container)
    assert (report.members, report.months) == (100, 3)
    assert "100 members" in str(report)


async def test_a_company_is_never_built_over(committed_database: Database, tmp_path: Path) -> None:
    async with committed_database.session() as session:
        await add_members(session, [{"customer_id": 42, "enrolled_on": date(2026, 9, 1)}])
    async with _container(committed_database, tmp_path) as container:
        assert await company.exists(container)
        with pytest.raises(company.CompanyExists):
            await company.build(container, members=100, months=4, seed=1)


@pytest.mark.parametrize(
    ("now", "zone"),
    [
        (datetime(2026, 5, 1, 6, 0, 1, tzinfo=UTC), "America/Denver"),  # a second into May
        (datetime(2027, 1, 1, 20, tzinfo=UTC), "Asia/Tokyo"),
    ],
)
async def test_everything_lies_in_its_period_and_nothing_in_the_future(
    committed_database: Database, tmp_path: Path, now: datetime, zone: str
) -> None:
    async with _container(committed_database, tmp_path, now, zone) as container:
        await company.build(container, members=100, months=3, seed=3)
    latest = await _ask(
        committed_database,
        """
        SELECT greatest(max(enrolled_at), (SELECT max(ordered_at) FROM orders),
            (SELECT max(occurred_at) FROM volume_entries),
            (SELECT greatest(max(closed_at), max(paid_at)) FROM periods)) FROM customers
        """,
    )
    assert latest <= [(now,)]
    entries = await _ask(
        committed_database,
        f"""
        SELECT period_id, week_id, (occurred_at AT TIME ZONE '{zone}')::date FROM volume_entries
        """,
    )
    assert entries == [
        (calendar.month_id(day), calendar.week_id(day), day)
        for _, _, day in entries
        if isinstance(day, date)
    ]
