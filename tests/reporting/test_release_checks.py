"""`release_check`: what may leave the room, of our folders and of anybody's files."""

from __future__ import annotations

import itertools
import json
import shutil
import zipfile

import numpy as np
import pandas as pd
import pytest

import equiwait as ew
from equiwait.cli import main
from equiwait.disclosure import Cell, cells_of, count, tally
from equiwait.disclosure.audit import audited
from equiwait.disclosure.cells import BESIDE
from equiwait.disclosure.release import release
from equiwait.disclosure.rules import load_rule, rule_named
from equiwait.errors import DisclosureError, OptionError
from equiwait.reporting import outputs
from equiwait.reporting.release_check import release_check
from equiwait.reporting.release_gate import FIGURES


def small_list(people: int = 400, seed: int = 5) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    raw = pd.DataFrame({
        "pathway_id": [f"SECRET{n}" for n in range(people)],
        "clock_start": pd.Timestamp("2026-10-31") - pd.to_timedelta(rng.gamma(2, 90, people).astype(int), unit="D"),
        "ethnicity": rng.choice([*"AHMN", ""], people, p=[0.6, 0.2, 0.1, 0.08, 0.02]),
        "sex": rng.choice(["1", "2"], people), "site": rng.choice(["North", "South"], people, p=[0.8, 0.2]),
    })  # fmt: skip
    return ew.flag_missing(ew.read_list(raw, snapshot="2026-10-31"))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A folder of a run without its in-team list, as it would be sent on."""
    folder = tmp_path_factory.mktemp("run") / "out"
    waiting = small_list()
    outputs(ew.check_list(waiting), ew.completeness(waiting, "site"), to=folder, waiting=waiting)
    for path in folder.rglob("*IN-TEAM*"):
        path.unlink()
    return folder


def test_our_own_folder_passes_but_for_the_in_team_list(run, tmp_path):
    check = release_check(run, checker="A. Checker", on="2026-11-27")
    assert check.passed, check
    assert (run / FIGURES).is_file()
    assert check.record["checker"] == "A. Checker"
    assert check.record["date"] == "2026-11-27"
    assert {each["name"] for each in check.record["files"]} == set(check.files)
    waiting = small_list()
    outputs(ew.check_list(waiting), to=tmp_path / "all", waiting=waiting)
    reasons = {each.reason for each in release_check(tmp_path / "all").reasons}
    assert "It is stamped in-team." in reasons
    assert any("rows of single people" in each for each in reasons)
    assert "SECRET" not in repr(release_check(tmp_path / "all"))


def test_shown_counts_that_give_a_hidden_one_away_fail_with_what_to_hide(run, tmp_path):
    """The same folder with what was hidden besides shown again."""
    document = json.loads((run / FIGURES).read_text("utf-8"))
    beside = [row for row in document["cells"] if row[5] == 3]
    assert beside
    exact = ew.completeness(small_list(), "site", suppression="none").released
    number = {
        (cell.population, cell.groups, cell.event, cell.over): n
        for cell, n in zip(exact.cells, exact.shown, strict=True)
    }
    for row in beside:
        key = (row[0], tuple(map(tuple, row[1])), row[2], row[3])
        if key in number:
            row[4], row[5] = float(np.floor(number[key] / 5 + 0.5) * 5), 0
    (tmp_path / FIGURES).write_text(json.dumps(document))
    check = release_check(tmp_path)
    assert any("can be worked out" in each.reason for each in check.reasons)
    assert len(check.to_hide)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("rows.csv", "NHS_NUMBER,wait\n9434765919,20\n", "NHS number"),
        ("rows.csv", "postcode,wait\nSW1A 1AA,20\n", "postcode"),
        ("rows.csv", "pathway_id,wait\nx1,20\n", "rows of single people"),
        ("small.csv", "Sex,Patients\nFemale,120\nMale,3\n", "counts of 1 to 7: 1"),
        ("exact.csv", "Sex,Patients\nFemale,123\nMale,45\n", "not rounded to 5: 1"),
        ("plain.csv", "Sex,Patients\nFemale,120\nMale,45\n", "states the rule"),
        ("alone.csv", "Sex,Patients\nFemale,101\nMale,*\nTotal,104\n", "can be worked out"),
        ("cross.csv", "Ethnicity,Under 18 weeks,Over 52 weeks\nWhite,120,3\nAsian,45,10\n", "counts of 1 to 7: 1"),
        ("words.csv", "Small counts are hidden; others rounded.\nWard;Waiting;Treated\nA;15;3\nB;40;10\n", "counts of 1 to 7: 1"),
        ("table.md", "Hidden.\n\n| Sex | Patients |\n|---|---|\n| F | 3 |\n| M | 50 |\n", "counts of 1 to 7: 1"),
        ("long.csv", "group,measure,value\nF,n,3\nM,n,50\n", "counts of 1 to 7: 1"),
        ("words.md", "Small counts are hidden. Only 3 patients of ward A are Chinese.", "speaks of 1 to 7 people"),
        ("no_id.csv", "Ward,Sex,Age,Weeks waited\n" + "A,M,44,12\nB,F,71,30\n" * 9, "rows of single people, as it seems"),
        ("names.csv", "Name,Weeks\nAnn Other,30\nJo Bloggs,44\n", "rows of single people"),
        ("names.md", "Hidden.\n\n| Name | Weeks |\n|---|---|\n| Ann Other | 30 |\n| Jo Bloggs | 44 |\n", "rows of single people"),
        ("letter.md", "Small counts are hidden.\n\n**Patient name:** Ann Other", "a patient's name"),
        ("story.md", "Small counts are hidden. A patient, Mrs Other, has waited for 60 weeks.", "a patient's name"),
        ("story.txt", "Small counts are hidden. The child's name is Jo.", "a patient's name"),
        ("picture.png", "x", "cannot be looked into"),
        ("days.csv", "Ward,Joined\n" + "".join(f"A,2026-10-{day:02}\n" for day in range(1, 13)), "rows of single people"),
        ("ids.csv", "Ward,Key\n" + "".join(f"A,RX{n:06}\n" for n in range(12)), "rows of single people, as it seems"),
        ("page.html", "<p>hidden</p><script>var rows = [['9434765919', 20]]</script>", "NHS number"),
        ("page.html", "<p>hidden</p><!-- SW1A 1AA -->", "postcode"),
        ("page.html", "<p>hidden</p><td title='943 476 5919'>x</td>", "NHS number"),
        ("rows.json", '[{"pathway_id": "a"}, {"pathway_id": "b"}]', "rows of single people"),
        ("deep.json", "[" * 100_000, "could not be read"),
        ("small.json", '{"data": {"Sex": ["F", "M"], "Patients": [120, 3]}}', "counts of 1 to 7: 1"),
        ("table.parquet", "x", "could not be read"),
        ("manifest-key-IN-TEAM.txt", "0" * 64, "stamped in-team"),
        ("ordered-IN-TEAM.csv", "a,b\n1,2\n", "stamped in-team"),
        ("page.html", "<p>In-team, not for release: small numbers are shown.</p>", "stamped in-team"),
    ],
)  # fmt: skip
def test_what_must_not_leave(tmp_path, name, text, said):
    (tmp_path / name).write_text(text)
    check = release_check(tmp_path / name)
    assert not check.passed
    assert any(said in each.reason for each in check.reasons), check
    assert "9434765919" not in repr(check)
    assert "SW1A" not in repr(check)


def test_a_folder_without_files_is_no_pass(tmp_path):
    (tmp_path / "inside").mkdir()
    assert [each.reason for each in release_check(tmp_path).reasons] == [
        "There is no file in it: nothing was looked at."
    ]


def test_what_is_small_is_among_the_cells_to_hide_with_what_would_give_it_away(tmp_path):
    (tmp_path / "a.csv").write_text(SAFE + "Ward,Waiting\nA,50\nB,3\nTotal,53\n")
    check = release_check(tmp_path)
    assert len(check.to_hide) == 2
    assert "ward: B" in check.to_hide["groups"].tolist()
    (tmp_path / "a.csv").write_text(SAFE + "Ward,Waiting,Median weeks,Rank\nA,50,12,1\nB,30,13,2\nTotal,80,12,\n")
    assert release_check(tmp_path).passed, "weeks and ranks count nobody"


def test_parquet_is_read_and_one_in_every_row_is_a_person(tmp_path):
    table = pd.DataFrame({"sex": ["Female", "Male"], "patients": [120, 3]})
    table.to_parquet(tmp_path / "small.parquet")
    assert any("counts of 1 to 7: 1" in each.reason for each in release_check(tmp_path).reasons)


def test_what_a_workbook_holds_behind_its_cells_is_a_reason(tmp_path):
    import openpyxl
    from openpyxl.comments import Comment

    book = openpyxl.Workbook()
    book.active.append(["Small counts are hidden"])
    book.active["A1"].comment = Comment("call Mrs Smith", "me")
    book.create_sheet("rows").sheet_state = "veryHidden"
    book.save(tmp_path / "book.xlsx")
    with zipfile.ZipFile(tmp_path / "book.xlsx", "a") as archive:
        archive.writestr("xl/pivotCache/pivotCacheRecords1.xml", "<r/>")
    reasons = " ".join(each.reason for each in release_check(tmp_path).reasons)
    assert all(word in reasons for word in ("a hidden sheet", "notes on cells", "the rows behind a pivot table"))
    assert "Smith" not in reasons


SAFE = "Counts of 1 to 7 are hidden; others are rounded to 5.\n"


def test_what_one_file_hides_and_another_gives_away_fails(tmp_path):
    """Each file passes alone: a hidden cell is shown in the other, under other words for the same column and people."""
    (tmp_path / "a.csv").write_text(SAFE + "Sex,Patients\nFemale,120\nMale,*\nNot known,*\n")
    (tmp_path / "b.csv").write_text(SAFE + "Gender,People\nFemale,120\nMale,45\n")
    assert release_check(tmp_path / "a.csv").passed
    assert release_check(tmp_path / "b.csv").passed
    check = release_check(tmp_path)
    assert any("can be worked out" in each.reason for each in check.reasons), check
    assert check.to_hide["groups"].tolist() == ["sex: Male"]
    assert check.record["to_hide"][0]["groups"] == "sex: Male"


def test_a_total_of_one_file_and_the_parts_of_another(tmp_path):
    """120 + 80 + a hidden count: the total of the other file, 195, leaves one value for it."""
    (tmp_path / "a.csv").write_text(SAFE + "Sex,Patients\nFemale,120\nMale,80\nNot known,*\n")
    (tmp_path / "b.csv").write_text(SAFE + "Site,Patients\nNorth,145\nSouth,50\nTotal,195\n")
    assert release_check(tmp_path / "a.csv").passed
    assert release_check(tmp_path / "b.csv").passed
    check = release_check(tmp_path)
    assert not check.passed
    assert len(check.to_hide) == 1, "one more hidden count is enough"


def test_a_file_that_somebody_put_into_our_folder_is_read_too(run, tmp_path):
    """The released figures speak for the files that are as we wrote them, and for no other."""
    shutil.copytree(run, tmp_path / "run")
    assert release_check(tmp_path / "run").passed
    (tmp_path / "run" / "extra.csv").write_text("Sex,Patients\nFemale,101\nMale,*\nTotal,104\n")
    assert any("can be worked out" in each.reason for each in release_check(tmp_path / "run").reasons)


def test_our_figures_and_a_strangers_table_about_the_same_people(run, tmp_path):
    """A count that our run hides is shown in a table that somebody else made of the same list."""
    shutil.copytree(run, tmp_path / "run")
    document = json.loads((run / FIGURES).read_text("utf-8"))
    open_ = [row for row in document["cells"] if row[0].startswith("open") and row[2] == "" and row[3] == -1]
    sites = {row[1][0][1]: row[4] for row in open_ if [pair[0] for pair in row[1]] == ["site"]}
    del sites["(all recorded)"]
    total = next(row[4] for row in open_ if not row[1])
    lines = "".join(f"{name},{n:.0f}\n" for name, n in sites.items())
    (tmp_path / "theirs.csv").write_text(f"{SAFE}Site,Patients\n{lines}Total,{total:.0f}\n")
    assert release_check(tmp_path).passed, release_check(tmp_path)
    (tmp_path / "theirs.csv").write_text(f"{SAFE}missing_ethnicity,Patients\nrecorded,390\nblank,10\nTotal,400\n")
    assert release_check(tmp_path).to_hide["groups"].tolist() == ["missing_ethnicity: blank"]


def test_the_record_keeps_no_hash_of_rows_of_people(tmp_path):
    (tmp_path / "rows.csv").write_text("pathway_id,wait\nx1,20\n")
    (tmp_path / "waits.csv").write_text(SAFE + "Sex,Patients\nFemale,120\nMale,45\n")
    check = release_check(tmp_path, checker="output checker", on="2026-11-27")
    files = {each["name"]: each for each in check.record["files"]}
    assert "sha256" not in files["rows.csv"]
    assert len(files["waits.csv"]["sha256"]) == 64
    assert files["waits.csv"]["rows"] == 2
    assert (check.record["checker"], check.record["date"], check.record["passed"]) == (
        "output checker",
        "2026-11-27",
        False,
    )
    saved = check.save(tmp_path / "record.json")
    assert json.loads(saved.read_text("utf-8")) == json.loads(json.dumps(check.record))


def test_a_stranger_who_hid_enough_passes(tmp_path):
    table = "Sex,Patients\nFemale,*\nMale,*\nTotal,205\nCounts of 1 to 7 are suppressed; others are rounded to 5.,\n"
    (tmp_path / "waits.csv").write_text(table)
    assert release_check(tmp_path / "waits.csv").passed


def test_two_files_are_looked_at_together_on_the_command_line(tmp_path, capsys):
    (tmp_path / "waits.csv").write_text("Sex,Patients\nFemale,101\nMale,*\nTotal,104\n")
    record = tmp_path / "record.json"
    assert main(["release-check", str(tmp_path / "waits.csv"), "--record", str(record), "--checker", "B"]) != 0
    assert "Fail" in capsys.readouterr().out
    assert json.loads(record.read_text("utf-8"))["passed"] is False


def test_nothing_to_check_is_said():
    with pytest.raises(OptionError, match="nothing to check"):
        release_check()
    with pytest.raises(OptionError, match="no file or folder"):
        release_check("nowhere.csv")


# --- results together, and one release after another ------------------------------------------------------------------


def test_results_written_together_are_audited_together(tmp_path):
    """Each is safe alone; the second tells what the first hides, until both are read together."""
    waiting = small_list(150, 9)
    one, other = ew.completeness(waiting), ew.completeness(waiting, "site")
    after = audited([one.released, other.released])
    assert any(
        not np.array_equal(before.marks, now.marks)
        for before, now in zip((one.released, other.released), after, strict=True)
    )
    again = one.made_again(after[0])
    hidden = set(np.array(after[0].cells, object)[after[0].marks != 0][:, 2]) if len(after[0].cells) else set()
    assert again.table["suppressed"].sum() >= one.table["suppressed"].sum(), hidden


def test_what_was_released_before_is_known(tmp_path):
    rule = rule_named("hes")
    first = release(count(Cell("open"), 101) + count(Cell("open", (("site", "A"),)), 100), rule)
    now = release(tally("open", "site", ["A", "C"], [100, 1]), rule)
    alone, beside = audited([now])[0], audited([now], previous=[first])[0]
    assert (alone.marks == BESIDE).any()
    assert not alone.left_out
    assert beside.left_out  # what would have to be hidden is known already
    assert np.isnan(beside.people(cells_of("open", "site", ["C"]))).all()


@pytest.mark.parametrize("rules", list(itertools.permutations(["hes", "five", "opensafely", "none"], 2)))
def test_rules_are_not_mixed_in_whatever_order_they_come(rules):
    counts = tally("open", "site", ["A", "B"], [100, 50])
    with pytest.raises(DisclosureError, match="different small-number rules"):
        audited([release(counts, rule_named(rule)) for rule in rules])


def test_a_rule_of_ones_own(tmp_path):
    path = tmp_path / "ours.toml"
    path.write_text('name = "trust"\nmost_hidden = 9\nround_to = 10\nsource = "our governance group"\n')
    done = ew.completeness(small_list(), suppression=str(path))
    shown = done.table["n"].dropna()
    assert ((shown == 0) | (shown >= 10)).all()
    assert (shown % 10 == 0).all()
    assert any("1 to 9 are hidden" in note for note in done.notes)
    path.write_text('name = "hes"\nmost_hidden = 0\nround_to = 1.5\nsauce = "x"\n')
    with pytest.raises(OptionError) as caught:
        load_rule(path)
    assert all(word in str(caught.value) for word in ("round_to", "source is missing", "sauce"))


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('name = "trust"\nmost_hidden = 7', "round_to is missing"),
        ('name = "hes"\nmost_hidden = 7\nround_to = 5\nsource = "us"', "built-in rule"),
        ('name = "trust"\nmost_hidden = true\nround_to = 5\nsource = "us"', "most_hidden is not a whole number"),
        ('name = "trust"\nmost_hidden = 0\nround_to = 5\nsource = "us"', "1 or more"),
        ('name = "trust"\nmost_hidden = 2\nround_to = 10\nsource = "us"', "rounded to 0"),
        (f'name = "trust"\nmost_hidden = {10**30}\nround_to = 5\nsource = "us"', "1,000 or less"),
        ('name = "trust"\nmost_hidden = 7\nround_to = 5\nsource = " "', "source is blank"),
        ('name = """a\nb"""\nmost_hidden = 7\nround_to = 5\nsource = "us"', "name is"),
        ("most_hidden = ", "could not be read as a rule"),
    ],
)  # fmt: skip
def test_a_rule_that_is_none_is_said_to_be_none(tmp_path, lines, said):
    path = tmp_path / "ours.toml"
    path.write_text(lines)
    with pytest.raises(OptionError, match=said) as caught:
        load_rule(path)
    assert caught.value.__context__ is None


def test_a_rule_as_notepad_saves_it(tmp_path):
    path = tmp_path / "ours.toml"
    path.write_text('name = "trust"\nmost_hidden = 9\nround_to = 10\nsource = "us"', encoding="utf-8-sig")
    assert load_rule(path).mark == "1–9"


def test_shares_by_field_and_areas_are_no_rows_of_people(tmp_path):
    """A table whose columns are fields, and a published index: headers and codes of persons, without a person."""
    page = "<p>1 to 7 are hidden</p><table><tr><th>Group</th><th>Postcode</th></tr><tr><td>A</td><td>7.0%</td></tr></table>"
    (tmp_path / "page.html").write_text(page + "<p>Next</p>")
    areas = "".join(f"E0100000{n},{n + 1}\n" for n in range(10)) + "E01000010,11\n"
    (tmp_path / "index.csv").write_text(f"LSOA code,Rank\n{areas}")
    assert release_check(tmp_path).passed, release_check(tmp_path)


def test_on_the_command_line_the_cells_to_hide_are_named(tmp_path, capsys):
    (tmp_path / "a.csv").write_text(SAFE + "Sex,Patients\nFemale,120\nMale,*\nNot known,*\n")
    (tmp_path / "b.csv").write_text(SAFE + "Gender,People\nFemale,120\nMale,45\n")
    assert main(["release-check", str(tmp_path)]) == 1
    assert "Hide: table, sex: Male, people." in capsys.readouterr().out
    assert main(["release-check", str(tmp_path / "a.csv")]) == 0
    assert "Hide" not in capsys.readouterr().out
