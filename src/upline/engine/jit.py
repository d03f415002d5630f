"""The one place that touches numba's decorator, so that kernels keep their declared types.

Every kernel is compiled without the interpreter lock and cached on disk beside its module: the
compile happens at install or first start, never inside a request.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

__all__ = ["njit"]

F = TypeVar("F", bound=Callable[..., Any])


def njit(function: F) -> F:
    """Compile `function` with `@numba.njit(cache=True, nogil=True)` and keep its declared type."""
    return cast("F", numba.njit(cache=True, nogil=True)(function))
