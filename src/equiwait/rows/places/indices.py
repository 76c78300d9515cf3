"""Indices of deprivation: the rank, decile and quintile of every area of a nation."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from equiwait.errors import OptionError, PlacesError, choose, did_you_mean, listed
from equiwait.rows.places.area_codes import NATIONS, nation_places
from equiwait.rows.places.index_editions import Edition, edition_called, edition_of
from equiwait.rows.places.index_files import Higher, IndexFile, load_index_file, read_index_file
from equiwait.rows.places.index_tables import ranks_of
from equiwait.rows.places.place_file import is_stored
from equiwait.rows.places.places_folder import place_path

__all__ = ["CARRIED", "Deciles", "Index", "load_index"]

_BY_AREAS = "computed: ceil(10 · rank / areas)"

Deciles = Literal["published", "areas", "population"]

CARRIED = ("", "merged", "split", "redrawn", "merged_differ")
"""What became of an area that was carried from one geography to another; the last three leave it no decile."""


@dataclass(frozen=True, eq=False, repr=False)
class Index:
    """One index of deprivation: rank 1 and decile 1 are the most deprived.

    Make one with `load_index`.

    Parameters
    ----------
    name : str
        Prefix of the columns that linking adds.
    title : str
        Edition, and the domain unless it is the overall index.
    nations : tuple of str
        Whose areas it ranks.
    geography : {"2011", "2021", ""}
        Which area column of a postcode directory holds its areas (for Northern Ireland, 2011 means 2001).
    domain : str
        ``"overall"`` or the name of a domain.
    decile_rule : str
        Where its deciles come from, in words.
    checksum : str
        SHA-256 of the file.
    areas : pyarrow.StringArray
        Area codes.
    rank, decile, quintile, score : numpy.ndarray
        One number per area, NaN where there is none.
    complete : bool
        Whether it ranks every area of its nations.
    carried : numpy.ndarray, optional
        For each area a place among `CARRIED`, if the index was carried to another geography.
    notes : tuple of str
        What must be known about it.
    names : pyarrow.StringArray, optional
        What the areas are called, where the file says: a list may give names for codes.
    """

    name: str
    title: str
    nations: tuple[str, ...]
    geography: str
    domain: str
    decile_rule: str
    checksum: str
    areas: pa.StringArray
    rank: np.ndarray
    decile: np.ndarray
    quintile: np.ndarray
    score: np.ndarray
    complete: bool = False
    carried: np.ndarray | None = None
    notes: tuple[str, ...] = ()
    names: pa.StringArray | None = None

    @classmethod
    def of(cls, ranks: Mapping[str, float], *, title: str, name: str = "imd", geography: str = "") -> Index:
        """Return an index from ranks by area code, deciles by count of areas: for areas of your own.

        Examples
        --------
        >>> Index.of({"E01990001": 2, "E01990002": 1}, title="Two areas").table[["area_code", "rank"]].values.tolist()
        [['E01990001', 2.0], ['E01990002', 1.0]]
        """
        rank, areas = np.array(list(ranks.values()), float), pa.array(list(ranks), pa.string())
        spelt = "".join([f"{code}={number};" for code, number in ranks.items()])
        order = ranks_of(rank)
        return cls(
            name=name,
            title=title,
            nations=tuple(sorted({NATIONS[place] for place in set(nation_places(areas).tolist()) if place >= 0})),
            geography=geography,
            domain="overall",
            decile_rule=_BY_AREAS,
            checksum=hashlib.sha256(spelt.encode()).hexdigest(),
            areas=areas,
            rank=rank,
            decile=_tenths(order, 10),
            quintile=_tenths(order, 5),
            score=np.full(len(rank), np.nan),
        )

    @property
    def edition(self) -> str:
        """The title and six digits of the checksum, as it stands in ``index_edition``."""
        return f"{self.title} {self.checksum[:6]}"

    def __len__(self) -> int:
        return len(self.areas)

    def __repr__(self) -> str:
        return (
            f"<Index {self.name!r}: {self.edition}, {', '.join(self.nations)}, {len(self):,} areas, {self.decile_rule}>"
        )

    @cached_property
    def table(self) -> pd.DataFrame:
        """The index as a table: area code, rank, decile, quintile, score."""
        numbers = {"rank": self.rank, "decile": self.decile, "quintile": self.quintile, "score": self.score}
        return pd.DataFrame({"area_code": self.areas.to_pylist(), **numbers})

    def find(self, codes: pa.Array) -> np.ndarray:
        """Return the place of each area code in the index, -1 where it is not there."""
        return np.asarray(pc.index_in(codes, value_set=self.areas).fill_null(-1))

    def local(self, areas: Iterable[str], *, within: str, name: str = "local") -> Index:
        """Return the index ranked anew among some areas only: local deciles.

        Parameters
        ----------
        areas : iterable of str
            Area codes: an ICB's (``directory.areas_within``), a catchment, any set.
        within : str
            What to call the set, in outputs: ``"Eastquay ICB"``.
        name : str
            Prefix of the columns, other than the national index's.

        Returns
        -------
        Index
            Areas in the order of their national rank, cut into tenths: decile 1 holds the most deprived tenth of
            *these* areas.

        Raises
        ------
        PlacesError
            If an area is not in the index, or fewer than ten are given.
        """
        wanted = pa.array(sorted(set(areas)), pa.string())
        place = self.find(wanted)
        if (place < 0).any() or len(wanted) < 10:
            raise PlacesError(
                f"Local deciles within {within} cannot be made.",
                found=f"{len(wanted):,} areas, of which {int((place < 0).sum()):,} are not in {self.title}.",
                todo="Give at least ten areas, all of the geography that the index ranks.",
            )
        rank = ranks_of(self.rank[place])
        return replace(
            self,
            name=name,
            title=f"{self.title} within {within}",
            areas=wanted,
            rank=rank,
            decile=_tenths(rank, 10),
            quintile=_tenths(rank, 5),
            score=self.score[place],
            complete=False,
            carried=None if self.carried is None else self.carried[place],
            names=None if self.names is None else self.names.take(pa.array(place)),
            decile_rule="local: ceil(10 · local rank / areas given)",
        )


def load_index(
    name_or_path: str | Path,
    *,
    edition: str | None = None,
    domain: str = "overall",
    name: str = "imd",
    deciles: Deciles = "published",
    higher_score: Higher | None = None,
) -> Index:
    """Load an index of deprivation from the places folder, from the file as published, or from a file of your own.

    Parameters
    ----------
    name_or_path : str or path
        A name in the places folder (``"imd2025"``), or the path of a file: IoD 2015, 2019 and 2025 (Files 1, 2, 3
        and 7), WIMD 2019, SIMD 2020v2, NIMDM 2017, the UK composite; or any table with an area code and a rank, score or
        decile.
    edition : str, optional
        What to call an index that equiwait does not know; by default the file's name. A known edition keeps its own.
    domain : str
        ``"overall"``, a domain such as ``"income"``, or ``"idaci"`` and ``"idaopi"``.
    name : str
        Prefix of the columns that linking adds: ``imd_decile``.
    deciles : {"published", "areas", "population"}
        The publisher's where there are any, else by count of areas; or always by count of areas; or by population,
        where the file gives it.
    higher_score : {"more_deprived", "less_deprived"}, optional
        For a file that has only a score: which way it runs.

    Returns
    -------
    Index
        Rank 1 and decile 1 are the most deprived.

    Raises
    ------
    PlacesError
        If there is no such file, it is not whole, or not what it seems; or if ``edition`` is not the file's own.
    OptionError
        If it has only a score and nothing says which way that runs.

    Notes
    -----
    Where the publisher gives no decile it is computed as ``ceil(10 · rank / areas)``, which is exactly how the English
    deciles of 2015, 2019 and 2025 are made; ``decile_rule`` says which it is. Ranks worked out from a score give tied
    areas the same, best rank. Where an area has no number in the file, it has none here.

    Deciles that others worked out and passed on with a published index are not used.
    """
    file = _file(name_or_path, edition, higher_score)
    if domain not in file.domains:
        raise PlacesError(
            f"{file.about['source']} has no domain {domain!r}.{did_you_mean(domain, file.domains)}",
            found=f"Domains: {listed(file.domains, 20)}.",
            todo="Choose one of them with domain=, or give the file that has it (File 7 has all).",
        )
    return _index(file, domain, name, choose("deciles", deciles, ("published", "areas", "population")))


def _file(name_or_path: str | Path, edition: str | None, higher_score: Higher | None) -> IndexFile:
    path = place_path(name_or_path)
    if is_stored(path):
        file = load_index_file(path)
        called = edition_called(edition, file.about["key"], path.name)
        return replace(file, about={**file.about, "edition": called or file.about["edition"]})
    return read_index_file(path, edition, higher_score)


def _index(file: IndexFile, domain: str, name: str, deciles: Deciles) -> Index:
    about = file.about
    rank, source = _rank(file, domain)
    decile, quintile, rule = _deciles(file, domain, rank, deciles)
    title = about["edition"] if domain == "overall" else f"{about['edition']} {_spelt(domain)}"
    return Index(
        name=name,
        title=title,
        nations=tuple(about["nations"]),
        geography=about["geography"],
        domain=domain,
        decile_rule=rule,
        checksum=about["checksum"],
        areas=file.areas,
        rank=rank,
        decile=decile,
        quintile=quintile,
        score=file.measures.get((domain, "score"), np.full(len(rank), np.nan)),
        complete=about["complete"],
        names=file.names,
        notes=tuple(note for note in (source, _unverified(about), *about.get("notes", ())) if note),
    )


def _spelt(domain: str) -> str:
    return domain.upper() if domain in ("idaci", "idaopi") else domain.replace("_", " ")


def _unverified(about: dict[str, object]) -> str:
    if not about["key"]:
        return f"{about['source']} is none of the indices that equiwait knows: its numbers are taken as they are."
    if not about["original"]:
        return f"{about['source']} was passed on by others than its publisher: only its ranks and scores are used."
    return ""


def _rank(file: IndexFile, domain: str) -> tuple[np.ndarray, str]:
    """Return the rank in the file, else the rank of its score; and a note where it was worked out."""
    rank, score = file.measures.get((domain, "rank")), file.measures.get((domain, "score"))
    if rank is not None:
        return rank, ""
    if score is None:
        return np.full(len(file.areas), np.nan), ""
    if file.about["higher_score"] not in ("more_deprived", "less_deprived"):
        raise OptionError(
            f"{file.about['source']} gives a score of {domain} and no rank: which way does it run?",
            todo='Say higher_score="more_deprived" or higher_score="less_deprived".',
        )
    sign = -1 if file.about["higher_score"] == "more_deprived" else 1
    return ranks_of(sign * score), (
        f"Ranks of {domain} are worked out from its score; tied areas share the best rank, and an area near the edge of "
        "a tenth may be one decile from the publisher's."
    )


def _tenths(rank: np.ndarray, parts: int) -> np.ndarray:
    """Return equal parts by count of areas: ceil(parts · rank / areas)."""
    ranked = int((~np.isnan(rank)).sum())
    return np.ceil(parts * rank / max(ranked, 1))


def _deciles(file: IndexFile, domain: str, rank: np.ndarray, deciles: Deciles) -> tuple[np.ndarray, np.ndarray, str]:
    published, fifths = file.measures.get((domain, "decile")), file.measures.get((domain, "quintile"))
    if deciles == "published" and published is not None:
        whose = "the publisher's deciles" if file.about["original"] else "deciles as they are in the file"
        return published, np.ceil(published / 2) if fifths is None else fifths, whose
    _refuse_unranked(file, domain, rank)
    if deciles == "population":
        return _by_population(file, rank)
    edition = edition_of(file.about["key"])
    if deciles == "published" and edition is not None and edition.bounds:
        decile = edition.decile_of(rank)
        return decile, np.ceil(decile / 2), _cut_at(edition)
    return _tenths(rank, 10), _tenths(rank, 5), _BY_AREAS


def _cut_at(edition: Edition) -> str:
    where = f"computed: tenths of {edition.title}, cut after ranks {listed(edition.bounds)}"
    return where if edition.exact else f"{where} (not verified against the publisher's own deciles)"


def _refuse_unranked(file: IndexFile, domain: str, rank: np.ndarray) -> None:
    """Refuse to cut tenths where ranks are missing: every area after a gap would be in the wrong one."""
    lacking = int(np.isnan(rank).sum())
    ranked, highest = len(rank) - lacking, 0 if lacking == len(rank) else np.nanmax(rank)
    if not ranked and (domain, "decile") not in file.measures:
        raise PlacesError(
            f"{file.about['source']} has only fifths of {domain}: deciles cannot be had from them.",
            todo="Give a file with ranks, scores or deciles.",
        )
    if not ranked:
        raise PlacesError(
            f"{file.about['source']} has no rank or score of {domain}, only deciles.",
            todo='Use deciles="published".',
        )
    if highest > ranked:
        raise PlacesError(
            f"{file.about['source']} holds a part of an index: ranks of {domain} with no deciles.",
            found=f"{ranked:,} areas with ranks up to {highest:,.0f}.",
            todo="Give the whole index, or a file with deciles; for deciles within a region use Index.local.",
        )
    if lacking:
        raise PlacesError(
            f"{file.about['source']} has areas without a rank or score of {domain}: tenths cannot be cut.",
            found=f"{lacking:,} of {len(rank):,} areas have none that can be read{_unread(file, domain)}.",
            todo="Give every area a figure such as 1250 or 12.5, or leave out the areas that the index does not rank.",
        )


def _unread(file: IndexFile, domain: str) -> str:
    told = [note for note in file.about.get("notes", ()) if note.startswith(f"{domain} ") and "not numbers" in note]
    return f": {' '.join(told).rstrip('.')}" if told else ""


def _by_population(file: IndexFile, rank: np.ndarray) -> tuple[np.ndarray, np.ndarray, str]:
    people = file.measures.get(("population", "count"))
    if people is None:
        raise PlacesError(
            f"{file.about['source']} gives no population by area.", todo='Use deciles="areas" or deciles="published".'
        )
    order = np.argsort(rank, kind="stable")
    middle = np.empty(len(rank))
    middle[order] = (np.cumsum(people[order]) - people[order] / 2) / people.sum()
    middle = np.where(np.isnan(rank), np.nan, middle)
    return np.ceil(10 * middle), np.ceil(5 * middle), "computed: tenths of the population in order of rank"
