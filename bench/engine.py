"""How far the engine is from the memory it touches: `python bench/engine.py --members 1000000`.

Each kernel is timed warm, best of a few, against one memory copy that moves the same bytes (half
read, half written) in the same run: `ratio` = kernel / copy. Both in processor time, so that other
programs on the machine do not count; the full run by the clock as well. It is also compared with
plain Python doing the same work on a smaller company. `--json` prints a line per figure.
"""

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from upline.core.allocation import keep_pages
from upline.engine import (
    AdjustmentColumns,
    EntryColumns,
    MemberColumns,
    Snapshot,
    build,
    run,
    volumes,
)
from upline.engine import items as money
from upline.engine import ranks as rank_kernels
from upline.engine.digest import digest_of
from upline.engine.lines import LINE, new_sink, totals_for
from upline.engine.requirements import met_rows
from upline.engine.run import measure
from upline.engine.scene import Scene
from upline.engine.standing import standing_bounds
from upline.services import plan as plans

KINDS = Path(__file__).with_name("kinds.toml")
PERIOD = 405
ROUNDS = 3
ROOM = 1 << 30


def company(members: int, seed: int = 1) -> tuple[MemberColumns, EntryColumns]:
    """Power-law sponsor tree with customers, a binary tree with a 100,000-deep spine, 3 orders each
    for half of the members; deterministic for a seed."""
    draw = np.random.default_rng(seed)
    ids = np.arange(1, members + 1, dtype=np.int64)
    # A sponsor is drawn near the beginning more often: early members get most of the frontline.
    sponsor = np.floor(draw.random(members) ** 2.0 * np.arange(members)).astype(np.int64) + 1
    sponsor[0] = 0
    types = np.where(draw.random(members) < 0.2, 3, 2).astype(np.int8)
    types[: max(members // 50, 1)] = 2
    while True:  # customers sponsor nobody
        wrong = (sponsor > 0) & (types[sponsor - 1] == 3)
        if not wrong.any():
            break
        sponsor[wrong] = sponsor[sponsor[wrong] - 1]
    spine = min(100_000, members // 2)
    parent, side = np.zeros(members, np.int64), np.zeros(members, np.int8)
    parent[1:spine], side[1:spine] = ids[: spine - 1], 1
    rest = np.arange(spine, members)
    parent[spine:] = ids[rest - spine] if len(rest) <= spine else ids[(rest - spine) // 2]
    side[spine:] = 2 if len(rest) <= spine else ((rest - spine) % 2 + 1)
    if len(rest) > spine:  # a full binary tree hangs below the spine's end
        parent[spine:] = np.where(
            rest - spine < 2, ids[spine - 1], ids[spine + (rest - spine - 2) // 2]
        )
    zero = np.zeros(members, np.int64)
    table = MemberColumns(
        customer_id=ids * 3,
        customer_type=types,
        status=np.ones(members, np.int8),
        enrolled_period=draw.integers(300, PERIOD + 1, members),
        sponsor_id=sponsor * 3,
        enroller_id=sponsor * 3,
        binary_parent_id=parent * 3,
        binary_position=side,
        max_rank=np.full(members, -1, np.int16),
        previous_rank=np.full(members, -1, np.int16),
        carry_left=zero,
        carry_right=zero,
    )
    buyers = np.repeat(ids[draw.random(members) < 0.5], 3)
    pv = draw.integers(5, 150, len(buyers)) * 5_000
    orders = EntryColumns(
        entry_id=np.arange(1, len(buyers) + 1),
        customer_id=buyers * 3,
        order_type=draw.integers(1, 6, len(buyers)),
        pv=pv,
        cv=pv,
        retail_margin_base=np.where(types[buyers - 1] == 3, pv, 0),
    )
    turn = draw.permutation(members)
    names = table.__dataclass_fields__
    return MemberColumns(*(getattr(table, name)[turn] for name in names)), orders


def best(
    action: Callable[[], Any],
    rounds: int = ROUNDS,
    clock: Callable[[], float] = time.process_time,
) -> float:
    """Seconds of the fastest round."""
    times = []
    for _ in range(rounds):
        started = clock()
        action()
        times.append(clock() - started)
    return min(times)


def copy_time(size: int) -> float:
    """Seconds to move `size` bytes in all: half of them read, half written.

    More than a GiB is moved a GiB at a time: far beyond every cache, and room for the company.
    """
    source = np.ones(max(min(size, ROOM) // 16, 1), np.int64)
    target = np.zeros_like(source)
    return best(lambda: np.copyto(target, source), 5) * max(size / ROOM, 1)


def peak_memory() -> int:
    """Most memory that this process ever held, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def touched(*arrays: Any) -> int:
    """Bytes of arrays and of named tuples of arrays."""
    total = 0
    for array in arrays:
        if isinstance(array, tuple):
            total += touched(*array)
        elif isinstance(array, np.ndarray):
            total += array.nbytes
    return total


class Report:
    """Collects figures; prints a table or JSON lines."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json

    def add(self, name: str, value: float, unit: str, floor: float = 0.0) -> None:
        """One figure, with its floor if it has one."""
        ratio = value / floor if floor else None
        if self.as_json:
            row = {"name": name, "value": value, "unit": unit, "floor": floor or None}
            print(json.dumps(row | {"ratio": ratio}))
        else:
            against = f"{floor:12.2f} {ratio:8.1f} x" if ratio is not None else ""
            print(f"{name:38s} {value:12.2f} {unit:8s} {against}")

    def head(self, title: str) -> None:
        """A title above the figures to come."""
        if not self.as_json:
            print(f"-- {title}")

    def time(self, name: str, seconds: float, floor: float) -> None:
        """A duration in milliseconds."""
        self.add(name, seconds * 1000, "ms", floor * 1000)


def kernels(report: Report, plan: Any, s: Snapshot, most_lines: int) -> int:
    """Each kernel alone; returns the bytes that all of them touch."""
    n = len(s)
    out = np.zeros(n, np.int64)
    pv = np.zeros(n, np.int64)
    volumes.add_entries(s.entry_member, s.entry_pv, pv)
    cases: list[tuple[str, Callable[[], Any], int]] = [
        (
            "entries to members",
            lambda: volumes.add_entries(s.entry_member, s.entry_pv, out),
            touched(s.entry_member, s.entry_pv, out),
        ),
        (
            "organization volume",
            lambda: volumes.subtree_sums(s.sponsor, pv, out),
            touched(s.sponsor, pv, out),
        ),
    ]
    left, right = np.empty(n, np.int64), np.empty(n, np.int64)
    split, sums = np.empty(n + 1, np.int32), np.empty(n + 1, np.int64)
    binary = (s.binary_pre, s.binary_end, s.binary_position)
    cases.append(
        (
            "binary legs",
            lambda: volumes.leg_volumes(*binary, pv, split, sums, left, right),
            touched(*binary, pv, split, sums, left, right),
        )
    )
    scene, held = measure(plan, s)
    m = scene.members
    inputs = rank_kernels.RankInputs(
        m.end,
        m.earner,
        m.is_customer,
        m.pv,
        m.total_pv,
        m.ov,
        scene.left,
        scene.right,
        *met_rows(plan.ranks, scene.measures),
        *standing_bounds(plan.ranks, s, m.earner),
    )
    table = rank_kernels.rank_table(plan.ranks)
    cases.append(
        (
            "ranks, PGV, OV less legs",
            lambda: rank_kernels.evaluate(table, inputs, held),
            touched(inputs, held),
        )
    )
    total = 0
    for name, action, size in cases:
        action()
        report.time(name, best(action), copy_time(size))
        total += size
    return total + bonuses(report, plan, scene, most_lines)


def bonuses(report: Report, plan: Any, scene: Scene, most_lines: int) -> int:
    """Each bonus of a plan and its items; returns the bytes that they touch."""
    s, n, total = scene.snapshot, len(scene.snapshot), 0
    for bonus in plan.bonuses:
        step = bonus.prepare(scene)
        empty = new_sink(most_lines + 8 * n // 100 + 4096, plan.rounding)
        sink = totals_for(empty, step.payees, bonus.levels, 1)

        def pay(step: Any = step, sink: Any = sink) -> None:
            sink.used[0] = 0
            step.kernel(step.params, scene.members, scene.entries, sink, 0)

        pay()
        lines = int(sink.used[0])
        cells = int(step.payees.sum()) * bonus.levels * 32
        name = f"{bonus.bonus_id} {type(bonus).__name__.lower()}"
        read = touched(step.params)
        if step.steps == len(s.entry_id):  # walks entries, not members
            read += touched(s.entry_member, s.entry_type, s.entry_margin)
        size = read + lines * LINE.itemsize + min(lines * 32, cells)
        report.time(f"{name} ({lines:,} lines)", best(pay), copy_time(size))
        running = money.running_for(plan.rounding, n)

        def settle(step: Any = step, sink: Any = sink, running: Any = running) -> None:
            money.bonus_items(sink, step.payees, running)

        report.time(f"{name} items", best(settle), copy_time(cells))
        scene.earned[bonus.bonus_id] = money.bonus_items(sink, step.payees, running)
        total += size + cells
    return total


def main(arguments: Iterable[str] | None = None) -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=1_000_000)
    parser.add_argument("--plain", type=int, default=20_000, help="members for plain Python")
    parser.add_argument("--plan", default="essential")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    report = Report(options.json)
    keep_pages()  # as every program of ours does that calculates
    plan = plans.compile(plans.load_builtin(options.plan))
    run(plan, build(PERIOD, *company(1000), AdjustmentColumns.empty()))  # compile

    members, orders = company(options.members)
    none = AdjustmentColumns.empty()
    input_bytes = sum(getattr(members, name).nbytes for name in members.__dataclass_fields__)
    input_bytes += sum(getattr(orders, name).nbytes for name in orders.__dataclass_fields__)
    before = peak_memory()
    started = time.process_time()
    snapshot = build(PERIOD, members, orders, none)
    built = time.process_time() - started
    result = run(plan, snapshot)
    lines = len(result.lines.payee)
    used = peak_memory() - before - lines * LINE.itemsize  # before floors take room of their own
    # The first pays for pages that nobody touched before, which floors do not.
    report.time("snapshot from unsorted rows, the first", built, copy_time(2 * input_bytes))
    again = best(lambda: build(PERIOD, members, orders, none))
    report.time("snapshot from unsorted rows", again, copy_time(2 * input_bytes))
    report.add("lines", lines, "lines")
    report.add("memory per member, without lines", used / options.members, "bytes")
    full = best(lambda: run(plan, snapshot))
    clock = best(lambda: run(plan, snapshot), clock=time.perf_counter)
    rows = np.ones(lines, LINE)
    arrays = [getattr(result, name) for name in result.__dataclass_fields__ if name != "lines"]
    hashing = best(lambda: digest_of((arrays, rows)))
    total = kernels(report, plan, snapshot, lines)
    total += touched(*(getattr(result, name) for name in result.__dataclass_fields__))  # digest
    report.time("full run", full, copy_time(total))
    report.add("full run by the clock", clock * 1000, "ms")
    report.add("of which digest", hashing * 1000, "ms")
    report.add("members a second", options.members / full, "1/s")

    report.head("kinds that this plan does without")
    kinds = plans.compile(plans.parse(KINDS.read_text(), str(KINDS)))
    scene, _ = measure(kinds, snapshot)
    bonuses(report, kinds, scene, 8 * options.members)

    # Plain Python lives with the tests, which are found from the root of the checkout.
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from tests.engine.oracle import Oracle  # noqa: PLC0415 - see above

    few, some = company(options.plain)
    rows = [
        {
            "customer_id": int(few.customer_id[k]),
            "type": int(few.customer_type[k]),
            "sponsor_id": int(few.sponsor_id[k]),
            "enrolled_period": int(few.enrolled_period[k]),
        }
        for k in range(len(few))
    ]
    entries = [
        {
            "order_id": int(some.entry_id[k]),
            "customer_id": int(some.customer_id[k]),
            "order_type": int(some.order_type[k]),
            "pv": int(some.pv[k]) // 10_000,
        }
        for k in range(len(some))
    ]
    text = plans.load_builtin(options.plan).text
    plain = best(lambda: Oracle(text, rows, entries, PERIOD), 1) / options.plain
    report.add("plain Python / engine, per member", plain / (full / options.members), "x")


if __name__ == "__main__":
    main()
