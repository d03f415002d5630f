"""How far reads are from a floor: `python bench/reads.py --data DIR` on a demo company.

Build one first: `upline demo --members 1000000 --no-serve --data DIR`. The floor is an operation of
the same server with the same authentication, one primary-key query and as many bytes as the answer
it stands beside; both are asked in turn, over one connection each, and `median` and `p99` are in
milliseconds with their ratios to the floor's. `--json` prints a line per read.
"""

import argparse
import asyncio
import json
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle
from urllib.parse import quote

from _demo import options, served, show
from _http import compare, serving
from fastapi import FastAPI
from sqlalchemy import delete, func, insert, select, union
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from upline.bootstrap import Container
from upline.core.context import SYSTEM, Scope
from upline.models.commission import CommissionLine
from upline.models.customer import Customer
from upline.models.identity import AccessToken, ApiClient
from upline.models.period import Period
from upline.models.placement import Placement
from upline.models.volume import MemberPeriod
from upline.routers.backoffice.app import ROUTERS, create_backoffice_app
from upline.routers.backoffice.routing import Router
from upline.routers.deps import Ctx
from upline.routers.policies import Authenticated
from upline.services.auth import tokens
from upline.services.period.queries import CLOSED
from upline.settings import Settings

FLOOR = "/other/timezones"  # a documented path that nothing of the back office reads
BINARY = 3
SPONSOR = 2
PATH = 20
PASSWORD = "demo-password"  # noqa: S105 - what every login of a demo company has

floor_router = Router("Other")


@floor_router.get(FLOOR, policy=Authenticated(), response_model=None)
async def floor(ctx: Ctx, customer: int, size: int) -> Response:
    """The least an authenticated read can be."""
    await ctx.session.scalar(select(Customer.first_name).where(Customer.customer_id == customer))
    return Response(b"x" * size, media_type="application/json")


@dataclass(frozen=True, slots=True)
class Subjects:
    """Whom the reads ask about: the top, the deepest in either tree, a typical leader, the best
    paid, and a member PATH levels below the top (the deepest where nobody is)."""

    top: int
    deepest: int
    deepest_binary: int
    leader: int
    payee: int
    below: int
    closed_period: int


async def find_subjects(session: AsyncSession) -> Subjects:
    """From the last closed month, whose figures do not move while we measure."""
    closed = (
        await session.execute(
            select(Period.period_id, Period.run_id)
            .where(Period.status_id >= CLOSED)
            .order_by(Period.starts_at.desc())
            .limit(1)
        )
    ).one()
    member = (MemberPeriod.run_id == closed.run_id, MemberPeriod.customer_type_id == 2)
    size = MemberPeriod.downline_count
    deepest = [
        select(Placement.customer_id)
        .where(Placement.genealogy_id == genealogy, Placement.valid_to.is_(None))
        .order_by(Placement.depth.desc(), Placement.customer_id)
        for genealogy in (SPONSOR, BINARY)
    ]
    number = MemberPeriod.customer_id  # of those that are equal always the same is asked about
    wanted = (
        select(number).where(*member).order_by(size.desc(), number),
        *deepest,
        select(number).where(*member, size >= 200).order_by(size, number),
        select(CommissionLine.customer_id)
        .where(CommissionLine.run_id == closed.run_id)
        .group_by(CommissionLine.customer_id)
        .order_by(func.count().desc(), CommissionLine.customer_id),
        select(number)
        .where(*member, MemberPeriod.level <= PATH)
        .order_by(MemberPeriod.level.desc(), number),
    )
    found = [await session.scalar(query.limit(1)) for query in wanted]
    return Subjects(*(number or 0 for number in found), closed.period_id)


def reads(container: Container, subjects: Subjects, name: str) -> Iterator[tuple[str, str]]:
    """Name and path of everything that is measured; `name` is a member's last name."""
    top, deepest, leader, payee, last = (
        container.ids.encrypt("customer", number)
        for number in (
            subjects.top,
            subjects.deepest,
            subjects.leader,
            subjects.payee,
            subjects.deepest_binary,
        )
    )
    number, closed = subjects.top, subjects.closed_period
    yield "children page", f"/organization/{leader}/personal?pageSize=20"
    yield "children page, top", f"/organization/{top}/personal?pageSize=20"
    yield "downline, first page", f"/organization/{top}/unilevel?pageSize=20"
    yield "downline, far page", f"/organization/{top}/unilevel?pageSize=20&page=400"
    yield "downline, closed month", f"/organization/{top}/unilevel?pageSize=20&periodId={closed}"
    yield "downline, by rank", f"/organization/{top}/unilevel?pageSize=20&rankId=2"
    yield "downline, 3 levels", f"/organization/{top}/unilevel?pageSize=20&maxLevel=3"
    yield "name search", f"/organization/{leader}/unilevel?pageSize=20&search={name}"
    yield "name search, top", f"/organization/{top}/unilevel?pageSize=20&search={name}"
    yield "tree, 3 levels", f"/organization/{leader}/unileveltree/3"
    yield "tree, deepest member", f"/organization/{deepest}/unileveltree/10"
    yield "picture", f"/organization/unilevel/{number}/{subjects.below}"
    yield "binary picture", f"/organization/binary/{number}/{subjects.deepest_binary}"
    yield "binary bottom", f"/organization/binarypositon/{number}/1"
    yield "binary list", f"/organization/binary/{number}/all?pageSize=20"
    yield "explanation", f"/commission/{top}/{closed}/explain?fromCustomerId={subjects.below}"
    yield "explanation, month", f"/commission/{payee}/{closed}/explain"
    yield "rank advancement", f"/organization/rankadvancement/{top}"
    yield "scoreboard", f"/organization/scoreboard/{number}/rank/2"
    yield "areas", f"/order/statistic/geoanalytics/{top}"
    yield "levels", f"/organization/chart/unilevel?customerId={number}"
    yield "top 10", f"/organization/top10/leadershipactivity?customerId={number}"
    yield "fast start", f"/organization/faststart?customerId={number}"
    yield "contest, top 50", "/points/top50"
    yield "contest, standing", f"/points/{number}/standings"
    yield "volume", f"/volume/{number}/period/0"
    yield "volume, all periods", f"/volume/{number}"
    yield "volume by level", f"/volume/{number}/monthly"
    yield "volume, entries", f"/volume/{number}/detail/{closed}?pageSize=20"
    yield "volume, projected", f"/volume/projected/{number}"
    yield "volume, carried", f"/volume/{subjects.deepest_binary}/carryover"
    yield "volume, deepest leg", f"/volume/{subjects.deepest_binary}/binary"
    yield "statement", f"/commission/{payee}/{closed}?pageSize=20"
    yield "statement, 100 lines", f"/commission/{payee}/{closed}"
    yield "statement, open month", f"/commission/{payee}/0?pageSize=20"
    yield "statements", f"/commission/{payee}"
    yield "nothing", f"/commission/{last}/{closed}?pageSize=20"


def application(container: Container) -> FastAPI:
    """The family, with the floor as one more operation."""
    return create_backoffice_app(container, [*ROUTERS, floor_router])


async def other_searches(session: AsyncSession) -> list[str]:
    """Words to search for of which each is asked for once: all names there are."""
    names = union(select(Customer.last_name), select(Customer.first_name)).subquery()
    found = await session.scalars(select(names.c.last_name).order_by(func.md5(names.c.last_name)))
    return [quote(name) for name in found]


async def prepare(settings: Settings) -> tuple[str, str, Subjects, list[tuple[str, list[str]]]]:
    """A client of our own with a token, and what will be read: one path again and again, or one
    after another."""
    client = f"bench-{uuid.uuid4().hex[:12]}"
    async with Container.open(settings) as container, container.context(SYSTEM) as ctx:
        subjects = await find_subjects(ctx.session)
        own = select(Customer.last_name).where(Customer.customer_id == subjects.deepest)
        named = reads(container, subjects, await ctx.session.scalar(own) or "")
        paths = [(name, [path]) for name, path in named]
        top = container.ids.encrypt("customer", subjects.top)
        searched = f"/organization/{top}/unilevel?pageSize=20&search="
        others = [searched + word for word in await other_searches(ctx.session)]
        paths.append(("name search, never asked", others))
        values = {"client_id": client, "secret_hash": "", "scopes": [Scope.BACKOFFICE]}
        await ctx.session.execute(insert(ApiClient).values(**values))
        scopes = frozenset({Scope.BACKOFFICE})
        issued = await tokens.issue_to_client(
            ctx, container.signer, timedelta(hours=1), client, scopes
        )
        print(f"the top is {subjects.top}, the leader {subjects.leader}", file=sys.stderr)
    return client, issued.token, subjects, paths


async def forget(settings: Settings, client: str) -> None:
    """Leave the company as it was."""
    async with Container.open(settings) as container, container.context(SYSTEM) as ctx:
        await ctx.session.execute(delete(AccessToken).where(AccessToken.client_id == client))
        await ctx.session.execute(delete(ApiClient).where(ApiClient.client_id == client))


def measure(arguments: argparse.Namespace, settings: Settings) -> None:
    client, token, subjects, paths = asyncio.run(prepare(settings))
    bare = f"/api/v1{FLOOR}?customer={subjects.top}&size="
    try:
        with serving(settings, application) as server:
            caller, beside = server.caller(Client_Id=token), server.caller(Client_Id=token)

            def show_read(name: str, paths: list[str]) -> None:
                turns = cycle(paths)
                figures = compare(
                    lambda: caller.ask("GET", f"/api/v1{next(turns)}"),
                    lambda size: beside.ask("GET", f"{bare}{size}"),
                    arguments.rounds,
                )
                show(name, figures, as_json=arguments.json)

            for name, each in paths:
                if arguments.only in name:
                    show_read(name, each)
            # As the top himself, so that whether he stands above the deepest is asked each time.
            login = {"CustomerId": subjects.top, "Password": PASSWORD}
            _, answer = server.caller().ask("POST", "/api/v1/auth", login)
            caller = server.caller(Client_Id=json.loads(answer)["Token"])
            show_read("ancestor check", [f"/volume/{subjects.deepest}/period/0"])
    finally:
        asyncio.run(forget(settings, client))


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--only", default="", help="Reads whose name contains this.")
    arguments = parser.parse_args()
    with served(arguments) as settings:
        measure(arguments, settings)


if __name__ == "__main__":
    main()
