"""Deprivation that a list says of itself: kept under a name of its own when linking writes another beside it, and compared."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import numpy as np
import pandas as pd
import pyarrow as pa

from equiwait.frames import to_pandas

__all__ = ["compared", "kept"]

_MEASURES = ("rank", "decile", "quintile")


def kept(headers: Collection[str], names: Iterable[str]) -> dict[str, str]:
    """Return the names ``given_…`` for a list's own deprivation columns; a list that was linked before has none of its own."""
    own = [f"{name}_{measure}" for name in names if not _linked(headers, name) for measure in _MEASURES]
    own += [] if _linked(headers, "index") else ["core20"]
    return {name: f"given_{name}" for name in own if name in headers}


def _linked(headers: Collection[str], name: str) -> bool:
    return "index_edition" in headers or f"{name}_edition" in headers


def compared(columns: Mapping[str, pa.Array], names: Iterable[str]) -> dict[str, pa.Array]:
    """Return ``row_problems``, saying of each row whether what it was given is other than what was linked; nothing if none was given."""
    pairs = [f"{name}_{measure}" for name in names for measure in _MEASURES]
    pairs = [name for name in pairs if f"given_{name}" in columns and name in columns]
    if not pairs or "row_problems" not in columns:
        return {}
    problems = columns["row_problems"]
    for name in pairs:
        problems = _noted(problems, f"{name}_disagrees", _other(columns[f"given_{name}"], columns[name]))
    return {"row_problems": problems}


def _other(given: pa.Array, found: pa.Array) -> np.ndarray:
    theirs, ours = (
        pd.to_numeric(to_pandas(column), errors="coerce").to_numpy(float, na_value=np.nan) for column in (given, found)
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
