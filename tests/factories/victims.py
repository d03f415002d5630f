"""Processes that end, unannounced, in the middle of a period's life: what kill -9 leaves behind."""

import subprocess
import sys

from upline.core.db import Database

# Runs a step in which the process ends right after the named function returned.
VICTIM = """
import asyncio, os, sys
from importlib import import_module
from upline.core.db import Database
from tests.factories.closing import APPROVER, CLOSER
from tests.factories.golden_company import contexts_at

url, step, module, name = sys.argv[1:]
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
asyncio.run(work(contexts_at(Database.connect(url)), 405, actor))
"""


def kill(database: Database, step: str, module: str, name: str) -> None:
    """Close, approve or restate October 2014, as far as the return of `name`."""
    url = database.engine.url.render_as_string(hide_password=False)
    process = subprocess.run(
        [sys.executable, "-c", VICTIM, url, step, module, name], check=False, capture_output=True
    )
    assert process.returncode == 137, process.stderr.decode()
