"""The bytes of a text file as UTF-8, whole lines at a time, whatever it is packed and encoded in."""

from __future__ import annotations

import codecs
import gzip
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import chain
from pathlib import Path
from typing import IO

from equiwait.errors import InputError, attempt
from equiwait.files.faults import not_text, not_whole, too_big, unknown_letters, unreadable

__all__ = ["TextFile", "text_file"]

_PIECE = 4 << 20  # bytes read at once
_LONGEST_LINE = 64 << 20
_MOST_UNPACKED = 16 << 30  # England's postcodes take 1.3 GB, its waiting list 2
_MARKS = {  # a byte-order mark says the encoding; the longer marks first, since one begins with another
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}


@dataclass(frozen=True)
class TextFile:
    """One text file: plain, packed with gzip, or an entry of a zip; nothing of it is held.

    Parameters
    ----------
    name : str
        What to call it in a message.
    path : pathlib.Path
        Where it is.
    entry : str, optional
        Which file of a zip it is.
    """

    name: str
    path: Path
    entry: str | None = None

    def open(self) -> IO[bytes]:
        """Open the file for reading its own bytes."""
        if self.entry is not None:
            return zipfile.ZipFile(self.path).open(self.entry)
        return gzip.open(self.path) if self.path.suffix.lower() == ".gz" else self.path.open("rb")  # type: ignore[return-value]

    def begins(self) -> bool:
        """Whether there is anything in it, as far as its first byte can be read."""
        with self.open() as file:
            return bool(file.read(1))

    @cached_property
    def encoding(self) -> tuple[str, int]:
        """The encoding and how many bytes of a mark stand before the text: by the mark, else UTF-8, else Windows."""
        with self.open() as file:
            start = file.read(4)
        for mark, encoding in _MARKS.items():
            if start.startswith(mark):
                return encoding, len(mark)
        check = codecs.getincrementaldecoder("utf-8")()
        try:
            for piece in self._raw(0):
                if not piece.isascii() or check.getstate()[0]:
                    check.decode(piece)
            check.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252", 0
        return "utf-8", 0

    def lines(self, skip: int = 0) -> Iterator[bytes]:
        """Yield the text as UTF-8 in pieces that end with a line, but for the first ``skip`` bytes.

        Raises
        ------
        InputError
            If it is damaged, no text, in no known encoding, or a line has no end.
        """
        rest = b""
        for piece in self._utf8():
            if b"\x00" in piece:
                raise not_text(self.name)
            if skip:
                skip, piece = max(skip - len(piece), 0), piece[skip:]
            piece = rest + piece if rest else piece
            end = _last_line_end(piece)
            if end:
                yield piece[:end]
            rest = piece[end:]
            if len(rest) > _LONGEST_LINE:
                raise not_whole(self.name, f"has a line of over {_LONGEST_LINE >> 20} megabytes.")
        if rest:
            yield rest

    def _utf8(self) -> Iterator[bytes]:
        encoding, mark = self.encoding
        if encoding == "utf-8":
            yield from self._raw(mark)
            return
        decoder, line = codecs.getincrementaldecoder(encoding)(), 1
        for piece in chain(self._raw(mark), [b""]):
            if encoding == "cp1252" and b"\x00" in piece:
                raise not_text(self.name)
            text, before = _decoded(decoder, encoding, piece)
            if text is None:
                raise unknown_letters(self.name, line + before)
            yield text.encode("utf-8")
            line += text.count("\n")

    def _raw(self, skip: int) -> Iterator[bytes]:
        """Read the bytes, piece by piece; a packed file that is damaged or unpacks without end is refused."""

        def broken(failure: str) -> InputError:
            return unreadable(self.name, "text file", failure)

        total = 0
        with attempt(self.open, broken) as file:
            attempt(partial(file.read, skip), broken)
            while piece := attempt(partial(file.read, _PIECE), broken):
                total += len(piece)
                if total > _MOST_UNPACKED:
                    raise too_big(self.name, f"More than {_MOST_UNPACKED >> 30} GB.")
                yield piece


def _decoded(decoder: codecs.IncrementalDecoder, encoding: str, piece: bytes) -> tuple[str | None, int]:
    """The text of a piece; or None, with how many lines of the piece stand before the letter that cannot be read."""
    try:
        return decoder.decode(piece, final=not piece), 0
    except UnicodeDecodeError as error:
        return None, piece[: error.start].decode(encoding, "ignore").count("\n")


def _last_line_end(piece: bytes) -> int:
    """Where the last whole line of a piece ends: after a line feed, or after a carriage return that stands alone."""
    return max(piece.rfind(b"\n"), piece.rfind(b"\r", 0, len(piece) - 1)) + 1


def text_file(path: Path) -> TextFile:
    """Return the text file at a path: itself, or the only one that a zip holds.

    Raises
    ------
    InputError
        If a zip is damaged or holds none or several.
    """
    if path.suffix.lower() == ".gz":
        attempt(TextFile(path.name, path).begins, lambda failure: unreadable(path.name, "gzip file", failure))
    if path.suffix.lower() != ".zip":
        return TextFile(path.name, path)

    def broken(failure: str) -> InputError:
        return unreadable(path.name, "zip", failure)

    with attempt(lambda: zipfile.ZipFile(path), broken) as archive:
        entries = [each for each in archive.namelist() if each.lower().endswith((".csv", ".txt", ".tsv"))]
    if len(entries) != 1:
        raise not_whole(path.name, f"holds {len(entries)} text files, and one is read.")
    return TextFile(path.name, path, entries[0])
