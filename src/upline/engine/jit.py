"""What compiles the engine's kernels: numba without the interpreter lock, see core/jit.py."""

from upline.core.jit import njit, njit_allocating

__all__ = ["njit", "njit_allocating"]
