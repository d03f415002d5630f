"""Members of a file: where they end up, whatever the file's format and order."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import insert, select, text
from tests.services.imports.conftest import Maker, contents

from upline.core.context import Context
from upline.core.passwords import PasswordHasher
from upline.models.customer import Address, Customer
from upline.models.identity import Login
from upline.models.operation import AuditEntry
from upline.models.placement import Placement
from upline.services.imports.members import NO_PASSWORD, import_members

ANN = {
    "id": 1, "type": "Distributor", "first_name": "Ann", "last_name": "Able",
    "company": "Able & Sons", "email": "Ann@Example.com", "phone": "+1 801 555 0100",
    "address1": "1 Main Street", "address2": "Suite \\2", "city": "Lehi", "state": "UT",
    "postal_code": "84043", "country": "US", "language": "en-US", "currency": "USD",
    "time_zone": "America/Denver", "enrolled": "2014-05-01", "activated": "2014-05-02",
    "referral_code": "Ann.1", "username": "ann", "email_opted_out": "yes",
}  # fmt: skip
FAMILY: list[dict[str, object]] = [
    ANN,
    {"id": 2, "country": "Germany", "enroller": 1, "sponsor": 1, "binary_parent": 1, "side": "L",
     "enrolled": "2014-06-01T10:00:00Z", "first_name": "Bö", "last_name": "Berg"},
    {"id": 3, "country": "US", "enroller": 1, "sponsor": 2, "binary_parent": 1, "side": "right",
     "enrolled": "2014-06-02", "terminated": "2014-07-01", "owner": 1},
    {"id": 4, "country": "US", "enroller": 2, "sponsor": 3, "type": 3, "enrolled": "2014-06-03",
     "hold_reason": "unpaid"},
]  # fmt: skip


def tree(count: int, base: int = 0) -> list[dict[str, object]]:
    """A binary tree of `count` members whose sponsors are drawn from those before them."""
    draw = np.random.default_rng(7)
    rows: list[dict[str, object]] = []
    for number in range(1, count + 1):
        above = (
            {}
            if number == 1
            else {
                "enroller": base + int(draw.integers(1, number)),
                "sponsor": base + int(draw.integers(max(1, number - 3), number)),
                "binary_parent": base + number // 2,
                "side": 1 + number % 2,
            }
        )
        own = {"id": base + number, "country": "US", "enrolled": "2014-05-01"}
        rows.append(own | {"username": f"m{number}"} | above)
    return rows


async def placements(ctx: Context) -> list[tuple[Any, ...]]:
    rows = await ctx.session.execute(
        select(
            Placement.genealogy_id,
            Placement.customer_id,
            Placement.parent_id,
            Placement.position_id,
            Placement.depth,
            Placement.jump_id,
        ).order_by(Placement.genealogy_id, Placement.customer_id)
    )
    return [tuple(row) for row in rows]


async def test_members_arrive_with_all_their_columns(ctx: Context, write: Maker) -> None:
    outcome = await import_members(ctx, write("family.csv", FAMILY))
    assert outcome.issues == ()
    assert outcome.rows == 4
    assert outcome.stored == {"customers": 4, "addresses": 1, "logins": 1, "placements": 11}
    ann = await ctx.session.get_one(Customer, 1)
    assert (ann.first_name, ann.last_name, ann.company_name) == ("Ann", "Able", "Able & Sons")
    assert (ann.email, ann.email_key, ann.phone) == (
        "Ann@Example.com", "ann@example.com", "+1 801 555 0100",
    )  # fmt: skip
    assert (ann.language, ann.currency_code, ann.time_zone) == ("en-US", "USD", "America/Denver")
    assert (ann.customer_type_id, ann.status_id, ann.referral_code) == (2, 1, "Ann.1")
    assert ann.enrolled_at == datetime(2014, 5, 1, 6, tzinfo=UTC)
    assert ann.activated_at == datetime(2014, 5, 2, 6, tzinfo=UTC)
    assert ann.email_opted_out
    assert not ann.contact_hidden
    owners = await ctx.session.scalars(select(Customer.owner_id).order_by(Customer.customer_id))
    assert list(owners) == [None, None, 1, None]
    address = (await ctx.session.scalars(select(Address))).one()
    assert (address.customer_id, address.address1, address.address2, address.city) == (
        1, "1 Main Street", "Suite \\2", "Lehi",
    )  # fmt: skip
    assert (address.is_default_billing, address.is_default_shipping) == (True, True)


async def test_what_a_row_leaves_out_follows_from_the_rest(ctx: Context, write: Maker) -> None:
    await import_members(ctx, write("family.csv", FAMILY))
    rows = await ctx.session.execute(
        select(
            Customer.customer_id, Customer.country_code, Customer.currency_code,
            Customer.customer_type_id, Customer.status_id,
        ).order_by(Customer.customer_id)
    )  # fmt: skip
    assert [tuple(row) for row in rows][1:] == [
        (2, "DE", "EUR", 2, 1),
        (3, "US", "USD", 2, 4),  # it has an end
        (4, "US", "USD", 3, 3),  # there is a reason to hold it
    ]


async def test_members_stand_in_three_trees(ctx: Context, write: Maker) -> None:
    await import_members(ctx, write("family.csv", FAMILY))
    assert await placements(ctx) == [
        (1, 1, None, None, 0, 1), (1, 2, 1, None, 1, 1), (1, 3, 1, None, 1, 1),
        (1, 4, 2, None, 2, 2),
        (2, 1, None, None, 0, 1), (2, 2, 1, None, 1, 1), (2, 3, 2, None, 2, 2),
        (2, 4, 3, None, 3, 1),
        (3, 1, None, None, 0, 1), (3, 2, 1, 1, 1, 1), (3, 3, 1, 2, 1, 1),
    ]  # fmt: skip


async def test_depths_and_jumps_are_those_the_database_computes(ctx: Context, write: Maker) -> None:
    """Rows of one member at a time go through the trigger; those of a file do not."""
    await import_members(ctx, write("tree.csv", tree(40)))
    imported = await placements(ctx)
    nested = await ctx.session.begin_nested()
    await ctx.session.execute(
        text("CREATE TEMP TABLE kept ON COMMIT DROP AS SELECT * FROM placements")
    )
    await ctx.session.execute(text("ALTER TABLE placements DISABLE TRIGGER USER"))
    await ctx.session.execute(text("DELETE FROM placements"))
    await ctx.session.execute(text("ALTER TABLE placements ENABLE TRIGGER USER"))
    await ctx.session.execute(
        text(
            "INSERT INTO placements (customer_id, genealogy_id, valid_from, parent_id, position_id)"
            " SELECT customer_id, genealogy_id, valid_from, parent_id, position_id"
            " FROM kept ORDER BY customer_id"
        )
    )
    assert await placements(ctx) == imported
    await nested.rollback()


@pytest.mark.parametrize("seed", [1, 2])
async def test_the_order_of_rows_makes_no_difference(ctx: Context, write: Maker, seed: int) -> None:
    rows = [*FAMILY, *tree(30, base=100)]
    states = []
    for shuffled in (False, True):
        nested = await ctx.session.begin_nested()
        turn = np.random.default_rng(seed).permutation(len(rows))
        ordered = [rows[index] for index in turn] if shuffled else rows
        outcome = await import_members(ctx, write("family.csv", ordered))
        assert outcome.ok
        states.append(_without_digests(await contents(ctx.session)))
        await nested.rollback()
    for table in ("addresses", "logins"):
        for state in states:
            _renumber(state[table])
    assert states[0] == states[1]


@pytest.mark.parametrize("name", ["family.ndjson", "family.json"])
async def test_formats_bring_the_same(ctx: Context, write: Maker, name: str) -> None:
    states = []
    for file in ("family.csv", name):
        nested = await ctx.session.begin_nested()
        assert (await import_members(ctx, write(file, FAMILY))).ok
        state = _without_digests(await contents(ctx.session))
        for table in ("addresses", "logins"):
            _renumber(state[table])
        states.append(state)
        await nested.rollback()
    assert states[0] == states[1]


async def test_a_dry_run_changes_nothing(ctx: Context, write: Maker) -> None:
    before = await contents(ctx.session)
    outcome = await import_members(ctx, write("family.csv", FAMILY), dry_run=True)
    assert outcome.ok
    assert (outcome.rows, outcome.stored, outcome.dry_run) == (4, {}, True)
    assert await contents(ctx.session) == before


async def test_a_second_file_may_stand_below_the_first(ctx: Context, write: Maker) -> None:
    """Trees built in two parts are those built in one."""
    rows = tree(60)
    nested = await ctx.session.begin_nested()
    assert (await import_members(ctx, write("all.csv", rows))).ok
    at_once = await placements(ctx)
    await nested.rollback()
    assert (await import_members(ctx, write("first.csv", rows[:25]))).ok
    assert (await import_members(ctx, write("rest.csv", rows[:24:-1]))).ok
    assert await placements(ctx) == at_once


async def test_one_parent_column_stands_for_both(ctx: Context, write: Maker) -> None:
    rows = [
        {"id": 1, "country": "US", "enrolled": "2014-05-01", "sponsor": ""},
        {"id": 2, "country": "US", "enrolled": "2014-05-01", "sponsor": 1},
    ]
    await import_members(ctx, write("sponsors.csv", rows))
    assert await placements(ctx) == [
        (1, 1, None, None, 0, 1), (1, 2, 1, None, 1, 1),
        (2, 1, None, None, 0, 1), (2, 2, 1, None, 1, 1),
    ]  # fmt: skip


async def test_nobody_can_log_in_by_an_imported_user_name_alone(ctx: Context, write: Maker) -> None:
    await import_members(ctx, write("family.csv", FAMILY))
    login = (await ctx.session.scalars(select(Login))).one()
    assert (login.customer_id, login.username, login.is_administrator) == (1, "ann", False)
    hasher = PasswordHasher()
    assert not (await hasher.verify("", login.password_hash)).ok
    assert not (await hasher.verify(NO_PASSWORD, login.password_hash)).ok


async def test_ids_given_out_later_follow_the_imported_ones(ctx: Context, write: Maker) -> None:
    await import_members(
        ctx, write("far.csv", [{"id": 5_000_000, "country": "US", "enrolled": "2014-05-01"}])
    )
    number = await ctx.session.scalar(
        insert(Customer)
        .values(
            customer_type_id=3, first_name="", last_name="", country_code="US",
            currency_code="USD", enrolled_at=ctx.now,
        )
        .returning(Customer.customer_id)
    )  # fmt: skip
    assert number == 5_000_001


async def test_the_audit_trail_names_the_file(ctx: Context, write: Maker) -> None:
    await import_members(ctx, write("family.csv", FAMILY))
    entry = (await ctx.session.scalars(select(AuditEntry))).one()
    assert (entry.action, entry.subject, entry.actor) == ("import.members", "family.csv", "system")
    assert entry.detail["customers"] == 4
    assert len(str(entry.detail["sha256"])) == 64


async def test_progress_counts_the_rows(ctx: Context, tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    lines = [f"{number},US,2014-05-01" for number in range(1, 4501)]
    path.write_text("id,country,enrolled\n" + "\n".join(lines))
    seen: list[tuple[str, int, int | None]] = []
    await import_members(
        ctx, path, progress=lambda step, done, total: seen.append((step, done, total))
    )
    reading = [(done, total) for step, done, total in seen if step == "Reading many.csv"]
    assert [done for done, _ in reading] == [2000, 4000, 4500]
    assert all(total is not None and total >= done for done, total in reading)
    assert {"Checking members", "Storing customers"} <= {step for step, _, _ in seen}


def _without_digests(state: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    for entry in state["audit_entries"]:
        del entry["audit_entry_id"], entry["subject"], entry["detail"]["sha256"]
    return state


def _renumber(rows: list[dict[str, Any]]) -> None:
    """Sequences go on where the last attempt left them; only their order can be the same."""
    name = next(key for key in rows[0] if key in {"address_id", "login_id"})
    rows.sort(key=lambda row: int(row[name]))
    for number, row in enumerate(rows):
        row[name] = number
