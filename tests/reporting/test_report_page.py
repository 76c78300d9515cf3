"""The report: self-contained, well formed, readable without pictures, the same bytes each time."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from equiwait.errors import DisclosureError, OptionError
from equiwait.reporting import report
from equiwait.reporting.glossary import terms_in
from equiwait.results import Result
from made_up import made_up

VOID = {"meta", "link", "br", "hr", "img", "input"}


class Page(HTMLParser):
    """Every tag with its attributes, the tree's faults, and the text by tag."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> at {self.getpos()}")

    def handle_data(self, data):
        if data.strip() and self.open:
            self.text.append((self.open[-1], data.strip()))

    def of(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def said(self, tag: str) -> list[str]:
        return [text for name, text in self.text if name == tag]


@pytest.fixture
def path(tmp_path: Path, gaps, silences, listed) -> Path:
    return report(gaps, silences, listed, to=tmp_path / "october.html", title="Fair & square <b>")


@pytest.fixture
def page(path: Path) -> Page:
    return Page(path.read_text(encoding="utf-8"))


def test_is_well_formed(page: Page) -> None:
    assert page.faults == []
    assert page.open == []


def test_asks_nothing_of_the_network(page: Page, path: Path) -> None:
    for tag, attributes in page.tags:
        for name, value in attributes.items():
            if name in ("src", "href", "xlink:href", "action", "data", "srcset", "poster"):
                assert value.startswith("#"), f"{tag} {name}={value}"
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"@import|<script|<link|<img|<iframe|url\((?!#)", text)
    # The names of the SVG language are names, not addresses; nothing else may look like one.
    addresses = set(re.findall(r"https?://[^\s\"'<>]+", text))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    policy = next(each for each in page.of("meta") if each.get("http-equiv") == "Content-Security-Policy")
    assert policy["content"].startswith("default-src 'none'")


def test_language_title_and_skip_link(page: Page) -> None:
    assert page.of("html") == [{"lang": "en-GB"}]
    assert page.said("title") == ["Fair & square <b>"]
    assert len(page.of("h1")) == 1
    links = [each["href"] for each in page.of("a")]
    assert links[0] == "#main"
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in links} <= set(ids)


def test_references_inside_the_drawings_lead_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    ids = set(re.findall(r'id="([^"]+)"', text))
    asked = set(re.findall(r'(?:xlink:href="#|url\(#)([^")]+)', text))
    assert asked
    assert asked <= ids


def test_headings_never_skip_a_level(page: Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_tables_have_captions_and_scopes(page: Page) -> None:
    tables = len(page.of("table"))
    assert tables >= 4
    assert len(page.of("caption")) == tables
    assert {each.get("scope") for each in page.of("th")} == {"col", "row"}


def test_pictures_have_words(page: Page) -> None:
    told = [each for each in page.of("svg") if each.get("role") == "img"]
    assert len(told) == 1
    assert told[0]["aria-label"].startswith('Share "over 18 weeks" & more, by group. Highest: Q1, 41%.')
    assert all(each.get("aria-hidden") == "true" for each in page.of("svg") if each not in told)
    order = [tag for tag, _ in page.tags if tag in ("figure", "figcaption", "svg")]
    assert order[order.index("figure") :][:3] == ["figure", "figcaption", "svg"]


def test_reads_findings_then_what_is_not_known_then_the_sections(page: Page) -> None:
    headings = page.said("h2")
    assert headings[:5] == [
        "What we found", "What we do not know", "Who would move, who would lose", "A question for the board", "What people who wait say",
    ]  # fmt: skip
    assert headings[5:] == ["Gaps between groups", "What is not recorded", "How this was made", "What the words mean"]
    said = [text for _, text in page.text]
    opening = said.index("The list has 2,000 rows; 1,770 are counted.")
    assert opening < said.index("More people wait over 18 weeks in Q1.") < said.index("Ethnicity: 7.3% blank.")


def test_a_note_of_several_results_is_said_once(page: Page) -> None:
    assert page.said("li").count("Said twice.") == 1
    assert page.said("li").count("Rows not counted: closed 100.") == 1


def test_hidden_numbers_are_said_and_percentages_are_percentages(page: Page) -> None:
    cells = page.said("td")
    assert "hidden" in cells
    assert "41.2%" in cells
    assert "+12.2 points" in cells
    assert "1,240" in cells
    assert "nan" not in " ".join(cells).lower()


def test_text_of_the_list_is_escaped(page: Page, path: Path) -> None:
    assert "Fair &amp; square &lt;b&gt;" in path.read_text(encoding="utf-8")
    assert page.of("b") == []


def test_the_same_results_give_the_same_bytes(tmp_path: Path, gaps, silences, listed) -> None:
    one = report(gaps, silences, listed, to=tmp_path / "a" / "one.html")
    other = report(listed, silences, gaps, to=tmp_path / "b" / "two.html")
    assert one.read_bytes() == other.read_bytes()


def test_the_same_bytes_whatever_the_users_matplotlib(tmp_path: Path, gaps) -> None:
    import matplotlib

    plain = report(gaps, to=tmp_path / "plain.html").read_bytes()
    with matplotlib.rc_context(
        {"font.size": 22, "svg.fonttype": "path", "axes.facecolor": "black", "lines.linewidth": 9}
    ):
        assert report(gaps, to=tmp_path / "styled.html").read_bytes() == plain


def test_another_process_gives_the_same_bytes(tmp_path: Path) -> None:
    code = (
        "import sys, pandas as pd; from equiwait.reporting import report; from equiwait.results import Result; "
        "made = Result('Waits', pd.DataFrame({'group': ['A'], 'n': [120]}), ('b', 'a')); "
        "report(made, to=sys.argv[1], allow_unsuppressed=True)"
    )
    made = []
    for seed in ("1", "2"):
        to = tmp_path / f"{seed}.html"
        env = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", code, str(to)], check=True, env=env)
        made.append(to.read_bytes())
    assert made[0] == made[1]


class TestGate:
    def test_exact_numbers_are_refused(self, tmp_path: Path, exact) -> None:
        with pytest.raises(DisclosureError, match="small numbers"):
            report(exact, to=tmp_path / "r.html")
        assert list(tmp_path.iterdir()) == []

    def test_exact_numbers_are_bannered_when_allowed(self, tmp_path: Path, exact) -> None:
        page = Page(report(exact, to=tmp_path / "r.html", allow_unsuppressed=True).read_text(encoding="utf-8"))
        assert page.said("p")[0] == "In-team, not for release: small numbers are shown."
        assert "in-team, not for release" in page.said("title")[0]

    def test_one_exact_result_among_others_is_enough(self, tmp_path: Path, exact, silences) -> None:
        with pytest.raises(DisclosureError):
            report(silences, exact, to=tmp_path / "r.html")

    @pytest.mark.parametrize("things", [(), (pd.DataFrame({"a": [1]}),), ("gaps",)])
    def test_only_results_can_be_written(self, tmp_path: Path, things) -> None:
        with pytest.raises(OptionError):
            report(*things, to=tmp_path / "r.html")


def test_a_result_without_rows_chart_or_words_can_be_written(tmp_path: Path) -> None:
    empty = made_up(Result("Nobody", pd.DataFrame({"group": pd.Series(dtype=str), "n": pd.Series(dtype=float)})))
    assert Page(report(empty, to=tmp_path / "r.html").read_text(encoding="utf-8")).faults == []


def test_a_new_section_needs_no_edit(tmp_path: Path) -> None:
    class Elsewhere(Result):
        section = "somewhere_new"

    result = made_up(Elsewhere("New", pd.DataFrame({"group": ["A"], "n": [10]}), (), ("A finding.",)))
    assert "A finding." in report(result, to=tmp_path / "r.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["report.docx", "report", "report.pdf"])
def test_a_name_of_another_kind_of_file_is_refused(tmp_path: Path, listed: Result, name: str) -> None:
    with pytest.raises(OptionError, match=r"ends in \.html"):
        report(listed, to=tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_terms_are_found_wherever_a_page_says_them() -> None:
    page = "<p>The design effect is 2.</p><td>P3</td><td>P3</td><b>ICBs,</b> (slope index)<i>quintile</i> and a <b>quintile"
    assert [name for name, _ in terms_in(page)] == ["Design effect", "ICB", "P-code", "Quintile, fifth", "SII, RII"]
    assert terms_in("<p>design</p><p>effect, slope</p>\nindex, pointless") == []
