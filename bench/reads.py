"""How far reads are from a floor: `python bench/reads.py --data DIR` on a demo company.

Build one first: `upline demo --members 1000000 --no-serve --data DIR`. The floor is an operation of
the same server with the same authentication, one primary-key query and as many bytes as the answer
it stands beside; both are asked in turn, over one connection each, and `median` and `p99` are in
milliseconds with their ratios to the floor's. `--json` prints a line per read.
"""

import argparse
import asyncio
import http.client
import multiprocessing
import os
import socket
import statistics
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import uvicorn
from _demo import Measured, options, served, show
from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from upline.bootstrap import Container
from upline.core import logs
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
WARM_UP = 30
SPONSOR = 2

floor_router = Router("Other")


@floor_router.get(FLOOR, policy=Authenticated(), response_model=None)
async def floor(ctx: Ctx, customer: int, size: int) -> Response:
    """The least an authenticated read can be."""
    await ctx.session.scalar(select(Customer.first_name).where(Customer.customer_id == customer))
    return Response(b"x" * size, media_type="application/json")


@dataclass(frozen=True, slots=True)
class Subjects:
    """Whom the reads ask about: the top, the deepest, a typical leader and the best paid."""

    top: int
    deepest: int
    leader: int
    payee: int
    closed_period: int


@dataclass(frozen=True, slots=True)
class Caller:
    """A keep-alive connection with a token; answers are read whole."""

    connection: http.client.HTTPConnection
    token: str

    def ask(self, path: str) -> tuple[float, bytes]:
        """Milliseconds and body of one answer."""
        begun = time.perf_counter()
        self.connection.request("GET", f"/api/v1{path}", headers={"Client-Id": self.token})
        answer = self.connection.getresponse()
        body = answer.read()
        taken = (time.perf_counter() - begun) * 1_000
        assert answer.status == 200, (path, answer.status, body[:200])
        return taken, body


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
    live = (Placement.genealogy_id == SPONSOR, Placement.valid_to.is_(None))
    wanted = (
        select(MemberPeriod.customer_id).where(*member).order_by(size.desc()),
        select(Placement.customer_id).where(*live).order_by(Placement.depth.desc()),
        select(MemberPeriod.customer_id).where(*member, size >= 200).order_by(size),
        select(CommissionLine.customer_id)
        .where(CommissionLine.run_id == closed.run_id)
        .group_by(CommissionLine.customer_id)
        .order_by(func.count().desc()),
    )
    found = [await session.scalar(query.limit(1)) for query in wanted]
    return Subjects(*(number or 0 for number in found), closed.period_id)


def reads(container: Container, subjects: Subjects, name: str) -> Iterator[tuple[str, str]]:
    """Name and path of everything that is measured; `name` is a member's last name."""
    top, deepest, leader, payee = (
        container.ids.encrypt("customer", number)
        for number in (subjects.top, subjects.deepest, subjects.leader, subjects.payee)
    )
    closed = subjects.closed_period
    yield "children page", f"/organization/{leader}/personal?pageSize=20"
    yield "downline, first page", f"/organization/{top}/unilevel?pageSize=20"
    yield "downline, far page", f"/organization/{top}/unilevel?pageSize=20&page=400"
    yield "downline, closed month", f"/organization/{top}/unilevel?pageSize=20&periodId={closed}"
    yield "name search", f"/organization/{leader}/unilevel?pageSize=20&search={name}"
    yield "tree, 3 levels", f"/organization/{leader}/unileveltree/3"
    yield "tree, deepest member", f"/organization/{deepest}/unileveltree/10"
    yield "volume", f"/volume/{subjects.top}/period/0"
    yield "volume, all periods", f"/volume/{subjects.top}"
    yield "statement", f"/commission/{payee}/{closed}?pageSize=20"
    yield "statements", f"/commission/{payee}"


def compare(
    caller: Caller, beside: Caller, path: str, customer: int, rounds: int
) -> list[Measured]:
    """Median and p99 of a read beside its floor, asked in turn."""
    for _ in range(WARM_UP):
        _, body = caller.ask(path)
    bare = f"{FLOOR}?customer={customer}&size={len(body)}"
    for _ in range(WARM_UP):
        beside.ask(bare)
    times = [(caller.ask(path)[0], beside.ask(bare)[0]) for _ in range(rounds)]
    of_read, of_floor = zip(*times, strict=True)
    return [
        ("median", middle(of_read), middle(of_floor)),
        ("p99", worst(of_read), worst(of_floor)),
    ]


def middle(times: tuple[float, ...]) -> float:
    return statistics.median(times)


def worst(times: tuple[float, ...]) -> float:
    """The 99th percentile."""
    return sorted(times)[len(times) * 99 // 100]


def serve(settings: Settings, port: int) -> None:
    """The server under test, in a process of its own; its log is written, but to nowhere."""
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stderr.fileno())
    logs.configure(settings.server.log_format, settings.server.log_level)

    async def run() -> None:
        async with Container.open(settings) as container:
            app = create_backoffice_app(container, [*ROUTERS, floor_router])
            config = uvicorn.Config(app, port=port, log_config=None, access_log=False)
            await uvicorn.Server(config).serve()

    asyncio.run(run())


async def prepare(settings: Settings) -> tuple[str, str, Subjects, list[tuple[str, str]]]:
    """A client of our own with a token, and what will be read."""
    client = f"bench-{uuid.uuid4().hex[:12]}"
    async with Container.open(settings) as container, container.context(SYSTEM) as ctx:
        subjects = await find_subjects(ctx.session)
        own = select(Customer.last_name).where(Customer.customer_id == subjects.deepest)
        paths = list(reads(container, subjects, await ctx.session.scalar(own) or ""))
        values = {"client_id": client, "secret_hash": "", "scopes": [Scope.BACKOFFICE]}
        await ctx.session.execute(insert(ApiClient).values(**values))
        scopes = frozenset({Scope.BACKOFFICE})
        issued = await tokens.issue_to_client(
            ctx, container.signer, timedelta(hours=1), client, scopes
        )
    return client, issued.token, subjects, paths


async def forget(settings: Settings, client: str) -> None:
    """Leave the company as it was."""
    async with Container.open(settings) as container, container.context(SYSTEM) as ctx:
        await ctx.session.execute(delete(AccessToken).where(AccessToken.client_id == client))
        await ctx.session.execute(delete(ApiClient).where(ApiClient.client_id == client))


def measure(arguments: argparse.Namespace, settings: Settings) -> None:
    client, token, subjects, paths = asyncio.run(prepare(settings))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(settings, port))
    server.start()
    try:
        wait_for(port)
        caller, beside = (
            Caller(http.client.HTTPConnection("127.0.0.1", port), token) for _ in range(2)
        )
        for name, path in paths:
            figures = compare(caller, beside, path, subjects.top, arguments.rounds)
            show(name, figures, as_json=arguments.json)
    finally:
        server.terminate()
        server.join()
        asyncio.run(forget(settings, client))


def wait_for(port: int) -> None:
    """Until the server accepts connections; 60 seconds at most."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("the server did not start")


def main() -> None:
    parser = options(__doc__)
    arguments = parser.parse_args()
    with served(arguments) as settings:
        measure(arguments, settings)


if __name__ == "__main__":
    main()
