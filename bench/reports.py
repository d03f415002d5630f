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
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from _demo import options, served, show
from _http import Caller, Served, compare, serving
from fastapi import FastAPI
from sqlalchemy import func, select
from starlette.responses import Response

from upline.bootstrap import Container
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
SPONSOR = 2
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


def application(container: Container) -> FastAPI:
    """The family, with the floor as one more operation."""
    app = create_virtual_office_app(container)
    app.router.routes.insert(0, Route(Declaration("GET", FLOOR, floor, Authenticated(), None)))
    return app


def log_in(server: Served, member: int) -> Caller:
    _, token = server.caller().ask(
        "POST", "/api/accounts/token", {"memberId": member, "password": PASSWORD}
    )
    return server.caller(authtoken=base64.b64encode(token).decode())


def measure(arguments: argparse.Namespace, settings: Settings) -> None:
    subjects = asyncio.run(find_subjects(settings))
    with serving(settings, application) as server:
        caller, beside = log_in(server, subjects.top), log_in(server, subjects.top)

        def show_page(name: str, caller: Caller, body: dict[str, object]) -> None:
            figures = compare(
                lambda: caller.ask("POST", LOAD, body),
                lambda size: beside.ask("GET", f"{FLOOR}?customer={subjects.top}&size={size}"),
                arguments.rounds,
            )
            show(name, figures, as_json=arguments.json)

        _, data = caller.ask("POST", LOAD, {"reportid": "all"})
        last = json.loads(data)["pagination"]["totalpages"]
        for name, body in pages(subjects, last):
            show_page(name, caller, body)
        body = {"reportid": "all", "resultsperpage": 100, "pagenumber": 5}
        show_page("a leader's fifth page", log_in(server, subjects.leader), body)
        if not arguments.no_download:
            show_download(download(caller, server.process), arguments)


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
