"""The gate looks at how a result was made: only what released counts gave may leave, whatever a result says of itself."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

import equiwait as ew
from equiwait.errors import DisclosureError
from equiwait.results import Result

WAITING = ew.read_list(
    pd.DataFrame(
        {"clock_start": ["2026-01-01", "2026-09-01", "2026-01-05"] * 30, "sex": ["1", "2", "1"] * 29 + ["9"] * 3}
    ),
    snapshot="2026-10-31",
)
WRITERS = {
    "report": lambda result, to, **more: ew.report(result, to=to / "r.html", **more),
    "workbook": lambda result, to, **more: ew.workbook(result, to=to / "w.xlsx", **more),
    "tidy": lambda result, to, **more: ew.tidy(result, to=to / "t", **more),
    "governance": lambda result, to, **more: ew.governance(
        ew.Policy.preset("england_default"), result, to=to / "g", **more
    ),
    "outputs": lambda result, to, **more: ew.outputs(result, to=to / "o", waiting=WAITING, **more),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_label_opens_no_gate(name, tmp_path):
    """A table of anybody's own that calls itself suppressed, and an answer that has lost what it was made from."""
    gaps = ew.disparities(WAITING, "sex", measures=["over_18_weeks"])
    for result in (
        Result("Mine", pd.DataFrame({"group": ["A"], "n": [3]}), suppression="hes"),
        replace(gaps, released=None),
        replace(gaps, answer=None),
        replace(ew.disparities(WAITING, "sex", measures=["over_18_weeks"], suppression="none"), suppression="hes"),
    ):
        with pytest.raises(DisclosureError, match="in_team=True"):
            WRITERS[name](result, tmp_path)
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", WRITERS)
def test_the_teams_own_files_are_one_option_for_every_writer(name, tmp_path):
    made = WRITERS[name](ew.disparities(WAITING, "sex", suppression="none"), tmp_path, in_team=True)
    paths = [path for path in (made if isinstance(made, list) else [made]) if path.name != "manifest.json"]
    assert paths
    assert all("IN-TEAM" in path.name for path in paths)
    plain = WRITERS[name](ew.disparities(WAITING, "sex"), tmp_path / "plain", in_team=True)
    named = [path for path in (plain if isinstance(plain, list) else [plain]) if "list" not in path.name]
    assert not any("IN-TEAM" in path.name for path in named), "nothing exact is in it"


def test_what_somebody_has_written_into_a_table_is_not_written(tmp_path):
    gaps = ew.completeness(ew.flag_missing(WAITING))
    clean = ew.tidy(gaps, to=tmp_path / "clean")[0].read_bytes()
    gaps.table.loc[0, "n"] = 4.0
    assert not gaps.as_made
    assert ew.tidy(gaps, to=tmp_path / "edited")[0].read_bytes() == clean
    copied = replace(gaps, table=gaps.table.assign(n=4.0), findings=("Four people.",))
    assert ew.tidy(copied, to=tmp_path / "copied")[0].read_bytes() == clean
    assert "Four people" not in ew.report(copied, to=tmp_path / "r.html").read_text("utf-8")
