"""The gate looks at how a result was made: only what released counts gave may leave, whatever a result says of itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import equiwait as ew
from equiwait.errors import DisclosureError
from equiwait.reporting import as_written
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


def two_answers():
    """Answers of which the audit of both together hides more than either does."""
    lots = np.random.default_rng(2)
    raw = pd.DataFrame(
        {
            "clock_start": pd.Timestamp("2026-10-31") - pd.to_timedelta(lots.integers(1, 700, 200), unit="D"),
            "sex": lots.choice(["1", "2", "9"], 200, p=[0.6, 0.36, 0.04]),
            "ethnicity": lots.choice([*"AHM", ""], 200, p=[0.6, 0.25, 0.1, 0.05]),
        }
    )
    waiting = ew.flag_missing(ew.read_list(raw, snapshot="2026-10-31"), ["ethnicity", "sex"])
    return [ew.disparities(waiting, ["sex", "ethnicity"], measures=["over_18_weeks"]), ew.completeness(waiting, "sex")]


def test_an_answer_is_made_again_once_for_all_files_of_a_run_and_anew_where_somebody_wrote_into_it():
    results = two_answers()
    first, again = as_written(results), as_written(results)
    changed = [at for at, each in enumerate(first) if not any(each is one for one in results)]
    assert changed, "the audit of both hides more"
    assert all(one is other for one, other in zip(first, again, strict=True))
    written_into = first[changed[0]]
    clean = written_into.table.copy()
    written_into.table.loc[0, "n"] = 4.0
    pd.testing.assert_frame_equal(as_written(results)[changed[0]].table, clean)
