"""What can be wrong with a plan, said with line and field."""

from dataclasses import dataclass

__all__ = ["PlanError", "Problem"]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing to mend; line counts from 1, field is a path such as `bonuses[2].rates[0]`."""

    line: int
    field: str
    message: str

    def __str__(self) -> str:
        where = f"{self.field}: " if self.field else ""
        return f"line {self.line}: {where}{self.message}"


class PlanError(ValueError):
    """A plan text that cannot be used; `problems` lists everything found, by line."""

    def __init__(self, name: str, problems: list[Problem]) -> None:
        self.name = name
        self.problems = sorted(problems)
        super().__init__(f"{name}: " + "; ".join(str(problem) for problem in self.problems))
