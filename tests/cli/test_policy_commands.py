"""`equiwait policy`: written with people, read aloud, checked, compared and tried, at a terminal, from a pipe and by options."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from equiwait import errors
from equiwait.cli import EXIT_CODES, main
from equiwait.rows.policies import Policy
from equiwait.samples import SNAPSHOT, sample_path

SHEET = """factor,column,level,points,missing,kind
Pain,pain,none,0,zero,
,,some,5,,
,,much,10,,
Lives in a deprived area,imd_quintile,1,8,,
,,2,6,,
,,anything else,0,,
,,not recorded,3,,
Days waited,days_waiting,0,0,unscored,
,,365,20,,
Carer,carer,Yes,4,zero,
,,No,0,,
"""


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "workshop.csv"
    path.write_text(SHEET, encoding="utf-8")
    return path


def said(capsys: pytest.CaptureFixture[str], *typed: object, code: int = 0) -> str:
    assert main(["policy", *map(str, typed)]) == code
    out = capsys.readouterr()
    return out.out + out.err


def test_a_sheet_from_a_workshop_becomes_a_whole_policy_with_comments(tmp_path, sheet, capsys):
    out = tmp_path / "ours.toml"
    given = ["--title", "Ours", "--source", "The workshop of 3 November", "--cap", "5", "--yes"]
    said(capsys, "new", out, "--points", sheet, *given)
    policy = Policy.load(out)
    assert [(factor.name, factor.kind, factor.missing) for factor in policy.factors] == [
        ("pain", "clinical", "zero"), ("lives_in_a_deprived_area", "equity", 3.0), ("days_waited", "time", "unscored"),
        ("carer", "equity", "zero"),
    ]  # fmt: skip
    assert policy.factors[1].points == {"1": 8, "2": 6}
    assert policy.factors[1].otherwise == 0
    assert policy.factors[2].knots == ((0, 0), (365, 20))
    assert policy.factors[3].points == {"true": 4, "false": 0}
    assert (policy.status, policy.order.then, policy.guards.max_places_moved_down) == ("draft", "points", 5)
    text = " ".join(line.removeprefix("# ") for line in out.read_text(encoding="utf-8").splitlines())
    assert (
        "Lives in a deprived area (equity): by imd quintile: 1 gives 8, 2 gives 6; anything else that is recorded gives 0"
        in text
    )
    assert "there is no default, for each favours somebody" in text
    assert policy.fingerprint in text
    assert policy.untiered == ()


def test_answers_come_line_by_line_from_a_pipe_and_an_empty_one_takes_what_is_in_brackets(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr("sys.stdin", io.StringIO("110\n\nbone_list\nBones\n\neveryone\n"))
    asked = said(capsys, "new", tmp_path / "p.toml")
    policy = Policy.load(tmp_path / "p.toml")
    assert (policy.name, policy.title, policy.people) == ("bone_list", "Bones", "everyone")
    assert policy.about.startswith("For 110. ")
    assert policy.specialties == ("110",)
    assert "admitted or everyone [admitted]:" in asked


def test_children_start_from_the_policy_with_a_childs_life_in_view_and_it_stays_an_illustration(tmp_path, capsys):
    told = said(capsys, "new", tmp_path / "p.toml", "--specialty", "171", "--yes")
    policy = Policy.load(tmp_path / "p.toml")
    assert "idaci" in [factor.name for factor in policy.factors]
    assert (policy.status, policy.guards.max_places_moved_down) == ("illustrative", 10)
    assert "It stays an illustration" in told


def test_a_policy_for_a_specialty_orders_its_people_alone(tmp_path, capsys):
    said(capsys, "new", tmp_path / "p.toml", "--specialty", "Trauma & Orthopaedics, 120 ENT", "--yes")
    policy = Policy.load(tmp_path / "p.toml")
    assert policy.specialties == ("110", "120")
    assert "Only of specialty 110 or 120" in said(capsys, "show", tmp_path / "p.toml")
    assert policy.fingerprint != Policy.preset("england_default").fingerprint
    told = said(capsys, "new", tmp_path / "q.toml", "--specialty", "Magic", "--yes")
    assert "No code is known for Magic" in told


@pytest.mark.parametrize("name", Policy.presets())
def test_every_preset_is_a_start(name, tmp_path, capsys):
    said(capsys, "new", tmp_path / "p.toml", "--from", name, "--cap", "none", "--yes")
    policy = Policy.load(tmp_path / "p.toml")
    assert policy.fingerprint == Policy.preset(name).fingerprint
    assert policy.name == "our_policy"


def test_nothing_is_overwritten_and_nothing_is_left_half_written(tmp_path, capsys):
    (tmp_path / "p.toml").write_text("mine", encoding="utf-8")
    told = said(capsys, "new", tmp_path / "p.toml", "--yes", code=EXIT_CODES[errors.OptionError])
    assert "There is a file 'p.toml' already" in told
    assert (tmp_path / "p.toml").read_text(encoding="utf-8") == "mine"
    told = said(capsys, "new", tmp_path / "no" / "p.toml", "--yes", code=EXIT_CODES[errors.OptionError])
    assert "no folder" in told
    said(capsys, "new", tmp_path / "q.toml", "--name", "No Good", "--yes", code=EXIT_CODES[errors.PolicyError])
    assert [path.name for path in tmp_path.iterdir()] == ["p.toml"]


@pytest.mark.parametrize(("sheet_text", "found"), [
    ("factor,column,level,points\nPain,pain,a,1\n", "pain.missing: is left out: say unscored, zero, list_mean or points"),
    ("factor,column,level,points,missing\nPain,pain,a,lots,zero\n", "row 2.points: is not a number"),
    ("factor,level,points,missing\nPain,a,1,zero\n", "pain.column: is left out"),
    ("factor,column,level,points,missing\n,,a,1,zero\n", "row 2: names no factor"),
    ("thing,column\na,b\n", "No row has the headers factor and points"),
    ("factor,column,level,points,missing\nFaith,religion,a,1,zero\n", "'Faith'.justification: is needed"),
    ("factor,column,level,points,missing\nWait,days_waiting,long,1,zero\n", "a level of it is no number"),
])  # fmt: skip
def test_what_is_wrong_with_a_sheet_is_said_by_row(sheet_text, found, tmp_path, capsys):
    (tmp_path / "s.csv").write_text(sheet_text, encoding="utf-8")
    assert main(["policy", "new", str(tmp_path / "p.toml"), "--points", str(tmp_path / "s.csv"), "--yes"]) != 0
    assert found in capsys.readouterr().err
    assert not (tmp_path / "p.toml").exists()


def test_what_a_line_of_a_sheet_lacks_is_said_by_its_name(tmp_path, capsys):
    lacking = tmp_path / "lacking.csv"
    head = "factor,column,kind,level,points,missing,reason,owner"
    rows = "Learning disability,learning_disability,equity,Yes,8,zero,people can be harmed more,A board\n,,,No,0,,,"
    lacking.write_text(f"{head}\n{rows}\n")
    found = said(
        capsys, "new", tmp_path / "out.toml", "--points", lacking, "--yes", code=EXIT_CODES[errors.PolicyError]
    )
    assert "'Learning disability'.justification.review: is left out" in found


def test_a_sheet_to_fill_in_is_read_back_as_it_was_written(tmp_path, capsys):
    said(capsys, "sheet", tmp_path / "s.csv", "--from", "catalonia_joint")
    given = ["--from", "catalonia_joint", "--points", tmp_path / "s.csv", "--cap", "none", "--yes"]
    said(capsys, "new", tmp_path / "p.toml", *given)
    assert Policy.load(tmp_path / "p.toml").fingerprint == Policy.preset("catalonia_joint").fingerprint


def test_list_show_check_and_diff(tmp_path, capsys):
    assert "- england_default (illustrative): " in said(capsys, "list")
    assert said(capsys, "show", "swalis_2020").strip() == Policy.preset("swalis_2020").describe()
    assert "no faults" in said(capsys, "check", "england_default")
    assert "A template: fill in" in said(capsys, "check", "uhcw_style")
    changed = Policy.preset("england_default").with_changes(order={"long_waits_lead_days": 365})
    changed.save(tmp_path / "p.toml")
    told = said(capsys, "diff", "england_default", tmp_path / "p.toml")
    assert "order.long_waits_lead_days was not given and is now 365." in told
    assert said(capsys, "diff", "england_default", "england_default").strip() == "They say and mean the same."
    assert "There is no policy file 'none.toml'" in said(
        capsys, "show", "none.toml", code=EXIT_CODES[errors.PolicyError]
    )


def test_a_list_is_checked_for_what_the_policy_needs_before_anything_is_scored(tmp_path, capsys):
    (tmp_path / "list.csv").write_text(
        "Pathway ID,RTT start,P code,Postcode\na,2026-01-05,P2,EQ1 1AA\n", encoding="utf-8"
    )
    told = said(capsys, "check", "paediatric_surgery_illustrative", "--list", tmp_path / "list.csv")
    assert "The policy needs and the list lacks:" in told
    assert "It reads and the list has: pathway_id, snapshot_date, days_waiting, scope, priority." in told
    assert (
        "- school_missed, for School missed because of the condition: add it to the list, or leave out of the policy"
        in told
    )
    assert "(IDACI quintile): link_deprivation adds it" in told
    assert "EQ1" not in told


def test_what_each_weight_does_to_a_list_is_said_before_it_is_adopted(tmp_path, capsys):
    line = {"source": "s", "missing": "zero"}
    area = {**line, "kind": "equity", "column": "imd_quintile", "points": {"1": 60}, "otherwise": 0}
    wait = {**line, "kind": "time", "column": "days_waiting", "knots": [[0, 0], [365, 60]]}
    policy = Policy.preset("england_default").with_changes(
        status="draft", order={"then": "points"}, factors={"area": area, "wait": wait}
    )
    policy.save(tmp_path / "p.toml")
    asked = ["try", tmp_path / "p.toml", sample_path("adult_ptl"), "--snapshot", SNAPSHOT]
    places = ["--directory", sample_path("directory"), "--index", sample_path("index")]
    told = said(capsys, *asked, *places, "--by", "imd_quintile")
    assert "area (equity):" in told
    assert "wait (time):" in told
    assert "- everyone, " in told
    assert " move down by " in told
    assert "IMD deprivation quintile of the area 1" in told
    assert "imd_quintile, for Area" in said(capsys, *asked, code=EXIT_CODES[errors.PolicyError])
