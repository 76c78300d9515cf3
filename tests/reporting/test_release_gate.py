"""The gate looks at how a result was made: only what released counts gave may leave, whatever a result says of itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import equiwait as ew
from equiwait.answers.asked import AskedAnswer
from equiwait.answers.completeness import asked_completeness
from equiwait.answers.disparity import asked_gaps
from equiwait.errors import DisclosureError
from equiwait.reporting import as_written, made_together, release_gate
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


def mixed_list():
    """A list of which the audit of two answers together hides more than either does."""
    lots = np.random.default_rng(2)
    raw = pd.DataFrame(
        {
            "clock_start": pd.Timestamp("2026-10-31") - pd.to_timedelta(lots.integers(1, 700, 200), unit="D"),
            "sex": lots.choice(["1", "2", "9"], 200, p=[0.6, 0.36, 0.04]),
            "ethnicity": lots.choice([*"AHM", ""], 200, p=[0.6, 0.25, 0.1, 0.05]),
        }
    )
    return ew.flag_missing(ew.read_list(raw, snapshot="2026-10-31"), ["ethnicity", "sex"])


def two_answers():
    """Answers of which the audit of both together hides more than either does."""
    waiting = mixed_list()
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


def the_same_asked(waiting, **how):
    """What `two_answers` are made of."""
    gaps = asked_gaps(waiting, ["sex", "ethnicity"], measures=["over_18_weeks"], **how)
    return [gaps.released(), asked_completeness(waiting, "sex", **how)]


def test_answers_made_together_are_those_that_the_audit_leaves_of_the_verbs():
    alone = two_answers()
    left = as_written(alone)
    assert any(not one.table.equals(other.table) for one, other in zip(alone, left, strict=True)), "more is hidden"
    made = made_together(the_same_asked(mixed_list()))
    for one, other in zip(left, as_written(made), strict=True):
        pd.testing.assert_frame_equal(one.table, other.table)
        assert (one.findings, one.notes) == (other.findings, other.notes)


def test_what_is_written_together_is_made_once_and_audited_once(tmp_path, monkeypatch):
    waiting, made, audits = mixed_list(), [], []
    again = AskedAnswer.made_again
    monkeypatch.setattr(AskedAnswer, "made_again", lambda self, released: made.append(self) or again(self, released))
    asked = the_same_asked(waiting)
    results = made_together(asked)
    assert sorted(map(id, made)) == sorted(map(id, asked)), "each once"
    monkeypatch.setattr(release_gate, "audited_results", lambda *given: audits.append(given) or list(given[0]))
    ew.outputs(*results, to=tmp_path / "all", waiting=waiting)
    ew.tidy(*reversed(results), to=tmp_path / "turned")
    assert not audits
    ew.tidy(results[0], to=tmp_path / "one")
    ew.tidy(results[0], results[0], to=tmp_path / "twice")
    ew.tidy(*results, to=tmp_path / "later", previous=tmp_path / "all")
    assert len(audits) == 3, "fewer results, one of them twice, beside an earlier release"
    results[0].table.loc[0, "n"] = 4.0
    ew.tidy(*results, to=tmp_path / "edited")
    assert len(audits) == 4, "made anew"


def test_exact_answers_are_made_without_an_audit(monkeypatch):
    monkeypatch.setattr(release_gate, "audited_results", None)
    assert all(each.in_team for each in made_together(the_same_asked(mixed_list(), suppression="none")))


def test_answers_made_together_hide_what_an_earlier_release_would_give_away(monkeypatch):
    """What is said beside the files is made of these answers, so the earlier releases must be in their audit."""
    seen = []
    monkeypatch.setattr(release_gate, "figures_in", lambda folders: seen.append(folders) or [])
    made_together(the_same_asked(mixed_list()), "october")
    assert seen == ["october"]
