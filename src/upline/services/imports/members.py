"""Importing members: customers, their addresses, user names and places in all three genealogies."""

from pathlib import Path

from upline.core.bulk import rebuilt
from upline.core.context import Context
from upline.core.progress import Progress, silent
from upline.services.imports import trees
from upline.services.imports.checks import Check, find_bad_rows, repeated, unknown_customer
from upline.services.imports.member_fields import member_fields
from upline.services.imports.reference import load_reference
from upline.services.imports.report import Outcome
from upline.services.imports.staging import Connection, Staged, stage
from upline.services.imports.transaction import advance_sequence, importing, record
from upline.services.imports.trees import Genealogy

TABLE = "staged_members"
# A hash no password has: the user name is taken, and nobody can log in until one is set.
NO_PASSWORD = f"$argon2id$v=19$m=19456,t=2,p=1${'A' * 22}${'A' * 43}"
TARGETS = ("customers", "addresses", "logins", "placements")

# What the database gives once for all rows instead of asking row by row.
CUSTOMERS = f"""
INSERT INTO customers (
  customer_id, customer_type_id, status_id, first_name, last_name, company_name, email, email_key,
  phone, referral_code, country_code, language, currency_code, time_zone, enrolled_at,
  activated_at, terminated_at, hold_reason, email_opted_out, contact_hidden, owner_id)
SELECT s.customer_id, coalesce(s.customer_type_id, 2),
  coalesce(s.status_id, CASE WHEN s.terminated_at IS NOT NULL THEN 4
                             WHEN s.hold_reason IS NOT NULL THEN 3 ELSE 1 END),
  coalesce(s.first_name, ''), coalesce(s.last_name, ''), coalesce(s.company_name, ''),
  coalesce(s.email, ''), s.email_key, coalesce(s.phone, ''), s.referral_code, s.country_code,
  coalesce(s.language, 'en-US'), coalesce(s.currency_code, c.currency_code),
  coalesce(s.time_zone, ''), s.enrolled_at, s.activated_at, s.terminated_at,
  coalesce(s.hold_reason, ''), coalesce(s.email_opted_out, false),
  coalesce(s.contact_hidden, false), s.owner_id
FROM {TABLE} s JOIN countries c USING (country_code)
ORDER BY s.customer_id
"""
ADDRESSES = f"""
INSERT INTO addresses (
  customer_id, first_name, last_name, company, address1, address2, city, state_province,
  postal_code, country_code, phone, is_default_billing, is_default_shipping)
SELECT s.customer_id, coalesce(s.first_name, ''), coalesce(s.last_name, ''),
  coalesce(s.company_name, ''), coalesce(s.address1, ''), coalesce(s.address2, ''),
  coalesce(s.city, ''), coalesce(s.state_province, ''), coalesce(s.postal_code, ''),
  s.country_code, coalesce(s.phone, ''), true, true
FROM {TABLE} s
WHERE coalesce(s.address1, s.address2, s.city, s.state_province, s.postal_code) IS NOT NULL
ORDER BY s.customer_id
"""
LOGINS = f"""
INSERT INTO logins (customer_id, username, password_hash)
SELECT s.customer_id, s.username, '{NO_PASSWORD}'
FROM {TABLE} s WHERE s.username IS NOT NULL ORDER BY s.customer_id
"""


async def import_members(
    ctx: Context, path: Path, *, dry_run: bool = False, progress: Progress = silent
) -> Outcome:
    """Import a members file: every row, or none and the list of what is wrong with it.

    Raises FileRefused for a file that is no table, ImportRunning, ChangedMeanwhile.
    """
    reference = await load_reference(ctx)
    async with importing(ctx) as connection:
        staged = await stage(connection, path, TABLE, member_fields(reference), progress)
        planted = await check_members(connection, staged, progress)
        stored: dict[str, int] = {}
        if not staged.issues and not dry_run:
            stored = await store_members(connection, planted, progress)
            await record(ctx, "members", path, stored)
    return Outcome(staged.rows, stored, tuple(staged.issues), dry_run)


async def check_members(
    connection: Connection, staged: Staged, progress: Progress
) -> list[trees.Tree]:
    """Add to the file's issues what the whole of it shows; gives its trees, ready to be stored."""
    progress("Checking members", 0, 2)
    await connection.execute("LOCK TABLE customers, placements IN SHARE ROW EXCLUSIVE MODE")
    genealogies = genealogies_of(staged.present)
    await find_bad_rows(connection, _checks(genealogies), staged.issues)
    progress("Checking members", 1, 2)
    planted = [
        await trees.build(connection, staged.table, genealogy, staged.issues)
        for genealogy in genealogies
    ]
    progress("Checking members", 2, 2)
    return planted


async def store_members(
    connection: Connection, planted: list[trees.Tree], progress: Progress
) -> dict[str, int]:
    """Write the staged members; gives the number of rows of each table."""
    stored: dict[str, int] = {}
    async with rebuilt(connection, TARGETS, progress=progress):
        for table, statement in zip(TARGETS, (CUSTOMERS, ADDRESSES, LOGINS), strict=False):
            progress(f"Storing {table}", 0, None)
            stored[table] = (await connection.execute(statement)).rowcount
            progress(f"Storing {table}", stored[table], stored[table])
        stored["placements"] = sum(
            [await trees.store(connection, tree, progress) for tree in planted]
        )
    await advance_sequence(connection, "customers", "customer_id")
    return stored


def genealogies_of(present: frozenset[str]) -> list[Genealogy]:
    """The trees a file with these columns describes.

    A company that tells sponsors and enrollers apart has both columns; where one is absent, the
    other stands for both. The binary tree holds who has a parent in it or is one, and the members
    without a sponsor, who are its roots.
    """
    sponsor = "s.sponsor_id" if "sponsor" in present else "s.enroller_id"
    enroller = "s.enroller_id" if "enroller" in present else "s.sponsor_id"
    found = [
        Genealogy(1, "enroller" if "enroller" in present else "sponsor", enroller),
        Genealogy(2, "sponsor" if "sponsor" in present else "enroller", sponsor),
    ]
    if "binary_parent" in present:
        placed = (
            "(s.binary_parent_id IS NOT NULL"
            f" OR s.customer_id IN (SELECT binary_parent_id FROM {TABLE})"
            f" OR ({sponsor} IS NULL AND coalesce(s.customer_type_id, 2) = 2 AND NOT s.broken))"
        )
        found.append(Genealogy(3, "binary_parent", "s.binary_parent_id", "s.position_id", placed))
    return found


def _checks(genealogies: list[Genealogy]) -> list[Check]:
    """Every way in which good rows make a bad file."""
    unique = {
        "email": ("email_key", "customers", "email_key"),
        "referral_code": ("lower(referral_code)", "customers", "lower(referral_code)"),
        "username": ("lower(username)", "logins", "lower(username)"),
    }
    found = [repeated(TABLE, "id", "customer_id"), _EXISTING]
    found += [repeated(TABLE, column, key) for column, (key, _, _) in unique.items()]
    found += [_taken(column, *keys) for column, keys in unique.items()]
    parents = {genealogy.column: genealogy.parent.removeprefix("s.") for genealogy in genealogies}
    for column, parent in parents.items():
        found.append(unknown_customer(TABLE, column, parent, in_file=True))
        found.append(
            Check(
                column,
                f"SELECT line, 'is the member' FROM {TABLE} WHERE {parent} = customer_id",
            )
        )
    return [*found, *_OWNERS, *_BINARY, *_STATES]


def _taken(column: str, key: str, table: str, existing: str) -> Check:
    return Check(
        column,
        f"SELECT s.line, 'is taken by customer ' || t.customer_id"
        f" FROM (SELECT line, customer_id, {key} AS key FROM {TABLE}) s"
        f" JOIN (SELECT customer_id, {existing} AS key FROM {table}) t USING (key)"
        " WHERE t.customer_id IS DISTINCT FROM s.customer_id",
    )


_EXISTING = Check(
    "id",
    f"SELECT s.line, 'is a customer already' FROM {TABLE} s JOIN customers USING (customer_id)",
)
_OWNERS = (
    unknown_customer(TABLE, "owner", "owner_id", in_file=True),
    Check("owner", f"SELECT line, 'is the member' FROM {TABLE} WHERE owner_id = customer_id"),
    Check(
        "owner",
        f"SELECT s.line, '“' || s.owner_id || '” is a further position of “' || o.owner_id || '”'"
        f" FROM {TABLE} s JOIN (SELECT customer_id, owner_id FROM {TABLE} UNION ALL"
        " SELECT customer_id, owner_id FROM customers) o ON o.customer_id = s.owner_id"
        " WHERE o.owner_id IS NOT NULL AND s.owner_id <> s.customer_id",
    ),
)
_BINARY = (
    Check(
        "side",
        f"SELECT line, 'is missing, though there is a binary parent' FROM {TABLE}"
        " WHERE binary_parent_id IS NOT NULL AND position_id IS NULL",
    ),
    Check(
        "binary_parent",
        f"SELECT line, 'is missing, though there is a side' FROM {TABLE}"
        " WHERE binary_parent_id IS NULL AND position_id IS NOT NULL",
    ),
    repeated(TABLE, "side", "binary_parent_id", "position_id"),
    Check(
        "side",
        f"SELECT s.line, 'is taken by customer ' || p.customer_id FROM {TABLE} s"
        " JOIN placements p ON p.genealogy_id = 3 AND p.valid_to IS NULL"
        "  AND p.parent_id = s.binary_parent_id AND p.position_id = s.position_id"
        " WHERE p.customer_id <> s.customer_id",
    ),
    Check(
        "binary_parent",
        f"SELECT s.line, '“' || s.binary_parent_id || '” has no place in the binary tree'"
        f" FROM {TABLE} s JOIN customers c ON c.customer_id = s.binary_parent_id"
        " WHERE NOT EXISTS (SELECT FROM placements p WHERE p.genealogy_id = 3"
        "  AND p.customer_id = s.binary_parent_id AND p.valid_to IS NULL)",
    ),
)
_STATES = (
    Check(
        "terminated",
        f"SELECT line, 'is missing, though the status is Terminated' FROM {TABLE}"
        " WHERE status_id = 4 AND terminated_at IS NULL",
    ),
    Check(
        "terminated",
        f"SELECT line, 'lies before the enrolment' FROM {TABLE} WHERE terminated_at < enrolled_at",
    ),
)
