"""The demo company a bench over HTTP asks, and how such a bench prints its figures."""

import argparse
import asyncio
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from upline.adapters import postgres
from upline.adapters.postgres import schema
from upline.bootstrap import Container, database_url
from upline.demo import company
from upline.settings import Settings

# What, its value and its floor.
Measured = tuple[str, float, float]


def options(description: str | None) -> argparse.ArgumentParser:
    """What every such bench may be told."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--data", type=Path, help="A demo's data folder; default: one for this run."
    )
    parser.add_argument("--members", type=int, default=2_000, help="Where the folder holds none.")
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--json", action="store_true")
    return parser


@contextmanager
def served(arguments: argparse.Namespace) -> Iterator[Settings]:
    """Settings of a server over the demo company, which is built where there is none."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(demo=True, data_dir=arguments.data or Path(folder))
        settings.limits.enabled = False
        settings.database.url = database_url(settings)
        schema.upgrade(settings.database.url)
        asyncio.run(_found(settings, arguments.members))
        try:
            yield settings
        finally:
            postgres.stop(settings.data_dir)


async def _found(settings: Settings, members: int) -> None:
    async with Container.open(settings) as container:
        if not await company.exists(container):
            await company.build(container, members=members)


def show(name: str, figures: list[Measured], *, as_json: bool) -> None:
    """What was measured of `name`, in milliseconds, each beside its floor."""
    if as_json:
        for which, value, floor in figures:
            line = {"name": f"{name} {which}", "value": round(value, 3), "unit": "ms"}
            print(json.dumps(line | {"floor": round(floor, 3), "ratio": round(value / floor, 3)}))
        return
    print(
        f"{name:24} "
        + "   ".join(f"{which} {v:8.2f} ms = {v / f:5.2f} × floor" for which, v, f in figures)
    )
