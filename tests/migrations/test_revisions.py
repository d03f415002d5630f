"""Migrations lead from nothing to the models and back, in one line."""

import ast
import re
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from pathlib import Path

import psycopg
import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text
from tests.architecture.source import MIGRATIONS

from upline.adapters.postgres import schema

FILE_NAME = re.compile(r"\d{4}-\d{2}-\d{2}-\d{4}_[a-z0-9_]+\.py")
VERSIONS = sorted((MIGRATIONS / "versions").glob("*.py"))


def test_there_is_one_line_of_revisions() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))
    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1


def test_files_are_named_by_their_time() -> None:
    assert [path.name for path in VERSIONS if not FILE_NAME.fullmatch(path.name)] == []


@pytest.mark.parametrize("path", VERSIONS, ids=lambda path: path.stem)
def test_revisions_do_not_know_the_models(path: Path) -> None:
    """Models change; what a revision did on the day it was written must not."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names.append(node.module or "")
        assert not any(name.split(".")[0] == "upline" for name in names)


def test_a_fresh_database_matches_the_models(clone_url: str) -> None:
    assert schema.check(clone_url) == []


def test_partitions_of_runs_are_no_difference(clone_url: str) -> None:
    with psycopg.connect(clone_url.replace("+psycopg", "")) as connection:
        connection.execute("CREATE TABLE check_items_r7 PARTITION OF check_items FOR VALUES IN (7)")
    assert schema.check(clone_url) == []


def test_a_difference_is_told(clone_url: str) -> None:
    with psycopg.connect(clone_url.replace("+psycopg", "")) as connection:
        connection.execute("ALTER TABLE customers ADD COLUMN shoe_size smallint")
    assert any("shoe_size" in problem for problem in schema.check(clone_url))


def test_down_to_nothing_and_up_again(clone_url: str) -> None:
    schema.downgrade(clone_url, "base")
    assert schema.current(clone_url) is None
    assert schema.check(clone_url) == [f"at revision none, this version needs {schema.head()}"]
    engine = create_engine(clone_url)
    assert inspect(engine).get_table_names() == ["alembic_version"]
    assert "jobs" not in inspect(engine).get_schema_names()
    with engine.connect() as connection:
        functions = connection.execute(
            text("SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace")
        )
        assert functions.all() == []
    engine.dispose()
    schema.upgrade(clone_url)
    assert schema.check(clone_url) == []


def test_two_processes_may_migrate_at_once(clone_url: str) -> None:
    schema.downgrade(clone_url, "base")
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(schema.upgrade, clone_url) for _ in range(2)]:
            done.result()
    assert schema.check(clone_url) == []


def test_countries_are_all_there(clone_url: str) -> None:
    with psycopg.connect(clone_url.replace("+psycopg", "")) as connection:
        assert connection.execute(
            "SELECT country_id, iso3, currency_code, is_published FROM countries"
            " WHERE country_code = 'US'"
        ).fetchone() == (840, "USA", "USD", True)
        assert connection.execute(
            "SELECT (SELECT count(*) FROM countries), (SELECT count(*) FROM state_provinces"
            " WHERE country_code = 'US')"
        ).fetchone() == (249, 57)


def test_the_job_queue_needs_no_more_than_we_created() -> None:
    """A newer package brings newer SQL: then it is time for a revision that follows it."""
    shipped = (resources.files("procrastinate.sql") / "schema.sql").read_text(encoding="utf-8")
    ours = (MIGRATIONS / "data" / "procrastinate.sql").read_text(encoding="utf-8")
    assert ours.endswith(shipped)
