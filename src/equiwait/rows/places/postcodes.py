"""Postcodes: what a cell says, as a number, a kind, and a proper spelling.

Reading a postcode is looking things up, never guessing. The last eight bytes of a cell make one machine word; three
tables say what its parts mean; a well-formed postcode becomes a whole number, so that joining it to a directory is an
array index. What the tables do not know is tried again without its spaces, then without its marks, and what is left
(pseudo-postcodes, words, other countries) is read once per distinct spelling. A mark is dropped only where it cannot
stand for a letter or figure: what is masked, illegible or foreign is never dropped, since that would leave the
postcode of somewhere else.

Only two kinds of letter are ever mended, and only where position settles them: O for 0 and I for 1, or the reverse.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from equiwait.frames import coded, distinct, to_arrow
from equiwait.plain_columns import either, missing_in, stretches
from equiwait.rows.places.postcode_tables import (
    MENDED,
    NO_PART,
    PART,
    UNIT_LETTERS,
    UNSPACED,
    back_of_pair,
    digit_of_pair,
    front_of_pair,
    outward_names,
    outward_of_classes,
    outwards,
    outwards_like,
    unit_of_pair,
)

__all__ = ["KINDS", "PSEUDO_POSTCODES", "classify_postcode", "normalise_postcode", "repair_postcode"]

KINDS = (
    "postcode",
    "repaired",
    "no_fixed_abode",
    "address_unknown",
    "overseas",
    "crown_dependency",
    "forces",
    "malformed",
    "missing",
)
"""What a cell can be, before any directory is asked whether the postcode exists."""

(POSTCODE, REPAIRED, NO_FIXED_ABODE, ADDRESS_UNKNOWN, OVERSEAS, CROWN_DEPENDENCY, FORCES, MALFORMED, MISSING) = range(9)

PSEUDO_POSTCODES = {
    "ZZ99 3VZ": "No fixed abode",
    "ZZ99 3WZ": "Address not known, and sundry",
    "ZZ99 3CZ": "England, Great Britain or United Kingdom, not otherwise stated",
    "ZZ99 3GZ": "Wales, not otherwise stated",
    "ZZ99 1WZ": "Scotland, not otherwise stated",
    "ZZ99 2WZ": "Northern Ireland, not otherwise stated",
}
"""NHS pseudo-postcodes and their meanings; any other ZZ99 code is a country overseas (HES data dictionary, HOMEADD)."""


class Reading(NamedTuple):
    """What `read` found: a number per cell (0 where it is no postcode) and a place among `KINDS`."""

    number: np.ndarray
    kind: np.ndarray


# --- reading ---------------------------------------------------------------------------------------------------------


@cache
def kind_of_outward() -> np.ndarray:
    """Return the kind of a postcode by its outward part: most are plain."""
    kinds = np.full(outwards(), POSTCODE, np.uint8)
    kinds[0] = MALFORMED
    for start, kind in _KINDS_OF_START.items():
        kinds[outwards_like(start)] = kind
    return kinds


_KINDS_OF_START = {
    "JE": CROWN_DEPENDENCY,
    "GY": CROWN_DEPENDENCY,
    "IM": CROWN_DEPENDENCY,
    "BF": FORCES,
    "GX11": OVERSEAS,  # Gibraltar
    "ZZ99": MALFORMED,  # pseudo-postcodes: read one by one
}


def read(cells: pa.Array) -> Reading:
    """Return the number and the kind of every cell: the kernel beneath `classify_postcode`, `normalise_postcode` and the directory."""
    if pa.types.is_dictionary(cells.type):
        number, kind = read(cells.dictionary)
        place = np.asarray(cells.indices.fill_null(len(number))).astype(np.intp)
        return Reading(np.append(number, np.int32(0))[place], np.append(kind, np.uint8(MISSING))[place])
    plain = pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type)
    text = cells if plain else cells.cast(pa.string())
    number, kind = _read_spelt(text)
    _again(text, number, kind, _without_gaps)
    _again(text, number, kind, _one_by_one)
    return Reading(number, kind)


def _again(text: pa.StringArray, number: np.ndarray, kind: np.ndarray, reader: Any) -> None:
    """Give the cells that are still unread to another reader."""
    left = np.flatnonzero(kind == MALFORMED)
    if left.size:
        number[left], kind[left] = reader(text.take(pa.array(left)))


def _read_spelt(text: pa.StringArray) -> Reading:
    """Read cells of at most eight bytes as machine words; the rest stay malformed for now."""
    characters, ends = _characters(text)
    length = np.diff(ends)
    if text.null_count:
        length *= ~missing_in(text)
    number, kind = np.empty(len(text), np.int32), np.empty(len(text), np.uint8)
    for rows in stretches(len(text)):
        words = _last_eight_bytes(characters, ends[rows.start : rows.stop + 1], length[rows])
        number[rows], kind[rows] = _read_words(words, length[rows])
    return Reading(number, kind)


def _read_words(word: np.ndarray, length: np.ndarray) -> Reading:
    """Read cells by their last eight bytes, and by how many bytes they have."""
    pairs = word.view("<u2").reshape(-1, 4)
    inward = digit_of_pair().take(pairs[:, 2], mode="clip")  # every pair is there; quicker than "raise"
    unspaced = (inward & UNSPACED) > 0
    inward |= unit_of_pair().take(pairs[:, 3], mode="clip")
    outward = _outward(word >> (unspaced.view(np.uint8) << 3))
    marks = inward | outward
    # eight letters and figures in a row are no postcode
    crowded = unspaced & ((word.view(np.uint8)[::8] & np.uint8(0xDF)) > 0)
    unread = (marks >= NO_PART) | crowded | (length > 8)
    part = (outward & PART) * ~unread  # reckoned, not chosen, which takes a tenth of the time
    kind = kind_of_outward().take(part, mode="clip")
    number = (part * np.int32(5120) + (inward & PART)) * (kind != MALFORMED)
    kind += ((marks & MENDED) > 0) & (kind == POSTCODE)  # which is then REPAIRED
    kind = either(length > 0, kind, np.uint8(MISSING))
    return Reading(number, kind)


def _outward(words: np.ndarray) -> np.ndarray:
    """Return what the first four bytes of each word say as an outward part."""
    pairs = words.view("<u2").reshape(-1, 4)
    key = front_of_pair().take(pairs[:, 0], mode="clip") + back_of_pair().take(pairs[:, 1], mode="clip")
    outward: np.ndarray = outward_of_classes().take(key, mode="clip")
    return outward


def _last_eight_bytes(characters: np.ndarray, ends: np.ndarray, length: np.ndarray) -> np.ndarray:
    """Return the last eight bytes of each cell as a word, its first byte lowest; zeros stand where a cell has fewer."""
    own = characters[ends[0] : ends[-1]]
    padded = np.zeros(8 + len(own), np.uint8)
    padded[8:] = own
    begin_at_every_byte = np.ndarray(len(own) + 1, "<u8", padded, strides=(1,))
    words: np.ndarray = begin_at_every_byte[ends[1:] - ends[0]]
    words &= _own_bytes().take(length, mode="clip")
    return words


def _characters(text: pa.StringArray) -> tuple[np.ndarray, np.ndarray]:
    """Return the bytes of all cells in a row, and where each cell ends among them (before all: 0)."""
    _, offsets, data = text.buffers()
    width = np.int64 if pa.types.is_large_string(text.type) else np.int32
    ends = np.frombuffer(offsets, width)[text.offset : text.offset + len(text) + 1]
    return np.frombuffer(data or b"", np.uint8)[ends[0] : ends[-1]], ends - ends[0]


@cache
def _own_bytes() -> np.ndarray:
    """Return for each length up to 8 the bits of a word that belong to a cell, and not to the one before it."""
    return np.array([0] + [2**64 - 2 ** (8 * (8 - length)) for length in range(1, 9)], np.uint64)


def _without_gaps(text: pa.StringArray) -> Reading:
    """Read cells without their plain and non-breaking spaces: the blanks that lists are full of."""
    characters, ends = _characters(text)
    kept = ~_blank_byte().take(characters)
    hard = (characters[:-1] == 0xC2) & (characters[1:] == 0xA0)  # a non-breaking space is these two bytes
    kept[:-1] &= ~hard
    kept[1:] &= ~hard
    after = np.concatenate([np.zeros(1, np.int32), np.cumsum(kept, dtype=np.int32)])[ends]
    buffers = [None, pa.py_buffer(after), pa.py_buffer(characters[kept])]
    return _read_spelt(pa.Array.from_buffers(pa.string(), len(text), buffers))


@cache
def _blank_byte() -> np.ndarray:
    blank = np.zeros(256, bool)
    blank[[*range(9, 14), *range(28, 33)]] = True
    return blank


_BLANKS = r"\s\p{Z}\x{0B}\x{1C}-\x{1F}\x{85}\x{200B}\x{FEFF}"  # \p{Z} holds the non-breaking space
_SPACES = f"[{_BLANKS}]+"
_UNSEEN = r"\x{00}\x{AD}\x{200C}-\x{200F}\x{202A}-\x{202E}\x{2060}-\x{2064}\x{2066}-\x{2069}"
_MARKS = r"""[.,;:'"`()/\\\-""" + _UNSEEN + "]+"
_WIDE = r"\x{FF01}-\x{FF5E}"  # ASCII in the width of an East Asian keyboard: the same characters
_ODD = rf"[^\x{{00}}-\x{{7F}}{_WIDE}{_BLANKS}{_UNSEEN}]"


def _one_by_one(text: pa.StringArray) -> Reading:
    """Read each distinct spelling once: plain letters and figures, which are no postcode without their gaps, as words."""
    spelling = pc.dictionary_encode(text)
    words = [each.replace(" ", "") for each in spelling.dictionary.to_pylist()]
    plain = np.array([word.isascii() and word.isalnum() for word in words])
    number = np.zeros(len(words), np.int32)
    kind = np.array(
        [_kind_of_word(word) if each else MALFORMED for word, each in zip(words, plain, strict=True)], np.uint8
    )
    odd = np.flatnonzero(~plain)
    if odd.size:
        number[odd], kind[odd] = _without_blanks(spelling.dictionary.take(pa.array(odd)))
    place = np.asarray(spelling.indices)
    return Reading(number[place], kind[place])


def _without_blanks(text: pa.StringArray) -> Reading:
    """Read spellings without blanks of any kind, then without their marks."""
    number, kind = _read_spelt(pc.replace_substring_regex(text, _SPACES, ""))
    _again(text, number, kind, _without_marks)
    return Reading(number, kind)


def _without_marks(text: pa.StringArray) -> Reading:
    """Read spellings without their marks, then as a word or a pseudo-postcode."""
    bare = _bare(text)
    number, kind = _read_spelt(bare)
    kind[kind == POSTCODE] = REPAIRED
    for unread in np.flatnonzero(kind == MALFORMED):
        kind[unread] = _kind_of_word(bare[int(unread)].as_py())
    return Reading(number, kind)


def _bare(cells: pa.StringArray) -> pa.StringArray:
    """Return cells in upper case without spaces and marks; as they stand where a character could mean another.

    Characters outside ASCII are judged before anything is normalised: a raised 2 would otherwise become a 2, and a long
    s in upper case an S.
    """
    plain = pc.utf8_upper(pc.utf8_normalize(cells, form="NFKC"))
    bare = pc.replace_substring_regex(pc.replace_substring_regex(plain, _SPACES, ""), _MARKS, "")
    odd = pc.or_(pc.match_substring_regex(cells, _ODD), pc.match_substring_regex(bare, "[^A-Z0-9]"))
    return pc.if_else(odd, cells, bare)


_TERRITORIES = ("ASCN", "STHL", "TDCU", "BBND", "BIQQ", "FIQQ", "SIQQ", "PCRN", "TKCA")
_WORDS = {
    **dict.fromkeys(("NFA", "NOFIXEDABODE", "NOFIXEDADDRESS", "ZZ993VZ"), NO_FIXED_ABODE),
    **dict.fromkeys(("UNKNOWN", "NOTKNOWN", "NK", "ADDRESSUNKNOWN", "ADDRESSNOTKNOWN"), ADDRESS_UNKNOWN),
    **dict.fromkeys(("NO_FIXED_ABODE", "NO_FIXED_ADDRESS"), NO_FIXED_ABODE),
    **dict.fromkeys(("NOT_KNOWN", "ADDRESS_UNKNOWN", "ADDRESS_NOT_KNOWN"), ADDRESS_UNKNOWN),
    **dict.fromkeys((code.replace(" ", "") for code in PSEUDO_POSTCODES if code != "ZZ99 3VZ"), ADDRESS_UNKNOWN),
    **dict.fromkeys((f"{territory}1ZZ" for territory in _TERRITORIES), OVERSEAS),
    **dict.fromkeys(("", "NULL", "NONE", "NAN", "NA"), MISSING),
}
_SHAPES = (
    (re.compile(r"ZZ99\d[A-Z]Z"), OVERSEAS),
    (re.compile(r"BFPO\d{1,4}"), FORCES),
    (
        re.compile(r"AI2640|KY\d{5}|VG11\d\d|MSR?1\d{3}"),
        OVERSEAS,
    ),  # Anguilla, Cayman, British Virgin Islands, Montserrat
    (
        re.compile(r"(?:[AC-FHKNPRTV-Y]\d\d|D6W)[AC-FHKNPRTV-Y0-9]{4}"),
        OVERSEAS,
    ),  # an Eircode, of the Republic of Ireland
)


def _kind_of_word(bare: str) -> int:
    if not bare.isascii():
        return MALFORMED
    if bare.upper() in _WORDS:
        return _WORDS[bare.upper()]
    return next((kind for shape, kind in _SHAPES if shape.fullmatch(bare)), MALFORMED)


# --- the public verbs ------------------------------------------------------------------------------------------------


def as_cells(values: Any) -> pa.Array:
    """Return a column of any make (pandas, Arrow, a list) as one Arrow array of text."""
    if isinstance(values, pa.ChunkedArray):
        return values.combine_chunks()
    if isinstance(values, pa.Array):
        return values
    return to_arrow(values if isinstance(values, pd.Series) else pd.Series(list(values), dtype=object))


def classify_postcode(values: pa.Array | pa.ChunkedArray | pd.Series[Any] | Iterable[str | None]) -> pa.DictionaryArray:
    """Return what each cell is: one of `KINDS`.

    Parameters
    ----------
    values : array of text
        Cells as they come, in any case and spacing.

    Returns
    -------
    pyarrow.DictionaryArray
        One kind per cell. ``"postcode"`` is well formed, which is not to say that it exists; ``"repaired"`` is well
        formed once stray marks are dropped, or O and 0 or I and 1 are put right where position settles which is meant.

    Notes
    -----
    Case and spacing are no repair: a fixed-width file would be nothing but repairs. `repair_postcode` lists them all the same.
    Nothing is guessed: a letter that position does not settle is left, and the postcode is then not found. Stray marks
    are spaces of every kind, ``. , ; : ' " ` ( ) -``, slashes of both kinds, and characters that cannot be seen; full-width letters and
    figures are read as the plain ones. Any other character (``? * _ # @``, an accented or foreign letter) may stand for
    a letter or figure, and the cell is ``"malformed"``.

    Examples
    --------
    >>> classify_postcode(["sw1a 1aa", "SW1A 1AA.", "ZZ99 3VZ", "JE2 3AB", "BFPO 58", "A65 F4E2", "B1", None]).to_pylist()
    ['postcode', 'repaired', 'no_fixed_abode', 'crown_dependency', 'forces', 'overseas', 'malformed', 'missing']
    """
    return coded(read(as_cells(values)).kind.astype(np.int32), KINDS)


def normalise_postcode(values: pa.Array | pa.ChunkedArray | pd.Series[Any] | Iterable[str | None]) -> pa.StringArray:
    """Return each postcode as it is properly spelt: upper case, one space; null where a cell is none.

    Parameters
    ----------
    values : array of text
        Cells as they come.

    Returns
    -------
    pyarrow.StringArray
        Postcodes and pseudo-postcodes in their proper spelling.

    Examples
    --------
    >>> normalise_postcode(["sw1a1aa", "m1   1ae", "CRO 2YR", "zz993vz", "somewhere"]).to_pylist()
    ['SW1A 1AA', 'M1 1AE', 'CR0 2YR', 'ZZ99 3VZ', None]
    """
    cells = as_cells(values)
    number, kind = read(cells)
    spelt = spell(number)
    pseudo = np.isin(kind, (NO_FIXED_ABODE, ADDRESS_UNKNOWN, OVERSEAS)) & (number == 0)
    return pc.coalesce(spelt, _spell_pseudo(cells, pseudo)) if pseudo.any() else spelt


def spell(number: np.ndarray) -> pa.StringArray:
    """Return the postcodes that numbers stand for; null for 0."""
    outward, rest = np.divmod(number >> 9, 10)
    used, place = np.unique(outward, return_inverse=True)
    outwards = pa.array([name or None for name in outward_names(used)], pa.string()).take(pa.array(place.ravel()))
    return pc.binary_join_element_wise(outwards, _inwards().take(pa.array(rest * 400 + (number & 511))), " ")


@cache
def _inwards() -> pa.StringArray:
    letters = UNIT_LETTERS.decode()
    return pa.array([f"{digit}{first}{second}" for digit in range(10) for first in letters for second in letters])


def _spell_pseudo(cells: pa.Array, chosen: np.ndarray) -> pa.StringArray:
    """Return ZZ99 codes with their space, null elsewhere."""
    names, place = distinct(cells)
    bare = _bare(pa.array([name or "" for name in names], pa.string())).to_pylist()
    spelt = [f"ZZ99 {each[4:]}" if re.fullmatch(r"ZZ99\d[A-Z]Z", each) else None for each in bare]
    return pa.array(spelt, pa.string()).take(pa.array(place, mask=~chosen))


def repair_postcode(values: pa.Array | pa.ChunkedArray | pd.Series[Any] | Iterable[str | None]) -> pa.StringArray:
    """Return what was done to each cell to read it as a postcode: every change of case, spacing, marks or letters.

    Parameters
    ----------
    values : array of text
        Cells as they come.

    Returns
    -------
    pyarrow.StringArray
        ``"case"``, ``"spacing"``, ``"marks"``, ``"O/0 or I/1"``, joined by ``"; "``; ``""`` where the cell was
        properly spelt already; null where it is no postcode.

    Examples
    --------
    >>> repair_postcode(["SW1A 1AA", "sw1a1aa", "SW1A 1AA.", "CRO 2YR", "somewhere"]).to_pylist()
    ['', 'case; spacing', 'marks', 'O/0 or I/1', None]
    """
    cells = as_cells(values).cast(pa.string()).fill_null("")
    proper = normalise_postcode(cells)
    upper = pc.utf8_upper(cells)
    wide = pc.match_substring_regex(upper, f"[{_WIDE}]")
    narrow = pc.if_else(wide, pc.utf8_normalize(upper, form="NFKC"), upper)
    unmarked = pc.replace_substring_regex(narrow, _MARKS, "")
    bare = pc.replace_substring_regex(unmarked, _SPACES, "")
    changes = {
        "case": pc.not_equal(cells, upper),
        "spacing": pc.not_equal(_shape(unmarked), _shape(proper)),
        "marks": pc.not_equal(unmarked, upper),
        "O/0 or I/1": pc.not_equal(bare, pc.replace_substring(proper, " ", "")),
    }
    which = sum(
        np.asarray(changed.fill_null(False)).astype(np.intp) << bit for bit, changed in enumerate(changes.values())
    )
    said = ["; ".join(name for bit, name in enumerate(changes) if every >> bit & 1) for every in range(16)]
    return pa.array(said).take(pa.array(which, mask=np.asarray(proper.is_null())))


def _shape(text: pa.StringArray) -> pa.StringArray:
    return pc.replace_substring_regex(text, "[A-Z0-9]", "x")
