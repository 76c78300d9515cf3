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
from equiwait.places.postcode_tables import (
    CLASSES,
    DIGIT_MENDED,
    MENDED,
    UNIT_LETTERS,
    UNSPACED,
    class_of_pair,
    digit_of_pair,
    outward_names,
    outward_of_classes,
    unit_of_pair,
)

__all__ = ["KINDS", "PSEUDO_POSTCODES", "classify", "normalise", "repairs"]

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
def _kind_of_outward() -> np.ndarray:
    """Return the kind of a postcode by its outward part: most are plain."""
    kinds = np.full(len(outward_names()), POSTCODE, np.uint8)
    kinds[0] = MALFORMED
    areas = {"JE": CROWN_DEPENDENCY, "GY": CROWN_DEPENDENCY, "IM": CROWN_DEPENDENCY, "BF": FORCES}
    for number, name in enumerate(outward_names()):
        area = name[:2]
        if area in areas:
            kinds[number] = areas[area]
        elif name == "GX11":  # Gibraltar
            kinds[number] = OVERSEAS
        elif name == "ZZ99":  # pseudo-postcodes: read one by one
            kinds[number] = MALFORMED
    return kinds


def read(cells: pa.Array) -> Reading:
    """Return the number and the kind of every cell: the kernel beneath `classify`, `normalise` and the directory."""
    if pa.types.is_dictionary(cells.type):
        number, kind = read(cells.dictionary)
        place = np.asarray(cells.indices.fill_null(len(number))).astype(np.intp)
        return Reading(np.append(number, np.int32(0))[place], np.append(kind, np.uint8(MISSING))[place])
    text = cells if pa.types.is_string(cells.type) else cells.cast(pa.string())
    number, kind = _read_spelt(text)
    _again(text, number, kind, _without_spaces)
    _again(text, number, kind, _without_marks)
    return Reading(number, kind)


def _again(text: pa.StringArray, number: np.ndarray, kind: np.ndarray, reader: Any) -> None:
    """Give the cells that are still unread to another reader."""
    left = np.flatnonzero(kind == MALFORMED)
    if left.size:
        number[left], kind[left] = reader(text.take(pa.array(left)))


def _read_spelt(text: pa.StringArray) -> Reading:
    """Read cells of at most eight bytes in one pass over machine words; the rest stay malformed for now."""
    word, length = _last_eight_bytes(text)
    unit = unit_of_pair().take((word >> np.uint64(48)).astype(np.intp))
    digit = digit_of_pair().take(((word >> np.uint64(32)) & np.uint64(0xFFFF)).astype(np.intp))
    unspaced = (digit & UNSPACED) > 0
    front = np.where(unspaced, word >> np.uint64(8), word).astype(np.uint32)
    classes = class_of_pair()
    first, second = classes.take(front & np.uint32(0xFFFF)), classes.take(front >> np.uint32(16))
    spelling = first.astype(np.int32) * CLASSES**2 + second
    outward = outward_of_classes().take(spelling)
    good = (unit >= 0) & (digit >= 0) & (outward > 0) & (length <= 8)
    good &= ~unspaced | ((word & np.uint64(0xDF)) == 0)  # eight letters and figures in a row are no postcode
    mended = (outward >= MENDED) | (digit >= DIGIT_MENDED)
    outward = np.where(good, outward & (MENDED - 1), 0)
    number = np.where(good, (outward * 10 + (digit & 15)) << 9 | unit, 0).astype(np.int32)
    kind = _kind_of_outward().take(outward)
    kind[mended & (kind == POSTCODE)] = REPAIRED
    kind[length == 0] = MISSING
    number[kind == MALFORMED] = 0
    return Reading(number, kind)


def _last_eight_bytes(text: pa.StringArray) -> tuple[np.ndarray, np.ndarray]:
    """Return the last eight bytes of each cell as a word, its first byte lowest, and the length of the cell."""
    _, offsets, data = text.buffers()
    ends = np.frombuffer(offsets, np.int32)[text.offset : text.offset + len(text) + 1]
    characters = np.frombuffer(data or b"", np.uint8)[ends[0] : ends[-1]]
    padded = np.concatenate([np.zeros(8, np.uint8), characters])
    # overlapping words, one starting at each byte, so that no cell is copied before it is read
    every_word = np.ndarray(len(characters) + 1, "<u8", padded.data, strides=(1,))
    length = np.diff(ends)
    if text.null_count:
        length[np.asarray(text.is_null())] = 0
    beyond = ((8 - np.minimum(length, 8)) * 8).astype(np.uint64)  # bits that belong to the cell before
    word = every_word[ends[1:] - ends[0]]
    return np.where(length > 0, word >> beyond << beyond, np.uint64(0)), length


def _without_spaces(text: pa.StringArray) -> Reading:
    return _read_spelt(pc.replace_substring_regex(text, _SPACES, ""))


_BLANKS = r"\s\p{Z}\x{0B}\x{1C}-\x{1F}\x{85}\x{200B}\x{FEFF}"  # \p{Z} holds the non-breaking space
_SPACES = f"[{_BLANKS}]+"
_UNSEEN = r"\x{00}\x{AD}\x{200C}-\x{200F}\x{202A}-\x{202E}\x{2060}-\x{2064}\x{2066}-\x{2069}"
_MARKS = r"""[.,;:'"`()/\\\-""" + _UNSEEN + "]+"
_WIDE = r"\x{FF01}-\x{FF5E}"  # ASCII in the width of an East Asian keyboard: the same characters
_ODD = rf"[^\x{{00}}-\x{{7F}}{_WIDE}{_BLANKS}{_UNSEEN}]"


def _without_marks(text: pa.StringArray) -> Reading:
    """Read each distinct spelling without its marks, then as a word or a pseudo-postcode."""
    spelling = pc.dictionary_encode(text)
    bare = _bare(spelling.dictionary)
    number, kind = _read_spelt(bare)
    kind[kind == POSTCODE] = REPAIRED
    for unread in np.flatnonzero(kind == MALFORMED):
        kind[unread] = _kind_of_word(bare[int(unread)].as_py())
    place = np.asarray(spelling.indices)
    return Reading(number[place], kind[place])


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
}  # fmt: skip
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


def classify(values: pa.Array | pa.ChunkedArray | pd.Series[Any] | Iterable[str | None]) -> pa.DictionaryArray:
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
    Case and spacing are no repair: a fixed-width file would be nothing but repairs. `repairs` lists them all the same.
    Nothing is guessed: a letter that position does not settle is left, and the postcode is then not found. Stray marks
    are spaces of every kind, ``. , ; : ' " ` ( ) -``, slashes of both kinds, and characters that cannot be seen; full-width letters and
    figures are read as the plain ones. Any other character (``? * _ # @``, an accented or foreign letter) may stand for
    a letter or figure, and the cell is ``"malformed"``.

    Examples
    --------
    >>> classify(["sw1a 1aa", "SW1A 1AA.", "ZZ99 3VZ", "JE2 3AB", "BFPO 58", "A65 F4E2", "B1", None]).to_pylist()
    ['postcode', 'repaired', 'no_fixed_abode', 'crown_dependency', 'forces', 'overseas', 'malformed', 'missing']
    """
    return coded(read(as_cells(values)).kind.astype(np.int32), KINDS)


def normalise(values: pa.Array | pa.ChunkedArray | pd.Series[Any] | Iterable[str | None]) -> pa.StringArray:
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
    >>> normalise(["sw1a1aa", "m1   1ae", "CRO 2YR", "zz993vz", "somewhere"]).to_pylist()
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
    names = outward_names()
    outwards = pa.array([names[each] or None for each in used], pa.string()).take(pa.array(place.ravel()))
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


def repairs(values: pa.Array | pa.ChunkedArray | pd.Series[Any] | Iterable[str | None]) -> pa.StringArray:
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
    >>> repairs(["SW1A 1AA", "sw1a1aa", "SW1A 1AA.", "CRO 2YR", "somewhere"]).to_pylist()
    ['', 'case; spacing', 'marks', 'O/0 or I/1', None]
    """
    cells = as_cells(values).cast(pa.string()).fill_null("")
    proper = normalise(cells)
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
