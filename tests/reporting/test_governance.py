"""The papers: numbers where they are known, named blanks where a person must write, and no approval anywhere."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import docx
import numpy as np
import pandas as pd
import pytest

from equiwait import displacement
from equiwait.errors import DisclosureError, OptionError
from equiwait.reporting.governance import governance
from equiwait.reporting.release_check import release_check
from equiwait.results import Result, Units
from equiwait.rows.policies import Policy
from equiwait.samples import sample_path
from made_up import made_up

PAPERS = ("impact-assessment", "transparency-record", "hazard-log", "data-protection", "decision-record")


@dataclass(frozen=True, eq=False, repr=False)
class Moves(Result):
    section: ClassVar[str] = "movement"
    units: ClassVar[Units] = {
        **dict.fromkeys(("moved_up", "moved_down"), "people"),
        **dict.fromkeys(("share_up", "share_down"), "percent"),
        **dict.fromkeys(("places_up", "places_down", "most_down"), "places"),
    }


@pytest.fixture
def moves() -> Moves:
    table = pd.DataFrame(
        {
            "by": ["everyone", "imd_quintile", "imd_quintile", "imd_quintile"],
            "group": ["everyone", "1 (most deprived)", "5 (least <b>deprived</b>)", "Tiny"],
            "people": [1235.0, 615.0, 620.0, np.nan],
            "moved_up": [310.0, 305.0, 5.0, np.nan],
            "moved_down": [290.0, 20.0, 270.0, np.nan],
            "share_up": [0.251, 0.496, 0.008, np.nan],
            "share_down": [0.2348, 0.0325, 0.4355, np.nan],
            "places_up": [3.0, 3.1, 1.0, np.nan],
            "places_down": [4.0, 2.0, 4.4, np.nan],
            "most_down": [10.0, 4.0, 10.0, np.nan],
            "suppressed": [False, False, False, True],
        }
    )
    said = ("Of 1,235 people, 290 would move down.", "By imd quintile: moving down is more common among 5.")
    return made_up(Moves("Who moves", table, ("A note.",), said))


@pytest.fixture
def policy() -> Policy:
    return Policy.load(sample_path("policy")).with_changes(
        consulted=[
            {"who": "People who wait, at the library", "when": "June 2026", "what_changed": "the cap of ten places"}
        ]
    )


def words(path: Path) -> str:
    """All the text of a Word file, tables included, in one line."""
    document = docx.Document(str(path))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return " ".join(" ".join([*(each.text for each in document.paragraphs), *cells]).split())


def text_of(path: Path) -> str:
    """All the text of a paper, Word or web, in one line."""
    if path.suffix == ".docx":
        return words(path)
    page = re.sub(r"<style>.*?</style>", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    plain = (
        re.sub(r"<[^>]+>", " ", page)
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
        .replace("&#39;", "'")
    )
    return " ".join(plain.split()).replace(" . ", ". ")


def test_five_papers_each_for_word_and_for_a_browser(tmp_path: Path, policy: Policy, moves: Moves) -> None:
    made = governance(policy, moves, to=tmp_path / "papers")
    assert [path.name for path in made] == [f"{name}{kind}" for name in PAPERS for kind in (".docx", ".html")]
    assert all(path.is_file() for path in made)


def test_every_number_of_who_moves_is_the_results(tmp_path: Path, policy: Policy, moves: Moves) -> None:
    for path in governance(policy, moves, to=tmp_path)[:2]:
        text = text_of(path)
        for line in ("1 (most deprived) 615 305 20 49.6% 3.2% 3 2 4", "620 5 270 0.8% 43.5% 1 4 10"):
            assert line in text, (path.name, line)
        assert "Tiny hidden hidden" in text


def test_who_would_wait_longer_stands_in_the_decision_record_the_most_first(
    tmp_path: Path, policy: Policy, moves: Moves
) -> None:
    record = docx.Document(
        str(next(p for p in governance(policy, moves, to=tmp_path) if p.name == "decision-record.docx"))
    )
    losers = [[cell.text for cell in row.cells] for row in record.tables[0].rows]
    assert losers[1][1:5] == ["5 (least <b>deprived</b>)", "620", "270", "43.5%"]
    assert losers[2][1] == "1 (most deprived)"
    assert "everyone" not in {row[1] for row in losers}


def test_each_question_names_who_must_answer_and_what_to_verify(tmp_path: Path, policy: Policy, moves: Moves) -> None:
    made = {path.name: text_of(path) for path in governance(policy, moves, to=tmp_path)}
    for kind in (".docx", ".html"):
        text = made[f"data-protection{kind}"]
        for who, what, verify in (
            ("The data protection officer.", "Automated decisions:", "Articles 22A to 22D"),
            ("The Caldicott Guardian.", "The national data opt-out:", "the national data opt-out policy"),
            ("The clinical safety officer and the regulatory lead.", "Is it a medical device?", "MHRA"),
        ):
            assert re.search(
                rf"To be written by: {re.escape(who)} {re.escape(what)}.*?Verify: [^.]*{re.escape(verify)}", text
            ), what
        assert "DCB0129 and DCB0160" in made[f"hazard-log{kind}"]


def test_who_was_asked_and_what_the_law_protects_come_from_the_policy(
    tmp_path: Path, policy: Policy, moves: Moves
) -> None:
    text = text_of(governance(policy, moves, to=tmp_path)[0])
    assert "People who wait, at the library June 2026 the cap of ten places" in text
    assert "Disability yes: learning_disability" in text
    assert "Sex no" in text
    assert "By imd quintile: moving down is more common among 5." in text
    assert "harmed more by a wait" in text  # the file's reason for scoring it


def test_nothing_claims_an_approval(tmp_path: Path, policy: Policy, moves: Moves) -> None:
    for path in governance(policy, moves, to=tmp_path):
        text = text_of(path)
        assert "Nobody has approved this policy (status: illustrative)." in text
        assert "(draft)" in text
        assert not re.search(r"\b(is|has been|was) approved\b", text)


def test_an_approval_is_told_as_what_the_file_says(tmp_path: Path, moves: Moves) -> None:
    draft = Policy.preset("england_default").with_changes(name="ours", status="draft")
    approved = draft.with_changes(
        status="approved",
        approval={
            "owner": "The deputy", "approver": "The trust board", "date": dt.date(2026, 10, 1), "review": dt.date(2027, 10, 1),
            "impact_assessment": "EHIA 14", "fingerprint": draft.fingerprint,
        },
    )  # fmt: skip
    text = text_of(governance(approved, moves, to=tmp_path)[0])
    assert "file records an approval of this version by The trust board on 2026-10-01" in text
    assert "checks it against the minutes" in text


def test_without_results_the_blanks_say_what_to_give(tmp_path: Path, policy: Policy) -> None:
    for path in governance(policy, to=tmp_path)[:2]:
        assert "To be written by: The analyst. Who would move up and who down" in text_of(path)


def test_small_numbers_are_refused_or_stay_in_the_team(tmp_path: Path, policy: Policy, moves: Moves) -> None:
    exact = Moves(moves.title, moves.table, suppression="none")
    with pytest.raises(DisclosureError):
        governance(policy, exact, to=tmp_path / "papers")
    assert not (tmp_path / "papers").exists()
    made = governance(policy, exact, to=tmp_path / "papers", allow_unsuppressed=True)
    assert all("IN-TEAM" in path.name for path in made)
    assert all("In-team, not for release: small numbers are shown." in text_of(path) for path in made)


def test_what_a_result_hides_is_hidden_here_and_the_rule_is_said(tmp_path: Path) -> None:
    rows = 60
    waiting = pd.DataFrame(
        {
            "pathway_id": [f"p{i}" for i in range(rows)],
            "rank": range(1, rows + 1),
            "base_rank": [*range(3, rows + 1), 1, 2],
            "policy": "x 0",
            "sex": ["1"] * 57 + ["2"] * 3,
        }
    )
    moved = displacement(waiting, by="sex")
    text = text_of(governance(Policy.preset("england_default"), moved, to=tmp_path)[0])
    assert "Female hidden hidden" in text
    assert "57" not in text
    assert "Counts of 1 to 7 are hidden" in text


def test_the_same_inputs_give_the_same_bytes(tmp_path: Path, policy: Policy, moves: Moves) -> None:
    first, second = (governance(policy, moves, to=tmp_path / name) for name in "ab")
    assert [one.read_bytes() for one in first] == [two.read_bytes() for two in second]
    again = governance(policy, moves, to=tmp_path / "a")
    assert [one.read_bytes() for one in again] == [two.read_bytes() for two in second]


def test_a_paper_that_somebody_has_written_in_is_left(tmp_path: Path, policy: Policy, moves: Moves) -> None:
    paper = governance(policy, moves, to=tmp_path)[0]
    document = docx.Document(str(paper))
    document.add_paragraph("Our own words.")
    document.save(str(paper))
    with pytest.raises(OptionError):
        governance(policy, moves, to=tmp_path)
    assert "Our own words." in words(paper)
    governance(policy, moves, to=tmp_path, replace=True)
    assert "Our own words." not in words(paper)


def test_markup_and_control_characters_are_text(tmp_path: Path, policy: Policy) -> None:
    odd = policy.with_changes(title="A <script>alert(1)</script> & more")
    made = governance(odd, to=tmp_path)
    assert "<script>" not in made[1].read_text(encoding="utf-8")
    assert "<script>alert(1)</script>" in text_of(made[0])


def test_a_page_asks_nothing_of_the_network_and_can_be_heard(tmp_path: Path, policy: Policy, moves: Moves) -> None:
    page = governance(policy, moves, to=tmp_path)[1].read_text(encoding="utf-8")
    assert not re.search(r"(src|href)=|url\(|@import", page)
    assert '<html lang="en-GB">' in page
    assert page.count("<caption>") == page.count("<table>") > 3
    assert page.count("<h1>") == 1


def test_something_that_is_no_policy_is_refused(tmp_path: Path, moves: Moves) -> None:
    with pytest.raises(OptionError, match="about a policy"):
        governance(moves, to=tmp_path)


def test_the_papers_pass_the_check_of_what_may_leave_and_in_team_ones_fail(tmp_path: Path, policy: Policy) -> None:
    rows = 60
    waiting = pd.DataFrame(
        {
            "pathway_id": [f"p{i}" for i in range(rows)],
            "rank": range(1, rows + 1),
            "base_rank": [*range(3, rows + 1), 1, 2],
            "policy": "x 0",
            "sex": ["1", "2"] * 30,
        }
    )
    governance(policy, displacement(waiting, by="sex"), to=tmp_path / "out")
    assert release_check(tmp_path / "out").reasons == ()
    exact = displacement(waiting, by="sex", suppression="none")
    governance(policy, exact, to=tmp_path / "in", allow_unsuppressed=True)
    assert {each.file for each in release_check(tmp_path / "in").reasons} >= {
        path.name for path in (tmp_path / "in").glob("*-IN-TEAM.*")
    }
    (tmp_path / "damaged.docx").write_bytes(b"PK not a Word file")
    assert "no Word file that can be read" in release_check(tmp_path / "damaged.docx").reasons[0].reason
