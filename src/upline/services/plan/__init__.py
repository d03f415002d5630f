"""Plans as data: read, check and compile the TOML files that say what a company pays."""

from upline.services.plan.cases import run_cases
from upline.services.plan.check import check, unbounded, worst_case_payout, worst_case_total
from upline.services.plan.compiler import compile_plan as compile  # noqa: A004 - the verb says it
from upline.services.plan.document import PlanDocument, builtin_cases, load_builtin, parse
from upline.services.plan.problems import PlanError, Problem

__all__ = [
    "PlanDocument",
    "PlanError",
    "Problem",
    "builtin_cases",
    "check",
    "compile",
    "load_builtin",
    "parse",
    "run_cases",
    "unbounded",
    "worst_case_payout",
    "worst_case_total",
]
