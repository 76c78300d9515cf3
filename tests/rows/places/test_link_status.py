"""Every cell of the table of link statuses is spoken for, and linking gives what the table says."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from equiwait import check_list, link_deprivation, read_list
from equiwait.rows.places import LINK_STATUSES, Index
from equiwait.rows.places.link_status import ENDS, FOUND, LINKED, OPEN_TO_AREA, STATUS_TABLE
from equiwait.rows.places.postcodes import KINDS

NOT_HERE, NO_AREA, UNRANKED, RANKED = FOUND
LIVE, TERMINATED = ENDS

# What the documentation promises of each status, said once more and apart from the code.
EXPECTED = {
    **{("postcode", NOT_HERE, end): "not_found" for end in ENDS},
    **{("postcode", NO_AREA, end): "no_area" for end in ENDS},
    **{("postcode", UNRANKED, end): "outside_index" for end in ENDS},
    ("postcode", RANKED, LIVE): "matched",
    ("postcode", RANKED, TERMINATED): "matched_terminated",
    **{("repaired", NOT_HERE, end): "not_found" for end in ENDS},
    **{("repaired", NO_AREA, end): "no_area" for end in ENDS},
    **{("repaired", UNRANKED, end): "outside_index" for end in ENDS},
    **{("repaired", RANKED, end): "repaired" for end in ENDS},
    **{
        (kind, found, end): kind
        for kind in KINDS
        if kind not in ("postcode", "repaired")
        for found in FOUND
        for end in ENDS
    },
}


def test_every_cell_of_the_table_is_spoken_for() -> None:
    cells = list(itertools.product(KINDS, FOUND, ENDS))
    assert set(cells) == set(EXPECTED)
    assert {cell: STATUS_TABLE.status(*cell) for cell in cells} == EXPECTED
    assert STATUS_TABLE.cells.shape == (len(KINDS), len(FOUND), len(ENDS))
    assert set(EXPECTED.values()) == set(LINK_STATUSES)


def test_many_rows_are_read_as_one_cell_at_a_time() -> None:
    axes = (range(len(KINDS)), range(len(FOUND)), range(len(ENDS)))
    kind, found, ended = (np.array(axis) for axis in zip(*itertools.product(*axes), strict=True))
    said = [LINK_STATUSES[status] for status in STATUS_TABLE.of(kind.astype(np.uint8), found.astype(np.int8), ended)]
    assert said == [EXPECTED[cell] for cell in itertools.product(KINDS, FOUND, ENDS)]


def test_a_status_settles_the_place_or_leaves_it_to_the_area_code_or_is_a_pseudo_postcode() -> None:
    pseudo = {"no_fixed_abode", "address_unknown", "overseas", "crown_dependency", "forces"}
    assert {*LINKED, *OPEN_TO_AREA} | pseudo == set(LINK_STATUSES)
    assert not set(LINKED) & set(OPEN_TO_AREA)


# --- what a list says of its own deprivation -------------------------------------------------------------------------


@pytest.fixture
def index() -> Index:
    return Index.of({f"E0100000{n}": n for n in range(10)}, title="Ten areas")


@pytest.fixture
def given() -> pd.DataFrame:
    """Four people: one whose list agrees, one whose list does not, one without a decile, one outside the index."""
    return pd.DataFrame({
        "pathway_id": ["a", "b", "c", "d"], "clock_start": "2026-04-01", "area_code": ["E01000000", "E01000004", "E01000009", "W01000001"],
        "IMD Decile": ["1", "9", "", "3"], "imd_quintile": ["1", "3", "5", "2"],
    }, index=[7, 3, 9, 1])  # fmt: skip


def test_own_deciles_are_kept_beside_ours_and_disagreement_is_counted(given: pd.DataFrame, index: Index) -> None:
    waiting = read_list(given, snapshot="2026-10-31")
    linked = link_deprivation(waiting, index=index)
    assert list(linked.index) == [7, 3, 9, 1]
    assert linked["imd_decile"].tolist() == [1, 5, 10, pd.NA]
    assert linked["given_imd_decile"].tolist() == [1, 9, pd.NA, 3]
    assert linked["given_imd_quintile"].tolist() == [1, 3, 5, 2]
    assert "given_imd_rank" not in linked
    assert linked["row_problems"].tolist() == ["", "imd_decile_disagrees", "", ""]
    counted = check_list(linked, suppression="none").table.set_index("code")
    assert (counted.loc["imd_decile_disagrees", "field"], counted.loc["imd_decile_disagrees", "rows"]) == (
        "imd_decile",
        1,
    )

    again = link_deprivation(linked, index=index)  # linked before: nothing in it is the list's own any more
    pd.testing.assert_frame_equal(again, linked)
    other = link_deprivation(linked, index=Index.of({f"E0100000{n}": 9 - n for n in range(10)}, title="Turned"))
    assert other["given_imd_decile"].tolist() == [1, 9, pd.NA, 3]
    assert [("imd_decile_disagrees" in problems) for problems in other["row_problems"]] == [True, True, False, False]


def test_own_columns_of_a_list_that_was_not_read_are_kept_as_they_are(given: pd.DataFrame, index: Index) -> None:
    given["core20"] = "Y"
    linked = link_deprivation(given.rename(columns={"IMD Decile": "imd_decile"}), index=index)
    assert linked["given_imd_decile"].tolist() == ["1", "9", "", "3"]
    assert linked["given_core20"].tolist() == ["Y"] * 4
    assert linked["imd_decile"].tolist()[:3] == [1, 5, 10]
    assert "row_problems" not in linked
    assert "imd_decile" in given.columns or "IMD Decile" in given.columns


def test_only_columns_of_the_indices_that_are_linked_are_kept_apart(given: pd.DataFrame, index: Index) -> None:
    given["idaci_decile"] = 4
    linked = link_deprivation(given.rename(columns={"IMD Decile": "imd_decile"}), index=index)
    assert linked["idaci_decile"].tolist() == [4] * 4
    assert "given_idaci_decile" not in linked
