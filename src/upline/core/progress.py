"""How long work says how far it is; the command line draws it, everything else stays silent."""

from typing import Protocol


class Progress(Protocol):
    """Called as work goes on: what is being done, how much of it, out of how much (if known)."""

    def __call__(self, step: str, done: int, total: int | None, /) -> None: ...


def silent(_step: str, _done: int, _total: int | None, /) -> None:
    """Progress nobody looks at."""
