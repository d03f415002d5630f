"""What may be changed in SQL, which is text to whoever mutates Python: one word at a time."""

import ast
import re
from collections.abc import Iterator

__all__ = ["changes", "told"]

SQL = re.compile(r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM)\b.*\b(FROM|VALUES|SET)\b", re.DOTALL)
# Each word with what may stand in its place; a branch of a union may be missing altogether.
WORDS = {
    r"<>": ["="],
    r"(?<![<>:])=": ["<>"],
    r"<(?![>=])": ["<=", ">"],
    r"(?<![<=-])>(?!=)": [">=", "<"],
    r"(?<=[ (])-(?=\w)": [""],
    r"\bAND\b": ["OR"],
    r"\bOR\b": ["AND"],
    r"\bIS NULL\b": ["IS NOT NULL"],
    r"\bIS NOT NULL\b": ["IS NULL"],
    r"\bNOT (?!NULL)": [""],
    r"\bsum(?=\()": ["max", "min"],
    r"\bleast(?=\()": ["greatest"],
    r"\bgreatest(?=\()": ["least"],
    r"\bcoalesce\((\w+), ([:\w]+)\)": [r"\1", r"\2"],
    r"'wallet'": ["'debt'"],
    r"'debt'": ["'wallet'"],
    r"\btrue\b": ["false"],
    r"(?<=[ ,])(?<!BY )(?<!BY \d, )\d(?=[ ,\n])": ["9"],
    r"\nUNION ALL SELECT[^)]*?(?=\nUNION|\n\)|\n$)": [""],
}


def changes(source: str) -> list[tuple[int, int, str]]:
    """Where a change begins and ends in the source of a module, and what stands there then."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant | ast.JoinedStr) and node.end_lineno is not None:
            begin = starts[node.lineno - 1] + node.col_offset
            end = starts[node.end_lineno - 1] + (node.end_col_offset or 0)
            if SQL.search(source, begin, end):
                found |= set(_within(source, begin, end))
    return sorted(found)


def told(source: str, begin: int, end: int, other: str) -> str:
    """A change in words, with the word before it: `SQL HAVING sum to max`."""
    before = source[:begin].rsplit(maxsplit=1)[-1]
    was = source[begin:end].split(maxsplit=1)[0]
    return f"SQL {before} {was} to {other.strip() or 'nothing'}"


def _within(source: str, begin: int, end: int) -> Iterator[tuple[int, int, str]]:
    for word, others in WORDS.items():
        for match in re.compile(word).finditer(source, begin, end):
            for other in others:
                yield match.start(), match.end(), match.expand(other)
