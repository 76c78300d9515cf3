"""Chance from a seed: one stream of uniform numbers for each name, so that a new question never changes old answers."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Chance", "pick", "pick_given"]


class Chance:
    """Streams of uniform numbers in [0, 1), each known by its name.

    Only the bit stream of PCG64 and its conversion to doubles are used, which numpy keeps from version to version.

    Examples
    --------
    >>> first, again, other = Chance(1)("sex", 3), Chance(1)("sex", 3), Chance(1)("age", 3)
    >>> bool((first == again).all()), bool((first == other).any())
    (True, False)
    """

    def __init__(self, seed: int, *salt: str) -> None:
        self._seed = (seed, *(zlib.crc32(word.encode()) for word in salt))

    def __call__(self, name: str, n: int) -> NDArray[np.float64]:
        """Return ``n`` uniform numbers of the stream ``name``."""
        seed = np.random.SeedSequence([*self._seed, zlib.crc32(name.encode())])
        return np.random.Generator(np.random.PCG64(seed)).random(n)


def pick(uniform: ArrayLike, shares: Sequence[float] | NDArray[np.float64]) -> NDArray[np.intp]:
    """Turn uniform numbers into places in ``shares`` (which add up to 1), each as often as its share says."""
    return np.searchsorted(np.cumsum(shares)[:-1], np.asarray(uniform), side="right")


def pick_given(uniform: ArrayLike, shares: NDArray[np.float64], row: NDArray[np.intp]) -> NDArray[np.intp]:
    """As `pick`, each number by its own ``row`` of the table ``shares``."""
    cumulative = np.cumsum(shares, axis=1)[:, :-1]
    return np.asarray((np.asarray(uniform)[:, None] >= cumulative[row]).sum(axis=1))
