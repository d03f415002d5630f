"""How far reports are from a floor: `python bench/reports.py --data DIR` on a demo company.

Build one first: `upline demo --members 1000000 --no-serve --data DIR`. The caller is the member
with the largest organization. The floor is an operation of the same server with the same
authentication, one primary-key query and as many bytes as the page it stands beside; both are asked
in turn, over one connection each, and `median` and `p99` are in milliseconds with their ratios to
the floor's. `first` is the first answer of all, when there is no listing yet. The download is read
to its end; `rss` is by how much the server grew meanwhile. `--json` prints a line each.
"""

import argparse
import asyncio
import base64
import http.client
import json
import multiprocessing
import os
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from _demo import Measured, options, served, show
from reads import SPONSOR, middle, wait_for, worst
from sqlalchemy import func, select
from starlette.responses import Response

from upline.bootstrap import Container
from upline.core import logs
from upline.core.context import SYSTEM
from upline.models.customer import Customer
from upline.models.period import Period
from upline.models.placement import Placement
from upline.models.volume import MemberPeriod
from upline.routers.deps import Ctx
from upline.routers.policies import Authenticated
from upline.routers.virtual_office.app import create_virtual_office_app
from upline.routers.virtual_office.routing import Declaration, Route
from upline.settings import Settings

LOAD = "/vo.dlv.api/reportdata/v2/load"
FLOOR = "/vo.dlv.api/floor"
WARM_UP = 30
PASSWORD = "demo-password"  # noqa: S105 - what every login of a demo company has
BLOCK = 1 << 16


async def floor(ctx: Ctx, customer: int, size: int) -> Response:
    """The least an authenticated read can be."""
    await ctx.session.scalar(select(Customer.first_name).where(Customer.customer_id == customer))
    return Response(b"x" * size, media_type="application/json")


@dataclass(frozen=True, slots=True)
class Subjects:
    """Whose reports are read, and of which closed month."""

    top: int
    leader: int
    closed_period: int


@dataclass(frozen=True, slots=True)
class Caller:
    """A keep-alive connection of a member's; answers are read whole."""

    connection: http.client.HTTPConnection
    token: str

    def ask(self, method: str, path: str, body: Any = None) -> tuple[float, bytes]:
        """Milliseconds and body of one answer."""
        content = None if body is None else json.dumps(body)
        begun = time.perf_counter()
        self.connection.request(method, path, content, {"authtoken": self.token})
        answer = self.connection.getresponse()
        data = answer.read()
        taken = (time.perf_counter() - begun) * 1_000
        assert answer.status == 200, (path, answer.status, data[:200])
        return taken, data


async def find_subjects(settings: Settings) -> Subjects:
    """The top of the largest tree and a leader of a thousand."""
    async with Container.open(settings) as container, container.context(SYSTEM) as ctx:
        closed = (
            await ctx.session.execute(
                select(Period.period_id, Period.run_id)
                .where(Period.status_id >= 3, Period.period_type_id == 2)
                .order_by(Period.period_id.desc())
                .limit(1)
            )
        ).one()
        size = MemberPeriod.downline_count
        mine = (MemberPeriod.run_id == closed.run_id, MemberPeriod.customer_type_id == 2)
        members = select(MemberPeriod.customer_id).where(*mine)
        top = await ctx.session.scalar(members.order_by(size.desc()).limit(1))
        leader = await ctx.session.scalar(members.where(size >= 1_000).order_by(size).limit(1))
        count = await ctx.session.scalar(
            select(func.count()).where(
                Placement.genealogy_id == SPONSOR, Placement.valid_to.is_(None)
            )
        )
        print(f"{count:,} members; the caller is {top}, the leader {leader}", file=sys.stderr)
        return Subjects(top or 0, leader or top or 0, closed.period_id)


def pages(subjects: Subjects, last: int) -> Iterator[tuple[str, dict[str, object]]]:
    """Name and body of everything that is measured."""
    plain: dict[str, object] = {
        "reportid": "all", "periodid": 0, "sortby": "", "sortdesc": 1, "pagenumber": 1,
        "resultsperpage": 100, "filters": [],
    }  # fmt: skip
    front = [{"type": "level.less-or-equal", "value": 1}]
    yield "first page", plain
    yield "page in the middle", plain | {"pagenumber": last // 2}
    yield "last full page", plain | {"pagenumber": last - 1}
    yield "beyond the last page", plain | {"pagenumber": last + 5}
    yield "closed month", plain | {"periodid": subjects.closed_period}
    yield (
        "closed month, deep",
        plain
        | {
            "periodid": subjects.closed_period,
            "pagenumber": last // 2,
        },
    )
    yield "front line", plain | {"filters": front}
    yield "members by pv, deep", plain | {
        "reportid": "all-members", "sortby": "pv", "pagenumber": last // 3,
    }  # fmt: skip
    yield "new members", plain | {"reportid": "new-members"}
    yield "page of 200", plain | {"resultsperpage": 200}


def compare(
    caller: Caller, beside: Caller, body: dict[str, object], rounds: int, customer: int
) -> list[Measured]:
    """The first answer, median and p99 of a page beside its floor, asked in turn."""
    first, data = caller.ask("POST", LOAD, body)
    for _ in range(WARM_UP):
        caller.ask("POST", LOAD, body)
    bare = f"{FLOOR}?customer={customer}&size={len(data)}"
    for _ in range(WARM_UP):
        beside.ask("GET", bare)
    times = [(caller.ask("POST", LOAD, body)[0], beside.ask("GET", bare)[0]) for _ in range(rounds)]
    of_page, of_floor = zip(*times, strict=True)
    floor = middle(of_floor)
    return [
        ("first", first, floor),
        ("median", middle(of_page), floor),
        ("p99", worst(of_page), worst(of_floor)),
    ]


def download(caller: Caller, process: int) -> tuple[float, int, int, float]:
    """Seconds, rows, bytes and MiB the server grew by, for the whole organization."""
    body = {"reportid": "all", "periodid": 0, "download": "true", "format": "CSV"}
    _, data = caller.ask("POST", LOAD, body)
    guid = json.loads(data)["guid"]
    before = peak = rss(process)
    begun = time.perf_counter()
    caller.connection.request("GET", f"/vo.dlv.api/reports/download/All/all/{guid}/1/en-US")
    answer = caller.connection.getresponse()
    lines = size = 0
    while block := answer.read(BLOCK):
        lines += block.count(b"\n")
        size += len(block)
        peak = max(peak, rss(process))
    return time.perf_counter() - begun, lines - 1, size, peak - before


def rss(process: int) -> float:
    """MiB of memory a process has."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def serve(settings: Settings, port: int) -> None:
    """The server under test, in a process of its own; its log is written, but to nowhere."""
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stderr.fileno())
    logs.configure(settings.server.log_format, settings.server.log_level)

    async def run() -> None:
        async with Container.open(settings) as container:
            app = create_virtual_office_app(container)
            bare = Declaration("GET", FLOOR, floor, Authenticated(), None)
            app.router.routes.insert(0, Route(bare))
            config = uvicorn.Config(app, port=port, log_config=None, access_log=False)
            await uvicorn.Server(config).serve()

    asyncio.run(run())


def log_in(port: int, member: int) -> Caller:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    _, token = Caller(connection, "").ask(
        "POST", "/api/accounts/token", {"memberId": member, "password": PASSWORD}
    )
    return Caller(connection, base64.b64encode(token).decode())


def measure(arguments: argparse.Namespace, settings: Settings) -> None:
    subjects = asyncio.run(find_subjects(settings))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(settings, port))
    server.start()
    try:
        wait_for(port)
        caller, beside = log_in(port, subjects.top), log_in(port, subjects.top)
        _, data = caller.ask("POST", LOAD, {"reportid": "all"})
        last = json.loads(data)["pagination"]["totalpages"]
        for name, body in pages(subjects, last):
            figures = compare(caller, beside, body, arguments.rounds, subjects.top)
            show(name, figures, as_json=arguments.json)
        leader = log_in(port, subjects.leader)
        body = {"reportid": "all", "resultsperpage": 100, "pagenumber": 5}
        figures = compare(leader, beside, body, arguments.rounds, subjects.top)
        show("a leader's fifth page", figures, as_json=arguments.json)
        if not arguments.no_download:
            show_download(download(caller, server.pid or 0), arguments)
    finally:
        server.terminate()
        server.join()


def show_download(figures: tuple[float, int, int, float], arguments: argparse.Namespace) -> None:
    seconds, rows, size, grown = figures
    if arguments.json:
        line = {"name": "download", "value": round(rows / seconds), "unit": "rows/s"}
        print(json.dumps(line | {"floor": None, "ratio": None}))
        return
    print(
        f"{'download':24} {rows:,} rows, {size / (1 << 20):,.0f} MiB in {seconds:,.1f} s = "
        f"{rows / seconds:,.0f} rows/s   rss +{grown:,.0f} MiB"
    )


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--no-download", action="store_true")
    arguments = parser.parse_args()
    with served(arguments) as settings:
        measure(arguments, settings)


if __name__ == "__main__":
    main()
