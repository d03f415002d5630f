"""Memory of large arrays that is used again instead of being handed back.

The C library asks the kernel for every array of more than 32 MiB and returns it as soon as it is
freed, so that each temporary of a large run begins with pages that have to be found and cleared: a
quarter of a run of four million members, and on a busy machine more than half of the time by the
clock. Told to keep what was freed, it gives the next array pages that are there already.
"""

import ctypes
import sys

__all__ = ["keep_pages"]

# From malloc.h of glibc: what freed memory is handed back from on, how many arrays may be asked of
# the kernel one by one, how many arenas there are.
M_TRIM_THRESHOLD, M_MMAP_MAX, M_ARENA_MAX = -1, -4, -8
NEVER = -1


def keep_pages() -> bool:
    """Let this process keep its memory until it ends; whether the C library can be told so.

    To be called before threads are started: a thread's own arena could not hold large arrays. The
    process then stays as large as its largest run made it. Results do not depend on it.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:  # musl
        return False
    options = ((M_ARENA_MAX, 1), (M_MMAP_MAX, 0), (M_TRIM_THRESHOLD, NEVER))
    return all(mallopt(*option) for option in options)
