"""The words in which people say why an order was left, counted by group as they may be shown."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from equiwait.answers.reordering.group_counts import Split, not_alone
from equiwait.disclosure.rules import Rule

__all__ = ["OTHER_REASONS", "REASON_COLUMNS", "reason_rows"]

OTHER_REASONS = "other reasons"
REASON_COLUMNS = ["by", "group", "reason", "people", "suppressed"]


def reason_rows(splits: Sequence[Split], reasons: NDArray[np.str_], rule: Rule) -> list[tuple[object, ...]]:
    """Return for each group of each question how many people were treated early for each reason.

    Words that stand for a few people only could tell of one of them, so they are never shown: those people are counted
    together. No cell is hidden alone beside a sum that is shown: neither among the reasons of a group nor, for one reason,
    among everyone and the groups.

    Parameters
    ----------
    splits : sequence of Split
        Everyone, then the questions: groups, and each row's place among them.
    reasons : ndarray of str
        The reason of each row, or nothing.
    rule : Rule
        The small-number rule.
    """
    words, column = _often(reasons, rule)
    given, size = column >= 0, len(words)
    tables = [
        np.bincount(place[given] * size + column[given], minlength=len(names) * size).reshape(len(names), size)
        for _, names, place in splits
    ]
    rows: list[tuple[object, ...]] = []
    for (by, names, _), cells, hidden in zip(splits, tables, _hidden(tables, rule), strict=True):
        counts = np.where(hidden, np.nan, rule.release(cells).counts)
        for at, name in enumerate(names):
            figures = zip(words, counts[at].tolist(), hidden[at].tolist(), strict=True)
            rows += [(by, name, word, count, veiled) for word, count, veiled in figures]
    return rows


def _often(reasons: NDArray[np.str_], rule: Rule) -> tuple[list[str], NDArray[np.intp]]:
    """Return the reasons that enough people share, then *other reasons* if there are any, and each row's; -1 is none."""
    said, which = np.unique(reasons, return_inverse=True)
    often = (np.bincount(which) > rule.most_hidden) & (said != "")
    column = np.where(often[which], np.cumsum(often)[which] - 1, np.where(reasons == "", -1, often.sum()))
    words = [str(word) for word in said[often]]
    return ([*words, OTHER_REASONS] if (column == len(words)).any() else words), column


def _hidden(tables: Sequence[NDArray[np.int64]], rule: Rule) -> list[NDArray[np.bool_]]:
    """Hide small cells, then more until none is hidden alone; each round hides more, so it ends."""
    hidden, before = [np.array(rule.release(cells).hidden) for cells in tables], -1
    while (now := sum(int(each.sum()) for each in hidden)) != before:
        before = now
        for cells, veil in zip(tables, hidden, strict=True):
            for row in range(len(cells)):
                not_alone(veil[row], cells[row])
            for column in range(cells.shape[1]) if veil is not hidden[0] else ():
                _not_alone_with_everyone(column, (hidden[0], veil), (tables[0], cells))
    return hidden


def _not_alone_with_everyone(
    column: int, hidden: tuple[NDArray[np.bool_], ...], cells: tuple[NDArray[np.int64], ...]
) -> None:
    """Everyone and the groups, one under the other, are one sum."""
    veil = np.concatenate([each[:, column] for each in hidden])
    not_alone(veil, np.concatenate([each[:, column] for each in cells]))
    hidden[0][:, column], hidden[1][:, column] = veil[:1], veil[1:]
