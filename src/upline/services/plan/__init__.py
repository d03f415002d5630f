"""Plans as data: read, check and compile the TOML files that say what a company pays."""

from upline.services.plan.check import check
from upline.services.plan.compiler import compile_plan as compile  # noqa: A004 - the verb says it
from upline.services.plan.document import PlanDocument, load_builtin, parse
from upline.services.plan.problems import PlanError, Problem

__all__ = ["PlanDocument", "PlanError", "Problem", "check", "compile", "load_builtin", "parse"]
