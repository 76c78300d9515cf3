"""From an index file to its numbers: which edition it is, whether it is whole, and whose deciles it holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from equiwait.errors import OptionError
from equiwait.rows.places.area_codes import nation_of
from equiwait.rows.places.index_checks import (
    part_said,
    refuse_contradictions,
    refuse_empty,
    refuse_impossible,
    refuse_repeated,
    refuse_unlike_published,
    weak_agreement,
)
from equiwait.rows.places.index_editions import Recognised, edition_called, recognise
from equiwait.rows.places.index_layouts import geography_of
from equiwait.rows.places.index_sources import read_sheets
from equiwait.rows.places.index_tables import Numbers, numbers_of, part_of, unread_said
from equiwait.rows.places.place_file import open_stored, sha256_of, write_stored

__all__ = ["KIND", "Higher", "IndexFile", "load_index_file", "read_index_file", "save_index_file"]

KIND = "index of deprivation"

Measures = Mapping[tuple[str, str], np.ndarray]
Higher = Literal["more_deprived", "less_deprived"]


@dataclass(frozen=True, eq=False)
class IndexFile:
    """Every domain of one index.

    Parameters
    ----------
    about : dict
        Edition, nations, geography, checksum and where its deciles come from.
    areas : pyarrow.StringArray
        Area codes.
    measures : mapping
        Numbers by ``(domain, measure)``, NaN where the publisher gives none.
    names : pyarrow.StringArray or None
        What the areas are called, where the file says.
    """

    about: dict[str, Any]
    areas: pa.StringArray
    measures: Measures
    names: pa.StringArray | None = None

    @property
    def domains(self) -> list[str]:
        """Domains in the order of the file."""
        return [name for name in dict.fromkeys(domain for domain, _ in self.measures) if name != "population"]


def save_index_file(file: IndexFile, path: Path) -> Path:
    """Write an index to a place file."""
    columns = {f"{domain}:{measure}": values for (domain, measure), values in file.measures.items()}
    names = {} if file.names is None else {"name": file.names}
    return write_stored(path, KIND, file.about, {"area": file.areas, **names, **columns})


def load_index_file(path: Path) -> IndexFile:
    """Open an index from a place file."""
    stored = open_stored(path, KIND)
    named = [(tuple(name.split(":")), name) for name in stored.columns if name not in ("area", "name")]
    numbers = {(key[0], key[1]): stored.numbers(name) for key, name in named}
    return IndexFile(stored.about, stored.columns["area"], numbers, stored.columns.get("name"))


def read_index_file(path: Path, edition: str | None = None, higher_score: Higher | None = None) -> IndexFile:
    """Read an index as published, or one of the user's own; refuse what is not whole.

    Raises
    ------
    PlacesError
        If the file breaks off, repeats areas, mixes nations, has its columns swapped, or gives a score without saying
        which way it runs.
    """
    found = numbers_of(path, read_sheets(path))
    refuse_repeated(path, found.areas)
    refuse_empty(path, found)
    recognised = recognise(found.headers, found.areas, found.overall_rank, path.name)
    known = recognised.edition
    edition = edition_called(edition, known.key if known else "", path.name)
    _refuse_other_way(path, found, higher_score)
    refuse_impossible(path, found)
    if known:
        refuse_unlike_published(path, known, recognised.original, found)
    refuse_contradictions(path, known, found)
    return IndexFile(
        {
            **_about(path, found, recognised, edition, higher_score),
            "notes": _notes(found, recognised),
            "part": "" if known else part_of(found.measures),
        },
        pa.array(found.areas, pa.string()),
        _official_only(recognised, found.measures),
        pa.array(found.names, pa.string()) if found.names else None,
    )


def _refuse_other_way(path: Path, found: Numbers, higher_score: Higher | None) -> None:
    """Refuse to take for a score, rising with deprivation, what is a rank: rank 1 is the most deprived."""
    if higher_score == "more_deprived" and found.ranks_unsaid:
        raise OptionError(
            f"{path.name} holds ranks where its headers speak of a score: higher_score='more_deprived' does not fit them.",
            todo="Leave out higher_score=; if your ranks count from the other end, turn them round.",
        )


def _notes(found: Numbers, recognised: Recognised) -> list[str]:
    """Return what must be known of a file: how it was taken, cells that are no numbers, a part of an index."""
    notes = [recognised.note] if recognised.note else []
    if recognised.edition and recognised.original:  # a publisher marks an area without a number as it likes
        return notes
    part = "" if recognised.edition else part_of(found.measures)
    partial = f"A part of an index: {part}. Only deciles that the file gives can be used."
    read = [] if recognised.edition else found.notes
    alone = [] if recognised.edition else part_said(found)
    return [*notes, *read, *unread_said(found), *weak_agreement(found), *alone, *([partial] if part else [])]


def _official_only(recognised: Recognised, measures: Measures) -> Measures:
    """Leave out deciles that others worked out, and domains that a composite does not compare across nations."""
    known = recognised.edition
    if known and not recognised.original:
        return {key: values for key, values in measures.items() if key[1] in ("rank", "score", "count")}
    if known and known.key == "uk_composite":
        return {key: values for key, values in measures.items() if key[0] == "overall"}
    return measures


def _about(
    path: Path, found: Numbers, recognised: Recognised, edition: str | None, higher_score: Higher | None
) -> dict[str, Any]:
    known = recognised.edition
    nations = sorted({nation for code in found.areas if (nation := nation_of(code))})
    return {
        "edition": edition or (known.title if known else path.stem),
        "key": known.key if known else "",
        "nations": list(known.nations) if known else nations,
        "geography": known.geography if known else geography_of(found.area_header),
        "geography_name": known.geography_name if known else found.area_header,
        "original": recognised.original,
        "complete": known is not None,
        "higher_score": "more_deprived" if known else higher_score,
        "checksum": sha256_of([path]),
        "source": path.name,
        "areas": len(found.areas),
    }
