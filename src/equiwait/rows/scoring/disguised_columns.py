"""Columns that are something else than their names say: refused before anybody is put in order by them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from equiwait.errors import PolicyError
from equiwait.frames import distinct, to_arrow
from equiwait.rows.policies import Policy
from equiwait.rows.policies.disguises import disguised

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["refuse_disguised", "refuse_texts", "texts_of"]

_LOOK = 20_000  # rows, evenly spaced: enough to tell what a column holds, and nothing beside reading a national list


def refuse_disguised(frame: pd.DataFrame, policy: Policy) -> None:
    """Refuse a list in which a column that the policy reads holds what the law protects, or where people live, under another name.

    Parameters
    ----------
    frame : DataFrame
        The list.
    policy : Policy
        The policy.

    Raises
    ------
    PolicyError
        Naming every such column, and no value.
    """
    some = slice(None, None, max(1, len(frame) // _LOOK))
    columns = {name: to_arrow(frame[name].iloc[some]) for name in policy.reads if name in frame.columns}
    refuse_texts(texts_of(columns), policy)


def texts_of(columns: Mapping[str, pa.Array]) -> dict[str, list[str]]:
    """Return the distinct values of columns that are no numbers, as text."""
    return {name: _texts(column) for name, column in columns.items() if not _is_number(column.type)}


def _texts(column: pa.Array) -> list[str]:
    values, place = distinct(column.slice(0, _LOOK))
    return sorted(values[each] or "" for each in np.flatnonzero(np.bincount(place)).tolist())


def refuse_texts(texts: Mapping[str, Sequence[str | None]], policy: Policy) -> None:
    """Refuse rows whose columns hold these values."""
    if found := disguised(policy, texts):
        raise PolicyError(
            f"The list holds under another name what the policy {policy.name} would have to say that it reads.",
            found=f"{'; '.join(found)}.",
            todo="Rename the column, so that the rules for what it is apply; or leave it out of the policy.",
        )


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind))
