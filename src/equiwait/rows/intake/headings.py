"""`headings`: how the headings of a spreadsheet are understood, before anything is read."""

from __future__ import annotations

from typing import Any

import pandas as pd

from equiwait.fields import FIELDS, field_of
from equiwait.files.read_table import read_table

__all__ = ["headings"]


def headings(source: Any, *, sheet: str | None = None) -> pd.DataFrame:
    """Say how each heading of a list is understood.

    Parameters
    ----------
    source : path or frame
        As in `read_list`.
    sheet : str, optional
        Which sheet of a workbook.

    Returns
    -------
    pandas.DataFrame
        ``heading column meaning``: the column that it stands for, and what that means; both empty where the heading is
        kept and not used.

    Raises
    ------
    InputError
        If the file cannot be read.

    Examples
    --------
    >>> headings(pd.DataFrame({"Clock Start": ["2026-03-01"], "Ward colour": ["blue"]}))[["heading", "column"]]
           heading       column
    0  Clock Start  clock_start
    1  Ward colour
    """
    names = [str(name) for name in read_table(source, sheet).columns]
    columns = [field_of(name) or "" for name in names]
    return pd.DataFrame(
        {
            "heading": names,
            "column": columns,
            "meaning": [FIELDS[name].meaning if name else "" for name in columns],
        }
    )
