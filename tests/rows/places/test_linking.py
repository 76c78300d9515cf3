"""Real postcodes to real deciles; a status for every row; never a decile that is not theirs."""

from __future__ import annotations

import pickle
import random
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equiwait import parallel
from equiwait.errors import ColumnsError, EquiwaitError, InputError, OptionError, PlacesError
from equiwait.frames import BLOCK, to_pandas
from equiwait.rows.places import (
    LINK_STATUSES,
    AreaChanges,
    Directory,
    Index,
    Linker,
    link_deprivation,
    link_summary,
    load_index,
)

ADDED = [
    "area_code",
    "nation",
    "lad",
    "sub_icb",
    "icb",
    "rural_urban",
    "link_status",
    "link_note",
    "directory_edition",
    "index_edition",
    "imd_rank",
    "imd_decile",
    "imd_quintile",
    "core20",
]


# --- the real list ---------------------------------------------------------------------------------------------------

GAPS = ["", " ", "  ", "   ", "\u00a0", "\t"]
Mess = tuple[int, str, str, str]
messes = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(GAPS), st.sampled_from(GAPS), st.sampled_from(GAPS)),
    min_size=1,
    max_size=9,
)


def messed(postcode: str, mess: Mess) -> str:
    case, before, between, after = mess
    outward, inward = postcode[:-3].strip(), postcode[-3:]
    text = f"{before}{outward}{between}{inward}{after}"
    return (text, text.lower(), text.title())[case]


@given(messes)
@settings(max_examples=8, derandomize=True, deadline=None)
def test_all_real_postcodes_match_their_official_area_in_any_spelling(
    nov_2022: Directory, nov_2022_rows: pd.DataFrame, mess: list[Mess]
) -> None:
    spelt = [messed(postcode, mess[at % len(mess)]) for at, postcode in enumerate(nov_2022_rows["pcd"])]
    row = nov_2022.rows_of(pa.array(spelt))
    assert (row >= 0).all()
    areas = nov_2022.places["area_2011"].cast(pa.string()).take(pa.array(nov_2022.arrays["place"][row]))
    given_areas = nov_2022_rows["lsoa11"].where(~nov_2022_rows["lsoa11"].str.endswith("99999999"), "")
    assert areas.fill_null("").to_pylist() == given_areas.to_list()


@pytest.fixture(scope="module")
def real_list(nov_2022_rows: pd.DataFrame) -> pd.DataFrame:
    """25,000 rows as a hospital might hold them: real postcodes in messy spellings, pseudo-postcodes, blanks."""
    chance = random.Random(20261031)
    rows = nov_2022_rows.sample(25_000, random_state=7)
    spelt = [
        messed(postcode, (chance.randrange(3), chance.choice(GAPS), chance.choice(GAPS), chance.choice(GAPS)))
        for postcode in rows["pcd"]
    ]
    frame = pd.DataFrame({"postcode": spelt, "official": rows["lsoa11"].to_numpy(), "true": True})
    odd = ["ZZ99 3VZ", "ZZ993WZ", "zz99 6cz", "", "QX1 1AA", "AA1 1AA", "BFPO 12", "somewhere", "A65 F4E2"]
    beside = pd.DataFrame({"postcode": odd * 30, "official": "", "true": False})
    return pd.concat([frame, beside]).sample(frac=1, random_state=8).reset_index(drop=True)


def test_every_decile_of_a_real_list_is_the_official_one_2019(
    real_list: pd.DataFrame, nov_2022: Directory, imd2019: Index, official_2019: pd.DataFrame
) -> None:
    linked = link_deprivation(real_list, directory=nov_2022, index=imd2019)
    english = real_list["official"].str.startswith("E01")
    expected = real_list["official"].map(official_2019["decile"])
    assert english.sum() > 20_000
    assert (linked.loc[english, "imd_decile"] == expected[english]).all()
    assert (linked.loc[english, "imd_rank"] == real_list["official"].map(official_2019["rank"])[english]).all()
    assert linked.loc[~english, "imd_decile"].isna().all()
    assert (linked.loc[english, "core20"] == (expected[english] <= 2)).all()
    assert linked["index_edition"].cat.categories.tolist() == [imd2019.edition]


def test_every_decile_of_a_real_list_is_the_official_one_2025(
    real_list: pd.DataFrame,
    nov_2022: Directory,
    imd2025: Index,
    official_2025: pd.DataFrame,
    changes: AreaChanges,
    shared_data: Path,
) -> None:
    """Unchanged and merged areas carry; split and redrawn ones get no decile, and say why."""
    lookup = pd.read_csv(shared_data / "lookups/lsoa2011_to_lsoa2021_lad2022_exact_fit.csv")
    one = lookup[lookup["change_code"].isin(["U", "M"])].set_index("lsoa11_code")["lsoa21_code"]
    kind = lookup.drop_duplicates("lsoa11_code").set_index("lsoa11_code")["change_code"]
    linked = link_deprivation(real_list, directory=nov_2022, index=imd2025, changes=changes)
    english = real_list["official"].str.startswith("E01")
    how = real_list["official"].map(kind)
    expected = real_list["official"].map(one).map(official_2025["decile"])
    carried = english & how.isin(["U", "M"])
    assert carried.sum() > 19_000
    assert (linked.loc[carried, "imd_decile"] == expected[carried]).all()
    lost = english & how.isin(["S", "X"])
    assert linked.loc[lost, ["imd_decile", "imd_rank", "imd_quintile", "core20"]].isna().all(axis=None)
    assert set(linked.loc[lost, "link_status"]) == {"outside_index"}
    assert set(linked.loc[english & (how == "S"), "link_note"]) == {"no_decile_split_area"}
    assert set(linked.loc[english & (how == "M"), "link_note"]) == {"merged_area"}
    assert linked["index_edition"].cat.categories.tolist() == [imd2025.edition]


def test_another_geography_is_refused_without_the_lookup(
    nov_2022: Directory, imd2019: Index, imd2025: Index, official_2019: pd.DataFrame, official_2025: pd.DataFrame
) -> None:
    with pytest.raises(PlacesError, match="does not give the areas that IoD 2025 ranks"):
        link_deprivation(pd.DataFrame({"postcode": ["AB1 0AA"]}), directory=nov_2022, index=imd2025)
    for index, codes in ((imd2025, official_2019.index), (imd2019, official_2025.index)):
        with pytest.raises(PlacesError, match="may be areas of another year"):
            link_deprivation(pd.DataFrame({"area_code": codes}), index=index)


def test_codes_of_2021_are_carried_to_the_index_of_2019(
    imd2019: Index, official_2019: pd.DataFrame, official_2025: pd.DataFrame, changes: AreaChanges, shared_data: Path
) -> None:
    lookup = pd.read_csv(shared_data / "lookups/lsoa2011_to_lsoa2021_lad2022_exact_fit.csv")
    decile = lookup["lsoa11_code"].map(official_2019["decile"])
    parts = decile.groupby(lookup["lsoa21_code"]).agg(["min", "max"])
    kind = lookup.drop_duplicates("lsoa21_code").set_index("lsoa21_code")["change_code"]
    linked = link_deprivation(pd.DataFrame({"area_code": official_2025.index}), index=imd2019, changes=changes)
    linked = linked.set_index("area_code")
    how = kind.loc[linked.index]
    agreed = (parts["min"] == parts["max"]).loc[linked.index] & how.isin(["U", "M"])
    agreed = agreed.to_numpy(dtype=bool)  # by place: an older pandas compares only Series with one and the same index
    given, expected = (
        linked["imd_decile"].to_numpy(float, na_value=0)[agreed],
        parts["min"].loc[linked.index].to_numpy()[agreed],
    )
    assert (given == expected).all()
    assert linked.loc[~agreed, "imd_decile"].isna().all()
    assert linked["link_note"].value_counts().to_dict() == {
        "": 31_810, "no_decile_split_area": 1_842, "no_decile_merged_areas_differ": 69, "merged_area": 28, "split_postcode": 0,
        "no_decile_redrawn_area": 6, "from_area_code": 0, "area_code_disagrees": 0,
    }  # fmt: skip


# --- every status ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def simd(shared_data: Path) -> Index:
    return load_index(shared_data / "deprivation/SIMD+2020v2+-+ranks.xlsx")


@pytest.fixture(scope="module")
def every_kind(aug_2024: Directory, simd: Index) -> pd.DataFrame:
    cells = {
        "AB10 1AB": "matched", "ab101ab": "matched", "AB1 0AA": "matched_terminated", "AB1O IAB": "repaired",
        "ZZ99 3VZ": "no_fixed_abode", "ZZ99 3WZ": "address_unknown", "ZZ99 6CZ": "overseas", "A65 F4E2": "overseas",
        "JE2 4WD": "crown_dependency", "IM1 1AA": "crown_dependency", "BFPO 3": "forces", "QX1 1AA": "not_found",
        "AA1 1AA": "not_found", "B1": "malformed", None: "missing", "AB11 3AG": "no_area", "SE1P 5ZZ": "outside_index",
    }  # fmt: skip
    frame = pd.DataFrame({"postcode": list(cells), "expected": list(cells.values())})
    return link_deprivation(frame, directory=aug_2024, index=simd)


def test_each_kind_of_postcode_has_its_own_status(every_kind: pd.DataFrame) -> None:
    assert every_kind["link_status"].tolist() == every_kind["expected"].tolist()
    assert set(every_kind["expected"]) == set(LINK_STATUSES)


def test_only_linked_rows_have_a_decile(every_kind: pd.DataFrame) -> None:
    linked = every_kind["link_status"].isin(["matched", "matched_terminated", "repaired"])
    for column in ("imd_rank", "imd_decile", "imd_quintile", "core20", "index_edition"):
        assert (every_kind[column].notna() == linked).all()


def test_whatever_a_directory_says_a_forces_or_crown_postcode_gets_no_decile(tmp_path: Path, imd2019: Index) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("postcode,lsoa11cd\nBF1 1AA,E01000001\nJE2 3AB,E01000002\nGX11 1AA,E01000003\nB1 1AA,E01000005\n")
    people = pd.DataFrame({"postcode": ["BF1 1AA", "JE2 3AB", "GX11 1AA", "B1 1AA"]})
    linked = link_deprivation(people, directory=Directory.build(path), index=imd2019)
    assert linked["link_status"].tolist() == ["forces", "crown_dependency", "overseas", "matched"]
    assert linked["imd_decile"].notna().tolist() == linked["area_code"].notna().tolist() == [False, False, False, True]


def test_a_terminated_postcode_keeps_its_place_and_a_stranger_its_nation(every_kind: pd.DataFrame) -> None:
    by_postcode = every_kind.set_index("postcode")
    assert by_postcode.loc["AB1 0AA", "area_code"] == "S01006514"
    assert by_postcode.loc["AB1 0AA", "imd_rank"] == 6_715
    assert by_postcode.loc["SE1P 5ZZ", "nation"] == "England"
    assert by_postcode.loc["JE2 4WD", "nation"] == "Channel Islands"
    assert by_postcode.loc["ZZ99 3VZ", ["area_code", "nation", "lad"]].isna().all()


def test_rank_in_the_directory_itself_agrees_in_scotland(aug_2024: Directory, simd: Index, shared_data: Path) -> None:
    """ONSPD carries the SIMD 2020v2 rank of every Scottish postcode: an answer that is not ours."""
    path = shared_data / "postcodes/onspd_aug2024_layout_AB_area_8048rows.csv"
    rows = pd.read_csv(path, dtype="str", keep_default_na=False)
    scottish = rows[rows["lsoa11"].str.startswith("S01")].reset_index(drop=True)
    linked = link_deprivation(pd.DataFrame({"postcode": scottish["pcds"]}), directory=aug_2024, index=simd)
    assert len(scottish) == 8_041
    assert (linked["imd_rank"] == scottish["imd"].astype(int)).all()


TEXT = "str" if int(pd.__version__.split(".")[0]) >= 3 else "string"


def test_columns_and_types_are_the_contract(every_kind: pd.DataFrame) -> None:
    assert every_kind.columns.tolist() == ["postcode", "expected", *ADDED]
    types = {name: str(every_kind[name].dtype) for name in ADDED}
    assert {types.pop(name) for name in ("imd_decile", "imd_quintile")} == {"Int8"}
    assert (types.pop("imd_rank"), types.pop("core20"), types.pop("area_code")) == ("Int32", "boolean", TEXT)
    assert set(types.values()) == {"category"}
    assert every_kind["link_status"].cat.categories.tolist() == list(LINK_STATUSES)


# --- nations ---------------------------------------------------------------------------------------------------------


def test_each_nation_by_its_own_index(
    nov_2022: Directory, nov_2022_rows: pd.DataFrame, imd2019: Index, simd: Index, shared_data: Path
) -> None:
    wales = load_index(shared_data / "deprivation/wimd-2019-index-and-domain-scores.csv")
    ireland = load_index(shared_data / "deprivation/NIMDM17_SOAresults.xls")
    rows = pd.concat([nov_2022_rows["lsoa11"].rename("area_code"), ireland.table["area_code"]]).to_frame()
    linked = link_deprivation(rows, index=[imd2019, simd, wales, ireland])
    for index in (imd2019, simd, wales, ireland):
        mine = linked["nation"] == index.nations[0]
        assert mine.sum() > 800
        assert set(linked.loc[mine, "index_edition"]) == {index.edition}
        expected = linked.loc[mine, "area_code"].map(index.table.set_index("area_code")["decile"])
        assert (linked.loc[mine, "imd_decile"] == expected).all()


def test_two_indices_of_one_name_and_nation_are_refused(imd2019: Index, imd2025: Index, shared_data: Path) -> None:
    composite = load_index(shared_data / "deprivation/UK_IMD_E.csv")
    for pair in ([imd2019, imd2025], [imd2019, composite]):
        with pytest.raises(PlacesError, match="both named 'imd' and rank the same nation"):
            link_deprivation(pd.DataFrame({"area_code": ["E01000001"]}), index=pair)


def test_the_composite_links_all_nations(shared_data: Path, nov_2022: Directory, nov_2022_rows: pd.DataFrame) -> None:
    composite = load_index(shared_data / "deprivation/UK_IMD_E.csv", name="uk")
    linked = link_deprivation(
        nov_2022_rows[["pcd"]].rename(columns={"pcd": "postcode"}), directory=nov_2022, index=composite
    )
    published = pd.read_csv(shared_data / "deprivation/UK_IMD_E.csv").set_index("lsoa")["UK_IMD_E_pop_decile"]
    known = nov_2022_rows["lsoa11"].isin(published.index)
    assert known.sum() > 99_000
    assert (linked["uk_decile"][known] == nov_2022_rows["lsoa11"].map(published)[known]).all()


def test_scottish_areas_of_2022_are_refused_for_an_index_of_2011(tmp_path: Path, simd: Index) -> None:
    path = tmp_path / "scotland.csv"
    path.write_text("pcds,lsoa21cd\nAB1 0AA,S01013490\nAB1 0AB,S01013491\n")
    with pytest.raises(PlacesError, match="does not give the areas that SIMD 2020v2 ranks"):
        link_deprivation(pd.DataFrame({"postcode": ["AB1 0AA"]}), directory=Directory.build(path), index=simd)


def test_northern_ireland_joins_on_its_own_areas(tmp_path: Path, shared_data: Path) -> None:
    """ONSPD holds the super output areas of 2001 in the column of 2011, and data zones of 2021 beside them."""
    ireland = load_index(shared_data / "deprivation/NIMDM17_SOAresults.xls")
    areas = ireland.table["area_code"].tolist()
    path = tmp_path / "ireland.csv"
    rows = [
        f"BT{n // 20 + 1} {n % 10}A{'ABDEFGHJLN'[n // 10 % 10]},{area},N20000001,N92000002"
        for n, area in enumerate(areas[:200])
    ]
    path.write_text("pcds,lsoa11cd,lsoa21cd,ctry25cd\n" + "\n".join(rows))
    people = pd.DataFrame({"postcode": [row.split(",")[0] for row in rows]})
    linked = link_deprivation(people, directory=Directory.build(path), index=ireland)
    assert linked["area_code"].tolist() == areas[:200]
    assert linked["imd_decile"].tolist() == ireland.decile[:200].tolist()
    assert set(linked["nation"]) == {"Northern Ireland"}


# --- several names ---------------------------------------------------------------------------------------------------


def test_national_local_and_idaci_side_by_side(imd2025: Index, shared_data: Path) -> None:
    file_3 = shared_data / "deprivation/File_3_IoD2025_Supplementary_Indices_IDACI_and_IDAOPI.xlsx"
    idaci = load_index(file_3, domain="idaci", name="idaci")
    areas = imd2025.table["area_code"][:300]
    local = imd2025.local(areas, within="the first 300")
    rows = pd.DataFrame({"area_code": imd2025.table["area_code"][:400]})
    linked = link_deprivation(rows, index=[imd2025, local, idaci])
    assert linked["local_decile"].notna().sum() == 300
    assert linked["imd_decile"].notna().all()
    assert linked["index_edition"].unique().tolist() == [imd2025.edition]
    assert linked["idaci_edition"].unique().tolist() == [idaci.edition]
    assert (linked["idaci_decile"] == rows["area_code"].map(idaci.table.set_index("area_code")["decile"])).all()
    assert (linked["core20"] == (linked["imd_quintile"] == 1)).all()
    alone = link_deprivation(rows, index=idaci)
    assert "core20" not in alone.columns


def test_areas_of_a_region_for_local_deciles(aug_2024: Directory, simd: Index) -> None:
    areas = aug_2024.areas_within("lad", ["S12000033"], geography="area_2011")
    assert len(areas) > 100
    local = simd.local(areas, within="Aberdeen City")
    assert len(local) == len(areas)
    with pytest.raises(PlacesError, match="no area of area_2011 in that lad"):
        aug_2024.areas_within("lad", "E99", geography="area_2011")


# --- postcode and area code together ---------------------------------------------------------------------------------


def test_the_postcode_decides_and_the_area_fills(aug_2024: Directory, simd: Index) -> None:
    rows = pd.DataFrame(
        {
            "postcode": ["AB10 1AB", "AB10 1AB", None, "B1", "ZZ99 3VZ", "QX1 1AA", "AB11 3AG", None, None],
            "area_code": [
                "S01006646",
                "S01006506",
                " s01006506 ",
                "S01006507",
                "S01006508",
                "S01006509",
                "S01006510",
                "E01000001",
                "",
            ],
        }
    )
    linked = link_deprivation(rows, directory=aug_2024, index=simd)
    assert linked["link_status"].tolist() == [
        "matched", "matched", "matched", "matched", "no_fixed_abode", "matched", "matched", "outside_index", "missing",
    ]  # fmt: skip
    assert linked["link_note"].tolist() == [
        "", "area_code_disagrees", "from_area_code", "from_area_code", "", "from_area_code", "from_area_code",
        "from_area_code", "",
    ]  # fmt: skip
    true = linked["area_code"].tolist()
    assert true[:2] == ["S01006646", "S01006646"]
    assert true[2] == "S01006506"
    assert true[7] == "E01000001"
    assert linked["nation"].tolist()[7] == "England"
    assert linked["imd_decile"].isna().tolist() == [False, False, False, False, True, False, False, True, True]
    assert linked["lad"].tolist()[2] == "S12000033"


def test_summary_counts_every_row(every_kind: pd.DataFrame) -> None:
    counts = link_summary(every_kind)
    assert counts["rows"].sum() == len(every_kind)
    assert counts.columns.tolist() == ["link_status", "link_note", "rows"]


# --- the frame -------------------------------------------------------------------------------------------------------


def test_same_rows_same_order_same_index(real_list: pd.DataFrame, nov_2022: Directory, imd2019: Index) -> None:
    rows = real_list.head(500).set_index(pd.Index([f"r{n}" for n in range(500)], name="id"))
    before = rows.copy()
    linked = link_deprivation(rows, directory=nov_2022, index=imd2019)
    pd.testing.assert_frame_equal(linked[before.columns], before)
    pd.testing.assert_frame_equal(rows, before)
    shuffled = rows.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(link_deprivation(shuffled, directory=nov_2022, index=imd2019).loc[rows.index], linked)


def test_linking_again_changes_nothing(real_list: pd.DataFrame, nov_2022: Directory, imd2019: Index) -> None:
    once = link_deprivation(real_list.head(2_000), directory=nov_2022, index=imd2019)
    pd.testing.assert_frame_equal(link_deprivation(once, directory=nov_2022, index=imd2019), once)


def test_an_empty_list_and_tables_of_other_makes(nov_2022: Directory, imd2019: Index) -> None:
    empty = link_deprivation(pd.DataFrame({"postcode": pd.Series([], dtype="str")}), directory=nov_2022, index=imd2019)
    assert empty.columns.tolist() == ["postcode", *ADDED]
    assert len(empty) == 0
    table = pa.table({"postcode": ["W1K 3RH", None]})
    assert link_deprivation(table, directory=nov_2022, index=imd2019)["area_code"].tolist()[0] == "E01004761"
    coded = pd.DataFrame({"postcode": pd.Categorical(["W1K 3RH", None, "W1K 3RH"])})
    assert link_deprivation(coded, directory=nov_2022, index=imd2019)["link_status"].tolist() == [
        "matched",
        "missing",
        "matched",
    ]


def test_blocks_give_what_the_whole_gives(real_list: pd.DataFrame, nov_2022: Directory, imd2019: Index) -> None:
    linker = Linker(nov_2022, [imd2019])
    batch = pa.RecordBatch.from_pandas(real_list[["postcode"]])
    whole = linker(batch)
    parts = [linker(batch.slice(start, 1_700)) for start in range(0, len(real_list), 1_700)]
    for name, column in whole.items():
        joined = pa.chunked_array([part[name] for part in parts])
        assert to_pandas(joined).equals(to_pandas(column))
    assert linker.reads == ("postcode", "area_code")


@pytest.mark.parametrize("both", [False, True])
def test_one_core_or_several_link_alike(
    monkeypatch: pytest.MonkeyPatch, real_list: pd.DataFrame, nov_2022: Directory, imd2019: Index, both: bool
) -> None:
    rows = pd.concat([real_list] * 12, ignore_index=True).rename(columns={"official": "area_code"})
    rows = rows[["postcode", "area_code"] if both else ["postcode"]]
    assert len(rows) > 2 * BLOCK
    linked = []
    for many in (1, 2, 4):
        monkeypatch.setattr(parallel, "cores", lambda many=many: many)
        linked.append(link_deprivation(rows, directory=nov_2022, index=imd2019))
    for other in linked[1:]:
        assert other.equals(linked[0])
        assert other.dtypes.equals(linked[0].dtypes)
    assert (linked[0]["link_status"] == "matched").sum() > 200_000


def test_the_kernel_travels_to_other_processes(nov_2022: Directory, imd2019: Index, real_list: pd.DataFrame) -> None:
    linker = Linker(nov_2022, [imd2019])
    batch = pa.RecordBatch.from_pandas(real_list[["postcode"]].head(100))
    again = pickle.loads(pickle.dumps(linker))
    assert all(column.equals(again(batch)[name]) for name, column in linker(batch).items())


def test_a_published_file_is_built_on_the_way(shared_data: Path, aug_2024: Directory, simd: Index) -> None:
    rows = pd.DataFrame({"postcode": ["AB1 0AA", "ZZ99 3VZ"]})
    path = shared_data / "postcodes/onspd_aug2024_layout_AB_area_8048rows.csv"
    pd.testing.assert_frame_equal(
        link_deprivation(rows, directory=path, index=simd), link_deprivation(rows, directory=aug_2024, index=simd)
    )


def test_what_is_missing_is_said(nov_2022: Directory, imd2019: Index) -> None:
    with pytest.raises(ColumnsError, match="area_code"):
        link_deprivation(pd.DataFrame({"postcode": ["W1K 3RH"]}), index=imd2019)
    with pytest.raises(ColumnsError, match="postcode"):
        link_deprivation(pd.DataFrame({"name": ["x"]}), directory=nov_2022, index=imd2019)
    with pytest.raises(PlacesError, match=r"No place is called 'imd2O25'\. Did you mean 'imd2025'\?"):
        link_deprivation(pd.DataFrame({"area_code": ["E01000001"]}), index="imd2O25")
    with pytest.raises(EquiwaitError, match="index= is empty"):
        link_deprivation(pd.DataFrame({"area_code": ["E01000001"]}), index=[])


@pytest.mark.parametrize("index", [None, 2019, [None], ["imd2019", 1.5]])
def test_what_is_no_index_is_refused(index: Any) -> None:
    with pytest.raises(OptionError, match=r"index= must be an index[\s\S]*(NoneType|int|float)"):
        link_deprivation(pd.DataFrame({"area_code": ["E01000001"]}), index=index)


def test_two_columns_of_one_name_are_refused(aug_2024: Directory, simd: Index) -> None:
    for name in ("postcode", "area_code", "ward"):
        rows = pd.DataFrame([["AB1 0AA", "x", "y"]], columns=["postcode", name, name])
        with pytest.raises(InputError, match="columns of one name"):
            link_deprivation(rows, directory=aug_2024, index=simd)
        twice = pa.table([pa.array(["AB1 0AA"]), pa.array(["x"]), pa.array(["y"])], names=["postcode", name, name])
        with pytest.raises(InputError, match="columns of one name"):
            link_deprivation(twice, directory=aug_2024, index=simd)


def test_masked_and_foreign_letters_never_link(aug_2024: Directory, simd: Index) -> None:
    assert (
        link_deprivation(pd.DataFrame({"postcode": ["AB10AA"]}), directory=aug_2024, index=simd)["area_code"]
        .notna()
        .all()
    )
    cells = ["AB1? 0AA", "AB1* 0AA", "AB1\u00e9 0AA", "AB1_0 0AA", "A\u0412B1 0AA", "AB1\u00b2 0AA", "AB#1 0AA"]
    linked = link_deprivation(pd.DataFrame({"postcode": cells}), directory=aug_2024, index=simd)
    assert linked["link_status"].tolist() == ["malformed"] * len(cells)
    assert linked["imd_decile"].isna().all()
    assert linked["area_code"].isna().all()


def test_what_is_no_area_code_gets_no_area(aug_2024: Directory, simd: Index) -> None:
    known = simd.areas[0].as_py()
    codes = ["junk", "E0100", known, "S01999999", None, ""]
    rows = pd.DataFrame({"area_code": codes})
    linked = link_deprivation(rows, index=simd)
    assert linked["link_status"].tolist() == ["no_area", "no_area", "matched", "outside_index", "missing", "missing"]
    assert linked["area_code"].tolist()[:4] == ["JUNK", "E0100", known, "S01999999"]
    again = link_deprivation(linked, index=simd)
    assert again["link_status"].tolist() == linked["link_status"].tolist()
    both = pd.DataFrame({"postcode": ["AB1 9ZZ", None, "ZZ99 3VZ", "B1"], "area_code": "junk"})
    told = link_deprivation(both, directory=aug_2024, index=simd)
    assert told["link_status"].tolist() == ["not_found", "no_area", "no_fixed_abode", "malformed"]
    assert (told["link_note"] == "").all()


def test_no_postcode_in_any_message(nov_2022: Directory, imd2025: Index, imd2019: Index) -> None:
    secret = "W1K 3RH"
    told = []
    for call in (
        lambda: link_deprivation(pd.DataFrame({"postcode": [secret]}), index=imd2019),
        lambda: link_deprivation(pd.DataFrame({"postcode": [secret]}), directory=nov_2022, index=imd2025),
        lambda: link_deprivation(pd.DataFrame({"area_code": [f"E0199{n:04d}" for n in range(50)]}), index=imd2019),
    ):
        with pytest.raises(EquiwaitError) as refused:
            call()
        told.append(f"{refused.value} {refused.value!r} {refused.value.args}")
        assert refused.value.__cause__ is None
        assert refused.value.__context__ is None
    assert not any("3RH" in text or "E0199" in text for text in told)


def test_a_decile_is_a_whole_number_or_nothing(real_list: pd.DataFrame, nov_2022: Directory, imd2019: Index) -> None:
    linked = link_deprivation(real_list, directory=nov_2022, index=imd2019)
    decile = linked["imd_decile"].dropna().to_numpy(int)
    assert np.array_equal(np.unique(decile), np.arange(1, 11))
    assert (linked["imd_quintile"].dropna().to_numpy(int) == (decile + 1) // 2).all()
