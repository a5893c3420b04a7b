"""The one door to Numba: functions compiled on first use and kept in the kernels folder (`NUMBA_CACHE_DIR`).

Whoever imports this pays for Numba; the server's process does not. Compiled functions call only such of their own file:
Numba compiles anew when that file has changed, not when another one has.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])


def kernel(function: F) -> F:
    """Compile a function of numbers and arrays to machine code."""
    compiled: F = njit(cache=True)(function)
    return compiled
