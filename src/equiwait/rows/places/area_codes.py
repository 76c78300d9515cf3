"""Area codes: which nation an area lies in, and which codes stand for no area at all."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["NATIONS", "Codes", "as_codes", "nation_of", "nation_places", "tidy"]

Codes: TypeAlias = pa.DictionaryArray

NATIONS = ("England", "Wales", "Scotland", "Northern Ireland", "Channel Islands", "Isle of Man")
"""Nations as they are named in the ``nation`` column."""

_NATION_OF_LETTER = dict(zip("EWSNLM", NATIONS, strict=True))


def tidy(codes: pa.StringArray) -> pa.StringArray:
    """Return area codes in upper case, trimmed; null where blank or a publisher's code for no area (E99999999)."""
    spelt = pc.utf8_upper(pc.utf8_trim_whitespace(codes))
    nothing = pc.or_(pc.equal(spelt, ""), pc.match_substring_regex(spelt, r"^[A-Z]9{7,8}$"))
    return pc.if_else(nothing, pa.scalar(None, pa.string()), spelt)


def as_codes(column: pa.Array | pa.ChunkedArray) -> Codes:
    """Return a column of codes as dictionary, each distinct code tidied once."""
    encoded = column if pa.types.is_dictionary(column.type) else pc.dictionary_encode(column)
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.unify_dictionaries().combine_chunks()
        encoded = encoded if isinstance(encoded, pa.Array) else encoded.chunk(0)
    spelt = pc.dictionary_encode(tidy(encoded.dictionary.cast(pa.string())))
    return pa.DictionaryArray.from_arrays(spelt.indices.cast(pa.int32()).take(encoded.indices), spelt.dictionary)


def nation_of(code: str | None) -> str | None:
    """Return the nation that an area, country or district code belongs to, or None.

    Examples
    --------
    >>> [nation_of(code) for code in ("E01000001", "95AA01S1", "M83000003", "X1", None)]
    ['England', 'Northern Ireland', 'Isle of Man', None, None]
    """
    if not code:
        return None
    if code[:2] == "95" and len(code) == 8:  # super output areas of 2001
        return "Northern Ireland"
    return _NATION_OF_LETTER.get(code[0]) if len(code) == 9 and code[1:].isdigit() else None


def nation_places(codes: pa.StringArray) -> np.ndarray:
    """Return for each code the place among `NATIONS` of the nation that `nation_of` names, -1 where it names none."""
    letter = pc.index_in(pc.utf8_slice_codeunits(codes, 0, 1), value_set=pa.array(list(_NATION_OF_LETTER)))
    coded = pc.and_(pc.equal(pc.utf8_length(codes), 9), pc.utf8_is_digit(pc.utf8_slice_codeunits(codes, 1)))
    of_2001 = pc.and_(pc.equal(pc.utf8_length(codes), 8), pc.starts_with(codes, "95"))
    place = pc.if_else(
        of_2001, pa.scalar(NATIONS.index("Northern Ireland"), pa.int32()), pc.if_else(coded, letter, None)
    )
    return np.asarray(place.fill_null(-1))


def nations_of(codes: Codes) -> np.ndarray:
    """Return for each row the place of its nation among `NATIONS`, -1 where it has none."""
    place = np.append(nation_places(codes.dictionary), np.int32(-1))
    nations: np.ndarray = place[np.asarray(codes.indices.fill_null(len(place) - 1))]
    return nations
