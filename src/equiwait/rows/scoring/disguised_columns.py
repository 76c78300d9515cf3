"""Columns that are something else than their names say: refused before anybody is put in order by them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from equiwait.errors import PolicyError
from equiwait.frames import distinct, to_arrow
from equiwait.rows.policies import Policy
from equiwait.rows.policies.disguises import disguised

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["refuse_disguised"]

_LOOK = 100_000  # rows, evenly spaced: enough to tell what a column holds, and nothing beside reading a national list


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
    rows = frame.iloc[:: max(1, len(frame) // _LOOK)]
    columns = {name: to_arrow(rows[name]) for name in policy.reads if name in frame.columns}
    texts = {name: distinct(column)[0] for name, column in columns.items() if not _is_number(column.type)}
    if found := disguised(policy, texts):
        raise PolicyError(
            f"The list holds under another name what the policy {policy.name} would have to say that it reads.",
            found=f"{'; '.join(found)}.",
            todo="Rename the column, so that the rules for what it is apply; or leave it out of the policy.",
        )


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind))
