"""Counts of any split of a list add up to the counts of the whole: cells, and what they are about."""

from __future__ import annotations

import json
from functools import reduce

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import equiwait as ew
from engines.dirty_lists import PLACES, SNAPSHOT, dirty
from equiwait.counts.waits.about import About
from equiwait.counts.waits.counts_file import _checksum
from equiwait.errors import InputError, RefusedError

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
    named = {"England": "imd2025 0123ab", "Wales": "wimd2025 4567cd"}  # of the other people no index knows the place
    edition = pd.Series([named.get(each) for each in of], index=LIST.index, dtype="str")
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


def of_one_nation(nation: str, edition: str | None) -> pd.DataFrame:
    waiting = with_nations()
    known = pd.Series(edition, index=waiting.index, dtype="str").where(waiting["imd_quintile"].notna())
    return waiting.assign(nation=nation, index_edition=known)


ENGLAND, WALES = of_one_nation("England", "imd2025 0123ab"), of_one_nation("Wales", "wimd2025 4567cd")


def test_ranks_of_two_nations_are_pooled_by_no_sum(tmp_path) -> None:
    one, two = (ew.count_waits(each, "imd_quintile") for each in (ENGLAND, WALES))
    with pytest.raises(RefusedError, match="would pool the ranks of several nations"):
        one + ew.Waits.load(two.save(tmp_path / "wales.json"))
    with pytest.raises(RefusedError, match="would pool the ranks of several nations"):
        ew.count_waits(pd.concat([ENGLAND, WALES]), "imd_quintile")
    crossed = [ew.count_waits(each, BY[2:]) for each in (ENGLAND, WALES)]
    assert crossed[0] + crossed[1] == ew.count_waits(pd.concat([ENGLAND, WALES]), BY[2:])


@pytest.mark.parametrize("nation", ["England", None, "Jersey", "dropped"])
def test_an_older_index_of_a_nation_that_is_not_said_does_not_add(nation: str | None) -> None:
    older = ENGLAND.assign(
        nation=nation, index_edition=ENGLAND["index_edition"].replace("imd2025 0123ab", "imd2019 0123ab")
    )
    older = older.drop(columns="nation") if nation == "dropped" else older
    one, two = ew.count_waits(ENGLAND, "imd_quintile"), ew.count_waits(older, "imd_quintile")
    for parts in ((one, two), (two, one)):
        with pytest.raises(RefusedError, match=r"differ in editions|ranks of several nations"):
            parts[0] + parts[1]


def test_whether_parts_add_does_not_hang_on_their_order() -> None:
    unsaid = ew.count_waits(ENGLAND.drop(columns="index_edition"), "sex")
    nobody = ew.count_waits(ENGLAND.assign(index_edition=pd.Series(dtype="str")), "sex")
    known = ew.count_waits(ENGLAND, "sex")
    assert (known + nobody).about.editions == known.about.editions
    for parts in ([unsaid, nobody, known], [known, nobody, unsaid], [nobody, known, unsaid], [unsaid, known, nobody]):
        with pytest.raises(RefusedError, match="differ in editions"):
            sum(parts)


@pytest.mark.parametrize("editions", [["a"], "abc", 5, None, [1, 2], {"index_edition": 5}, {"index_edition": "abc"}])
def test_a_file_whose_editions_are_in_another_form_is_refused(tmp_path, editions: object) -> None:
    path = ew.count_waits(ENGLAND, "sex").save(tmp_path / "a.json")
    said = json.loads(path.read_text("utf-8"))
    said["about"]["editions"] = editions
    said["checksum"] = _checksum({name: said[name] for name in ("about", "columns", "rows")})
    path.write_text(json.dumps(said), "utf-8")
    with pytest.raises(InputError, match="in another form"):
        ew.Waits.load(path)
