"""On how many companies engine and oracle agreed in this process: all, and by kind of bonus."""

from collections import Counter
from typing import Any

__all__ = ["AGREED", "tallied"]

AGREED: Counter[str] = Counter()


def tallied(plan: dict[str, Any]) -> None:
    """One more company on which both agree, under a plan as its text says."""
    AGREED.update({"companies", *(bonus["kind"] for bonus in plan.get("bonuses", []))})
