"""Tables in memory: dataclasses whose fields are arrays of one length, taken and joined by rows."""

from dataclasses import fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["Rows"]


class Rows:
    """Base of such dataclasses; a field may be Rows itself."""

    __slots__ = ()

    def __len__(self) -> int:
        return len(getattr(self, fields(self)[0].name))  # type: ignore[arg-type]

    def take(self, rows: NDArray[Any]) -> Self:
        """Some rows, or all in another order, by position or by mask."""
        return type(self)(*(_taken(column, rows) for column in self._columns()))

    @classmethod
    def join(cls, parts: list[Self]) -> Self:
        """The rows of all parts, one part after the other."""
        columns = zip(*(part._columns() for part in parts), strict=True)
        return cls(*(_joined(list(column)) for column in columns))

    def _columns(self) -> list[Any]:
        return [getattr(self, field.name) for field in fields(self)]  # type: ignore[arg-type]


def _taken(column: Any, rows: NDArray[Any]) -> Any:
    return column.take(rows) if isinstance(column, Rows) else column[rows]


def _joined(columns: list[Any]) -> Any:
    first = columns[0]
    return type(first).join(columns) if isinstance(first, Rows) else np.concatenate(columns)
