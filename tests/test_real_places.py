"""The main job on real postcodes: 21,000 messy rows, the real indices of 2019 and 2025, and every decile the official one."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import equiwait as ew
from equiwait.cli import main

ROWS = 21_000
NO_PLACE = ["", "ZZ99 3VZ", "ZZ99 3WZ", "ZZ99 3CZ", "QX1 1AA", "JE2 3XP", "5 High St"]


def messy(postcode: str, way: int) -> str:
    """One of the ways in which people type a postcode."""
    tight = postcode.replace(" ", "")
    spaced = f"{tight[:-3]} {tight[-3:]}"
    swapped = f"{tight[:-3]} {tight[-3].replace('0', 'O').replace('1', 'I')}{tight[-2:]}"
    return [
        spaced,
        tight,
        spaced.lower(),
        f"  {spaced} ",
        f"{tight[:-3]}  {tight[-3:]}",
        f"{spaced}.",
        spaced.replace(" ", "\u00a0"),
        swapped,
    ][way]


@pytest.fixture(scope="module")
def real(shared_data, tmp_path_factory):
    """A list on real postcodes, two plain directories made of official rows, and the official deciles of each row."""
    rng = np.random.default_rng(20261031)
    official = pd.read_csv(
        shared_data / "postcodes" / "onspd_nov2022_random_100000_pcd_oslaua_pcon_lsoa11.csv", dtype=str
    )
    changes = pd.read_csv(shared_data / "lookups" / "lsoa2011_to_lsoa2021_lad2022_exact_fit.csv", dtype=str)
    kept = changes[changes["change_code"].isin(["U", "M"])].set_index("lsoa11_code")["lsoa21_code"]
    official["lsoa21"] = official["lsoa11"].map(kept)
    folder = tmp_path_factory.mktemp("real")
    for year in ("11", "21"):
        official[["pcd", f"lsoa{year}"]].dropna().rename(
            columns={"pcd": "postcode", f"lsoa{year}": f"lsoa{year}cd"}
        ).to_csv(folder / f"directory{year}.csv", index=False)
    placed = (
        official[official["lsoa21"].notna() & official["lsoa11"].str.startswith("E01")]
        .sample(ROWS - 700, random_state=1)
        .reset_index(drop=True)
    )
    ways = rng.integers(0, 8, len(placed))
    postcodes = [messy(postcode, way) for postcode, way in zip(placed["pcd"], ways, strict=True)] + NO_PLACE * 100
    days = rng.integers(0, 500, ROWS)
    raw = pd.DataFrame({
        "Pathway ID": [f"r{i}" for i in range(ROWS)], "RTT Clock Start Date": (pd.Timestamp("2026-10-31") - pd.to_timedelta(days, unit="D")).strftime("%d/%m/%Y"),
        "Post Code": postcodes, "Ethnic Origin": rng.choice(["A", "J", "N", "Z", "99", ""], ROWS), "Gender": rng.choice(["1", "2"], ROWS),
        "P Code": rng.choice(["P2", "p3", "4", ""], ROWS), "DTA Date": "2026-01-05", "TFC": rng.choice(["110", "101"], ROWS),
    })  # fmt: skip
    raw.to_csv(folder / "list.csv", index=False)
    return folder, raw, placed


FILES = {
    "2019": (
        "11",
        "File_1_-_IMD2019_Index_of_Multiple_Deprivation.xlsx",
        "IMD2019",
        "LSOA code (2011)",
        "Index of Multiple Deprivation (IMD) Decile",
    ),
    "2025": (
        "21",
        "File_1_IoD2025_Index_of_Multiple_Deprivation.xlsx",
        "IMD25",
        "LSOA code (2021)",
        "Index of Multiple Deprivation (IMD) Decile",
    ),
}


@pytest.mark.parametrize("edition", FILES)
def test_every_decile_is_the_official_one(real, shared_data, edition):
    folder, raw, placed = real
    year, name, tab, code, decile = FILES[edition]
    path = shared_data / "deprivation" / name
    sheet = pd.read_excel(path, sheet_name=tab, engine="calamine")
    column = next(header for header in sheet.columns if header.startswith(decile))
    official = placed[f"lsoa{year}"].map(sheet.set_index(code)[column])
    assert official.notna().all()
    waiting = ew.read_list(folder / "list.csv", snapshot="2026-10-31")
    linked = ew.link_deprivation(waiting, directory=folder / f"directory{year}.csv", index=path)
    assert len(linked) == ROWS
    here = linked.iloc[: len(placed)]
    assert set(here["link_status"]) <= {"matched", "repaired"}
    assert (here["imd_decile"].to_numpy(dtype=int) == official.to_numpy(dtype=int)).all()
    assert edition in str(linked["index_edition"].dropna().iloc[0])
    rest = linked.iloc[len(placed) :]
    assert rest["imd_decile"].isna().all()
    assert rest["link_status"].tolist()[:7] == [
        "missing",
        "no_fixed_abode",
        "address_unknown",
        "address_unknown",
        "not_found",
        "crown_dependency",
        "malformed",
    ]


def test_the_command_line_does_the_same_job(real, shared_data):
    folder, raw, placed = real
    out = folder / "out"
    done = main(
        ["report", str(folder / "list.csv"), "--snapshot", "2026-10-31", "--directory", str(folder / "directory21.csv"),
         "--index", str(shared_data / "deprivation" / FILES["2025"][1]), "--out", str(out)]
    )  # fmt: skip
    assert done == 0
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["snapshot"] == ["2026-10-31"]
    assert "counts" not in manifest  # counts leave under the rule alone
    ordered = pd.read_csv(out / "ordered-list-IN-TEAM.csv", skiprows=lambda i: False, dtype=str)
    assert len(ordered) >= ROWS
    assert (out / "report.html").stat().st_size > 50_000
