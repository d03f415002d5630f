"""Settings of the embedded server follow the machine."""

import os
from pathlib import Path

import pytest

from upline.adapters.postgres import configuration


@pytest.mark.parametrize(
    ("processors", "helpers"), [(None, "0"), (1, "0"), (2, "0"), (4, "1"), (64, "2")]
)
def test_index_builds_get_helpers_where_processors_are_left(
    monkeypatch: pytest.MonkeyPatch, processors: int | None, helpers: str
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: processors)
    found = dict(configuration.settings(Path("/run/upline"), "5432", fast=False))
    assert found["max_parallel_maintenance_workers"] == helpers


def test_only_servers_for_tests_may_lose_what_was_committed() -> None:
    safe = dict(configuration.settings(Path("/run/upline"), "5432", fast=False))
    fast = dict(configuration.settings(Path("/run/upline"), "5432", fast=True))
    assert {name for name in fast if name not in safe} == {
        "fsync", "synchronous_commit", "full_page_writes", "autovacuum",
    }  # fmt: skip
    assert {name: fast[name] for name in safe} == safe
