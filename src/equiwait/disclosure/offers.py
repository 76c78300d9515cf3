"""Where most of an answer is hidden: what to ask instead, and what that would show. Offered, never imposed.

Everything here is said from released figures alone, so that an offer tells nothing that the answer does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.disclosure.cells import RECORDED, Cell
from equiwait.disclosure.release import ReleasedCounts
from equiwait.fields import MERGES, made_from

__all__ = ["hidden_rows", "most_is_hidden", "offers"]

_IN_TEAM = "or in the team (suppression='none', all rows; on the command line --in-team)"
_EVERYONE = "everyone"


def hidden_rows(table: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which rows of an answer are hidden: as it says itself, or else where its number of people is not shown.

    Examples
    --------
    >>> hidden_rows(pd.DataFrame({"group": ["A", "B"], "n": [10.0, np.nan]})).tolist()
    [False, True]
    """
    if "suppressed" in table:
        return table["suppressed"].astype("boolean").fillna(value=False).to_numpy(bool)
    return table["n"].isna().to_numpy(bool) if "n" in table else np.zeros(len(table), bool)


def offers(table: pd.DataFrame, released: ReleasedCounts, wider: str = "") -> list[str]:
    """Return offers for each question of which over half the rows are hidden, each with what it would show.

    Parameters
    ----------
    table : pandas.DataFrame
        The answer.
    released : ReleasedCounts
        What it was made of.
    wider : str
        What to ask so that more people are counted together, where the answer has such a way; ``{few}`` in it stands for a
        third of the fewest that are shown.

    Examples
    --------
    >>> from equiwait.disclosure.cells import tally
    >>> from equiwait.disclosure.release import release
    >>> from equiwait.disclosure.rules import rule_named
    >>> released = release(tally("open", "ward", ["A", "B"], [3, 2]), rule_named("hes"))
    >>> offers(pd.DataFrame({"by": "ward", "group": ["A", "B"], "n": np.nan}), released)
    ["Over half of the rows by ward are hidden. To see more, ask for fewer or wider groups, or in the team (suppression='none', ..."]
    """
    if released.rule.exact:
        return []
    whole = table[table["within"] == ""] if "within" in table else table
    return [
        _offer(by, rows, released, wider)
        for by, rows in _questions(whole)
        if len(rows) and hidden_rows(rows).mean() > 0.5
    ]


def _questions(table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    if "by" not in table:
        yield "", table
        return
    yield from ((str(by), rows) for by, rows in table.groupby("by", sort=False))


def _offer(by: str, rows: pd.DataFrame, released: ReleasedCounts, wider: str) -> str:
    grouped = by not in ("", _EVERYONE)
    said = list(_coarser(by, released)) if grouped else []
    said += ["for fewer or wider groups"] * (grouped and not said)
    beside = int(rows["note"].astype(str).str.startswith("hidden, so that").sum()) if "note" in rows else 0
    if beside:
        said.append(f"without other questions ({beside} of the hidden rows are hidden only beside others)")
    if wider:
        said.append(wider.format(few=-(-(released.rule.most_hidden + 1) // 3)))
    named = f" by {by}" if grouped else ""
    merged = "; ".join(_listing(name) for name in _too_fine(by) if name in MERGES)
    return f"Over half of the rows{named} are hidden. To see more, ask {', '.join([*said, _IN_TEAM])}." + (
        f" Merges: {merged}." if merged else ""
    )


def _too_fine(by: str) -> tuple[str, ...]:
    """The merged groupings of a question whose groups are finer."""
    merges = tuple(name for name in MERGES if made_from(name) == by)
    return merges or ((f"{by.removesuffix('_decile')}_quintile",) if by.endswith("_decile") else ())


def _coarser(by: str, released: ReleasedCounts) -> Iterator[str]:
    """Questions that put the groups of this one together, and how many of theirs have enough people at least."""
    columns = tuple(by.split(" × "))
    cells = _people(columns, released)
    for merged in _too_fine(by):
        names = (
            [MERGES[merged].get(cell.groups[0][1].partition(":")[0], "") for cell in cells] if merged in MERGES else []
        )
        yield f"by={merged!r}{_would_show(cells, names, released)}"
    for column in columns if len(columns) > 1 else ():
        yield f"by={column!r}{_would_show(cells, [dict(cell.groups)[column] for cell in cells], released)}"


def _people(columns: Sequence[str], released: ReleasedCounts) -> list[Cell]:
    """The people of each group of a question, however long they have waited."""
    found = [
        cell
        for cell in released.cells
        if sorted(cell.columns) == sorted(columns) and RECORDED not in dict(cell.groups).values()
    ]
    first = min(found, key=lambda cell: (cell.event != "", cell.over), default=None)
    if first is None:
        return []
    return [
        each
        for each in found
        if (each.population, each.event, each.over) == (first.population, first.event, first.over)
    ]


def _would_show(cells: Sequence[Cell], names: Sequence[str], released: ReleasedCounts) -> str:
    """How many groups have enough people to be counted at least, by the least that each of their parts may be."""
    if not cells or not names:
        return ""
    low, _ = released.bounds(list(cells))
    people = pd.Series(low).groupby(list(names)).sum().drop("", errors="ignore")
    enough = int((people > released.rule.most_hidden).sum())
    return f" (at least {enough} of its {len(people)} groups hold enough people)"


def _listing(merged: str) -> str:
    groups: dict[str, list[str]] = {}
    for code, name in MERGES[merged].items():
        groups.setdefault(name, []).append(code)
    return f"{merged}: " + ", ".join(f"{name} = {'+'.join(codes)}" for name, codes in groups.items())


def most_is_hidden(tables: Iterable[pd.DataFrame]) -> str:
    """Return what stands on top of a file most of whose rows are hidden; nothing of another.

    Examples
    --------
    >>> most_is_hidden([pd.DataFrame({"n": [10.0, 20.0]}), pd.DataFrame({"n": [np.nan]})])
    ''
    """
    hidden = [hidden_rows(table) for table in tables]
    many, of = sum(int(each.sum()) for each in hidden), sum(map(len, hidden))
    if not 2 * many > of:
        return ""
    return (
        f"{many:,} of the {of:,} rows in this file are hidden: too few people for a file that others may read. The notes say what "
        "would show more. For the team itself there is an exact report: --in-team on the command line, or suppression='none' and "
        "in_team=True."
    )
