"""What an invariant is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Invariant:
    """A sentence that must be true, and the query that finds exceptions.

    The query returns (subject, detail) per breach and may not return a row. With `per_run` it is
    asked once for each run a period points at, with :run_id bound, so that one partition is read.
    """

    code: str
    sentence: str
    query: str
    per_run: bool = False
