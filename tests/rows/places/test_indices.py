"""Every published decile comes out; nothing comes out of a file that is not whole."""

from __future__ import annotations

import traceback
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equiwait.errors import EquiwaitError, PlacesError
from equiwait.rows.places import Index, load_index
from equiwait.rows.places.build import build_place, check_place
from equiwait.rows.places.index_editions import EDITIONS
from equiwait.rows.places.index_layouts import measure_of

WIMD_2019 = "welsh-index-multiple-deprivation-2019-index-and-domain-ranks-by-small-area.ods"

FILES = {
    "File_1_-_IMD2019_Index_of_Multiple_Deprivation.xlsx": ("IoD 2019", "England", "2011", 32_844),
    "File_1_IoD2025_Index_of_Multiple_Deprivation.xlsx": ("IoD 2025", "England", "2021", 33_755),
    "File_3_IoD2025_Supplementary_Indices_IDACI_and_IDAOPI.xlsx": ("IoD 2025", "England", "2021", 33_755),
    "IoD2025_File7_layout_rebuilt.csv": ("IoD 2025", "England", "2021", 33_755),
    "IoD2019_File7_layout_rebuilt.csv": ("IoD 2019", "England", "2011", 32_844),
    "imd2015_england_lsoa11.csv": ("IoD 2015", "England", "2011", 32_844),
    "NIMDM17_SOAresults.xls": ("NIMDM 2017", "Northern Ireland", "2011", 890),
    "nimdm2017-soa.csv": ("NIMDM 2017", "Northern Ireland", "2011", 890),
    "nimdm2017_ni_soa01_ranks_deciles.csv": ("NIMDM 2017", "Northern Ireland", "2011", 890),
    "SIMD+2020v2+-+ranks.xlsx": ("SIMD 2020v2", "Scotland", "2011", 6_976),
    "SIMD+2020v2+-+ranks.csv": ("SIMD 2020v2", "Scotland", "2011", 6_976),
    "simd2020v2_scotland_dz11_ranks_deciles.csv": ("SIMD 2020v2", "Scotland", "2011", 6_976),
    "wimd-2019-index-and-domain-scores.csv": ("WIMD 2019", "Wales", "2011", 1_909),
    "wimd2019_wales_lsoa11_ranks_deciles.csv": ("WIMD 2019", "Wales", "2011", 1_909),
    WIMD_2019: ("WIMD 2019", "Wales", "2011", 1_909),
    "UK_IMD_E.csv": ("UK composite (England)", "England Wales Scotland Northern Ireland", "2011", 42_619),
}


@pytest.mark.parametrize("name", FILES)
def test_each_real_file_is_known_for_what_it_is(shared_data: Path, name: str) -> None:
    index = load_index(shared_data / "deprivation" / name)
    title, nations, geography, areas = FILES[name]
    assert (index.title, " ".join(index.nations), index.geography, len(index)) == (title, nations, geography, areas)
    assert len(set(index.areas.to_pylist())) == areas
    assert index.complete
    assert np.nanmin(index.decile) == 1
    assert np.nanmax(index.decile) == 10


def test_every_real_file_of_the_folder_is_spoken_for(shared_data: Path) -> None:
    refused = {"File_7_IoD2025_header_and_first_10_rows_verbatim.csv"}
    assert {path.name for path in (shared_data / "deprivation").iterdir()} == set(FILES) | refused


def test_all_official_deciles_of_2019(imd2019: Index, official_2019: pd.DataFrame) -> None:
    ours = imd2019.table.set_index("area_code").loc[official_2019.index]
    assert len(ours) == 32_844
    assert (ours["decile"] == official_2019["decile"]).all()
    assert (ours["rank"] == official_2019["rank"]).all()


def test_all_official_deciles_of_2025(imd2025: Index, official_2025: pd.DataFrame) -> None:
    ours = imd2025.table.set_index("area_code").loc[official_2025.index]
    assert len(ours) == 33_755
    assert (ours["decile"] == official_2025["decile"]).all()
    assert (ours["rank"] == official_2025["rank"]).all()


def test_official_deciles_of_children_and_older_people(shared_data: Path) -> None:
    path = shared_data / "deprivation/File_3_IoD2025_Supplementary_Indices_IDACI_and_IDAOPI.xlsx"
    published = pd.read_excel(path, sheet_name=1, engine="calamine")
    for domain, column in (("idaci", 7), ("idaopi", 9)):
        index = load_index(path, domain=domain, name=domain)
        assert index.title == f"IoD 2025 {domain.upper()}"
        assert (index.decile == published.iloc[:, column]).all()
        assert (index.rank == published.iloc[:, column - 1]).all()


def test_the_rule_alone_gives_the_official_deciles(shared_data: Path, official_2019: pd.DataFrame) -> None:
    path = shared_data / "deprivation/File_1_-_IMD2019_Index_of_Multiple_Deprivation.xlsx"
    by_rule = load_index(path, deciles="areas")
    assert by_rule.decile_rule.startswith("computed")
    assert (by_rule.table.set_index("area_code")["decile"].loc[official_2019.index] == official_2019["decile"]).all()


def test_deciles_of_2015_equal_those_that_were_published(shared_data: Path) -> None:
    path = shared_data / "deprivation/imd2015_england_lsoa11.csv"
    assert (load_index(path).decile == pd.read_csv(path)["IMD_decile"]).all()


def test_every_domain_of_file_7(shared_data: Path) -> None:
    path = shared_data / "deprivation/IoD2025_File7_layout_rebuilt.csv"
    rows = pd.read_csv(path)
    domains = {
        "income": 7, "employment": 10, "education": 13, "health": 16, "crime": 19, "housing": 22, "environment": 25,
        "idaci": 28, "idaopi": 31, "children_young_people": 34, "adult_skills": 37, "geographical_barriers": 40,
        "wider_barriers": 43, "indoors": 46, "outdoors": 49,
    }  # fmt: skip
    from equiwait.rows.places.index_files import read_index_file

    file = read_index_file(path)
    assert set(file.domains) == {"overall", *domains}
    for domain, score in domains.items():
        assert (file.measures[domain, "rank"] == rows.iloc[:, score + 1]).all()
        assert (file.measures[domain, "decile"] == rows.iloc[:, score + 2]).all()


def test_scotland_by_count_of_areas_or_by_population(shared_data: Path) -> None:
    path = shared_data / "deprivation/SIMD+2020v2+-+ranks.csv"
    rows = pd.read_csv(path)
    by_area = load_index(path)
    assert by_area.decile_rule == "computed: ceil(10 · rank / areas)"
    assert np.bincount(by_area.decile.astype(int))[1:].tolist() == [697, 698, 697, 698, 698, 697, 698, 697, 698, 698]
    by_people = load_index(path, deciles="population")
    assert by_people.decile_rule == "computed: tenths of the population in order of rank"
    people = pd.Series(rows["Total_population"]).groupby(by_people.decile).sum()
    assert (people / people.sum()).between(0.0995, 0.1005).all()
    assert (by_people.decile != by_area.decile).any()


def test_the_originals_and_what_others_passed_on_give_the_same(shared_data: Path) -> None:
    folder = shared_data / "deprivation"
    for original, passed_on in (
        ("SIMD+2020v2+-+ranks.xlsx", "simd2020v2_scotland_dz11_ranks_deciles.csv"),
        ("NIMDM17_SOAresults.xls", "nimdm2017_ni_soa01_ranks_deciles.csv"),
        ("SIMD+2020v2+-+ranks.xlsx", "SIMD+2020v2+-+ranks.csv"),
        ("NIMDM17_SOAresults.xls", "nimdm2017-soa.csv"),
    ):
        one, two = (load_index(folder / name).table.set_index("area_code") for name in (original, passed_on))
        assert (one["rank"] == two["rank"].loc[one.index]).all()
        assert (one["decile"] == two["decile"].loc[one.index]).all()


def test_wales_from_scores_is_close_to_its_ranks(shared_data: Path) -> None:
    """The published scores are rounded to one place, so ranks worked out from them may be some places off."""
    folder = shared_data / "deprivation"
    scored = load_index(folder / "wimd-2019-index-and-domain-scores.csv")
    ranked = load_index(folder / WIMD_2019)
    ours = scored.table.set_index("area_code")
    theirs = ranked.table.set_index("area_code").loc[ours.index]
    assert (ours["rank"] - theirs["rank"]).abs().max() <= 17
    assert (ours["decile"] != theirs["decile"]).sum() == 24
    assert (ours["decile"] - theirs["decile"]).abs().max() == 1
    assert "one decile from the publisher's" in scored.notes[0]


def test_the_composite_gives_its_own_population_deciles(shared_data: Path) -> None:
    path = shared_data / "deprivation/UK_IMD_E.csv"
    rows = pd.read_csv(path)
    index = load_index(path)
    assert (index.decile == rows["UK_IMD_E_pop_decile"]).all()
    assert (index.quintile == rows["UK_IMD_E_pop_quintile"]).all()


def test_quintiles_are_pairs_of_deciles(imd2019: Index, imd2025: Index) -> None:
    for index in (imd2019, imd2025):
        assert (index.quintile == np.ceil(5 * index.rank / len(index))).all()


@given(st.lists(st.integers(0, 400), min_size=1, max_size=60))
@settings(max_examples=60, derandomize=True, deadline=None)
def test_deciles_of_any_ranks_run_with_them(numbers: list[int]) -> None:
    index = Index.of({f"A{place}": rank for place, rank in enumerate(numbers, 1)}, title="any")
    ranked = Index.of({f"A{place}": place for place, _ in enumerate(numbers, 1)}, title="any")
    assert len(index) == len(numbers)
    assert set(index.decile) <= set(range(1, 11))
    assert (np.diff(index.decile[np.argsort(numbers)]) >= 0).all()
    assert (np.diff(ranked.decile) >= 0).all()
    assert ranked.decile[-1] == 10
    sizes = np.bincount(ranked.decile.astype(int), minlength=11)[1:]
    assert sizes.max() - sizes.min() <= 1


# --- files of the user's own -----------------------------------------------------------------------------------------


def own_file(tmp_path: Path, text: str, name: str = "ours.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_an_area_code_and_a_rank(tmp_path: Path) -> None:
    rows = "".join(f"W0100{n:04d},{n}\n" for n in range(1, 21))
    index = load_index(own_file(tmp_path, "area_code,rank\n" + rows), edition="WIMD 2025")
    assert (index.title, index.nations, index.complete) == ("WIMD 2025", ("Wales",), False)
    assert index.decile.tolist() == [n for n in range(1, 11) for _ in range(2)]
    assert "none of the indices that equiwait knows" in index.notes[0]


def test_published_marks_and_thousands_separators(tmp_path: Path) -> None:
    path = own_file(tmp_path, 'Area code,WIMD 2025 rank\nW01000001,"1,001"\nW01000002,[x]\nW01000003,1\n')
    with pytest.raises(EquiwaitError, match="a part of an index"):
        load_index(path)
    path = own_file(tmp_path, 'Area code,Decile\nW01000001," 2 "\nW01000002,[x]\nW01000003,1\n')
    index = load_index(path)
    assert index.table["decile"].tolist()[0] == 2
    assert np.isnan(index.decile[1])
    assert index.decile_rule == "deciles as they are in the file"


def test_a_score_must_say_which_way_it_runs(tmp_path: Path) -> None:
    path = own_file(tmp_path, "Small Area,HP score\n047041001,-31.5\n047041002,0.2\n047041003,12.9\n", "pobal.csv")
    with pytest.raises(EquiwaitError, match="which way does it run"):
        load_index(path)
    affluent_high = load_index(path, higher_score="less_deprived", edition="Pobal HP 2022")
    assert affluent_high.rank.tolist() == [1, 2, 3]
    assert load_index(path, higher_score="more_deprived").rank.tolist() == [3, 2, 1]


def test_a_table_below_a_title(tmp_path: Path) -> None:
    path = own_file(tmp_path, "An index of our own\n\nlsoa21cd,rank\nE01000001,2\nE01000002,1\nSource: us\n")
    with pytest.raises(EquiwaitError, match="lines of other lengths"):
        load_index(own_file(tmp_path, "lsoa21cd,rank\n" + "E01000001\n" * 5, "cut.csv"))
    assert load_index(path).geography == "2021"


def test_local_deciles_are_cut_within_the_areas_given(imd2019: Index, official_2019: pd.DataFrame) -> None:
    areas = official_2019.index[5_000:5_200]
    local = imd2019.local(areas, within="two hundred areas", name="local")
    expected = np.ceil(10 * official_2019["rank"].loc[sorted(areas)].rank(method="min") / 200)
    assert (local.table.set_index("area_code")["decile"] == expected).all()
    assert local.edition.startswith("IoD 2019 within two hundred areas ")
    with pytest.raises(EquiwaitError, match="not in IoD 2019"):
        imd2019.local([*areas, "E01999999"], within="somewhere")
    with pytest.raises(EquiwaitError, match="3 areas"):
        imd2019.local(areas[:3], within="somewhere")


def test_values_that_are_no_numbers_are_counted(tmp_path: Path) -> None:
    rows = "".join(f"W0100{n:04d},{n},{n}.5\n" for n in range(1, 18))
    rows += "W01000018,eighteen,inf\nW01000019,?,\nW01000020,,2\n"
    told = refusal(own_file(tmp_path, "area_code,rank,score\n" + rows))
    assert "overall rank: 2 of 20 values are not numbers" in told
    assert "3 of 20 areas have none that can be read" in told

    deciles = "".join(f"W0100{n:04d},{n},{(n + 1) // 2}\n" for n in range(1, 18))
    deciles += "W01000018,18,nine\nW01000019,?,\nW01000020,20,10\n"
    path = own_file(tmp_path, "area_code,rank,decile\n" + deciles)
    index = load_index(path)
    assert "overall decile: 1 of 20 values are not numbers; those areas have none." in index.notes
    assert np.isnan(index.decile[17:19]).all()
    assert index.decile[19] == 10
    assert "1 of 20 values are not numbers" in str(check_place(path))
    build_place("ours", path)
    assert load_index("ours").notes == index.notes


def test_an_index_without_a_number_is_refused(tmp_path: Path) -> None:
    path = own_file(tmp_path, "area_code,decile\nW01000001,one\nW01000002,two\n")
    with pytest.raises(EquiwaitError, match="overall decile: 2 of 2 values are not numbers"):
        load_index(path)


def test_a_part_of_an_index_says_so(tmp_path: Path) -> None:
    rows = "".join(f"E0100{n:04d},{n * 1_000},{(n + 2) // 3}\n" for n in range(1, 31))
    path = own_file(tmp_path, "area_code,rank,decile\n" + rows)
    notes = " ".join(load_index(path).notes)
    assert "A part of an index: 30 areas with ranks up to 30,000." in notes
    assert check_place(path).part == "30 areas with ranks up to 30,000"
    assert "Whole: a part: 30 areas with ranks up to 30,000" in str(check_place(path))
    built = build_place("region", path)
    assert "Whole: a part: 30 areas" in str(check_place(built))
    whole = own_file(tmp_path, "area_code,rank\n" + "".join(f"E0100{n:04d},{n}\n" for n in range(1, 31)), "all.csv")
    assert "Whole: yes" in str(check_place(whole))
    assert "part of an index" not in " ".join(load_index(whole).notes)


# --- refused ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rows_2025(shared_data: Path) -> list[str]:
    """File 7 with overall and crime only: the lines of the file, its headers first."""
    rows = pd.read_csv(shared_data / "deprivation/IoD2025_File7_layout_rebuilt.csv", dtype="str", keep_default_na=False)
    return rows.iloc[:, [0, 1, 2, 3, 4, 5, 6, 19, 20, 21]].to_csv(index=False).splitlines()


def refusal(path: Path, **options: object) -> str:
    with pytest.raises(EquiwaitError) as refused:
        load_index(path, **options)  # type: ignore[arg-type]
    return "".join(traceback.format_exception(refused.value))


def test_the_first_ten_rows_of_file_7_are_refused(shared_data: Path) -> None:
    told = refusal(shared_data / "deprivation/File_7_IoD2025_header_and_first_10_rows_verbatim.csv")
    assert "IoD 2025 ranks 33,755 areas" in told
    assert "Found: 10 areas" in told


def test_truncated_duplicated_and_mixed_files_are_refused(tmp_path: Path, rows_2025: list[str]) -> None:
    cut = own_file(tmp_path, "\n".join(rows_2025[:20_000]))
    assert "Found: 19,999 areas" in refusal(cut)
    twice = own_file(tmp_path, "\n".join([*rows_2025, rows_2025[7]]))
    assert "1 of 33,756 rows repeat an area" in refusal(twice)
    welsh = own_file(tmp_path, "\n".join([*rows_2025[:-1], "W" + rows_2025[-1][1:]]))
    assert "mixes areas that IoD 2025 does not rank" in refusal(welsh)


def test_swapped_columns_are_refused(tmp_path: Path, rows_2025: list[str]) -> None:
    def swap(one: str, two: str) -> str:
        return refusal(
            own_file(
                tmp_path,
                "\n".join([rows_2025[0].replace(one, "@").replace(two, one).replace("@", two), *rows_2025[1:]]),
            )
        )

    rank, decile = (
        "Index of Multiple Deprivation (IMD) Rank (where 1 is most deprived)",
        "Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived 10% of LSOAs)",
    )
    assert "the decile of overall is no decile" in swap(rank, decile)
    assert "the rank of overall is no rank" in swap(rank, "Crime Score")
    assert "deciles or scores do not follow the ranks" in swap(rank, "Crime Rank (where 1 is most deprived)")


def test_one_changed_decile_is_refused(tmp_path: Path, rows_2025: list[str]) -> None:
    cells = rows_2025[1].split(",")
    assert cells[6] == "8"
    changed = ",".join([*cells[:6], "7", *cells[7:]])
    told = refusal(own_file(tmp_path, "\n".join([rows_2025[0], changed, *rows_2025[2:]])))
    assert "Found: 1 of 33,755 areas" in told


def test_a_workbook_that_breaks_off_is_refused(tmp_path: Path, shared_data: Path) -> None:
    whole = (shared_data / "deprivation/File_1_IoD2025_Index_of_Multiple_Deprivation.xlsx").read_bytes()
    path = tmp_path / "cut.xlsx"
    path.write_bytes(whole[: len(whole) // 2])
    assert "is damaged, cut short, or protected" in refusal(path)


def test_deciles_that_run_the_other_way_are_refused(tmp_path: Path) -> None:
    rows = "".join(f"E0100{n:04d},{n},{11 - n}\n" for n in range(1, 11))
    assert "counts from the other end" in refusal(own_file(tmp_path, "area_code,rank,decile\n" + rows))


def test_a_domain_that_is_not_there(shared_data: Path) -> None:
    told = refusal(shared_data / "deprivation/File_1_IoD2025_Index_of_Multiple_Deprivation.xlsx", domain="idaci")
    assert "no domain 'idaci'" in told
    assert "File 7 has all" in told


def test_other_workbooks_are_refused(shared_data: Path, tmp_path: Path) -> None:
    for name in (
        "waiting_lists/WLMDS-Demographics-Summary-to-25-January-2025-v1.xlsx",
        "lookups/rural_urban_2021_lsoa2021.csv",
    ):
        assert "no table with an area code" in refusal(shared_data / name)


def test_headers_of_editions_tell_them_apart() -> None:
    assert len({edition.header for edition in EDITIONS}) == len(EDITIONS)
    assert measure_of("Multiple Deprivation Measure Rank \n(where 1 is most deprived)") == ("overall", "rank")
    assert measure_of("SIMD2020v2_Rank") == ("overall", "rank")
    assert measure_of("SIMD2020V2HBDecile") is None
    assert measure_of("Local Authority District code (2024)") is None


def test_a_known_edition_keeps_its_own_name(shared_data: Path) -> None:
    path = shared_data / "deprivation/NIMDM17_SOAresults.xls"
    build_place("nimdm2017", path)
    for source in (path, "nimdm2017"):
        assert load_index(source).title == "NIMDM 2017"
        for same in ("NIMDM 2017", "nimdm2017", "2017"):
            assert load_index(source, edition=same).title == "NIMDM 2017"
        for other in ("2015", "IoD 2019", "NIMDM 2010"):
            with pytest.raises(PlacesError, match=r"is not the edition '.*'\.\n  Found: It is: NIMDM 2017"):
                load_index(source, edition=other)
    with pytest.raises(PlacesError, match="is not the edition"):
        build_place("ours", path, edition="2015")
