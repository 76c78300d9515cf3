"""Counts of any split of a list add up to the counts of the whole: cells, and what they are about."""

from __future__ import annotations

from functools import reduce

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import equiwait as ew
from engines.dirty_lists import PLACES, SNAPSHOT, dirty
from equiwait.counts.waits.about import About
from equiwait.errors import RefusedError

BY = ["imd_quintile", ("sex", "ethnicity"), ("nation", "imd_quintile")]


def linked(raw: pd.DataFrame) -> pd.DataFrame:
    return ew.link_deprivation(ew.read_list(raw, snapshot=SNAPSHOT), **PLACES)


LIST = linked(dirty(240))
FEW = linked(
    pd.DataFrame(
        {
            "RTT start": ["2026-04-01"] * 6,
            "Snapshot Date": [SNAPSHOT, SNAPSHOT, "2026-09-30", SNAPSHOT, SNAPSHOT, SNAPSHOT],
            "Post Code": ["EQ1 8GY", None, "ZZ99 3VZ", "EQ1 8GY", "ZZ99 3VZ", None],
            "Provider": ["RAA", "RBB", "RCC", "Some Hospital", "RAA", None],
            "Sex": ["1", "2", "1", "2", "9", None],
            "Ethnicity": ["A", "B", None, "Z", "A", "99"],
        }
    )
)


def added(waiting: pd.DataFrame, part: np.ndarray, **asked: object) -> ew.Waits:
    return reduce(
        lambda one, two: one + two, (ew.count_waits(waiting[part == each], **asked) for each in np.unique(part))
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=len(FEW), max_size=len(FEW)))
def test_few_people_in_any_parts(part: list[int]) -> None:
    assert added(FEW, np.array(part), by=BY) == ew.count_waits(FEW, BY)


@pytest.mark.parametrize("many", [2, 7, 60, 240])
def test_a_dirty_list_in_any_parts(many: int, tmp_path) -> None:
    part = np.random.default_rng(many).integers(0, many, len(LIST))
    whole = ew.count_waits(LIST, BY, within=["priority"])
    assert added(LIST, part, by=BY, within=["priority"]) == whole
    ordered = np.sort(part)[::-1]
    assert added(LIST, ordered, by=BY, within=["priority"]) == whole
    files = [ew.count_waits(LIST[part == each], BY).save(tmp_path / f"{each}.json") for each in np.unique(part)]
    assert ew.count_waits(LIST, BY) == reduce(lambda one, two: one + two, map(nameless, files))


def nameless(path) -> ew.Waits:
    read = ew.Waits.load(path)
    return ew.Waits(read.table, About(**{**read.about.__dict__, "files": ()}))


def with_nations() -> pd.DataFrame:
    of = np.array(["England", "Wales", None, "Scotland"])[np.arange(len(LIST)) % 4]
    named = {"England": "imd2025 0123ab", "Wales": "wimd2025 4567cd", "Scotland": None}
    edition = pd.Series([named.get(each, "imd2025 0123ab") for each in of], index=LIST.index, dtype="str")
    return LIST.assign(nation=of, index_edition=edition.where(LIST["imd_quintile"].notna()))


def test_people_of_several_nations_in_any_parts() -> None:
    waiting = with_nations()
    whole = ew.count_waits(waiting, BY[1:])
    assert added(waiting, pd.factorize(waiting["nation"], use_na_sentinel=False)[0], by=BY[1:]) == whole
    assert whole.about.sources[1:] == ("imd2025 0123ab", "wimd2025 4567cd")


def test_other_editions_of_one_nation_still_do_not_add() -> None:
    waiting = with_nations()
    older = waiting.assign(index_edition=waiting["index_edition"].replace("imd2025 0123ab", "imd2019 0123ab"))
    with pytest.raises(RefusedError, match="differ in editions"):
        ew.count_waits(waiting, "sex") + ew.count_waits(older, "sex")
    unsaid = waiting.drop(columns=["index_edition"])
    with pytest.raises(RefusedError, match="differ in editions"):
        ew.count_waits(waiting, "sex") + ew.count_waits(unsaid, "sex")


def test_a_stream_and_memory_say_the_same_of_providers(tmp_path, monkeypatch) -> None:
    from equiwait.engines import stream

    monkeypatch.setattr(stream, "BLOCK", 2)
    raw = pd.DataFrame(
        {"RTT start": ["2026-04-01"] * 6, "Provider": ["RAA", "RBB", "RAA", "RBB", "Some Hospital", None]}
    )
    raw.to_parquet(tmp_path / "list.parquet", row_group_size=2)
    recipe = ew.Recipe(SNAPSHOT, count=["provider"])
    assert recipe.stream(tmp_path / "list.parquet", tmp_path / "out").counts == recipe.apply(raw).counts
    assert recipe.apply(raw).counts.about.providers == ()
