"""The words in which people say why an order was left: free text, counted for the team alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from equiwait.answers.reordering.group_counts import Split

__all__ = ["REASON_COLUMNS", "reason_rows"]

REASON_COLUMNS = ["by", "group", "reason", "people", "suppressed"]


def reason_rows(splits: Sequence[Split], reasons: NDArray[np.str_]) -> list[tuple[object, ...]]:
    """Return for each group of each question how many people were treated early for each reason.

    Parameters
    ----------
    splits : sequence of Split
        Everyone, then the questions: groups, and each row's place among them.
    reasons : ndarray of str
        The reason of each row, or nothing.
    """
    words, which = np.unique(reasons, return_inverse=True)
    rows: list[tuple[object, ...]] = []
    for split in splits:
        size = len(words)
        cells = np.bincount(split.place * size + which, minlength=len(split.groups) * size).reshape(-1, size)
        rows += [
            (split.by, group, str(word), float(cells[at, column]), False)
            for at, group in enumerate(split.groups)
            for column, word in enumerate(words)
            if word
        ]
    return rows
