"""The commission engine: pure numbers, no input or output, no clock, no settings."""

from upline.engine.columns import AdjustmentColumns, EntryColumns, MemberColumns
from upline.engine.plan import Plan
from upline.engine.result import Result
from upline.engine.run import run
from upline.engine.snapshot import Issue, Snapshot, build
from upline.engine.warm import warm

__all__ = [
    "AdjustmentColumns",
    "EntryColumns",
    "Issue",
    "MemberColumns",
    "Plan",
    "Result",
    "Snapshot",
    "build",
    "run",
    "warm",
]
