"""A recipe gives what the verbs give one after the other, whatever blocks the list is cut into."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import equiwait as ew
from engines.dirty_lists import PLACES, SNAPSHOT, by_verbs, dirty, promising, unlike
from equiwait.engines import memory
from equiwait.engines.passes import BETWEEN, home_numbers, homes_of, lots_of
from equiwait.fields import FIELDS
from equiwait.frames import cut
from equiwait.recipe import recipe as recipes
from equiwait.samples import sample_path

ENGLAND = ew.Policy.preset("england_default")
QUESTIONS = {"count": ["imd_quintile", "ethnicity", ("sex", "imd_quintile")], "within": ["priority"]}
CASES = {
    "adult": (lambda: ew.load_sample("adult_ptl"), {**PLACES, "policy": ENGLAND, **QUESTIONS}),
    "dirty": (dirty, {**PLACES, "policy": promising(), **QUESTIONS}),
    "wlmds": (lambda: ew.load_sample("wlmds_extract"), {"index": sample_path("index"), "count": "ethnicity"}),
    "children": (
        lambda: ew.load_sample("childrens_surgery"),
        {**PLACES, "policy": ENGLAND, "ranges": False, "rank_within": ["site"], "missing": ["carer"]},
    ),
}


@pytest.mark.parametrize("size", [131_072, 97])
@pytest.mark.parametrize("case", CASES)
def test_a_recipe_is_the_verbs_one_after_the_other(case, size, monkeypatch):
    made, said = CASES[case]
    raw, said = made(), {"snapshot": SNAPSHOT, **said}
    expected, counts = by_verbs(raw, said)
    monkeypatch.setattr(recipes, "cut", lambda arrays, many: cut(arrays, many, size))
    done = ew.Recipe(**said).apply(raw)
    assert not unlike(expected, done.rows)
    assert counts == done.counts
    kinds = {name: (str(kind), str(done.rows.dtypes[name])) for name, kind in expected.dtypes.items()}
    assert not {name: pair for name, pair in kinds.items() if pair[0] != pair[1] and pair[0] != "int64"}


def test_a_list_that_was_read_is_read_again_by_a_recipe():
    read = ew.read_list(dirty(), snapshot=SNAPSHOT)
    again = ew.Recipe(SNAPSHOT, missing=False).apply(read)
    assert not unlike(ew.read_list(read, snapshot=SNAPSHOT), again.rows)


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("said", [{}, {"policy": promising(), "count": "imd_quintile"}, {"missing": ["area_code"]}])
def test_whether_area_codes_are_kept_changes_nothing_else(own, said):
    raw = (
        dirty()
        .drop(columns=[] if own else ["area_code"], errors="ignore")
        .assign(**({"area_code": "e01000001"} if own else {}))
    )
    keep = ["link_status", "imd_decile", "missing_area_code" if "missing" in said else "scope"]
    less, more = (
        ew.Recipe(SNAPSHOT, **PLACES, keep=names, **said).apply(raw) for names in (keep, [*keep, "area_code"])
    )
    assert not unlike(more.rows[keep], less.rows)
    assert less.counts == more.counts


@pytest.mark.parametrize(
    "keep", [["row_problems"], ["imd_rank", "scope"], ["link_note", "area_code"], ["lad", "core20"]]
)
@pytest.mark.parametrize(
    "said", [{}, {"policy": promising(), "count": ["rural_urban", "imd_quintile"]}, {"missing": ["area_code"]}]
)
def test_what_nobody_asks_for_changes_nothing_of_what_is_kept(keep, said):
    """Also where a list says its decile itself, or was linked before: what it was given is compared with what is found now."""
    raw = dirty().assign(imd_decile="3", lad="mine")
    linked = ew.link_deprivation(ew.read_list(raw, snapshot=SNAPSHOT), **PLACES).assign(imd_decile=4, given_imd_rank=7)
    for waiting in (raw, linked):
        less, whole = (ew.Recipe(SNAPSHOT, **PLACES, keep=names, **said).apply(waiting) for names in (keep, None))
        names = [name for name in whole.rows.columns if name in keep]
        assert sorted(less.rows.columns) == sorted(names)
        assert not unlike(whole.rows[names], less.rows[names])
        assert less.counts == whole.counts


def test_columns_of_the_users_own_come_back_as_read_list_gives_them():
    """Objects, moments to a part of a second, categories in an order: what Arrow would give back in another form."""
    moments = pd.Series(pd.to_datetime(["2026-10-01 09:30:00.25", None, "2026-10-01 09:30:00.5"]))
    raw = pd.DataFrame({
        "clock_start": ["2026-04-01"] * 3, "text": np.array(["Ea\u200bst", None, "West"], object), "mixed": [1, "x", None],
        "moment": moments, "in a zone": moments.dt.tz_localize("UTC"), "month": pd.period_range("2026-01", periods=3, freq="M"),
        "day": [pd.Timestamp(SNAPSHOT).date()] * 3, "order": pd.Categorical([3, 1, None], [3, 1], ordered=True),
        "arrow": pd.Series(["a", None, "b"], dtype=pd.ArrowDtype(pa.string())), "submitted_at": moments,
    }).set_axis([7, 5, 6])  # fmt: skip
    done = ew.Recipe(SNAPSHOT, missing=False).apply(raw).rows
    pd.testing.assert_frame_equal(done, ew.read_list(raw, snapshot=SNAPSHOT))
    assert done["submitted_at"].str[:22].tolist()[::2] == ["2026-10-01 09:30:00.25", "2026-10-01 09:30:00.50"]


def test_own_columns_may_bear_any_name_that_passes_have_for_theirs(monkeypatch):
    """What lies between passes is told by a mark that no header keeps."""
    met, done = set(), memory._done

    def noted(ahead, block):
        worked = done(ahead, block)
        met.update(block.schema.names, worked[0].rows.schema.names)
        return worked

    monkeypatch.setattr(memory, "_done", noted)
    recipe, raw = ew.Recipe(SNAPSHOT, **PLACES, policy=promising()), dirty(60)
    theirs = met - set(recipe.apply(raw).rows.columns) - set(raw.columns) - set(FIELDS)
    assert len(theirs) > 4
    assert {name[:1] for name in theirs} == {BETWEEN}
    own = {mark + name[1:]: "mine" for name in theirs for mark in ("", "\u200b")}
    done_too = recipe.apply(raw.assign(**{name: "mine" for name in own if not name.startswith(BETWEEN)})).rows
    assert all((done_too[name[1:]] == "mine").all() for name in theirs)
    expected, _ = by_verbs(
        raw.assign(**dict(list(own.items())[::2])), {"snapshot": SNAPSHOT, **PLACES, "policy": promising()}
    )
    assert not unlike(expected, done_too)


def test_what_a_step_puts_in_the_place_of_an_own_column_stays():
    raw = dirty(60).assign(link_status="mine", lad="mine", missing_sex="mine", held_by="mine", ethnicity_list="mine")
    expected, _ = by_verbs(raw, {"snapshot": SNAPSHOT, **PLACES, "policy": ENGLAND})
    done = ew.Recipe(SNAPSHOT, **PLACES, policy=ENGLAND).apply(raw)
    assert not unlike(expected, done.rows)


def test_text_of_ones_own_may_be_called_as_a_later_step_calls_its_own():
    raw = pd.DataFrame({"RTT start": ["2026-04-01", "2026-10-01"], "why": ["b", "a"]})
    assert ew.Recipe(SNAPSHOT).apply(raw).rows["why"].tolist() == ["b", "a"]


def test_marks_that_nobody_sees_in_headers_mean_nothing_to_a_recipe_either():
    raw = pd.DataFrame({"\ufeffPathway ID": ["a"], "RTT\u200b start": ["2026-04-01"], "Wa\u200brd": ["x"]})
    pd.testing.assert_frame_equal(
        ew.Recipe(SNAPSHOT, missing=False).apply(raw).rows, ew.read_list(raw, snapshot=SNAPSHOT)
    )


def test_the_fingerprint_holds_all_that_can_change_what_comes_out():
    recipe = ew.Recipe(SNAPSHOT, **PLACES, policy=ENGLAND)
    others = [
        ew.Recipe("2026-10-30", **PLACES, policy=ENGLAND),
        ew.Recipe(SNAPSHOT, index=sample_path("index"), policy=ENGLAND),
        ew.Recipe(SNAPSHOT, **PLACES, policy=ENGLAND.with_changes(order={"long_waits_lead_days": 400})),
        ew.Recipe(SNAPSHOT, **PLACES, policy=ENGLAND, ranges=False),
        ew.Recipe(SNAPSHOT, **PLACES, policy=ENGLAND, count="sex"),
        ew.Recipe(SNAPSHOT, **PLACES, policy=ENGLAND, duplicates=False),
    ]
    assert len({each.fingerprint for each in (recipe, *others)}) == 1 + len(others)
    assert recipe.fingerprint == ew.Recipe(SNAPSHOT, **PLACES, policy=ENGLAND).fingerprint
    assert ENGLAND.name in repr(recipe)


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"snapshot": "soon"}, ew.EquiwaitError),
        ({"policy": "england_default"}, ew.EquiwaitError),
        ({"directory": sample_path("directory")}, ew.EquiwaitError),
        ({"keep": ["imd_rank"]}, KeyError),
        ({"count": "imd_quintile"}, KeyError),
        ({"count": "postcode"}, ew.EquiwaitError),
    ],
)
def test_what_means_nothing_is_refused_before_a_row_is_read(said, error):
    raw = pd.DataFrame({"clock_start": ["2026-04-01"], "postcode": ["EQ4 8JZ"]})
    with pytest.raises(error):
        ew.Recipe(**{"snapshot": SNAPSHOT, **said}).apply(raw)


def test_counts_of_persons_are_refused_at_whatever_size():
    raw = pd.DataFrame({"clock_start": ["2026-04-01"] * 400, "ward": [f"w{n}" for n in range(400)]})
    with pytest.raises(ew.EquiwaitError, match="tells persons apart"):
        ew.Recipe(SNAPSHOT, count="ward").apply(raw)


def test_the_means_of_a_list_are_frozen_into_the_recipe_that_comes_back():
    policy = ew.Policy.preset("paediatric_surgery_illustrative")
    raw = ew.load_sample("childrens_surgery")
    index = [sample_path("index"), ew.load_index(sample_path("index_children"), name="idaci")]
    said = {"snapshot": SNAPSHOT, "directory": sample_path("directory"), "index": index, "policy": policy}
    try:
        expected, _ = by_verbs(raw, said)
    except ew.EquiwaitError as refused:
        with pytest.raises(type(refused)) as again:
            ew.Recipe(**said).apply(raw)
        assert str(again.value) == str(refused)
        return
    done = ew.Recipe(**said).apply(raw)
    assert not unlike(expected, done.rows)
    assert done.recipe.policy.last_state.means == policy.last_state.means
    apart = ew.Recipe(**said, duplicates=False)  # in half of a list fewer rows are submissions of one pathway
    done = apart.apply(raw)
    assert done.recipe != apart
    for half in (slice(None, None, 2), slice(1, None, 2)):  # of other means, were they worked out anew
        assert done.recipe.apply(raw.iloc[half]).rows["score"].equals(done.rows["score"].iloc[half])


def places(folder: Path, which: str) -> list[dict]:
    """Two ways to read places from the same files, which give a list other areas, ranks or columns."""
    index, directory = ew.load_index(sample_path("index")), sample_path("directory")
    areas = index.table["area_code"].tolist()
    pd.DataFrame({"area_code": areas, "score": range(len(areas))}).to_csv(folder / "own.csv", index=False)
    codes = pd.DataFrame(
        {"pc": ["EQ1 1AA", "EQ1 1AB"], "one": areas[:2], "two": areas[2:4], "other": ["EQ1 1AB", "EQ1 1AA"]}
    )
    codes.to_csv(folder / "pc.csv", index=False)

    def built(**columns):
        return {"index": index, "directory": ew.Directory.build(folder / "pc.csv", edition="x", columns=columns)}

    if which == "local":
        return [
            {"index": index.local(each, within="Here"), "directory": directory} for each in (areas[:40], areas[20:80])
        ]
    if which == "score":
        directions = ("more_deprived", "less_deprived")
        return [
            {"index": ew.load_index(folder / "own.csv", higher_score=each), "directory": directory}
            for each in directions
        ]
    if which == "name":
        return [
            {"index": ew.load_index(sample_path("index"), name=each), "directory": directory}
            for each in ("imd", "other")
        ]
    if which == "areas":
        return [built(postcode="pc", area=each) for each in ("one", "two")]
    return [built(postcode=each, area="one") for each in ("pc", "other")]


@pytest.mark.parametrize("which", ["local", "score", "name", "areas", "postcodes"])
def test_the_fingerprint_tells_places_apart_that_come_from_the_same_files(tmp_path, which):
    one, other = (ew.Recipe(SNAPSHOT, **said) for said in places(tmp_path, which))
    again = ew.Recipe(SNAPSHOT, **places(tmp_path, which)[0])
    assert one.fingerprint != other.fingerprint
    assert one != other
    assert (again, hash(again)) == (one, hash(one))


def test_a_recipe_owes_nothing_to_what_becomes_of_what_it_was_made_from():
    columns, blank = {"Ward": "site"}, {"carer": "no"}
    recipe = ew.Recipe(SNAPSHOT, columns=columns, blank_means=blank)
    before = recipe.fingerprint
    columns["Gender"], blank["carer"] = "sex", "unknown"
    assert recipe.fingerprint == before
    assert recipe.columns == {"Ward": "site"}


@given(st.lists(st.tuples(st.sampled_from(["R1", "R22", None, ""]), st.sampled_from(["100", None])), max_size=40))
def test_a_group_has_one_home_in_however_large_a_block_it_stands(rows):
    def homes(some):
        columns = [pa.array([each[at] for each in some], pa.string()) for at in (0, 1)]
        found = homes_of([columns[0], columns[1].dictionary_encode()], len(some), np.ones(len(some), bool))
        return home_numbers(found).tolist()

    assert homes(rows) == [homes([each])[0] for each in rows]


@pytest.mark.parametrize("lots", [2, 7, 20])
def test_lots_are_of_like_size_though_the_last_bit_of_a_home_says_something_else(lots):
    groups = pa.array([f"R{at:03d}" for at in range(2000)])
    home = home_numbers(homes_of([groups], len(groups), np.ones(len(groups), bool)))
    sizes = np.bincount(lots_of(home, np.arange(len(home)), lots).astype(int), minlength=lots)
    assert sizes.min() > 0.6 * len(groups) / lots


def test_days_of_your_own_in_codes_come_back_as_they_are():
    days = pa.array([dt.date(2026, 1, 1), None, dt.date(2026, 1, 1)])
    raw = pa.table({"clock_start": ["2026-01-01"] * 3, "Own": days.dictionary_encode()})
    assert (
        ew.Recipe(SNAPSHOT).apply(raw).rows["Own"].astype(object).where(lambda own: own.notna(), None).tolist()
        == days.to_pylist()
    )


@pytest.mark.parametrize("name", ["missing", "rank_within", "within", "window", "keep", "count"])
def test_what_becomes_of_a_list_that_a_recipe_was_given_changes_nothing_in_it(name):
    given = ["sex"]
    recipe = ew.Recipe(SNAPSHOT, **{name: given})
    before = recipe.fingerprint
    given.append("ethnicity")
    assert recipe.fingerprint == before
    assert recipe == ew.Recipe(SNAPSHOT, **{name: ("sex",)})
    hash(getattr(recipe, name))  # nobody can append to it either


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"count": "sex"}, {"count": ["sex"]}),
        ({"count": ["sex", "sex"]}, {"count": [("sex",)]}),
        ({"missing": None}, {"missing": True}),
        ({"keep": ["sex"]}, {"keep": pd.Index(["sex"])}),
        ({"keep": ["sex"]}, {"keep": iter(["sex"])}),
    ],
)
def test_recipes_that_do_the_same_in_other_words_are_equal(one, other):
    assert ew.Recipe(SNAPSHOT, **one) == ew.Recipe(SNAPSHOT, **other)
    assert ew.Recipe(SNAPSHOT, missing=False) != ew.Recipe(SNAPSHOT)


@pytest.mark.parametrize("names", [pd.Index(["scope", "sex"]), (name for name in ("scope", "sex"))])
def test_columns_are_kept_in_whatever_their_names_come(names):
    recipe = ew.Recipe(SNAPSHOT, keep=names)
    raw = pd.DataFrame({"clock_start": ["2026-04-01"], "sex": ["1"]})
    for _ in range(2):  # a generator can be read but once
        assert list(recipe.apply(raw).rows.columns) == ["scope", "sex"]


def test_a_list_without_rows_is_said_to_have_none():
    raw = pd.DataFrame({"clock_start": ["2026-04-01"], "sex": ["1"]}).iloc[:0]
    with pytest.raises(ew.EquiwaitError, match="has no rows"):
        ew.Recipe(SNAPSHOT).apply(raw)
