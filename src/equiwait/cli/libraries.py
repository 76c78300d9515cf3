"""What a command says to the libraries that it loads, so that they do no more than it needs."""

from __future__ import annotations

import os
import sys

__all__ = ["load_scipy", "tell_libraries"]

_THREADS = ("OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS")  # read in this order
_TOOLS = ("ctypeslib", "f2py", "testing")


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


def load_scipy() -> None:
    """Load what the answers need of scipy, without numpy's tools for those who write Fortran, C and tests.

    numpy loads these when somebody asks for them, and scipy asks for every name that numpy has. So these names stand for
    nothing meanwhile, and are as they were when it has been loaded.
    """
    import numpy as np

    absent = [name for name in _TOOLS if name not in vars(np)]
    for name in absent:
        setattr(np, name, None)
    try:
        import scipy.sparse
        import scipy.special  # noqa: F401
    finally:
        for name in absent:
            if vars(np)[name] is None:
                delattr(np, name)
