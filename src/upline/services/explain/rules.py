"""The text of a plan's rules, as its author wrote them."""

from dataclasses import dataclass
from functools import lru_cache

from upline.services.plan import PlanDocument


@dataclass(frozen=True, slots=True)
class Rule:
    """A table of the plan: its lines without comments around it, and the number of the first."""

    line: int
    text: str


def find_rule(plan: PlanDocument, table: str, index: int) -> Rule:
    """The `index`-th table of a kind, down to the next table that is not its own."""
    return _cut(plan.text, table, plan.lines[(table, index)])


@lru_cache(maxsize=1_024)
def _cut(text: str, table: str, begin: int) -> Rule:
    """Kept, because every explanation shows the same few."""
    lines = text.splitlines()
    end = begin
    while end < len(lines) and not _begins_another(lines[end], table):
        end += 1
    chosen = lines[begin - 1 : end]
    while chosen and (not chosen[-1].strip() or chosen[-1].lstrip().startswith("#")):
        chosen.pop()
    return Rule(begin, "\n".join(chosen))


def _begins_another(line: str, table: str) -> bool:
    text = line.strip()
    return text.startswith("[") and not text.startswith((f"[{table}.", f"[[{table}."))
