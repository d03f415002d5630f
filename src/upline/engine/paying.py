"""Every bonus in plan order: kernel, limits, rounding. What was paid is there for the next one."""

from upline.engine import items as money
from upline.engine.arithmetic import Place
from upline.engine.limits import Payment, apply, paid_lifetime, settlements
from upline.engine.lines import Sink, grown, new_sink, totals_for
from upline.engine.plan import BonusSpec, Step
from upline.engine.scene import Entries, Scene
from upline.engine.units import BONUS, I16

__all__ = ["Batch", "emit_all", "pay", "ready"]

Batch = tuple[int, int, I16 | int, money.ItemBatch]


def pay(scene: Scene) -> tuple[Sink, list[Batch]]:
    """The lines of all bonuses, and one batch of items for each."""
    plan, members = scene.plan, len(scene.snapshot)
    # Room costs nothing until it is written to; growing copies everything.
    sink = new_sink(1024 + 3 * len(scene.entries.entry_id), plan.rounding)
    running = money.running_for(plan.rounding, members)
    batches: list[Batch] = []
    waiting: list[tuple[int, Payment]] = []
    due = settlements(
        [bonus.bonus_id for bonus in plan.bonuses], [limit.bonus_ids for limit in plan.limits]
    )
    for place, bonus in enumerate(plan.bonuses):
        step = ready(bonus, scene)
        first = int(sink.used[0])
        sink = totals_for(sink, step.payees, bonus.levels, bonus.bonus_id)
        sink = emit_all(scene, step, sink)
        if bonus.bonus_id in plan.unpaid:  # points: others go by them, no check shows them
            points = sink._replace(place=int(Place.LEVEL), unit=1)
            scene.earned[bonus.bonus_id] = money.bonus_items(points, step.payees, running)
            sink.used[0] = first
            continue
        payment = Payment(bonus.bonus_id, sink, step.payees, first, int(sink.used[0]))
        waiting.append((due[place], payment))
        if due[place] > place:
            # Bonuses under the same limit may be paid on this one: they see it uncut.
            uncut = sink._replace(place=int(Place.BONUS))
            scene.earned[bonus.bonus_id] = money.bonus_items(uncut, step.payees, running)
            sink = sink._replace(cells=sink.cells[:0])  # the next one gets totals of its own
            continue
        # Lines may have moved to a wider buffer since.
        complete = [
            p._replace(sink=p.sink._replace(lines=sink.lines)) for d, p in waiting if d == place
        ]
        waiting = [(last, payment) for last, payment in waiting if last != place]
        settled = {p.bonus_id for p in complete}
        for limit in plan.limits:
            if settled.issuperset(limit.bonus_ids):
                apply(limit, scene, complete)
        for p in complete:
            batch = money.bonus_items(p.sink, p.payees, running)
            paid_lifetime(scene, p.bonus_id, batch)
            batches.append((BONUS, p.bonus_id, 0, batch))
            scene.earned[p.bonus_id] = batch
    return sink, batches


def ready(bonus: BonusSpec, scene: Scene) -> Step:
    """A bonus prepared to be paid on everybody: its ways up are there."""
    step = bonus.prepare(scene)
    if step.ways is not None and step.walks is not None:
        step = step.upward(scene.lineage(step.walks)[1])
    return step


def emit_all(scene: Scene, step: Step, sink: Sink, entries: Entries | None = None) -> Sink:
    """Call the kernel until it is through, with a larger sink whenever it stopped for room."""
    entries = scene.entries if entries is None else entries
    at = 0
    while at < step.steps:
        at = step.kernel(step.params, scene.members, entries, sink, at)
        if at < step.steps:
            sink = grown(sink, max(step.burst, 1024))
    return sink
