"""From a list's postcodes and area codes to places and deciles: a status for every row, and never a guess.

The outcome for every place is worked out once; linking a row is then reading its postcode, finding its place, and
taking what stands there.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from equiwait.derived import list_from
from equiwait.errors import OptionError, PlacesError, listed
from equiwait.frames import Columns, coded, columns_back, need, to_arrow, with_columns
from equiwait.parallel import meanwhile
from equiwait.plain_columns import either
from equiwait.rows.places import postcodes
from equiwait.rows.places.area_codes import tidy
from equiwait.rows.places.directory import Directory
from equiwait.rows.places.given import compared, kept
from equiwait.rows.places.indices import Index, load_index
from equiwait.rows.places.link_status import (
    LINK_NOTES,
    LINK_STATUSES,
    LINKED,
    NOTE,
    OPEN_TO_AREA,
    STATUS,
    STATUS_TABLE,
    Found,
)
from equiwait.rows.places.lsoa_changes import AreaChanges, load_area_changes
from equiwait.rows.places.outcomes import Outcomes, by_name
from equiwait.rows.places.place_file import SUFFIX
from equiwait.rows.places.places_folder import named_place

__all__ = ["LINK_STATUSES", "Linker", "distinct_areas", "link_deprivation", "link_summary", "linker_for"]

_LINKED = tuple(STATUS[name] for name in LINKED)
_BEFORE = ("area_code", "nation", "lad", "sub_icb", "icb", "rural_urban")  # the status; numbers stand behind it
_OPEN_TO_AREA = tuple(STATUS[name] for name in OPEN_TO_AREA)


class Linker:
    """The kernel of `link_deprivation`: a block of rows in, named columns out, the same on any engine.

    Parameters
    ----------
    directory : Directory or None
        Postcodes to areas; None to use the list's own area codes.
    indices : sequence of Index
        One per nation of each name.
    changes : AreaChanges, optional
        To carry an index to the areas of the other geography where the list or the directory has those.
    """

    reads = ("postcode", "area_code")

    def __init__(
        self, directory: Directory | None, indices: Sequence[Index], changes: AreaChanges | None = None
    ) -> None:
        self.directory = directory
        if directory is None:
            self.outcomes = Outcomes(None, by_name(indices), changes)
            return
        with meanwhile(lambda: postcodes.read(pa.array(["?"]))):  # its tables are made here, before threads share them
            self.outcomes = Outcomes(directory, by_name(indices), changes)
            self.homes = directory.homes(self.outcomes.nowhere)

    @property
    def identity(self) -> str:
        """What tells it from whatever links otherwise: facts of the directory, and what becomes of every place and area code."""
        facts = None if self.directory is None else self.directory.about
        editions = [index.edition for index in self.outcomes.indices]
        return json.dumps([facts, editions, self.outcomes.digest], sort_keys=True, default=str)

    @property
    def names(self) -> list[str]:
        """The names of the indices, each once."""
        return list(dict.fromkeys(index.name for index in self.outcomes.indices))

    @property
    def measures(self) -> list[str]:
        """The columns of rank, decile and quintile that it adds."""
        return [name for name in self.outcomes.columns if name.endswith(("_rank", "_decile", "_quintile"))]

    @property
    def adds(self) -> list[str]:
        """The columns that it adds to a list."""
        return [*self.outcomes.columns, "link_status", "link_note"]

    def was_given(self, headers: Iterable[str]) -> bool:
        """Whether a list says itself what is linked."""
        return bool({f"given_{name}" for name in self.measures} & set(headers))

    @property
    def looks_at_areas(self) -> bool:
        """Whether the list's own areas must be those of the index, since nothing could carry one to the other."""
        return self.directory is None and self.outcomes.changes is None

    def refuse_other_geography(self, given: pa.Array) -> None:
        """Refuse a list whose own areas are those of another geography: some would be lost, and not at random.

        Parameters
        ----------
        given : pyarrow.Array
            The distinct area codes of the list.
        """
        strangers, ranked = self.outcomes.strangers(given)
        if strangers >= 3 and strangers > 0.01 * (strangers + ranked):
            titles = listed(each.title for each in self.outcomes.indices)
            raise PlacesError(
                f"Some area codes of the list are none that {titles} ranks: they may be areas of another year.",
                found=f"{strangers:,} of {strangers + ranked:,} distinct area codes of its nations.",
                todo="Build the lookup of areas (equiwait places build lsoa_changes FILE), give changes=, or use the index "
                "of the areas' own year.",
            )

    def need(self, headers: Collection[str]) -> None:
        """Raise ColumnsError if a list has nothing to link by."""
        if self.directory is None:
            need(headers, ["area_code"], "link_deprivation without a directory")
        elif "area_code" not in headers:
            need(headers, ["postcode"], "link_deprivation")

    def block(self, batch: pa.RecordBatch, *, wanted: Collection[str] | None = None) -> pa.RecordBatch:
        """Return a block with the columns of its places, as `link_deprivation` gives a list, or with those that are wanted.

        What a list says of itself is compared with what is found, and areas of its own may be looked at: these are always there.
        """
        moved = kept(batch.schema.names, self.names)
        columns = {
            moved.get(name, name): column for name, column in zip(batch.schema.names, batch.columns, strict=True)
        }
        own = {name.removeprefix("given_") for name in columns if name.startswith("given_") or name == "area_code"}
        names = None if wanted is None else {*wanted, *own}
        columns |= self(pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns)), names)
        columns |= compared(columns, self.names)
        return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))

    def __call__(self, batch: pa.RecordBatch, wanted: Collection[str] | None = None) -> Columns:
        """Return the columns of a block, or those that are wanted, and always what became of each row."""
        place, status = self._by_postcode(batch)
        place, status, note = self._by_area(batch, place, status)
        columns = self.outcomes.take(place, wanted)
        if "area_code" in columns:
            columns["area_code"] = self._kept_code(batch, columns["area_code"].dictionary_decode(), status)
        said = {"link_status": coded(status, LINK_STATUSES)}
        if wanted is None or "link_note" in wanted:
            own = self.outcomes.note.take(place)
            said["link_note"] = coded(either(own > 0, own, note), LINK_NOTES)
        before = {name: columns.pop(name) for name in _BEFORE if name in columns}
        return {**before, **said, **columns}

    def _kept_code(self, batch: pa.RecordBatch, found: pa.Array, status: np.ndarray) -> pa.Array:
        """Return the area found, and where a list's own code is in no index or is no area's, that code."""
        if "area_code" not in batch.schema.names:
            return found
        unplaced = np.isin(status, (STATUS["outside_index"], STATUS["no_area"])) & np.asarray(found.is_null())
        own = batch.column("area_code").filter(pa.array(unplaced)).cast(pa.string())
        return pc.replace_with_mask(found, pa.array(unplaced), tidy(own))

    def _by_postcode(self, batch: pa.RecordBatch) -> tuple[np.ndarray, np.ndarray]:
        """Return for each row its place and its status."""
        nowhere = self.outcomes.nowhere
        if self.directory is None or "postcode" not in batch.schema.names:
            return np.full(batch.num_rows, nowhere), np.full(batch.num_rows, STATUS["missing"], np.int8)
        number, kind = postcodes.read(batch.column("postcode"))
        home = self.homes.take(self.directory.find(number), mode="wrap")  # -1, which is none, is the last
        place = (home >> 1).astype(np.intp)  # as numpy takes rows by it, of many columns
        found = self.outcomes.found.take(place)
        status = STATUS_TABLE.of(kind, found, home & 1)
        odd = np.flatnonzero(kind > postcodes.REPAIRED)  # whatever a directory says of a forces postcode
        place[odd] = np.where(found[odd] >= Found.UNRANKED, nowhere, place[odd])
        return place, status

    def _by_area(
        self, batch: pa.RecordBatch, place: np.ndarray, status: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Fill by the list's own area where the postcode settles nothing, and note where the two disagree."""
        note = np.zeros(batch.num_rows, np.int8)
        if "area_code" not in batch.schema.names:
            return place, status, note
        theirs, given = self.outcomes.place_of_code(batch.column("area_code"))
        note[np.isin(status, _LINKED) & given & ~self.outcomes.same_area(place, theirs)] = NOTE["area_code_disagrees"]
        nowhere = theirs == self.outcomes.nowhere  # neither in an index nor spelt as any nation's area
        status = np.where(given & nowhere & (status == STATUS["missing"]), STATUS["no_area"], status)
        fill = given & ~nowhere & np.isin(status, _OPEN_TO_AREA)
        if self.directory is not None:
            note[fill] = NOTE["from_area_code"]
        filled = np.where(self.outcomes.found.take(theirs) == Found.RANKED, STATUS["matched"], STATUS["outside_index"])
        return np.where(fill, theirs, place), np.where(fill, filled, status), note


def link_deprivation(
    waiting: Any,
    *,
    directory: Directory | str | Path | None = None,
    index: Index | str | Path | Sequence[Index | str | Path],
    changes: AreaChanges | str | Path | None = None,
) -> pd.DataFrame:
    """Add the small area, its nation and regions, and its rank and decile of deprivation to every row.

    Parameters
    ----------
    waiting : table
        A list with ``postcode``, ``area_code`` or both.
    directory : Directory, name or path, optional
        Postcodes to areas: built (``.equiwait``), a name in the places folder, or a file as published, which is then
        built in memory each time. Without one the list's ``area_code`` is used.
    index : Index, name, path, or several
        What to link. Several of one name are one per nation; several names (national, local, IDACI) add columns each.
    changes : AreaChanges, name or path, optional
        The lookup of LSOAs of 2011 to 2021, to carry an index to the other geography. By default ``lsoa_changes`` of
        the places folder, where it has been built.

    Returns
    -------
    pandas.DataFrame
        The same rows in the same order, with ``area_code nation lad sub_icb icb rural_urban link_status link_note
        directory_edition index_edition core20`` and, for each name, ``<name>_rank <name>_decile <name>_quintile``.
        ``index_edition`` and ``core20`` speak of the index named first; further names add ``<name>_edition``. What a
        list that was not linked before says of itself (``imd_decile`` and the like) is kept as ``given_imd_decile``;
        where the two differ, ``row_problems``, if the list has it, says ``imd_decile_disagrees``.

    Raises
    ------
    ColumnsError
        If the list has neither column that could be used.
    InputError
        If the list is no table, or has two columns of one name.
    OptionError
        If ``index`` is neither an index nor a name or path.
    PlacesError
        If a file cannot be used, if two indices of one name rank the same nation, or if the list's areas are of
        another geography than the index's and there is no lookup to carry it.

    Notes
    -----
    No row is dropped, and every row has a ``link_status``. The postcode decides; an area code fills where there is no
    postcode that settles the area, and ``link_note`` says where it did and where the two disagree. A pseudo-postcode
    never gets a decile, whatever else the row says. Deciles of two nations are not comparable: ``index_edition`` tells
    them apart. ``core20`` is the most deprived fifth of the nation by its overall index. An area is not a person.

    Examples
    --------
    >>> waiting = pd.DataFrame({"area_code": ["E01000001", "E01000002", None]})
    >>> ranks = Index.of({"E01000001": 1, "E01000002": 2}, title="Two areas")
    >>> linked = link_deprivation(waiting, index=ranks)
    >>> linked["link_status"].tolist(), linked["imd_rank"].tolist()
    (['matched', 'matched', 'missing'], [1, 2, <NA>])
    """
    frame = list_from(waiting, raw=True)
    linker = linker_for(directory, index, changes)
    linker.need(frame.columns)
    if linker.looks_at_areas:
        linker.refuse_other_geography(distinct_areas(to_arrow(frame["area_code"])))
    frame = frame.rename(columns=kept(frame.columns, linker.names))
    linked = columns_back(frame, linker, linker.reads)
    beside = [
        name for name in linked.columns if str(name).startswith("given_") or name in ("row_problems", *linker.measures)
    ]
    problems = compared(
        {name: to_arrow(linked[name]) for name in beside} if linker.was_given(linked.columns) else {}, linker.names
    )
    return with_columns(linked, problems) if problems else linked


def _opened(source: str | Path) -> Directory:
    """A built directory by name or path; a file as published is built here and now, in memory."""
    path = Path(source)
    published = path.is_dir() or (path.is_file() and path.suffix != SUFFIX)
    return Directory.build(path) if published else Directory.load(source)


def _several(index: Any) -> list[Index | str | Path]:
    """Return indices as a list; refuse what is no index, name or path."""
    several = list(index) if isinstance(index, Iterable) and not isinstance(index, str) else [index]
    if not several:
        raise OptionError("index= is empty.", todo="Give at least one index.")
    strangers = sorted({type(each).__name__ for each in several if not isinstance(each, Index | str | Path)})
    if strangers:
        raise OptionError(
            "index= must be an index, its name or path, or several of these.",
            found=f"Of type: {listed(strangers)}.",
            todo="Say index='imd2025', or index=load_index(path).",
        )
    return several


def linker_for(
    directory: Directory | str | Path | None,
    index: Index | str | Path | Sequence[Index | str | Path],
    changes: AreaChanges | str | Path | None = None,
) -> Linker:
    """Return the kernel for a directory, indices and lookup given as objects, names or paths."""
    several = _several(index)
    opened = _opened(directory) if isinstance(directory, str | Path) else directory
    indices = tuple(each if isinstance(each, Index) else load_index(each) for each in several)
    if changes is None:
        changes = named_place("lsoa_changes")
    return _made(opened, indices, load_area_changes(changes) if isinstance(changes, str | Path) else changes)


@lru_cache(maxsize=2)  # making one looks at every area of the directory; objects that are opened once are linked often
def _made(directory: Directory | None, indices: tuple[Index, ...], changes: AreaChanges | None) -> Linker:
    return Linker(directory, indices, changes)


def distinct_areas(areas: pa.Array) -> pa.Array:
    """Return the distinct area codes of a column, in one spelling."""
    return tidy(pc.unique(areas.cast(pa.string()))).drop_null()


def link_summary(linked: pd.DataFrame) -> pd.DataFrame:
    """Count the rows of a linked list by what became of them.

    Parameters
    ----------
    linked : pandas.DataFrame
        From `link_deprivation`.

    Returns
    -------
    pandas.DataFrame
        ``link_status``, ``link_note``, ``rows``: in-team, since small numbers are shown.
    """
    linked = list_from(linked)
    need(linked.columns, ["link_status", "link_note"], "link_summary")
    counts = linked.groupby(["link_status", "link_note"], observed=True, dropna=False).size()
    return counts.rename("rows").reset_index()
