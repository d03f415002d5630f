"""Processes that end, unannounced, in the middle of a period's life: what kill -9 leaves behind."""

import subprocess
import sys

import psycopg

from upline.core.db import Database
from upline.services.commission.runs import RUN_LOCK

PERIOD = 405

# Runs a step in which the process ends right after the named function returned.
VICTIM = """
import asyncio, os, sys
from importlib import import_module
from upline.core.db import Database
from tests.factories.closing import APPROVER, CLOSER
from tests.factories.golden_company import contexts_at

url, step, module, name, period = sys.argv[1:]
owner = import_module("upline.services." + module)
original = getattr(owner, name)

async def last_words(*arguments, **options):
    await original(*arguments, **options)
    os._exit(137)

setattr(owner, name, last_words)
workflow, actor = {
    "close": ("close_period", CLOSER),
    "approve": ("review_period", APPROVER),
    "restate": ("restate_period", CLOSER),
}[step]
work = getattr(import_module("upline.services.workflows." + workflow), step)
asyncio.run(work(contexts_at(Database.connect(url)), int(period), actor))
"""


def kill(database: Database, step: str, module: str, name: str) -> None:
    """Close, approve or restate October 2014, as far as the return of `name`."""
    url = database.engine.url.render_as_string(hide_password=False)
    process = subprocess.run(
        [sys.executable, "-c", VICTIM, url, step, module, name, str(PERIOD)],
        check=False,
        capture_output=True,
    )
    assert process.returncode == 137, process.stderr.decode()
    _wait_for_the_server(url)


def _wait_for_the_server(url: str) -> None:
    """PostgreSQL notices that its client is gone, and lets go of the period, a moment later."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s, %s)", (RUN_LOCK, PERIOD))
