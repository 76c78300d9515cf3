"""A table as it came: its columns stay Arrow's, or pandas', and one is made into the other only where somebody asks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from equiwait.frames import from_any, to_arrow, to_pandas
from equiwait.pandas_columns import in_columns
from equiwait.plain_columns import is_text, plain_text

if TYPE_CHECKING:  # whoever has opened such a file has imported it
    import pyarrow.parquet as pq

__all__ = ["RawTable", "few_texts"]


@dataclass
class RawTable:
    """The columns of a table; those that are taken out of it are held by it no longer.

    Parameters
    ----------
    data : pandas.DataFrame or pyarrow.Table
        The table.
    texts : collection of str
        Columns of text that were read by their distinct values: a reader of the frame sees text.
    """

    data: pd.DataFrame | pa.Table
    texts: Collection[str] = ()

    @property
    def headers(self) -> list[object]:
        """What stands above the columns."""
        return list(self.data.columns if isinstance(self.data, pd.DataFrame) else self.data.column_names)

    def __len__(self) -> int:
        """How many rows."""
        return len(self.data)

    def with_headers(self, headers: Sequence[str]) -> RawTable:
        """Return the same columns under other headers."""
        if list(headers) == self.headers:
            return self
        if isinstance(self.data, pd.DataFrame):
            return RawTable(self.data.set_axis(list(headers), axis=1))
        new = dict(zip(self.data.column_names, headers, strict=True))
        return replace(self, data=self.data.rename_columns(list(headers)), texts=[new[name] for name in self.texts])

    def is_plain(self, header: str) -> bool:
        """Whether a column is Arrow's already, and of a type that means to pandas what it means to Arrow."""
        return isinstance(self.data, pa.Table) and _is_plain(self.data.schema.field(header).type)

    def arrow(self, header: str) -> pa.Array | pa.ChunkedArray:
        """Return a column as Arrow has it; not a number is missing."""
        if isinstance(self.data, pd.DataFrame):
            return to_arrow(self.data[header])
        column = self.data.column(header)
        return plain_text(column) if _is_plain(column.type) else to_arrow(to_pandas(column))

    def taken_out(self, headers: Sequence[str]) -> pd.DataFrame:
        """Return some columns as pandas has them; Arrow's are let go one by one, as soon as pandas has each."""
        if isinstance(self.data, pd.DataFrame):
            return self.frame(headers)
        columns, rows = dict[str, "pd.Series[Any]"](), len(self)
        for name in headers:
            columns[name] = self.frame([name])[name]
            self.let_go(name)
        return in_columns(columns) if columns else pd.DataFrame(index=range(rows))

    def let_go(self, header: str) -> None:
        """Hold a column of Arrow's no longer."""
        if isinstance(self.data, pa.Table):
            self.data = self.data.drop_columns(header)

    def frame(self, headers: Sequence[str] | None = None) -> pd.DataFrame:
        """Return some columns, by default all, as pandas has them."""
        if isinstance(self.data, pd.DataFrame):
            return self.data if headers is None else self.data[list(headers)]
        table = self.data if headers is None else self.data.select(list(headers))
        for name in set(self.texts) & set(table.column_names):
            at = table.column_names.index(name)
            table = table.set_column(at, name, table.column(name).cast(pa.string()))
        return from_any(table) if table.num_columns else pd.DataFrame(index=range(len(self)))


def _is_plain(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return bool(pa.types.is_string(kind.value_type))
    return bool(
        is_text(kind) or pa.types.is_boolean(kind) or pa.types.is_signed_integer(kind) or pa.types.is_date32(kind)
    )


def few_texts(file: pq.ParquetFile) -> list[str]:
    """Return the text columns that a file itself holds by their distinct values."""
    group = file.metadata.row_group(0) if file.num_row_groups else None
    if group is None or not group.num_rows:
        return []
    sizes = {}
    for at in range(group.num_columns):
        column = group.column(at)
        sizes[column.path_in_schema] = column.total_uncompressed_size / group.num_rows
    texts = [each.name for each in file.schema_arrow if is_text(each.type)]
    return [name for name in texts if sizes.get(name, _FEW_BYTES) < _FEW_BYTES]


_FEW_BYTES = 2.5  # for each cell of a column that a dictionary holds well
