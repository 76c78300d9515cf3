"""Names of areas in place of their codes: ``Birmingham 001A`` is one area, where only one area bears the name."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["NAME_PATTERN", "AreaNames"]

NAME_PATTERN = r"^\S.* [0-9]{3}[A-Z]$"
"""How LSOAs of England and Wales are named, in upper case: a district, three figures and a letter."""


class AreaNames:
    """Which area a name stands for.

    Parameters
    ----------
    named : iterable of (pyarrow.StringArray, pyarrow.StringArray)
        Names and codes, row by row, as indices give them.
    """

    def __init__(self, named: Iterable[tuple[pa.StringArray, pa.StringArray]]) -> None:
        codes_of: dict[str, set[str]] = {}
        for names, codes in named:
            for name, code in zip(_spelt(names).to_pylist(), codes.to_pylist(), strict=True):
                if name:
                    codes_of.setdefault(name, set()).add(code)
        unique = {name: codes.pop() for name, codes in codes_of.items() if len(codes) == 1}
        self._names = pa.array(list(unique), pa.string())
        self._codes = pa.array(list(unique.values()), pa.string())

    def __len__(self) -> int:
        return len(self._names)

    def to_codes(self, given: pa.StringArray) -> pa.StringArray:
        """Return codes for names that only one area bears; whatever else is given stays as it is.

        Examples
        --------
        >>> names = AreaNames([(pa.array(["Eastquay 001A", "Harbour", "Harbour"]), pa.array(["E1", "E2", "E3"]))])
        >>> names.to_codes(pa.array(["EASTQUAY  001A", "Harbour", "E2", None])).to_pylist()
        ['E1', 'Harbour', 'E2', None]
        """
        if not len(self) or not pc.any(pc.match_substring_regex(given, "[A-Za-z] ?[A-Za-z]")).as_py():
            return given
        code = self._codes.take(pc.index_in(_spelt(given), value_set=self._names))
        return pc.coalesce(code, given)


def _spelt(names: pa.StringArray) -> pa.StringArray:
    return pc.utf8_upper(pc.utf8_trim_whitespace(pc.replace_substring_regex(names, r"\s+", " ")))
