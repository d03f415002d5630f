"""The one place that touches numba's decorator, so that kernels keep their declared types.

Every kernel, of the engine and of the wire alike, is compiled without the interpreter lock and
cached on disk beside its module: the compile happens at install or first start, never inside a
request.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

__all__ = ["njit", "njit_allocating"]

_compile: Any = numba.njit  # `_nrt` is an option that numba's stubs leave out
F = TypeVar("F", bound=Callable[..., Any])


def njit(function: F) -> F:
    """Compile a kernel that only reads and fills arrays it is given; keeps its declared type.

    Without numba's runtime no reference is counted, and allocating is a compile error. Counting
    costs two atomic steps for every array of every named tuple on every call: the rank kernel is
    40 to 80 times slower with it.
    """
    return cast("F", _compile(cache=True, nogil=True, _nrt=False)(function))


def njit_allocating(function: F) -> F:
    """Compile a kernel that needs work arrays of its own: for code that is called once per run."""
    return cast("F", numba.njit(cache=True, nogil=True)(function))
