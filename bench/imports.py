"""How far imports are from a bare COPY: `python bench/imports.py --members 1000000`.

Files are made first, by another process. The floor is the server taking the very same bytes by COPY
into a bare table of text columns, in the same run; `ratio` = import / floor, in seconds. Between
the two lie parsing, every check, five real tables with their constraints, indexes and trees.
`--json` prints a line per figure; peak memory is that of this process, the client side.
"""

import argparse
import asyncio
import json
import multiprocessing
import random
import resource
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from pathlib import Path

import psycopg

from upline.adapters import postgres
from upline.adapters.postgres import schema
from upline.core.clock import SystemClock
from upline.core.context import SYSTEM, Company, ContextFactory
from upline.core.db import Database
from upline.services.imports.members import import_members
from upline.services.imports.orders import import_orders
from upline.services.imports.report import Outcome

FIRST = 1_000_000
MEMBER_HEADER = (
    "id,type,first_name,last_name,email,phone,address1,city,state,postal_code,country,enroller,"
    "sponsor,binary_parent,side,enrolled,activated,referral_code\n"
)
ORDER_HEADER = "id,member,date,total,pv,cv,refunds\n"
BLOCK = 1 << 20


def write_members(path: Path, members: int) -> None:
    """A power-law sponsor tree over a full binary tree, in no order at all."""
    draw = random.Random(1)
    numbers = list(range(members))
    draw.shuffle(numbers)
    with path.open("w") as stream:
        stream.write(MEMBER_HEADER)
        for n in numbers:
            sponsor = FIRST + int(random.Random(n).random() ** 2 * n) if n else ""
            parent, side = (FIRST + (n - 1) // 2, "LR"[n % 2]) if n else ("", "")
            day = date(2012, 1, 1) + timedelta(days=n % 1200)
            stream.write(
                f"{FIRST + n},2,First{n},Last{n},member{n}@example.com,801555{n % 10000:04},"
                f"{n % 999} Main Street,Lehi,UT,84043,US,{sponsor},{sponsor},{parent},{side},"
                f"{day},{day},ref{n}\n"
            )


def write_orders(path: Path, members: int, orders: int) -> None:
    """Orders of a hundred days, one in fifty refunded in part."""
    draw = random.Random(2)
    with path.open("w") as stream:
        stream.write(ORDER_HEADER)
        for n in range(orders):
            day = date(2015, 6, 1) + timedelta(days=n % 100)
            pv = draw.randrange(20, 400) / 2
            refund = f"{pv / 2}@{day + timedelta(days=9)}" if n % 50 == 0 else ""
            stream.write(
                f"{n + 1},{FIRST + draw.randrange(members)},"
                f"{day}T{n % 24:02}:{n % 60:02}:00-06:00,{pv * 1.3:.2f},{pv},{pv * 0.9:.2f},"
                f"{refund}\n"
            )


async def floor(url: str, path: Path, header: str) -> float:
    """Seconds the server needs to take the file's bytes into a bare table."""
    columns = ", ".join(f"c{index} text" for index in range(header.count(",") + 1))
    plain = url.replace("postgresql+psycopg://", "postgresql://")
    async with await psycopg.AsyncConnection.connect(plain) as connection:
        await connection.execute(f"CREATE TABLE floor ({columns})")
        begun = time.perf_counter()
        statement = "COPY floor FROM STDIN (FORMAT csv, HEADER)"
        async with connection.cursor() as cursor, cursor.copy(statement) as copy:
            with path.open("rb") as stream:
                while block := stream.read(BLOCK):
                    await copy.write(block)
        await connection.commit()
        seconds = time.perf_counter() - begun
        await connection.execute("DROP TABLE floor")
    return seconds


async def timed(
    contexts: ContextFactory, importer: Callable[..., Awaitable[Outcome]], path: Path, *, show: bool
) -> tuple[float, Outcome]:
    """Seconds an import takes, its commit included."""
    begun = last = time.perf_counter()
    step_shown = ""

    def progress(step: str, done: int, _total: int | None, /) -> None:
        nonlocal last, step_shown
        if show and step != step_shown:
            now = time.perf_counter()
            print(f"    {now - last:7.2f} s  {step_shown or 'start'}")
            last, step_shown = now, step

    async with contexts.open(SYSTEM) as ctx:
        outcome = await importer(ctx, path, progress=progress)
    progress("", 0, None)
    assert outcome.ok, outcome.issues[:5]
    return time.perf_counter() - begun, outcome


async def measure(url: str, folder: Path, arguments: argparse.Namespace) -> None:
    schema.upgrade(url)
    database = Database.connect(url)
    contexts = ContextFactory(database, SystemClock(), Company("Bench", "America/Denver", "USD"))
    for name, header, importer in (
        ("members", MEMBER_HEADER, import_members),
        ("orders", ORDER_HEADER, import_orders),
    ):
        path = folder / f"{name}.csv"
        least = await floor(url, path, header)
        taken, outcome = await timed(contexts, importer, path, show=arguments.steps)
        show(arguments, f"import.{name}", outcome.rows / taken, "rows/s", outcome.rows / least)
    await database.dispose()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    show(arguments, "import.peak_rss", peak, "MiB", None)


def show(
    arguments: argparse.Namespace, name: str, value: float, unit: str, least: float | None
) -> None:
    ratio = None if least is None else round(least / value, 2)
    if arguments.json:
        line = {"name": name, "value": round(value, 1), "unit": unit}
        print(json.dumps(line | {"floor": least, "ratio": ratio}))
    else:
        beside = "" if least is None else f"  floor {least:12,.0f}  ratio {ratio}"
        print(f"{name:20} {value:12,.0f} {unit}{beside}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=100_000)
    parser.add_argument("--orders", type=int, default=300_000)
    parser.add_argument("--url", help="An empty database; default: an embedded one.")
    parser.add_argument("--steps", action="store_true", help="Also print where the time goes.")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for write, *sizes in (
            (write_members, folder / "members.csv", arguments.members),
            (write_orders, folder / "orders.csv", arguments.members, arguments.orders),
        ):
            process = multiprocessing.Process(target=write, args=sizes)
            process.start()
            process.join()
        url = arguments.url or postgres.start(folder / "data")
        try:
            asyncio.run(measure(url, folder, arguments))
        finally:
            if arguments.url is None:
                postgres.stop(folder / "data")


if __name__ == "__main__":
    main()
