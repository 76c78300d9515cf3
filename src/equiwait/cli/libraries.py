"""What a command says to the libraries that it loads, so that they do no more than it needs."""

from __future__ import annotations

import os
import sys

__all__ = ["tell_libraries"]

_THREADS = ("OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS")  # read in this order


def tell_libraries() -> None:
    """Say what numpy, Arrow and pydantic look for when they are loaded; what the user has said already stays."""
    if not any(each in os.environ for each in _THREADS):
        # Matrices of ours are small: the threads that numpy and scipy would start for large ones look for work all the time.
        os.environ["OPENBLAS_NUM_THREADS"] = "1"
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")  # or every package is asked whether it has one
    if sys.platform == "linux":
        # Arrow's own allocator gives memory back at once and asks for it again, and new pages of two megabytes, as numpy
        # asks for, are dear on a virtual machine: time lost on a long list.
        os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
        os.environ.setdefault("NUMPY_MADVISE_HUGEPAGE", "0")
