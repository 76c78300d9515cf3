"""What linking says of every place, worked out once: its area, regions, ranks and deciles.

A row of the table of outcomes is a place of the directory, or an area code that a list may give, or nowhere. Linking a
list's row is then taking one row of this table.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equiwait.errors import PlacesError, listed
from equiwait.rows.places.area_codes import NATIONS, nation_places, tidy
from equiwait.rows.places.area_names import NAME_PATTERN, AreaNames
from equiwait.rows.places.directory import Directory
from equiwait.rows.places.directory_layouts import AREA_COLUMNS
from equiwait.rows.places.indices import CARRIED, Index
from equiwait.rows.places.link_status import NOTE, Found
from equiwait.rows.places.lookups import Lookup
from equiwait.rows.places.lsoa_changes import AreaChanges

__all__ = ["Outcomes", "by_name"]

_SAID_OF_CARRIED = {
    "": "",
    "merged": "merged_area",
    "split": "no_decile_split_area",
    "redrawn": "no_decile_redrawn_area",
    "merged_differ": "no_decile_merged_areas_differ",
}
_NOTE_OF_CARRIED = np.array([NOTE[_SAID_OF_CARRIED[how]] for how in CARRIED])
_REGIONS = ("lad", "sub_icb", "icb", "rural_urban")


def by_name(indices: Sequence[Index]) -> dict[str, list[Index]]:
    """Return indices grouped by name; refuse two of one name that rank the same nation."""
    groups: dict[str, list[Index]] = {}
    for index in indices:
        group = groups.setdefault(index.name, [])
        shared = [each for each in group if set(each.nations) & set(index.nations) or not index.nations]
        if shared:
            raise PlacesError(
                f"{shared[0].title} and {index.title} are both named {index.name!r} and rank the same nation.",
                found=f"Nations: {listed(index.nations)}.",
                todo="Give one index per nation, or another name: load_index(..., name='imd2019').",
            )
        group.append(index)
    return groups


class Outcomes:
    """The outcome of linking for every place and every area code.

    Parameters
    ----------
    directory : Directory or None
        Whose places come first.
    groups : mapping of str to list of Index
        Indices by name, one per nation.
    changes : AreaChanges or None
        To carry an index to the other geography.
    """

    def __init__(
        self, directory: Directory | None, groups: Mapping[str, Sequence[Index]], changes: AreaChanges | None
    ) -> None:
        self.changes = changes
        self.indices = [index for group in groups.values() for index in group]
        self._carried = {index: _carry(index, changes) for index in self.indices}
        self._names = AreaNames((index.names, index.areas) for index in self.indices if index.names is not None)
        self._places = {} if directory is None else {name: self._coded(directory.places[name]) for name in AREA_COLUMNS}
        self.codes = self._every_code(directory)
        places = 0 if directory is None else len(directory.places["nation"])
        self.first_code = places
        self.nowhere = places + len(self.codes)
        self.areas = self._areas(directory)
        self.rows = self.nowhere + 1 + len(NATIONS)
        self._place_ids = [self._ids(directory, name) for name in AREA_COLUMNS]
        self._told = self._told_by_places()
        self._known = np.zeros(self.rows, bool)
        self.note = self._split(directory)
        self.columns = self._columns(directory, groups)
        self.found = self._found()
        self._lookup = Lookup({**self.columns, "area_code": pc.dictionary_encode(self.columns["area_code"])})
        if directory is not None:
            self._refuse_names(directory)
            self._refuse_unranked(directory)

    @property
    def digest(self) -> str:
        """A checksum of what is said of every row."""
        said = {**self.columns, "found": pa.array(self.found), "note": pa.array(self.note)}
        written = pa.BufferOutputStream()
        with pa.ipc.new_stream(written, pa.table(said).schema) as stream:
            stream.write_table(pa.table(said))
        return hashlib.sha256(written.getvalue()).hexdigest()

    # --- the rows ----------------------------------------------------------------------------------------------------

    def _every_code(self, directory: Directory | None) -> pa.StringArray:
        """Return every area code that a list could usefully give."""
        lists = [index.areas for index in self.indices]
        lists += [carried.areas for carried in self._carried.values() if carried is not None]
        lists += [codes.dictionary for codes in self._places.values()]
        return pc.unique(pa.chunked_array(lists, pa.string()))

    def _areas(self, directory: Directory | None) -> dict[str, pa.StringArray]:
        """Return the area of each row in each geography; a code stands for itself in all of them."""
        beyond = pa.nulls(1 + len(NATIONS), pa.string())
        empty = pa.array([], pa.string())
        return {
            name: pa.concat_arrays(
                [empty if directory is None else self._places[name].cast(pa.string()), self.codes, beyond]
            )
            for name in AREA_COLUMNS
        }

    def _ids(self, directory: Directory | None, name: str) -> np.ndarray:
        """Return for each place the row of its area code, -1 where it has none."""
        if directory is None:
            return np.empty(0, np.int64)
        codes = self._places[name]
        if not len(codes.dictionary):
            return np.full(len(codes), -1)
        ids = np.asarray(pc.index_in(codes.dictionary, value_set=self.codes)) + self.first_code
        rows: np.ndarray = np.append(ids, -1)[np.asarray(codes.indices.fill_null(len(ids)))]
        return rows

    def _coded(self, areas: pa.DictionaryArray) -> pa.DictionaryArray:
        """Return areas of a directory by their codes, where it has names that only one area bears."""
        return pa.DictionaryArray.from_arrays(areas.indices, self._names.to_codes(areas.dictionary.cast(pa.string())))

    def _split(self, directory: Directory | None) -> np.ndarray:
        """Return the notes of rows before any index is looked at: which places are those of postcodes in several areas."""
        note = np.zeros(self.rows, np.int8)
        if directory is not None:
            note[: self.first_code][np.asarray(directory.places["split"].is_valid())] = NOTE["split_postcode"]
        return note

    def _told_by_places(self) -> np.ndarray:
        """Return which rows are areas that some place of the directory lies in."""
        told = np.zeros(self.rows, bool)
        for ids in self._place_ids:
            told[ids[ids >= 0]] = True
        return told

    def _found(self) -> np.ndarray:
        """Return how each row is found, as places among `FOUND`."""
        has_area = np.zeros(self.rows, bool)
        for column in self.areas.values():
            has_area |= np.asarray(column.is_valid())
        found = np.where(has_area, Found.UNRANKED, Found.NO_AREA)
        found = np.where(self._known, Found.RANKED, found).astype(np.int8)
        found[self.nowhere] = Found.NOT_HERE
        return found

    def place_of_code(self, column: pa.Array) -> tuple[np.ndarray, np.ndarray]:
        """Return the row of each given area code, and whether one was given; an unknown code is somewhere in its nation."""
        encoded = column if pa.types.is_dictionary(column.type) else pc.dictionary_encode(column.cast(pa.string()))
        spelt = self._names.to_codes(tidy(encoded.dictionary.cast(pa.string())))
        ids = np.asarray(pc.index_in(spelt, value_set=self.codes).fill_null(-1))
        rows = np.where(ids >= 0, ids + self.first_code, self.nowhere + 1 + nation_places(spelt).astype(np.int64))
        given = np.asarray(spelt.is_valid())
        place = np.asarray(encoded.indices.fill_null(len(rows)))
        return np.append(rows, self.nowhere)[place], np.append(given, False)[place]

    def same_area(self, place: np.ndarray, theirs: np.ndarray) -> np.ndarray:
        """Return whether a given area is the postcode's, in any geography; true where the directory cannot tell."""
        if not self.first_code:
            return np.ones(len(place), bool)
        same: np.ndarray = ~self._told[theirs] | (place >= self.first_code)
        inside = np.minimum(place, self.first_code - 1)
        for ids in self._place_ids:
            same |= ids[inside] == theirs
        return same

    # --- the columns -------------------------------------------------------------------------------------------------

    def _columns(self, directory: Directory | None, groups: Mapping[str, Sequence[Index]]) -> dict[str, pa.Array]:
        """Return every column that linking adds, but for the status and its note."""
        first, *_ = groups
        found = {name: self._ranked(group) for name, group in groups.items()}
        columns = {"area_code": self._area_code(found[first].area), "nation": self._nation(directory)}
        first_place = self._first_place()
        columns |= {name: self._region(directory, name, first_place) for name in _REGIONS}
        columns["directory_edition"] = self._one(None if directory is None else directory.edition)
        for name, ranked in found.items():
            columns[f"{'index' if name == first else name}_edition"] = ranked.edition
            columns |= {f"{name}_{measure}": values for measure, values in ranked.measures.items()}
        if all(index.domain == "overall" for index in groups[first]):
            columns["core20"] = pc.equal(found[first].measures["quintile"], pa.scalar(1, pa.int8()))
        return columns

    def _ranked(self, group: Sequence[Index]) -> _Ranked:
        """Return what the indices of one name say of every row; remember which rows they know, and what befell those."""
        ranked = _Ranked(self.rows, [index.edition for index in group])
        for order, index in enumerate(group):
            for geography, version in self._tries(index):
                ranked.fill(order, version, self.areas[geography])
        self._known |= ~np.isnan(ranked.numbers["decile"])
        self.note = np.where(ranked.note > 0, ranked.note, self.note)
        return ranked

    def _tries(self, index: Index) -> list[tuple[str, Index]]:
        """Return area columns and versions of an index in the order in which they are looked up."""
        carried = self._carried[index]
        if index.geography == "":
            return [(name, index) for name in AREA_COLUMNS]
        own, other = ("area_2011", "area_2021") if index.geography == "2011" else ("area_2021", "area_2011")
        tries = [(own, index), ("area", index), (other, index)]
        return tries if carried is None else [*tries, (other, carried), ("area", carried), (own, carried)]

    def _area_code(self, ranked: pa.Array) -> pa.StringArray:
        return pc.coalesce(ranked, *(self.areas[name] for name in AREA_COLUMNS))

    def _nation(self, directory: Directory | None) -> pa.DictionaryArray:
        by_index = [index.nations[0] if len(index.nations) == 1 else None for index in self.indices]
        only = by_index[0] if len(set(by_index)) == 1 else None
        spelt = nation_places(self.codes)
        of_code = np.where((spelt < 0) & (only is not None), NATIONS.index(only or NATIONS[0]), spelt)
        names = pa.array(NATIONS)
        places = pa.array([], pa.string()) if directory is None else directory.places["nation"].cast(pa.string())
        of_place = np.asarray(pc.index_in(places, value_set=names).fill_null(-1))
        for ids in self._place_ids:  # of areas that the directory names, the nation is known here first
            of_area = np.append(spelt, -1).take(np.where(ids < 0, -1, ids - self.first_code))
            of_place = np.where(of_place < 0, of_area, of_place)
        index = np.concatenate([of_place, of_code, [-1], np.arange(len(NATIONS))])
        return pa.DictionaryArray.from_arrays(pa.array(index.astype(np.int32), mask=index < 0), names)

    def _first_place(self) -> np.ndarray:
        """Return for each code the first place that lies in its area, -1 where none does."""
        first = np.full(len(self.codes), -1)
        for ids in reversed(self._place_ids):  # of an area that two columns name, the one of 2021 decides
            rows, places = np.unique(ids, return_index=True)
            first[rows[rows >= 0] - self.first_code] = places[rows >= 0]
        return first

    def _region(self, directory: Directory | None, name: str, first_place: np.ndarray) -> pa.DictionaryArray:
        """Return a region of every row; an area's is that of the first place in it."""
        if directory is None:
            return pa.DictionaryArray.from_arrays(pa.nulls(self.rows, pa.int32()), pa.array([], pa.string()))
        codes = directory.places[name]
        of_code = codes.indices.take(pa.array(first_place, mask=first_place < 0))
        index = pa.concat_arrays([codes.indices, of_code, pa.nulls(1 + len(NATIONS), pa.int32())])
        return pa.DictionaryArray.from_arrays(index, codes.dictionary.cast(pa.string()))

    def _one(self, value: str | None) -> pa.DictionaryArray:
        names = pa.array([] if value is None else [value], pa.string())
        index = pa.nulls(self.rows, pa.int32()) if value is None else pa.array(np.zeros(self.rows, np.int32))
        return pa.DictionaryArray.from_arrays(index, names)

    def take(self, place: np.ndarray, wanted: Collection[str] | None = None) -> dict[str, pa.Array]:
        """Return the columns of the given rows, or those that are wanted."""
        return self._lookup.take(place, wanted)

    # --- what does not fit -------------------------------------------------------------------------------------------

    def _refuse_unranked(self, directory: Directory) -> None:
        """Refuse a directory whose areas are of another geography than the index's, where nothing can carry it."""
        for index in self.indices:
            if not index.complete or self._carried[index] is not None:
                continue
            strangers, ranked = self._strangers_to(
                index, pc.unique(self.columns["area_code"].slice(0, self.first_code))
            )
            if strangers > 0.001 * (strangers + ranked):
                raise PlacesError(
                    f"{directory.edition} does not give the areas that {index.title} ranks.",
                    found=f"{strangers:,} of {strangers + ranked:,} areas in {listed(index.nations)} are not in it; it "
                    f"ranks areas of {index.geography}.",
                    todo="Use a directory with those areas, or give the lookup of LSOAs of 2011 to 2021 as changes= "
                    "(equiwait places build lsoa_changes FILE).",
                )

    def _refuse_names(self, directory: Directory) -> None:
        """Refuse a directory that has names of areas for codes where no index says whose they are."""
        for column, codes in self._places.items():
            named = pc.sum(pc.match_substring_regex(codes.dictionary, NAME_PATTERN)).as_py() or 0
            if named > 0.5 * len(codes.dictionary):
                raise PlacesError(
                    f"{directory.edition} gives names of areas, and no index at hand says which areas bear them.",
                    found=f"{named:,} of {len(codes.dictionary):,} values of {column.replace('_', ' of ')} are names.",
                    todo="Use a directory with area codes, or an index file with names of areas (IoD File 1, of the same year).",
                )

    def strangers(self, codes: pa.Array) -> tuple[int, int]:
        """Return how many distinct codes of the indices' nations no index ranks, and how many one does."""
        counts = [self._strangers_to(index, codes) for index in self.indices if index.complete]
        return sum(count for count, _ in counts), sum(count for _, count in counts)

    def _strangers_to(self, index: Index, codes: pa.Array) -> tuple[int, int]:
        nations = [NATIONS.index(name) for name in index.nations]
        of_nation = codes.filter(pa.array(np.isin(nation_places(codes), nations)))
        ranked = int((index.find(of_nation) >= 0).sum())
        return len(of_nation) - ranked, ranked


def _carry(index: Index, changes: AreaChanges | None) -> Index | None:
    coverable = index.geography in ("2011", "2021") and index.nations and set(index.nations) <= {"England", "Wales"}
    return changes.carry(index) if changes is not None and coverable else None


class _Ranked:
    """What the indices of one name say of every row, filled index by index, the first to know a row winning."""

    def __init__(self, rows: int, editions: Sequence[str]) -> None:
        self.numbers = {name: np.full(rows, np.nan) for name in ("rank", "decile", "quintile")}
        self.note = np.zeros(rows, np.int8)
        self._who = np.full(rows, -1, np.int32)
        self._editions = list(editions)
        self.area: pa.Array = pa.nulls(rows, pa.string())

    def fill(self, order: int, index: Index, areas: pa.StringArray) -> None:
        """Take from ``index`` the rows that are still unknown and whose area it ranks."""
        unknown = (self._who < 0) & np.asarray(areas.is_valid())
        if not unknown.any():
            return  # as a rule the first geography settles all, and looking up takes a while
        place = np.full(len(areas), -1)
        place[unknown] = index.find(areas.filter(pa.array(unknown)))
        new = place >= 0
        self._who[new] = order
        for name, numbers in self.numbers.items():
            numbers[new] = getattr(index, name)[place[new]]
        if index.carried is not None:
            self.note[new] = _NOTE_OF_CARRIED[index.carried[place[new]]]
        self.area = pc.if_else(pa.array(new), areas, self.area)

    @property
    def edition(self) -> pa.DictionaryArray:
        """The edition that ranks each row."""
        unranked = np.isnan(self.numbers["decile"])
        return pa.DictionaryArray.from_arrays(pa.array(self._who, mask=unranked), pa.array(self._editions))

    @property
    def measures(self) -> dict[str, pa.Array]:
        """Rank, decile and quintile as whole numbers; shared ranks rounded down."""
        types = {"rank": pa.int32(), "decile": pa.int8(), "quintile": pa.int8()}
        return {
            name: pa.array(np.nan_to_num(np.floor(values)).astype(np.int32), mask=np.isnan(values)).cast(types[name])
            for name, values in self.numbers.items()
        }
