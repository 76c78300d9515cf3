"""Deprivation that a list says of itself: kept under a name of its own when linking writes another beside it, and compared."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import pyarrow as pa

from equiwait.frames import to_arrow, with_columns

__all__ = ["compared", "kept"]

_MEASURES = ("rank", "decile", "quintile")


def kept(frame: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
    """Return the list with its own deprivation columns as ``given_…``; a list that was linked before has none of its own."""
    own = [f"{name}_{measure}" for name in names if not _linked(frame, name) for measure in _MEASURES]
    own += [] if _linked(frame, "index") else ["core20"]
    return frame.rename(columns={name: f"given_{name}" for name in own if name in frame.columns})


def _linked(frame: pd.DataFrame, name: str) -> bool:
    return "index_edition" in frame.columns or f"{name}_edition" in frame.columns


def compared(linked: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
    """Say in ``row_problems`` of each row whether what it was given is other than what was linked."""
    if "row_problems" not in linked.columns:
        return linked
    problems = to_arrow(linked["row_problems"])
    for column in (f"{name}_{measure}" for name in names for measure in _MEASURES):
        if f"given_{column}" in linked.columns and column in linked.columns:
            problems = _noted(problems, f"{column}_disagrees", _other(linked[f"given_{column}"], linked[column]))
    return with_columns(linked, {"row_problems": problems})


def _other(given: pd.Series[float], found: pd.Series[float]) -> np.ndarray:
    theirs, ours = (
        pd.to_numeric(column, errors="coerce").to_numpy(float, na_value=np.nan) for column in (given, found)
    )
    differ: np.ndarray = ~np.isnan(theirs) & ~np.isnan(ours) & (theirs != ours)
    return differ


def _noted(problems: pa.Array, code: str, rows: np.ndarray) -> pa.DictionaryArray:
    """Return the problems of every row with a code set where ``rows`` says so, and nowhere else."""
    texts = problems.cast(pa.string()).dictionary_encode()
    names = [set(filter(None, (text or "").split(";"))) - {code} for text in texts.dictionary.to_pylist()]
    spelt = [";".join(sorted(each)) for each in names] + [";".join(sorted({*each, code})) for each in names]
    unique = sorted(set(spelt))
    place = np.array([unique.index(text) for text in spelt])
    index = np.asarray(texts.indices.fill_null(0)) + np.where(rows, len(names), 0)
    return pa.DictionaryArray.from_arrays(pa.array(place[index].astype(np.int32)), pa.array(unique))
