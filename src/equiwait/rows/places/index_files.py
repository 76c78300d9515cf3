"""From an index file to its numbers: which edition it is, whether it is whole, and whose deciles it holds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from equiwait.errors import PlacesError, listed
from equiwait.fields import plain
from equiwait.rows.places.area_codes import nation_of
from equiwait.rows.places.index_layouts import EDITIONS, Edition, geography_of, measure_of, recognise
from equiwait.rows.places.index_sources import Sheet, read_sheets
from equiwait.rows.places.place_file import open_stored, sha256_of, write_stored

__all__ = ["KIND", "Higher", "IndexFile", "edition_called", "load_index_file", "read_index_file", "save_index_file"]

KIND = "index of deprivation"

_TIED = 10  # a few areas may share a rank

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
    """

    about: dict[str, Any]
    areas: pa.StringArray
    measures: Mapping[tuple[str, str], np.ndarray]

    @property
    def domains(self) -> list[str]:
        """Domains in the order of the file."""
        return [name for name in dict.fromkeys(domain for domain, _ in self.measures) if name != "population"]


def save_index_file(file: IndexFile, path: Path) -> Path:
    """Write an index to a place file."""
    columns = {f"{domain}:{measure}": values for (domain, measure), values in file.measures.items()}
    return write_stored(path, KIND, file.about, {"area": file.areas, **columns})


def load_index_file(path: Path) -> IndexFile:
    """Open an index from a place file."""
    stored = open_stored(path, KIND)
    named = [(tuple(name.split(":")), name) for name in stored.columns if name != "area"]
    return IndexFile(
        stored.about, stored.columns["area"], {(key[0], key[1]): stored.numbers(name) for key, name in named}
    )


def read_index_file(path: Path, edition: str | None = None, higher_score: Higher | None = None) -> IndexFile:
    """Read an index as published, or one of the user's own; refuse what is not whole.

    Raises
    ------
    PlacesError
        If the file breaks off, repeats areas, mixes nations, has its columns swapped, or gives a score without saying
        which way it runs.
    """
    sheet = max(read_sheets(path), key=lambda each: len(each.headers) if _has_overall(each) else 0)
    known, original = recognise(sheet.headers, path.name)
    edition = edition_called(edition, known.key if known else "", path.name)
    areas = [code.upper() for code in sheet.areas]
    _refuse_repeated(path, areas)
    measures = _measures(sheet)
    told = _told(sheet, known, original, measures)
    if not measures:
        raise PlacesError(
            f"{path.name} has no numbers: its ranks, scores or deciles cannot be read.",
            found=listed(told) or "Every value is blank.",
            todo="Give figures; blank where an area has none.",
        )
    if known:
        _refuse_partial(path, known, areas)
    for domain in dict.fromkeys(domain for domain, _ in measures):
        _refuse_impossible(path, domain, measures, len(areas))
    if known and original:
        _refuse_swapped(path, known, measures)
    return IndexFile(
        {
            **_about(path, sheet, known, original, areas, edition, higher_score),
            "notes": told,
            "part": "" if known else _part(measures),
        },
        pa.array(areas, pa.string()),
        _official_only(known, original, measures),
    )


def edition_called(said: str | None, key: str, source: str) -> str | None:
    """Return what to call an edition; refuse another name for one that is known: it would stand beside every decile."""
    known = next((each for each in EDITIONS if each.key == key), None)
    if not said or known is None:
        return said
    names = {plain(known.title), plain(known.key), *re.findall(r"20\d\d", f"{known.title} {known.key}")}
    if plain(said) not in names:
        raise PlacesError(
            f"{source} is not the edition {said!r}.",
            found=f"It is: {known.title}.",
            todo=f"Leave out edition=, or give the file of {said}.",
        )
    return known.title


def _has_overall(sheet: Sheet) -> bool:
    return any((measure_of(header) or ("",))[0] == "overall" for header in sheet.headers)


def _measures(sheet: Sheet) -> dict[tuple[str, str], np.ndarray]:
    """Return the numbers of each domain and measure; of headers that mean the same, the first."""
    found: dict[tuple[str, str], np.ndarray] = {}
    for column, header in enumerate(sheet.headers):
        meaning = measure_of(header)
        if column != sheet.area and meaning and meaning not in found:
            found[meaning] = sheet.numbers(column)
    return {key: values for key, values in found.items() if not np.isnan(values).all()}


def _told(
    sheet: Sheet, known: Edition | None, original: bool, measures: Mapping[tuple[str, str], np.ndarray]
) -> list[str]:
    """Return what must be known of a file that is not its publisher's own: cells that are no numbers, a part of an index."""
    if known and original:  # a publisher marks an area without a number as it likes
        return []
    told = []
    for column, header in enumerate(sheet.headers):
        wrong = sheet.not_numbers(column) if column != sheet.area and measure_of(header) else 0
        if wrong:
            name = " ".join(measure_of(header) or ())
            told.append(f"{name}: {wrong:,} of {len(sheet.rows):,} values are not numbers; those areas have none.")
    part = "" if known else _part(measures)
    return [*told, f"A part of an index: {part}. Only deciles that the file gives can be used."] if part else told


def _part(measures: Mapping[tuple[str, str], np.ndarray]) -> str:
    """Return how far the overall ranks go beyond the number of areas, or nothing where they do not."""
    rank = measures.get(("overall", "rank"))
    ranked = 0 if rank is None else int((~np.isnan(rank)).sum())
    if rank is None or np.nanmax(rank) <= ranked + _TIED:
        return ""
    return f"{ranked:,} areas with ranks up to {np.nanmax(rank):,.0f}"


def _official_only(
    known: Edition | None, original: bool, measures: dict[tuple[str, str], np.ndarray]
) -> dict[tuple[str, str], np.ndarray]:
    """Leave out deciles that others worked out, and domains that a composite does not compare across nations."""
    if known and not original:
        return {key: values for key, values in measures.items() if key[1] in ("rank", "score", "count")}
    if known and known.key == "uk_composite":
        return {key: values for key, values in measures.items() if key[0] == "overall"}
    return measures


def _about(
    path: Path,
    sheet: Sheet,
    known: Edition | None,
    original: bool,
    areas: Sequence[str],
    edition: str | None,
    higher_score: Higher | None,
) -> dict[str, Any]:
    nations = sorted({nation for code in areas if (nation := nation_of(code))})
    return {
        "edition": edition or (known.title if known else path.stem),
        "key": known.key if known else "",
        "nations": list(known.nations) if known else nations,
        "geography": known.geography if known else geography_of(sheet.headers[sheet.area]),
        "geography_name": known.geography_name if known else sheet.headers[sheet.area],
        "original": original,
        "complete": known is not None,
        "higher_score": "more_deprived" if known else higher_score,
        "checksum": sha256_of([path]),
        "source": path.name,
        "areas": len(areas),
    }


# --- what is refused -------------------------------------------------------------------------------------------------


def _refuse_repeated(path: Path, areas: Sequence[str]) -> None:
    repeated = len(areas) - len(set(areas))
    if repeated:
        raise PlacesError(
            f"{path.name} repeats areas: it may have been put together twice.",
            found=f"{repeated:,} of {len(areas):,} rows repeat an area.",
            todo="Give the file as published, once.",
        )


def _refuse_partial(path: Path, known: Edition, areas: Sequence[str]) -> None:
    nations = {nation_of(code) for code in areas}
    strangers = sum(nation_of(code) not in known.nations for code in areas)
    if strangers:
        raise PlacesError(
            f"{path.name} mixes areas that {known.title} does not rank.",
            found=f"{strangers:,} of {len(areas):,} areas; nations: {listed(sorted(map(str, nations)))}.",
            todo=f"Give the file of {known.title} alone.",
        )
    if len(areas) != known.areas:
        raise PlacesError(
            f"{path.name} is not whole: {known.title} ranks {known.areas:,} areas.",
            found=f"{len(areas):,} areas.",
            todo="Download it again. (A part of an index would give every area the wrong decile.)",
        )


def _refuse_impossible(path: Path, domain: str, measures: Mapping[tuple[str, str], np.ndarray], areas: int) -> None:
    """Refuse deciles and ranks outside their limits, and deciles that run against the ranks."""
    limits = {"decile": 10, "quintile": 5, "rank": 1e6}  # a part of an index keeps its national ranks
    for measure, highest in limits.items():
        values = measures.get((domain, measure))
        if values is None:
            continue
        wrong = int(((values < 1) | (values > highest)).sum())
        if wrong:
            raise PlacesError(
                f"{path.name}: the {measure} of {domain} is no {measure}; columns may be swapped.",
                found=f"{wrong:,} of {areas:,} values are below 1 or above {highest:g}.",
                todo="Check which column is which.",
            )
    rank, decile = measures.get((domain, "rank")), measures.get((domain, "decile"))
    if rank is not None and decile is not None and _run_apart(rank, decile):
        raise PlacesError(
            f"{path.name}: deciles of {domain} run against the ranks, so one of them counts from the other end.",
            found="The lowest ranks are in the highest decile.",
            todo="Turn one of them round: rank 1 and decile 1 are the most deprived.",
        )


def _run_apart(rank: np.ndarray, decile: np.ndarray) -> bool:
    both = ~(np.isnan(rank) | np.isnan(decile))
    if both.sum() < 2 or np.ptp(rank[both]) == 0 or np.ptp(decile[both]) == 0:
        return False
    return bool(np.corrcoef(rank[both], decile[both])[0, 1] < 0)


def _refuse_swapped(path: Path, known: Edition, measures: Mapping[tuple[str, str], np.ndarray]) -> None:
    """Refuse a published file whose overall ranks are not 1 to N, or whose deciles or scores do not follow them."""
    rank = measures.get(("overall", "rank"))
    if rank is None:
        return
    if not np.abs(np.sort(rank) - np.arange(1, known.areas + 1)).max() <= _TIED:
        raise PlacesError(
            f"{path.name}: the ranks are not those of 1 to {known.areas:,}; columns may be swapped or cells changed.",
            found=f"{len(np.unique(rank)):,} distinct ranks.",
            todo="Give the file as published.",
        )
    decile, score = measures.get(("overall", "decile")), measures.get(("overall", "score"))
    wrong = 0
    if known.exact and decile is not None:
        wrong = int((decile != np.ceil(10 * rank / known.areas)).sum())
    if known.exact and score is not None:
        wrong = max(wrong, int((np.diff(score[np.argsort(rank)]) > 0).sum()))
    if wrong:
        raise PlacesError(
            f"{path.name}: deciles or scores do not follow the ranks; columns may be swapped or rows shifted.",
            found=f"{wrong:,} of {known.areas:,} areas.",
            todo="Give the file as published.",
        )
