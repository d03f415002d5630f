"""Which operation a request means: one walk down a tree of path segments.

The documented paths overlap in 45 pairs, so order of declaration must not matter: a literal
segment beats a number, a number beats any other parameter, decided from the left, and only ends
that know the verb count. The walk looks at the raw path: an encoded slash stays inside its segment,
where the decoded path would have grown segments.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import quote, unquote_to_bytes

from starlette.types import Scope

T = TypeVar("T")

LONGEST_NUMBER = 30


@dataclass(slots=True)
class Node(Generic[T]):
    """What may follow the segments so far; `ends` maps verbs to (route, parameter names)."""

    literals: dict[str, "Node[T]"] = field(default_factory=dict)
    number: "Node[T] | None" = None
    parameter: "Node[T] | None" = None
    ends: dict[str, tuple[T, tuple[str, ...]]] = field(default_factory=dict)


class PathTree(Generic[T]):
    """Templates in, best match out."""

    def __init__(self) -> None:
        self._root: Node[T] = Node()

    def add(self, method: str, template: str, route: T, numbers: frozenset[str]) -> None:
        """`numbers` names the parameters that match digits only. Raises ValueError for a template
        that is there already."""
        node, names = self._root, []
        for segment in template.strip("/").split("/"):
            if not segment.startswith("{"):
                node = node.literals.setdefault(segment.lower(), Node())
                continue
            name = segment[1:-1]
            names.append(name)
            if name in numbers:
                node.number = node = node.number or Node()
            else:
                node.parameter = node = node.parameter or Node()
        if method in node.ends:
            raise ValueError(f"{method} {template} is routed twice")
        node.ends[method] = (route, tuple(names))

    def find(self, method: str, segments: list[str]) -> tuple[T, dict[str, str]] | None:
        for node, values in self._ends(self._root, segments, 0, ()):
            if method in node.ends:
                route, names = node.ends[method]
                return route, dict(zip(names, values, strict=True))
        return None

    def methods(self, segments: list[str]) -> list[str]:
        """Every verb some operation at this path knows."""
        return sorted({m for node, _ in self._ends(self._root, segments, 0, ()) for m in node.ends})

    def _ends(
        self, node: Node[T], segments: list[str], at: int, values: tuple[str, ...]
    ) -> Iterator[tuple[Node[T], tuple[str, ...]]]:
        """Nodes that consume all segments, best first. Recursion is as deep as templates are."""
        if at == len(segments):
            if node.ends:
                yield node, values
            return
        segment = segments[at]
        if (literal := node.literals.get(segment.lower())) is not None:
            yield from self._ends(literal, segments, at + 1, values)
        if node.number is not None and _is_number(segment):
            yield from self._ends(node.number, segments, at + 1, (*values, segment))
        if node.parameter is not None:
            yield from self._ends(node.parameter, segments, at + 1, (*values, segment))


def path_segments(scope: Scope) -> list[str] | None:
    """The path's segments, decoded one by one; empty ones (double and trailing slashes) are no
    segments. None for a path that is not UTF-8 or holds a NUL: it names nothing."""
    raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode("ascii")
    segments = []
    for part in raw.split(b"?", 1)[0].split(b"/"):
        if not part:
            continue
        try:
            segment = unquote_to_bytes(part).decode("utf-8")
        except UnicodeDecodeError:
            return None
        if "\0" in segment:
            return None
        segments.append(segment)
    return segments


def _is_number(segment: str) -> bool:
    digits = segment.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_NUMBER


def deciding_numbers(
    template: str, controller: str, others: Mapping[str, str], integers: frozenset[str]
) -> frozenset[str]:
    """Parameters of `template` that must be digits, because at their place a template of another
    controller has a literal (`others` maps templates to controllers)."""
    mine = template.strip("/").lower().split("/")
    found = set()
    for other, owner in others.items():
        theirs = other.strip("/").lower().split("/")
        if owner == controller or len(theirs) != len(mine):
            continue
        pairs = list(zip(mine, theirs, template.strip("/").split("/"), strict=True))
        if any(a != b and "{" not in a and "{" not in b for a, b, _ in pairs):
            continue
        found |= {
            spelling[1:-1]
            for a, b, spelling in pairs
            if a.startswith("{") and not b.startswith("{") and a[1:-1] in integers
        }
    return frozenset(found)
