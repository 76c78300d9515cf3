"""A list and a population with the same age bands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from equiwait.answers.population.residents import OPEN_END
from equiwait.errors import ColumnsError, RefusedError, listed
from equiwait.fields import AGE_BANDS
from equiwait.frames import categorical, need

STRATUM = "_age_stratum"
"""The column of narrow age bands within which rates are compared."""


def aged(people: pd.DataFrame, living: pd.DataFrame, age_bands: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both with the same age bands and strata of age, as far as the two know ages."""
    if "age" not in living.columns:
        return people, living
    need(living, ["age_to"], "the ages of the population")
    if "age" in people.columns:
        wide, narrow = AGE_BANDS[age_bands], AGE_BANDS["five_year"]
        narrow = narrow if _fits(living, narrow) else wide
        people = people.assign(age_band=_cut(people["age"], wide), **{STRATUM: _cut(people["age"], narrow)})
    elif "age_band" in people.columns:
        wide = narrow = _edges(people["age_band"])
        people = people.assign(**{STRATUM: people["age_band"]})
    else:
        return people, living
    if not _fits(living, wide):
        raise RefusedError(
            "The age bands of the population do not fit into those that are asked for.",
            f"Bands begin at {listed(wide, 30)}.",
            "Give a population by single year of age, or age_bands='five_year'.",
        )
    return people, living.assign(age_band=_cut(living["age"], wide), **{STRATUM: _cut(living["age"], narrow)})


def _fits(living: pd.DataFrame, edges: Sequence[int]) -> bool:
    """Whether each age band of the population lies within one band."""
    first, last = (np.searchsorted(edges, living[name].to_numpy(), side="right") for name in ("age", "age_to"))
    return bool((first == last).all())


def _cut(ages: pd.Series[Any], edges: Sequence[int]) -> pd.Categorical[str]:
    """Ages as bands, named as `read_list` names them; an age that is not known stays so."""
    years = ages.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
    place = np.where(np.isfinite(years), np.searchsorted(edges, years, side="right") - 1, -1)
    return categorical(place, _names(edges))


def _names(edges: Sequence[int]) -> list[str]:
    ends = [*(edge - 1 for edge in edges[1:]), OPEN_END]
    return [
        f"{first}+" if last == OPEN_END else f"{first}-{last}" if last > first else str(first)
        for first, last in zip(edges, ends, strict=True)
    ]


def _edges(bands: pd.Series[Any]) -> tuple[int, ...]:
    """The first years of the bands that a list came with."""
    found = [re.match(r"\d+", str(band)) for band in bands.dropna().unique()]
    if not found or not all(found):
        raise ColumnsError(
            "The list's age_band does not begin with an age.", todo="Give ages, or bands such as 0-18 and 65+."
        )
    return tuple(sorted({0, *(int(each[0]) for each in found if each)}))
