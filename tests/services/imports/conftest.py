"""A context as imports run in, and files as people send them."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from upline.core.context import SYSTEM, Company, Context

COMPANY = Company("Import Test", "America/Denver", "USD")
NOW = datetime(2014, 12, 15, 12, tzinfo=UTC)
# What a database holds besides what depends on the clock or on sequences.
TABLES = {
    "customers": "updated_at",
    "addresses": "",
    "logins": "changed_at",
    "placements": "",
    "orders": "",
    "order_items": "",
    "volume_entries": "posted_at",
    "periods": "updated_at",
    "audit_entries": "at",
}

Rows = Iterable[Mapping[str, object]]
Maker = Callable[[str, Rows], Path]


@pytest.fixture
def ctx(session: AsyncSession) -> Context:
    return Context(session, SYSTEM, NOW, COMPANY)


@pytest.fixture
def write(tmp_path: Path) -> Maker:
    """Writes rows into a file of the format its extension names; absent cells are empty."""

    def make(name: str, rows: Rows) -> Path:
        path = tmp_path / name
        rows = list(rows)
        if path.suffix == ".ndjson":
            path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        elif path.suffix == ".json":
            path.write_text(json.dumps(rows, indent=1), encoding="utf-8")
        else:
            header = list(dict.fromkeys(key for row in rows for key in row))
            stream = io.StringIO(newline="")
            writer = csv.DictWriter(stream, header, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
            path.write_text(stream.getvalue(), encoding="utf-8")
        return path

    return make


async def contents(session: AsyncSession) -> dict[str, list[dict[str, Any]]]:
    """Every row of the tables an import may touch, in the order of their keys."""
    found = {}
    for table, unstable in TABLES.items():
        rows = await session.execute(
            text(f"SELECT to_jsonb(t) - '{unstable}' FROM {table} t ORDER BY to_jsonb(t)::text")
        )
        found[table] = list(rows.scalars())
    return found
