"""What an index file holds decides, not what it or its columns are called; what contradicts itself is refused."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equiwait.errors import EquiwaitError, OptionError
from equiwait.rows.places import Index, load_index
from equiwait.rows.places.build import build_place, check_place
from rows.places.test_indices import WIMD_2019, own_file, refusal

DOMAINS = (
    "Income", "Employment", "Health", "Education", "Access to Services", "Housing", "Community Safety",
    "Physical Environment",
)  # fmt: skip
BOUNDS_2025 = (191, 382, 574, 766, 958, 1149, 1341, 1533, 1724, 1917)


@pytest.fixture(scope="module")
def welsh(shared_data: Path) -> pd.DataFrame:
    """The Welsh workbook as pandas reads it: code, rank, decile, quintile and the ranks of its domains."""
    path = shared_data / "deprivation" / WIMD_2019
    ranks = pd.read_excel(path, sheet_name="WIMD_2019_ranks", header=1, engine="calamine").iloc[:, :12]
    tenths = pd.read_excel(path, sheet_name="Deciles_quintiles_quartiles", engine="calamine")
    ranks.columns = ["code", "name", "authority", "rank", *DOMAINS]
    tenths.columns = ["code", "name", "authority", "rank", "decile", "quintile", "quartile"]
    return ranks.merge(tenths[["code", "decile", "quintile"]], on="code").set_index("code")


@pytest.fixture(scope="module")
def english(official_2019: pd.DataFrame) -> pd.DataFrame:
    return official_2019


def written(path: Path, frame: pd.DataFrame, **headers: str) -> Path:
    """Write some columns of a frame under other headers, its areas first."""
    frame.rename(columns=headers)[list(headers.values())].rename_axis("LSOA Code").to_csv(path)
    return path


def assert_official(index: Index, official: pd.DataFrame) -> None:
    ours = index.table.set_index("area_code").loc[official.index]
    assert (ours["rank"] == official["rank"]).all()
    assert (ours["decile"] == official["decile"]).all()
    if "quintile" in official:
        assert (ours["quintile"] == official["quintile"]).all()


# --- Wales -----------------------------------------------------------------------------------------------------------


def test_all_official_deciles_and_quintiles_of_wimd_2019(shared_data: Path, welsh: pd.DataFrame) -> None:
    index = load_index(shared_data / "deprivation" / WIMD_2019)
    assert len(index) == len(welsh) == 1_909
    assert index.decile_rule == "the publisher's deciles"
    assert_official(index, welsh)
    build_place("wimd2019", shared_data / "deprivation" / WIMD_2019)
    assert_official(load_index("wimd2019"), welsh)
    income = load_index(shared_data / "deprivation" / WIMD_2019, domain="income")
    assert (income.table.set_index("area_code")["rank"].loc[welsh.index] == welsh["Income"]).all()
    assert "WIMD 2019, cut after ranks 191, 382" in income.decile_rule


@pytest.mark.parametrize("header", ["WIMD 2019 ", "WIMD 2019 score", "WIMD", "IMD", "Deprivation", "Score"])
def test_a_welsh_ranks_sheet_is_ranks_whatever_it_is_called(tmp_path: Path, welsh: pd.DataFrame, header: str) -> None:
    path = written(tmp_path / "lookup.csv", welsh, rank=header, Income="Income ", Health="Health")
    index = load_index(path)
    assert index.title == "WIMD 2019"
    assert_official(index, welsh)


def test_the_ranks_passed_on_by_others_give_the_official_deciles(shared_data: Path, welsh: pd.DataFrame) -> None:
    assert_official(load_index(shared_data / "deprivation/wimd2019_wales_lsoa11_ranks_deciles.csv"), welsh)


@pytest.fixture(scope="module")
def wimd2025(shared_data: Path, welsh: pd.DataFrame) -> pd.DataFrame:
    """1,917 Welsh areas of 2021 with ranks of our own making, near those of 2019: no file of WIMD 2025 is at hand."""
    lookup = pd.read_csv(shared_data / "lookups/rural_urban_2021_lsoa2021.csv")["lsoa21_code"]
    codes = lookup[lookup.str.startswith("W")].sort_values()
    random = np.random.default_rng(2025)
    near = welsh["rank"].astype(float).reindex(codes).fillna(900) + random.normal(0, 100, len(codes))
    frame = pd.DataFrame({"rank": near.rank(method="first").astype(int)}, index=pd.Index(codes, name="code"))
    for domain in DOMAINS:
        frame[domain] = (frame["rank"] + random.normal(0, 150, len(frame))).rank().astype(int)
    frame["decile"] = np.searchsorted(BOUNDS_2025, frame["rank"]) + 1
    frame["quintile"] = (frame["decile"] + 1) // 2
    return frame


def workbook(path: Path, frame: pd.DataFrame, year: int) -> Path:
    """A workbook in the layout of the Welsh one: guidance, ranks under a title, tenths."""
    ranks = frame[["rank", *DOMAINS]].rename(columns={"rank": f"WIMD {year} "}).rename_axis("LSOA Code")
    tenths = frame[["rank", "decile", "quintile"]].rename_axis("LSOA Code")
    tenths.columns = [f"WIMD {year} Overall {word}" for word in ("Rank ", "Decile", "Quintile")]
    with pd.ExcelWriter(path) as book:
        pd.DataFrame(["Guidance"]).to_excel(book, sheet_name="Guidance_sheet", index=False, header=False)
        ranks.to_excel(book, sheet_name=f"WIMD_{year}_ranks", startrow=1)
        tenths.to_excel(book, sheet_name="Deciles_quintiles_quartiles")
    return path


def test_wimd_2025_as_workbook_and_csv(tmp_path: Path, wimd2025: pd.DataFrame) -> None:
    assert len(wimd2025) == 1_917
    book = load_index(workbook(tmp_path / "wimd.xlsx", wimd2025, 2025))
    ranks = load_index(written(tmp_path / "ranks.csv", wimd2025, rank="WIMD 2025", Income="Income", Health="Health"))
    plain = load_index(written(tmp_path / "wimd2025.csv", wimd2025, rank="rank"))
    nameless = load_index(written(tmp_path / "ours.csv", wimd2025, rank="rank"))
    for index in (book, ranks, plain, nameless):
        assert (index.title, index.geography, index.complete) == ("WIMD 2025", "2021", True)
        assert_official(index, wimd2025)
    assert book.decile_rule == "the publisher's deciles"
    assert "191, 382, 574, 766, 958, 1149, 1341, 1533, 1724, 1917 (not verified" in ranks.decile_rule
    assert [int(ranks.rank[ranks.decile == decile].max()) for decile in range(1, 11)] == list(BOUNDS_2025)


# --- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["wimd2025.csv", "Wales_IMD_2019.csv", "imd2015.csv"])
def test_english_and_welsh_data_under_any_name(
    tmp_path: Path, welsh: pd.DataFrame, english: pd.DataFrame, name: str
) -> None:
    index = load_index(written(tmp_path / name, english, rank="IMD Rank"))
    assert index.title == "IoD 2019"
    assert_official(index, english)
    assert any(name in note and "what it holds is IoD 2019" in note for note in index.notes) == (
        name != "Wales_IMD_2019.csv"
    )
    index = load_index(written(tmp_path / name, welsh, rank="rank"))
    assert index.title == "WIMD 2019"
    assert_official(index, welsh)
    assert any(name in note and "what it holds is WIMD 2019" in note for note in index.notes)
    assert "what it holds is WIMD 2019" in str(check_place(tmp_path / name))


def test_a_part_of_one_nation_under_the_name_of_another(tmp_path: Path, welsh: pd.DataFrame) -> None:
    some = welsh.iloc[:60]
    index = load_index(written(tmp_path / "imd2019.csv", some, rank="rank", decile="decile"))
    assert (index.nations, index.complete) == (("Wales",), False)
    assert (index.decile == some["decile"]).all()
    assert any("what it holds is areas of Wales" in note for note in index.notes)
    assert "a part of an index" in refusal(written(tmp_path / "imd2019.csv", some, rank="rank"))


def test_two_nations_in_one_file_are_not_pooled(tmp_path: Path, welsh: pd.DataFrame, english: pd.DataFrame) -> None:
    both = pd.concat([english, welsh[["rank", "decile"]]])
    for name in ("england_and_wales.csv", "imd2019.csv"):
        for columns in ({"rank": "rank"}, {"decile": "decile"}, {"rank": "rank", "decile": "decile"}):
            assert "mixes areas" in refusal(written(tmp_path / name, both, **columns))


def test_an_edition_may_be_called_as_people_call_it(tmp_path: Path, english: pd.DataFrame) -> None:
    path = written(tmp_path / "lookup.csv", english, rank="rank")
    for said in ("IMD 2019", "Indices of Deprivation 2019"):
        assert load_index(path, edition=said).title == "IoD 2019"
    for other in ("WIMD 2019", "IMD 2015"):
        with pytest.raises(EquiwaitError, match="is not the edition"):
            load_index(path, edition=other)


# --- refused ---------------------------------------------------------------------------------------------------------


def test_a_rank_is_not_taken_for_a_score_that_rises(tmp_path: Path) -> None:
    rows = "".join(f"047{n:06d},{n}\n" for n in range(1, 41))
    path = own_file(tmp_path, "small area,HP score\n" + rows)
    index = load_index(path)
    assert (index.rank[0], index.decile[0], index.decile[-1]) == (1, 1, 10)
    assert any("so they are ranks" in note for note in index.notes)
    assert load_index(path, higher_score="less_deprived").rank.tolist() == index.rank.tolist()
    with pytest.raises(OptionError, match="holds ranks"):
        load_index(path, higher_score="more_deprived")


def test_a_missing_rank_gives_nobody_decile_11(tmp_path: Path) -> None:
    rows = [f"W0100{n:04d},{n}" for n in range(1, 31)]
    for place in (0, 12, 29):
        for cell in ("", "n/a"):
            changed = [*rows]
            changed[place] = changed[place].split(",")[0] + "," + cell
            told = refusal(own_file(tmp_path, "\n".join(["area_code,rank", *changed])))
            assert "a part of an index" in told or "without a rank" in told
        without = "\n".join(["area_code,rank", *rows[:place], *rows[place + 1 :]])
        if place < 29:
            assert "29 areas with ranks up to 30" in refusal(own_file(tmp_path, without))
    assert set(Index.of({"a": 3, "b": 90, "c": 7}, title="ours").decile) == {4, 7, 10}


@pytest.mark.parametrize("cells", [("4,5", "1"), ("12,5", "2"), ("1,00", "2"), ("1.234,5", "2"), ("3,1415", "2")])
def test_a_decimal_comma_is_no_thousands_mark(tmp_path: Path, cells: tuple[str, str]) -> None:
    path = own_file(tmp_path, "area_code,score\n" + "".join(f'A{n},"{cell}"\n' for n, cell in enumerate(cells)))
    assert "1 of 2 values are not numbers" in refusal(path, higher_score="more_deprived")


def test_figures_as_publishers_set_them(tmp_path: Path) -> None:
    cells = ("\u221231.5", "-31.25", "0", "1,250.5", "1 260", "1\u00a0270", "+1.3e3")
    path = own_file(tmp_path, "area_code,score\n" + "".join(f'A{n},"{cell}"\n' for n, cell in enumerate(cells)))
    index = load_index(path, higher_score="less_deprived")
    assert index.score.tolist() == [-31.5, -31.25, 0, 1250.5, 1260, 1270, 1300]
    assert index.rank.tolist() == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(("measure", "value"), [("decile", "11"), ("decile", "0"), ("decile", "4.5"), ("quintile", "6"), ("rank", "2.3"), ("rank", "-4")])  # fmt: skip
def test_values_that_no_measure_can_have(tmp_path: Path, measure: str, value: str) -> None:
    rows = "".join(f"A{n},1\n" for n in range(9))
    told = refusal(own_file(tmp_path, f"area_code,{measure}\n{rows}A9,{value}\n"))
    assert f"the {measure} of overall is no {measure}" in told


def test_deciles_in_words(tmp_path: Path, welsh: pd.DataFrame) -> None:
    for words in ("Decile {}", "{}", "D{}", "IMD decile {}"):
        spelt = welsh.assign(decile=welsh["decile"].map(words.format))
        spelt.loc[welsh["decile"] == 1, "decile"] = "1 (most deprived)"
        spelt.loc[welsh["decile"] == 10, "decile"] = "10 - least deprived"
        index = load_index(written(tmp_path / "lookup.csv", spelt, decile="IMD decile"))
        assert (index.decile == welsh["decile"]).all()
    turned = welsh.assign(decile=welsh["decile"].astype(str).replace("10", "10 (most deprived)"))
    assert np.isnan(load_index(written(tmp_path / "lookup.csv", turned, decile="decile")).decile).sum() == 190


def test_fifths_alone_are_refused_in_their_own_words(tmp_path: Path, welsh: pd.DataFrame) -> None:
    assert "only fifths of overall" in refusal(written(tmp_path / "lookup.csv", welsh, quintile="IMD quintile"))


def test_ranks_of_some_areas_among_themselves_are_said_to_be_so(tmp_path: Path, english: pd.DataFrame) -> None:
    some = english.iloc[:500].assign(rank=lambda frame: frame["rank"].rank().astype(int))
    index = load_index(written(tmp_path / "ours.csv", some, rank="rank"))
    assert any("500 areas among themselves, of some 32,844 in England" in note for note in index.notes)


def test_a_workbook_with_tables_of_two_nations_is_asked_about(
    tmp_path: Path, welsh: pd.DataFrame, english: pd.DataFrame
) -> None:
    path = tmp_path / "both.xlsx"
    with pd.ExcelWriter(path) as book:
        welsh[["rank"]].rename_axis("LSOA code").to_excel(book, sheet_name="Wales")
        english[["rank"]].iloc[:3_000].rename_axis("LSOA code").to_excel(book, sheet_name="England")
    assert "tables of different areas" in refusal(path)
    with pd.ExcelWriter(path) as book:
        welsh[["rank"]].rename_axis("LSOA code").to_excel(book, sheet_name="Wales")
        welsh[["rank"]].head(20).rename_axis("LSOA code").to_excel(book, sheet_name="first rows")
    assert len(load_index(path)) == 1_909


def test_own_deciles_that_contradict_own_ranks(tmp_path: Path) -> None:
    def told(deciles: list[int], measure: str = "decile") -> str:
        rows = "".join(f"A{n},{n + 1},{decile}\n" for n, decile in enumerate(deciles))
        return refusal(own_file(tmp_path, f"area_code,rank,{measure}\n{rows}"))

    tenths = [n // 4 + 1 for n in range(40)]
    assert "decile falls 1 times" in told([*tenths[:20], 3, *tenths[21:]])
    assert "decile falls" in told([*tenths[1:], 1])
    assert "run against the ranks" in told(tenths[::-1])
    assert "quintile falls" in told([(each + 1) // 2 if each != 5 else 1 for each in tenths], "quintile")


def test_sheets_of_one_workbook_that_contradict_each_other(tmp_path: Path, wimd2025: pd.DataFrame) -> None:
    changed = wimd2025.copy()
    path = tmp_path / "wimd.xlsx"
    with pd.ExcelWriter(path) as book:
        changed[["rank"]].rename_axis("LSOA Code").to_excel(book, sheet_name="ranks")
        changed["rank"] = np.roll(changed["rank"], 1)
        changed[["rank", "decile"]].rename_axis("LSOA Code").to_excel(book, sheet_name="deciles")
    assert "two columns of the rank of overall, and they are not the same" in refusal(path)


@pytest.mark.parametrize("how", ["turned", "shifted by 1", "shifted by 300", "score turned"])
def test_an_overall_order_that_does_not_fit_the_domains(tmp_path: Path, welsh: pd.DataFrame, how: str) -> None:
    """Here of an index that is not known: its areas are renamed."""
    own = welsh.set_axis([f"X{n:08d}" for n in range(len(welsh))])
    rank = own["rank"].to_numpy()
    own["rank"] = {
        "turned": 1910 - rank, "shifted by 1": np.roll(rank, 1), "shifted by 300": np.roll(rank, -300),
        "score turned": rank * 0.1,
    }[how]  # fmt: skip
    header = "score" if how == "score turned" else "rank"
    told = refusal(
        written(tmp_path / "ours.csv", own, rank=header, Income="Income rank", Health="Health rank"),
        higher_score="more_deprived" if how == "score turned" else None,
    )
    assert ("some rows further on" if "shifted" in how else "runs against that of income") in told


def test_an_order_that_tells_nothing_of_the_domains_is_noted(tmp_path: Path, wimd2025: pd.DataFrame) -> None:
    mixed = wimd2025.assign(rank=np.random.default_rng(1).permutation(wimd2025["rank"].to_numpy()))
    index = load_index(written(tmp_path / "wimd2025.csv", mixed, rank="rank", Income="Income", Health="Health"))
    assert any("hardly agrees with that of income, health" in note for note in index.notes)
    fits = load_index(written(tmp_path / "wimd2025.csv", wimd2025, rank="rank", Income="Income", Health="Health"))
    assert not any("hardly agrees" in note for note in fits.notes)


def test_known_areas_tell_what_nothing_else_does(tmp_path: Path, welsh: pd.DataFrame, english: pd.DataFrame) -> None:
    for frame, name in ((welsh, "wimd2019.csv"), (english, "imd2019.csv")):
        rank = frame["rank"].to_numpy()
        for other in (len(rank) + 1 - rank, np.roll(rank, 1)):
            told = refusal(written(tmp_path / name, frame.assign(rank=other), rank="rank"))
            assert "areas do not have the ranks" in told
        turned = frame.assign(decile=11 - frame["decile"])
        assert "count from the other end" in refusal(written(tmp_path / "lookup.csv", turned, decile="decile"))
        kept = load_index(written(tmp_path / name, frame, decile="decile"))
        assert (kept.decile == frame["decile"]).all()


def test_scores_that_do_not_follow_the_ranks(tmp_path: Path) -> None:
    rows = "".join(f"A{n},{n},{100 - n if n != 7 else 98.5}\n" for n in range(1, 41))
    assert "scores of overall do not follow the ranks" in refusal(own_file(tmp_path, "area_code,rank,score\n" + rows))
    rows = "".join(f"A{n},{n},{n / 10:.0f}\n" for n in range(1, 41))  # rising with the rank: more is less deprived
    assert load_index(own_file(tmp_path, "area_code,rank,score\n" + rows)).decile[-1] == 10


def test_a_file_of_indicators_is_no_index(tmp_path: Path, shared_data: Path) -> None:
    scotland = pd.read_csv(shared_data / "deprivation/SIMD+2020v2+-+ranks.csv").iloc[:, :5]
    scotland = scotland.assign(Income_rate="8%", Income_count=71, Employment_rate="8%", CIF=65.0, crime_rate="*")
    for name in ("SIMD+2020v2+-+indicators.csv", "ours.csv"):
        scotland.to_csv(tmp_path / name, index=False)
        told = refusal(tmp_path / name)
        assert "is no index" in told
        assert "6,976 areas" in told
    scotland.to_excel(tmp_path / "indicators.xlsx", index=False)
    assert "is no index" in refusal(tmp_path / "indicators.xlsx")


# --- any file --------------------------------------------------------------------------------------------------------

_CHANGES = ("shuffle", "turn", "shift", "blank", "swap", "drop", "repeat", "comma", "raise")


@settings(max_examples=int(os.environ.get("EQUIWAIT_INDEX_FILES", "60")))
@given(
    seed=st.integers(0, 2**32 - 1),
    changes=st.lists(st.sampled_from(_CHANGES), max_size=2),
    header=st.sampled_from(
        ["WIMD 2019 ", "rank", "score", "IMD", "WIMD 2019 Overall Rank", "Decile", "Deprivation rank"]
    ),
    name=st.sampled_from(["wimd2019.csv", "imd2019.csv", "Wales_IMD_2025.csv", "simd2020.csv", "lookup.csv"]),
    extra=st.sets(st.sampled_from(["decile", "quintile", "Income", "Health", "Access to Services"])),
)
def test_any_file_gives_the_right_deciles_or_one_refusal(
    tmp_path_factory: pytest.TempPathFactory,
    welsh: pd.DataFrame,
    seed: int,
    changes: list[str],
    header: str,
    name: str,
    extra: set[str],
) -> None:
    random = np.random.default_rng(seed)
    frame = welsh[["rank", *sorted(extra)]].astype(object)
    for change in changes:
        frame = _changed(frame, change, random)
    path = tmp_path_factory.mktemp("index") / name
    frame.rename(columns={"rank": header}).rename_axis("area_code").sample(frac=1, random_state=seed % 1000).to_csv(
        path
    )
    try:
        index = load_index(path)
    except EquiwaitError as refused:
        assert refused.wrong and refused.todo  # noqa: PT018
        return
    ours = index.table.set_index("area_code")
    known = ours["decile"].notna()
    if index.title not in ("WIMD 2019", "IoD 2019") and any("check that rows" in note for note in index.notes):
        return  # an index of somebody's own, and told to be unlike any other
    assert (ours["decile"][known] == welsh["decile"].loc[ours.index][known]).all()
    assert known.mean() > 0.9


def _changed(frame: pd.DataFrame, change: str, random: np.random.Generator) -> pd.DataFrame:
    """Return a file with something done to it that happens to files."""
    frame = frame.copy()
    column = random.choice(frame.columns)
    cell = int(random.integers(len(frame)))
    values = frame[column].to_numpy()
    if change == "shuffle":
        frame[column] = random.permutation(values)
    elif change == "turn":
        frame[column] = values.max() + 1 - values if all(isinstance(v, int | float) for v in values) else values
    elif change == "shift":
        frame[column] = np.roll(values, int(random.integers(1, len(frame))))
    elif change in ("blank", "comma", "raise"):
        frame.iat[cell, frame.columns.get_loc(column)] = {"blank": "", "comma": "12,5", "raise": 1_910}[change]
    elif change == "swap" and frame.shape[1] > 1:
        one, two = itertools.islice(itertools.permutations(frame.columns), 1).__next__()[:2]
        frame = frame.rename(columns={one: two, two: one})
    elif change == "drop":
        frame = frame.drop(index=frame.index[cell])
    elif change == "repeat":
        frame = pd.concat([frame, frame.iloc[[cell]]])
    return frame
