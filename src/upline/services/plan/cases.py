"""Golden cases kept beside a plan: small companies, and what the plan must pay them.

`essential.toml` is checked against `essential.cases.toml`. A case lists members, orders and what is
expected; whoever is named there is paid that and nothing else.
"""

from collections import defaultdict
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, ValidationError, model_validator

from upline.engine import Result, Snapshot
from upline.engine.run import run
from upline.engine.units import BONUS, MONEY
from upline.services.plan.case_company import CaseCompany, Id, snapshot_of
from upline.services.plan.compiler import compile_plan
from upline.services.plan.document import (
    PlanDocument,
    context_of,
    field_of,
    line_of,
    problems_of,
)
from upline.services.plan.locate import Path, locate
from upline.services.plan.problems import PlanError, Problem
from upline.services.plan.reading import read_toml
from upline.services.plan.schema_types import BonusRef, Label, PlanModel, RankRef, SignedAmount

__all__ = ["Case", "parse_cases", "run_cases"]


class Expectation(PlanModel):
    """Money of a bonus (of one level, or all), the net check, the rank achieved, or the volume that
    both legs carry on."""

    member: Id
    bonus: BonusRef | None = None
    level: Annotated[int, Field(ge=1, le=1000)] | None = None
    amount: SignedAmount | None = None
    check: SignedAmount | None = None
    rank: RankRef | Literal["none"] | None = None
    carry: Annotated[list[SignedAmount], Field(min_length=2, max_length=2)] | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> "Expectation":
        things = (self.bonus, self.check, self.rank, self.carry)
        if sum(thing is not None for thing in things) != 1:
            raise ValueError("expect exactly one of bonus, check, rank and carry")
        if (self.bonus is None) != (self.amount is None):
            raise ValueError("bonus and amount need each other")
        if self.level is not None and self.bonus is None:
            raise ValueError("level needs a bonus")
        return self


class Case(CaseCompany):
    """A small company and what comes of it."""

    name: Label
    expect: Annotated[list[Expectation], Field(min_length=1, max_length=1000)]


class Cases(PlanModel):
    """A whole file of cases."""

    cases: Annotated[list[Case], Field(min_length=1, max_length=1000)]


def parse_cases(text: str, name: str, document: PlanDocument) -> tuple[list[Case], dict[Path, int]]:
    """The cases and the lines they stand on; raises PlanError with everything that is wrong."""
    text = text.removeprefix("\ufeff")
    raw = read_toml(text, name)
    lines = locate(text)
    plan = read_toml(document.text, document.name)
    try:
        return Cases.model_validate(raw, context=context_of(plan)).cases, lines
    except ValidationError as error:
        raise PlanError(name, problems_of(raw, lines, error, Cases)) from None


def run_cases(document: PlanDocument, text: str, name: str) -> list[Problem]:
    """Run every case; a problem for each expectation that is not met, by line of the case file."""
    cases, lines = parse_cases(text, name, document)
    plan = compile_plan(document)
    problems = []
    for number, case in enumerate(cases):
        here: Path = ("cases", number)
        snapshot = snapshot_of(document, plan, case)
        for issue in snapshot.issues:
            told = f"{issue.code.replace('_', ' ')}: member {issue.customer_id} {issue.detail}"
            problems.append(_problem(lines, here, f"{case.name}: {told.strip()}"))
        outcome = _Outcome(document, snapshot, run(plan, snapshot))
        for place, wanted in enumerate(case.expect):
            message = outcome.unmet(wanted)
            if message:
                path = (*here, "expect", place)
                problems.append(_problem(lines, path, f"{case.name}: {message}"))
        problems += [
            _problem(lines, here, f"{case.name}: {message}") for message in outcome.unexpected(case)
        ]
    return sorted(problems)


def _problem(lines: dict[Path, int], path: Path, message: str) -> Problem:
    return Problem(line_of(lines, path), field_of(path), message)


class _Outcome:
    """What a case came to, by the names that its file uses."""

    def __init__(self, document: PlanDocument, snapshot: Snapshot, result: Result) -> None:
        self.ids = snapshot.customer_id.tolist()
        self.codes = {bonus.id: bonus.code for bonus in document.bonuses}
        self.ranks = {rank.id: rank.key for rank in document.ranks} | {-1: "none"}
        self.result = result
        self.paid: dict[tuple[int, str, int], int] = defaultdict(int)
        items = result.items
        for k in np.flatnonzero(items.kind == BONUS):
            key = self.ids[items.payee[k]], self.codes[int(items.bonus_id[k])], int(items.level[k])
            self.paid[key] += int(items.amount[k])
        checks = result.checks
        self.nets = {self.ids[v]: int(net) for v, net in zip(checks.payee, checks.net, strict=True)}

    def unmet(self, wanted: Expectation) -> str:
        """What is wrong with an expectation, or nothing."""
        if wanted.member not in self.ids:
            return f"no member {wanted.member} in this case"
        who = f"member {wanted.member}"
        if wanted.rank is not None:
            held = self.ranks[int(self.result.rank[self.ids.index(wanted.member)])]
            return "" if held == wanted.rank else f"{who} is {held}, not {wanted.rank}"
        if wanted.carry is not None:
            at = self.ids.index(wanted.member)
            legs = self.result.carry_left_out[at], self.result.carry_right_out[at]
            told = [
                _difference(f"what {who} carries {side}", int(found), carried)
                for side, found, carried in zip(("left", "right"), legs, wanted.carry, strict=True)
            ]
            return ", ".join(filter(None, told))
        if wanted.check is not None:
            net = self.nets.get(wanted.member, 0)
            return _difference(f"the check of {who}", net, wanted.check)
        assert wanted.bonus is not None  # noqa: S101 - one of the three is given
        found = sum(
            amount
            for (member, code, level), amount in self.paid.items()
            if (member, code) == (wanted.member, wanted.bonus) and wanted.level in (None, level)
        )
        level = "" if wanted.level is None else f" on level {wanted.level}"
        return _difference(f"{wanted.bonus} of {who}{level}", found, wanted.amount or 0)

    def unexpected(self, case: Case) -> list[str]:
        """What members named for a bonus are paid beside what is expected of them."""
        named = {wanted.member for wanted in case.expect if wanted.bonus is not None}
        known = {(w.member, w.bonus, w.level) for w in case.expect}
        return [
            f"{code} of member {member} on level {level} is {amount / MONEY:g}, and not expected"
            for (member, code, level), amount in sorted(self.paid.items())
            if amount
            and member in named
            and (member, code, level) not in known
            and (member, code, None) not in known
        ]


def _difference(what: str, found: int, wanted: int) -> str:
    if found == wanted:
        return ""
    return f"{what} is {found / MONEY:g}, not {wanted / MONEY:g}"
