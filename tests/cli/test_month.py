"""``equiwait month``: a folder of lists becomes a report with the gap over time, and says what changed."""

from __future__ import annotations

import gc
import tempfile
import weakref

import pandas as pd
import pytest

from equiwait import release_check, reporting
from equiwait.cli import main, month_command
from equiwait.cli.list_options import ListOptions
from planted_years import DAYS, lists_of, people

COLUMNS = ["pathway_id", "person_id", "provider", "clock_start", "clock_stop", "rtt_status", "team"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    here = tmp_path_factory.mktemp("lists")
    for day, waiting in lists_of(people(3, a_month=120), days=DAYS[6:]).items():
        waiting[COLUMNS].to_csv(here / f"ptl_{day}.csv", index=False)
    (here / "notes.csv").write_text("a,b\n1,2\n")
    return here


def test_the_monthly_job(folder, tmp_path, capsys):
    last = folder / "ptl_2026-11-30.csv"
    kept = last.read_bytes()
    last.unlink()
    assert (
        main(["month", str(folder), "--out", str(tmp_path / "runs"), "--by", "team", "--measure", "over_8_weeks"]) == 0
    )
    first = capsys.readouterr().out
    assert "The report is in" in first
    assert "Passed over, not one day in the name: notes.csv." in first
    last.write_bytes(kept)
    assert (
        main(["month", str(folder), "--out", str(tmp_path / "runs"), "--by", "team", "--measure", "over_8_weeks"]) == 0
    )
    said = capsys.readouterr().out
    assert "New since 2026-10-31: lists of 2026-11-30." in said
    assert month_command._reports_before(tmp_path / "runs", "2026-11-30") == [tmp_path / "runs" / "2026-10-31"]
    assert release_check(tmp_path / "runs" / "2026-10-31" / "tidy", tmp_path / "runs" / "2026-11-30" / "tidy").passed
    page = next((tmp_path / "runs" / "2026-11-30").glob("*.html")).read_text("utf-8")
    assert "Is the gap closing?" in page
    assert "What changed since 2026-10-31" in page
    one, other = (
        {path.name: pd.read_csv(path) for path in (tmp_path / "runs" / day / "tidy").glob("*.csv")}
        for day in ("2026-10-31", "2026-11-30")
    )
    assert set(one) == set(other) > {"time.csv", "time-2.csv", "time-3.csv"}
    for name, table in one.items():  # two runs stack, and each row says of which it is
        assert list(table.columns) == list(other[name].columns)
        assert table["period"].notna().all()
        assert set(table["period"]).isdisjoint(other[name]["period"])
        assert table["provider"].eq("RAA").all()


def test_headers_that_change_in_the_year(folder, tmp_path, capsys):
    (tmp_path / "lists").mkdir()
    for number, path in enumerate(sorted(folder.glob("ptl_*.csv"))[:3]):
        text = path.read_text("utf-8")
        (tmp_path / "lists" / path.name).write_text(text.replace("clock_start", "Our Start", int(number == 2)), "utf-8")
    asked = [
        "month",
        str(tmp_path / "lists"),
        "--out",
        str(tmp_path / "runs"),
        "--by",
        "team",
        "--measure",
        "over_4_weeks",
    ]
    assert main(asked) == 4
    assert "In 'ptl_2026-02-28.csv': No column is known as the clock start" in capsys.readouterr().err
    assert main([*asked, "--columns", "Our Start=clock_start"]) == 0
    capsys.readouterr()
    assert main([*asked, "--columns", "Our Start=clock_start", "--columns", "Nowhere=sex"]) == 4
    assert "none of the extracts has: 'Nowhere'" in capsys.readouterr().err


def test_what_is_wrong_with_the_folder_is_said(folder, tmp_path, capsys):
    assert main(["month", str(folder / "notes.csv"), "--out", str(tmp_path / "a")]) != 0
    assert "is no folder" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    assert main(["month", str(tmp_path / "empty"), "--out", str(tmp_path / "b")]) != 0
    told = capsys.readouterr().err
    assert "fewer than three days" in told
    assert "Days in file names: none." in told


def test_a_stray_file_and_a_second_run_change_nothing(folder, tmp_path, capsys):
    (tmp_path / "lists").mkdir()
    for path in sorted(folder.glob("ptl_*.csv"))[:3]:
        (tmp_path / "lists" / path.name).write_bytes(path.read_bytes())
    (tmp_path / "lists" / "letter_2026-10-31.pdf").write_text("no list")
    (tmp_path / "lists" / "~$ptl_2026-10-31.xlsx").write_text("somebody has it open")
    (tmp_path / "lists" / "older").mkdir()
    runs = str(tmp_path / "runs")
    asked = ["month", str(tmp_path / "lists"), "--out", runs, "--by", "team", "--measure", "over_4_weeks"]
    said = [(main(asked), capsys.readouterr().out) for _ in range(2)]
    assert said[0] == said[1]
    assert said[0][0] == 0
    assert "Passed over, not a kind of file that can be read: letter_2026-10-31.pdf, older." in said[0][1]


ASKED = ("--by", "team", "--measure", "over_4_weeks")


def some(folder, to, *, split=False, **headers):
    """A folder of the first three lists; ``split`` sends each trust's by itself."""
    to.mkdir()
    for path in sorted(folder.glob("ptl_*.csv"))[:3]:
        raw = pd.read_csv(path, dtype=str).rename(columns=headers)
        parts = [raw[:200], raw[200:]] if split else [raw]
        for number, part in enumerate(parts):
            part.to_csv(to / f"{number}_{path.name}", index=False)
    return str(to)


def tidy_of(runs):
    return {path.name: path.read_text("utf-8-sig") for path in sorted(runs.glob("*/tidy/*.csv"))}


def test_a_day_in_two_files_is_the_day_in_one(folder, tmp_path):
    for name, split in (("one", False), ("two", True)):
        lists = some(folder, tmp_path / name, split=split)
        assert main(["month", lists, "--out", str(tmp_path / f"runs {name}"), *ASKED]) == 0
    assert tidy_of(tmp_path / "runs one") == tidy_of(tmp_path / "runs two")
    assert len(tidy_of(tmp_path / "runs one")) > 3


def test_one_list_is_in_memory_and_the_columns_of_one_more(folder, tmp_path, monkeypatch):
    """All lists of the folder were held: twelve of 200,000 rows took 3.3 GB."""
    seen, lists, stitched, own = [], [], month_command._Job._stitched, ListOptions.link

    def link(self, *given):
        made = own(self, *given)
        lists.append(weakref.ref(made))
        return made

    def counted(self, *given):
        gc.collect()
        seen.append(sum(each() is not None for each in lists))
        return stitched(self, *given)

    monkeypatch.setattr(ListOptions, "link", link)
    monkeypatch.setattr(month_command._Job, "_stitched", counted)
    assert main(["month", some(folder, tmp_path / "lists"), "--out", str(tmp_path / "runs"), *ASKED]) == 0
    assert len(lists) == 3
    assert max(seen) <= 1


def test_a_saved_mapping_reads_two_months(folder, tmp_path, capsys):
    lists = some(folder, tmp_path / "lists", clock_start="Began", pathway_id="UPI")
    newest = max((tmp_path / "lists").iterdir())
    kept = newest.read_bytes()
    saved = ["map", str(newest), "--yes", "--columns", "Began=clock_start", "--columns", "UPI=pathway_id"]
    assert main(saved) == 0
    older = pd.read_csv(newest, dtype=str).iloc[:50]
    older.to_csv(tmp_path / "lists" / "ptl_2025-11-30.csv", index=False)
    newest.unlink()
    assert main(["month", lists, "--out", str(tmp_path / "runs"), *ASKED]) == 0
    newest.write_bytes(kept)
    capsys.readouterr()
    assert main(["month", lists, "--out", str(tmp_path / "runs"), *ASKED]) == 0
    said = capsys.readouterr().out
    assert "lists of 2026-02-28" in said
    assert "Passed over" not in said


@pytest.mark.parametrize("where", ["read_all", "outputs"])
def test_a_job_that_is_stopped_leaves_nothing(folder, tmp_path, capsys, monkeypatch, where):
    from equiwait.cli import lists_of_a_folder

    def stop(*_, **__):
        raise KeyboardInterrupt

    (tmp_path / "work").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "work"))
    monkeypatch.setattr({"read_all": lists_of_a_folder, "outputs": reporting}[where], where, stop)
    assert main(["month", some(folder, tmp_path / "lists"), "--out", str(tmp_path / "runs"), *ASKED]) == 130
    assert capsys.readouterr().err == "Stopped. Nothing was written.\n"
    gc.collect()
    assert not (tmp_path / "runs").exists()
    assert not list((tmp_path / "work").iterdir())


def test_the_section_on_time_has_two_charts_and_one_sentence(folder, tmp_path):
    """It had a table of sentences, and the second picture was of people who left."""
    asked = ["month", str(folder), "--out", str(tmp_path / "runs"), "--by", "team", "--measure", "over_8_weeks"]
    assert main(asked) == 0
    page = next((tmp_path / "runs").glob("*/*.html")).read_text("utf-8")
    section = page[page.index('<h2 id="time">') :]
    shown, folded = section[: section.index("</section>")].split("<details>", 1)
    assert shown.count("<figure>") == 2
    assert shown.count('<p class="says">') == 1
    assert "<caption>Over time" not in shown
    titles = [each.split("<")[0] for each in shown.split("<figcaption>")[1:]]
    assert [each.split(":")[0] for each in titles] == ["Gap by month of joining", "Gap on each list"]
    assert "What changed since" in folded
    assert "What became of the people on the list" in folded


def test_what_earlier_months_gave_away_is_known(folder, tmp_path, monkeypatch):
    asked = {}
    monkeypatch.setattr(reporting, "outputs", lambda *_results, **how: asked.update(how) or [tmp_path / "report.html"])
    for day in ("2026-09-30", "2026-10-31", "2026-12-31"):
        (tmp_path / "runs" / day).mkdir(parents=True)
        (tmp_path / "runs" / day / "released-figures.json").write_text("{}")
    (tmp_path / "runs" / "2026-08-31").mkdir()
    assert main(["month", str(folder), "--out", str(tmp_path / "runs"), "--by", "team"]) == 0
    assert [each.name for each in asked["previous"]] == ["2026-09-30", "2026-10-31"]
