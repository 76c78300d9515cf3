"""Samples: waiting lists of nobody, in a town that does not exist, with a truth that is known because it was planted.

Three lists and the places they need come with the package; `make_list` makes more of them from a seed, and `planted`
says what there is to find. Nothing here is anybody's data.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa

from equiwait.errors import OptionError, PlacesError, choose
from equiwait.files.read_table import read_table
from equiwait.frames import from_any, need
from equiwait.samples.draws import draw
from equiwait.samples.example_files import inside, write_examples
from equiwait.samples.layouts import write_cells
from equiwait.samples.plans import PLANS, planted_table
from equiwait.samples.random_streams import Chance
from equiwait.samples.town import live_places

__all__ = ["SEED", "SNAPSHOT", "load_sample", "make_list", "planted", "sample_names", "sample_path", "write_examples"]

SNAPSHOT = "2026-10-31"
"""The day that every sample describes."""

SEED = 20261031
"""The seed of the bundled lists."""

PEOPLE = {"adult_ptl": 1900, "childrens_surgery": 560, "wlmds_extract": 2700}
"""How many people each bundled list was made of."""

_LISTS = {
    "adult_ptl": "sample_lists/adult_ptl.csv",
    "childrens_surgery": "sample_lists/childrens_surgery.xlsx",
    "wlmds_extract": "sample_lists/wlmds_extract.csv",
}
_BESIDE = {
    "directory": "sample_places/directory.csv",
    "index": "sample_places/index.csv",
    "index_children": "sample_places/index_children.csv",
    "areas": "sample_places/areas.geojson",
    "policy": "sample_policies/eastquay_adults.toml",
    "published": "sample_published/invented_demographics.xlsx",
}


def sample_names() -> tuple[str, ...]:
    """Return the names of the bundled lists.

    Examples
    --------
    >>> sample_names()
    ('adult_ptl', 'childrens_surgery', 'wlmds_extract')
    """
    return tuple(_LISTS)


def sample_path(name: str) -> Path:
    """Return where a bundled list, or a file about the invented town, is on disk.

    Parameters
    ----------
    name : str
        A list (`sample_names`), one of the places (``directory``, ``index``, ``index_children``, ``areas``), ``policy``
        (an illustrative one, for the adults' list), or ``published`` (an invented publication in the layout of NHS England's
        demographics workbook).

    Returns
    -------
    pathlib.Path
        A file to read in place; do not write to it.

    Raises
    ------
    OptionError
        If there is no sample of that name.
    InputError
        If the package was installed without its data.

    Examples
    --------
    >>> sample_path("adult_ptl").name
    'adult_ptl.csv'
    """
    files = {**_LISTS, **_BESIDE}
    return inside(files[choose("name", name, tuple(files))])


def load_sample(name: str) -> pd.DataFrame:
    """Return a bundled list as it comes: text under the headers of its system, dirt and all.

    Parameters
    ----------
    name : str
        One of `sample_names`.

    Returns
    -------
    pandas.DataFrame
        Text columns; an empty cell is missing. Give it (or, better, `sample_path`) to ``read_list``.

    Raises
    ------
    OptionError
        If there is no list of that name.

    Examples
    --------
    >>> list(load_sample("adult_ptl").columns[:4])
    ['Pathway ID', 'Hospital No', 'Trust Code', 'Site Code']
    """
    return read_table(sample_path(choose("name", name, sample_names())))


def make_list(
    kind: str, *, people: int = 2000, seed: int = SEED, places: pd.DataFrame | None = None, dirt: bool = True
) -> pd.DataFrame:
    """Make an invented waiting list, as a hospital's system would send it, whose truth is known.

    Parameters
    ----------
    kind : {"adult_ptl", "childrens_surgery", "wlmds_extract"}
        Whose list, with which headers and which plan (`planted`).
    people : int
        How many people; some have two pathways or are sent twice, so rows are a few per cent more.
    seed : int
        The same seed always gives the same list.
    places : pandas.DataFrame, optional
        Where people live: ``postcode`` (with one space), ``area_code`` and ``quintile`` (1, most deprived, to 5;
        missing for a postcode that lies in no area). All five fifths must be there. The invented town unless given.
    dirt : bool
        Whether values are spelt as they come in real life and rows that do not count are mixed in (sent twice, closed,
        planned, off the clock, of another week, without a clock start). Ethnicity, flags and P-codes are left blank as
        planted either way.

    Returns
    -------
    pandas.DataFrame
        Text columns, one row per submission of a pathway, in random order.

    Raises
    ------
    OptionError
        If ``kind`` is not known, or ``people`` or ``seed`` is not a whole number in range.
    ColumnsError, PlacesError
        If ``places`` lacks a column, or people of some fifth have nowhere to live.

    Notes
    -----
    Dirt, linkage and what becomes of a pathway are drawn apart from waits, so none of them moves the planted gaps.
    Chance comes from named streams of PCG64: asking for more columns never changes the others.

    Examples
    --------
    >>> waiting = make_list("wlmds_extract", people=50, seed=7, dirt=False)
    >>> waiting[["PATIENT_PATHWAY_IDENTIFIER", "derLSOA2021"]].shape
    (50, 2)
    """
    choose("kind", kind, tuple(PLANS))
    _check_number("people", people, 1)
    _check_number("seed", seed, 0)
    homes = _checked_places(live_places() if places is None else places)
    chance = Chance(seed, kind)
    rows = draw(PLANS[kind], people, chance, homes, dirt=dirt)
    boxes = homes.loc[homes["quintile"].isna(), "postcode"].tolist()
    cells = write_cells(kind, rows, boxes, chance, dirt=dirt)
    return from_any(pa.table({header: pa.array(column, pa.string()) for header, column in cells.items()}))


def _check_number(option: str, given: object, least: int) -> None:
    if isinstance(given, bool) or not isinstance(given, int) or given < least:
        raise OptionError(
            f"{option}={given!r} is not a whole number of at least {least}.", todo=f"Give {option}={least} or more."
        )


def _checked_places(places: pd.DataFrame) -> pd.DataFrame:
    need(places, ["postcode", "area_code", "quintile"], "make_list(places=...)")
    missing = sorted(set(range(1, 6)) - set(places["quintile"].dropna().astype(int)))
    if missing:
        raise PlacesError(
            f"places= has no postcode in the fifths {', '.join(map(str, missing))}.",
            todo="Give at least one postcode for each quintile from 1 to 5.",
        )
    return places


def planted(kind: str) -> pd.DataFrame:
    """Return the truth of a kind of list: who waits longer and by how much, and who is missing and why.

    Parameters
    ----------
    kind : {"adult_ptl", "childrens_surgery", "wlmds_extract"}
        Whose list.

    Returns
    -------
    pandas.DataFrame
        One row per group and measure, with the columns

        - ``by``: the canonical column that makes the groups (``true_ethnicity``, which no list can show, says why
          ethnicity is missing);
        - ``among``: the rows that the truth is about, as a query of canonical columns; everyone where it is empty;
        - ``group``, ``reference``: values of ``by`` (flags as ``yes`` and ``no``; ``blank`` where nothing is recorded);
        - ``measure``: ``over_18_weeks``, ``over_52_weeks``, ``over_65_weeks``, or ``ethnicity_blank``;
        - ``value``: the true share of the group; ``difference``: the group less its reference;
        - ``what``: what was planted, in words.

    Raises
    ------
    OptionError
        If ``kind`` is not known.

    Notes
    -----
    The truth is about open pathways on the clock, counted once, that link to an area where ``by`` is deprivation.
    Shares are expected values of the plan: a list made from it differs by chance, as far as an interval says.

    Examples
    --------
    >>> truth = planted("adult_ptl").query("by == 'imd_quintile' and measure == 'over_18_weeks'")
    >>> truth[["group", "value", "difference"]].round(3)
      group  value  difference
    0     1  0.478       0.130
    1     2  0.440       0.092
    2     3  0.403       0.055
    3     4  0.376       0.028
    4     5  0.348       0.000
    """
    return planted_table(PLANS[choose("kind", kind, tuple(PLANS))])
