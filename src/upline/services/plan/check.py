"""What is valid but cannot be meant."""

from upline.services.plan.document import PlanDocument
from upline.services.plan.problems import Problem

__all__ = ["check"]


def check(document: PlanDocument) -> list[Problem]:
    """Questions to ask about a plan, by line."""
    return []
