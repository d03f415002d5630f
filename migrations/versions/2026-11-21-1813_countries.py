"""Every country of ISO 3166 with its currency, and the states of those where addresses need one."""

import csv
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "countries"
down_revision = "jobs"
branch_labels = None
depends_on = None

DATA = Path(__file__).parents[1] / "data"

COUNTRIES = sa.table(
    "countries",
    sa.column("country_code", sa.String),
    sa.column("country_id", sa.SmallInteger),
    sa.column("iso3", sa.String),
    sa.column("name", sa.String),
    sa.column("currency_code", sa.String),
    sa.column("is_published", sa.Boolean),
)
STATES = sa.table(
    "state_provinces",
    sa.column("state_province_id", sa.Integer),
    sa.column("country_code", sa.String),
    sa.column("abbreviation", sa.String),
    sa.column("name", sa.String),
)


def read(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def upgrade() -> None:
    op.bulk_insert(
        COUNTRIES,
        [
            row
            | {
                "country_id": int(row["country_id"]),
                "is_published": row["is_published"] == "true",
            }
            for row in read("countries.csv")
        ],
    )
    op.bulk_insert(
        STATES,
        [
            row | {"state_province_id": int(row["state_province_id"])}
            for row in read("state_provinces.csv")
        ],
    )


def downgrade() -> None:
    op.execute("DELETE FROM state_provinces")
    op.execute("DELETE FROM countries")
