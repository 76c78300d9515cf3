"""`AskedAnswer`: an answer that was asked for and not made yet, so that what is written together is made once, after its audit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from equiwait.disclosure import ReleasedCounts
from equiwait.results import Provenance, Result, answered

__all__ = ["AskedAnswer"]

R = TypeVar("R", bound=Result)


@dataclass(frozen=True, eq=False)
class AskedAnswer(Generic[R]):
    """What makes an answer: the function of released counts, those counts as they may be shown by themselves, its provenance."""

    answer: Callable[[ReleasedCounts], R]
    released: ReleasedCounts
    told: Provenance | None = None

    def made(self) -> R:
        """Return the answer by itself."""
        return self.made_again(self.released)

    def made_again(self, released: ReleasedCounts) -> R:
        """Return the answer from other released counts, such as what an audit left of them."""
        return answered(self.answer, released, self.told)
