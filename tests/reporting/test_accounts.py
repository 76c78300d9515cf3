"""What may be released of linking and ordering: rounded counts, the policy's stamp, and that a person decides."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from equiwait.errors import ColumnsError
from equiwait.reporting import how_linked, how_ordered, report
from equiwait.rows.places.link import LINK_STATUSES
from equiwait.rows.policies import Policy
from equiwait.rows.scoring.row_scores import STATUSES


@pytest.fixture
def waiting() -> pd.DataFrame:
    status = ["matched"] * 61 + ["repaired"] * 9 + ["missing"] * 27 + ["malformed"] * 3
    open_ = pd.DataFrame({"scope": "rtt_open", "link_status": status, "score_status": "scored"})
    closed = pd.DataFrame({"scope": "closed", "link_status": ["overseas"] * 40, "score_status": "not_open"})
    return pd.concat([open_, closed], ignore_index=True).assign(index_edition="An index of 2025 0a1b2c")


def test_links_are_of_open_pathways_and_small_numbers_are_hidden(waiting: pd.DataFrame) -> None:
    found = how_linked(waiting)
    table = found.table.set_index("code")
    assert list(table.index) == ["matched", "repaired", "malformed", "missing"]
    assert table["n"].dropna().to_dict() == {"matched": 60, "repaired": 10, "missing": 25}
    assert table["share"].dropna().to_dict() == {"matched": 0.6, "repaired": 0.1, "missing": 0.25}
    assert table["suppressed"].to_dict() == {"matched": False, "repaired": False, "malformed": True, "missing": False}
    assert found.findings == ("Of 100 open pathways, 70 (70%) were linked to an area.",)
    assert any("An area is not a person" in note for note in found.notes)
    assert "Index: An index of 2025 0a1b2c." in found.notes


def test_exact_counts_are_in_team(waiting: pd.DataFrame) -> None:
    found = how_linked(waiting, suppression="none")
    assert found.in_team
    assert found.table["n"].tolist() == [61, 9, 3, 27]


def test_nobody_open_and_hardly_anybody(waiting: pd.DataFrame) -> None:
    assert how_linked(waiting[waiting["scope"] == "closed"]).table.empty
    assert how_linked(waiting[:3]).findings == ("Of 1–7 open pathways, 1–7 were linked to an area.",)
    assert how_linked(waiting[:3]).table[["n", "share", "of"]].isna().all(axis=None)


def test_the_order_names_its_policy_and_who_decides(waiting: pd.DataFrame, tmp_path: Path) -> None:
    policy = Policy.preset("england_default")
    found = how_ordered(waiting, policy)
    assert found.section == "order"
    assert found.table.set_index("code")["n"].to_dict() == {"scored": 100, "not_open": 40}
    page = report(found, to=tmp_path / "r.html").read_text(encoding="utf-8")
    assert policy.stamp in page
    assert "not approved for use" in page
    assert "A person decides" in page


def test_every_code_has_a_meaning(waiting: pd.DataFrame) -> None:
    links = pd.DataFrame({"scope": "rtt_open", "link_status": list(LINK_STATUSES) * 10})
    assert set(how_linked(links).table["code"]) == set(LINK_STATUSES)
    places = pd.DataFrame({"score_status": list(STATUSES) * 10})
    assert how_ordered(places, Policy.preset("england_default")).table["code"].tolist() == list(STATUSES)


def test_a_list_without_the_step_is_refused(waiting: pd.DataFrame) -> None:
    with pytest.raises(ColumnsError, match="link_status"):
        how_linked(waiting.drop(columns="link_status"))
    with pytest.raises(ColumnsError, match="score_status"):
        how_ordered(waiting.drop(columns="score_status"), Policy.preset("england_default"))
