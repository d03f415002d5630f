"""What may be changed: every mutant that cosmic-ray knows of the modules of a part, and SQL."""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names
from statements import changes, told

__all__ = ["Mutant", "equivalents", "find"]

EQUIVALENT = Path(__file__).with_name("equivalent.txt")


@dataclass(frozen=True, order=True)
class Mutant:
    """One change of one module; paths are relative to the checkout."""

    path: str
    operator: str
    occurrence: int
    number: int  # of the line
    line: str

    def mutated(self, source: str) -> str:
        """The module with the change in it."""
        if self.operator.startswith("SQL"):
            begin, end, other = changes(source)[self.occurrence]
            return source[:begin] + other + source[end:]
        operator = get_operator(f"core/{self.operator}")()
        changed: str | None = mutate_code(source, operator, self.occurrence)
        assert changed is not None, self
        return changed

    def difference(self, source: str) -> str:
        """The lines that differ."""
        lines = difflib.unified_diff(
            source.splitlines(), self.mutated(source).splitlines(), lineterm="", n=0
        )
        return "\n".join(x for x in lines if x[:1] in "+-" and x[1:2] != x[0])

    @property
    def log(self) -> str:
        """Where it is said which test failed."""
        name = re.sub(r"\W+", "-", self.operator)
        return f"{Path(self.path).stem}-{name}-{self.occurrence}.log"

    def __str__(self) -> str:
        return f"{self.path} | {self.line} | {self.operator} | line {self.number}"


def find(root: Path, modules: list[str], excluded: list[str]) -> list[Mutant]:
    """All mutants of modules and packages below `root` but for excluded operators."""
    unwanted = re.compile("|".join(excluded))
    found: list[Mutant] = []
    for name in modules:
        path = root / name
        for module in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            mutants = _of(module.read_text(), str(module.relative_to(root)), unwanted)
            # Decorators change nothing that tests could see.
            found += (mutant for mutant in mutants if not mutant.line.startswith("@"))
    return sorted(found)


def equivalents() -> set[tuple[str, ...]]:
    """Paths, lines and operators of mutants that nobody can tell from the code."""
    return {
        tuple(part.strip() for part in line.split(" | ")[:3])
        for line in EQUIVALENT.read_text().splitlines()
        if line and not line.startswith("#")
    }


def _of(source: str, path: str, unwanted: re.Pattern[str]) -> Iterator[Mutant]:
    nodes = list(ast_nodes(get_ast(source)))
    lines = source.splitlines()
    for name in operator_names():
        short = name.removeprefix("core/")
        if unwanted.match(short) or get_operator(name).arguments():
            continue
        operator = get_operator(name)()
        positions = (start for node in nodes for start, _ in operator.mutation_positions(node))
        for occurrence, (number, _) in enumerate(positions):
            yield Mutant(path, short, occurrence, number, lines[number - 1].strip())
    for occurrence, change in enumerate(changes(source)):
        number = source.count("\n", 0, change[0]) + 1
        yield Mutant(path, told(source, *change), occurrence, number, lines[number - 1].strip())
