"""Who is compared with whom: each person once, and the population of the areas that are served."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from equiwait.answers.grouped_people import Flags, is_scope, on_the_list
from equiwait.counts.waits import only_codes
from equiwait.counts.waits.groups import columns_for
from equiwait.errors import OptionError, RefusedError, attempt, listed
from equiwait.frames import need


def people_of(waiting: pd.DataFrame, joined: tuple[str, str] | None) -> tuple[pd.DataFrame, str]:
    """The people who count, once each, and what to say of them."""
    need(waiting, ["scope", "days_waiting"], "representation")
    if joined is None:
        people, _ = on_the_list(waiting, (), "representation")
        return _once(people), "People still waiting."
    need(waiting, ["clock_start"], "representation of new referrals")
    first, last = _window(joined)
    began = waiting[is_scope(waiting, "rtt_open", "closed")]
    start = began["clock_start"].to_numpy().astype("datetime64[D]")
    people = began[(start >= first) & (start <= last)]
    if people.empty:
        raise RefusedError(f"Nobody's clock started from {first} to {last}.", todo="Give another window with joined=.")
    if is_scope(waiting, "closed").any():
        return _once(people), "New referrals by clock start, whether still waiting or not."
    return _once(
        people
    ), "New referrals by clock start; the list has no ended waits, so those who have left are not seen."


def _window(joined: tuple[str, str]) -> tuple[np.datetime64, np.datetime64]:
    def read() -> tuple[np.datetime64, np.datetime64]:
        first, last = (np.datetime64(str(day), "D") for day in joined)
        return first, last

    return attempt(
        read, lambda _: OptionError("joined= is not two dates.", todo='Write joined=("2026-08-01", "2026-10-31").')
    )


def _once(people: pd.DataFrame) -> pd.DataFrame:
    """One row a person: the longest wait. Rows without a person's number are taken as people of their own."""
    if "person_id" not in people.columns:
        return people
    longest_first = people.sort_values("days_waiting", ascending=False, kind="stable")
    again = longest_first["person_id"].duplicated() & longest_first["person_id"].notna()
    return longest_first[~again.to_numpy()]


def shared_questions(people: pd.DataFrame, living: pd.DataFrame) -> list[str]:
    """The default groupings that both have."""
    ranks = [str(name) for name in people.columns if str(name).endswith("_quintile")]
    wanted = (*[name for name in ranks if only_codes(people, name)][:1], "age_band", "sex")
    return [name for name in wanted if only_codes(people, name) and only_codes(living, name)]


def served(living: pd.DataFrame, area: str | Iterable[str] | None) -> pd.DataFrame:
    """The population of the areas served."""
    if area is None:
        return living
    need(living, ["area_code"], "area=")
    codes = {area} if isinstance(area, str) else set(area)
    missing = codes - set(living["area_code"].dropna().unique())
    if missing or not codes:
        raise OptionError(
            f"{len(missing):,} of the {len(codes):,} areas of area= are not in the population.",
            f"Such as {listed(sorted(map(str, missing)), 3)}." if missing else "",
            "Give codes of the kind and edition that the population file has.",
        )
    return living[living["area_code"].isin(codes).to_numpy()]


def named_areas(living: pd.DataFrame) -> str:
    """Return one name for one set of areas: how many they are, and a digest of their codes."""
    if "area_code" not in living.columns:
        return "of all areas"
    codes = sorted(map(str, living["area_code"].dropna().unique()))
    return f"of {len(codes)} areas {hashlib.sha256(' '.join(codes).encode()).hexdigest()[:12]}"


def relabelled(living: pd.DataFrame, asked: Iterable[Sequence[str]], labels: Mapping[str, str] | None) -> pd.DataFrame:
    """The population with its labels as the list writes them."""
    columns = columns_for(living, (column for one in asked for column in one))
    return (
        living.assign(**{name: living[name].astype(object).replace(dict(labels)) for name in columns})
        if labels
        else living
    )


def refuse_other_labels(question: str, listed_groups: Mapping[str, bool], living_groups: Mapping[str, bool]) -> None:
    """Refuse a question of which no recorded group of the list is in the population: its ratios would all be empty."""
    ours, theirs = ([name for name, known in groups.items() if known] for groups in (listed_groups, living_groups))
    if ours and theirs and not set(ours) & set(theirs):
        raise RefusedError(
            f"The groups of {question} are named differently on the list and in the population.",
            f"On the list: {listed(ours, 20)}. In the population: {listed(theirs, 20)}.",
            f"Say which is which: labels={{{theirs[0]!r}: {ours[0]!r}, ...}}, the population's name first.",
        )


def residents_among(people: pd.DataFrame, living: pd.DataFrame) -> tuple[Flags, dict[str, int]]:
    """Who lives in the areas compared, and how many do not, or are not known to."""
    if "area_code" not in living.columns:
        return np.ones(len(people), bool), {}
    need(people, ["area_code"], "representation")
    codes = people["area_code"].astype(object)
    silent = codes.isna().to_numpy() | (codes == "").to_numpy()
    here = codes.isin(set(living["area_code"].dropna().unique())).to_numpy()
    if not here.any():
        raise RefusedError(
            "Nobody on the list lives in an area of the population.",
            todo="Check that both have area codes of one kind and edition, and that area= names the areas served.",
        )
    lost = {"live elsewhere": int((~here & ~silent).sum()), "have no area that is known": int(silent.sum())}
    return here, lost


def refuse_other_areas(people: pd.DataFrame, living: pd.DataFrame) -> None:
    """Far fewer areas with somebody on the list than chance would leave: this is not the population that is served."""
    if "area_code" not in living.columns:
        return
    residents = living.groupby("area_code", observed=True)["people"].sum()
    due = len(people) * residents / residents.sum()
    occupied, likely = people["area_code"].nunique(), float((1 - np.exp(-due)).sum())
    if occupied < 0.75 * likely:
        raise RefusedError(
            "Many areas of the population have nobody on the list, far more than chance would leave.",
            f"{occupied:,} of {len(residents):,} areas have somebody; about {likely:,.0f} would if all were served alike.",
            "Name the areas that the hospital serves with area=, and check that both are of one edition of area codes.",
        )
