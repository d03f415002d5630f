"""Pages of lists: what was asked for, and the headers that tell where the rest is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

DEFAULT_SIZE = 100
LARGEST_SIZE = 1_000
LAST_PAGE = 1_000_000_000
# Statements that are kept have their limit in the text: not knowing it, PostgreSQL plans for a
# tenth of the list, finds such a plan dear and makes another one each time, which takes longer than
# to fetch the page. So there are these, and pages of other sizes are cut from the next larger one.
SIZES = (10, 20, 50, 100, 200, 500, LARGEST_SIZE)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is wanted; `number` counts from 1."""

    number: int = 1
    size: int = DEFAULT_SIZE

    @property
    def limit(self) -> int:
        return self.size

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size


@dataclass(frozen=True, slots=True)
class Paged(Generic[T]):
    """One page of a list and how long the whole list is; the body stays a bare array."""

    items: Sequence[T]
    total: int
    page: Page


def statement_size(limit: int) -> int:
    """The limit of the statement that a page of `limit` is cut from."""
    return next((size for size in SIZES if size >= limit), limit)


def link_header(path: str, query: Sequence[tuple[str, str]], page: Page, total: int) -> str:
    """RFC 8288 links to the neighbouring pages; empty when there are none.

    `query` are the request's own parameters; its page number is replaced.
    """
    kept = [(key, value) for key, value in query if key.lower() != "page"]
    last = max(1, -(-total // page.size))
    links = []
    if page.number > 1:
        links.append(_link(path, kept, min(page.number - 1, last), "prev"))
    if page.number < last:
        links.append(_link(path, kept, page.number + 1, "next"))
    return ", ".join(links)


def _link(path: str, query: list[tuple[str, str]], number: int, relation: str) -> str:
    return f'<{path}?{urlencode([*query, ("page", str(number))])}>; rel="{relation}"'
