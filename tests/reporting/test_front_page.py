"""The first screen: ten readers' questions, what leads, what is said of what is missing, and a question that follows from numbers."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import equiwait as ew
from equiwait.charts.small_gaps import one_axis, small_gap_html
from equiwait.errors import OptionError
from equiwait.reporting.board_question import board_question
from equiwait.reporting.front_page import front_page
from equiwait.results import Headline
from equiwait.units import printed
from reporting.test_report_page import Page

TEN = {
    "who waits longer": "who",
    "by how much": "much",
    "how sure": "sure",
    "compared with whom": "whom",
    "how many": "many",
    "what is missing": "missing",
    "does it matter": "matters",
    "what order": "order",
    "who loses": "loses",
    "what next": "next",
}


def waiting(seed: int = 3, longer: float = 1.6) -> pd.DataFrame:
    """A list of which women wait longer, with some whose sex is not recorded, in one specialty and two sites."""
    draw = np.random.default_rng(seed)
    sex = np.repeat(["1", "2", "0"], [400, 400, 30])
    days = draw.exponential(np.where(sex == "2", 120 * longer, 120.0)).astype(int) + 1
    raw = pd.DataFrame({
        "pathway_id": [f"zq{at}" for at in range(len(sex))], "sex": sex, "site": np.tile(["North", "South"], len(sex) // 2),
        "clock_start": pd.Timestamp("2026-10-31") - pd.to_timedelta(days, unit="D"),
    })  # fmt: skip
    return ew.flag_missing(ew.read_list(raw, snapshot="2026-10-31"))


@pytest.fixture(scope="module")
def asked() -> list[ew.Result]:
    listed = waiting()
    gaps = ew.disparities(listed, ["sex", "site"], measures=["over_18_weeks", "over_52_weeks"])
    return [gaps, ew.unknowns(listed, "sex", measure="over_18_weeks"), ew.completeness(listed), ew.check_list(listed)]


@pytest.fixture(scope="module")
def page(asked, tmp_path_factory) -> str:
    return ew.report(*asked, to=tmp_path_factory.mktemp("page") / "r.html").read_text("utf-8")


def front(page: str) -> str:
    return page[page.index('class="front"') : page.index("<nav")]


@pytest.mark.parametrize("question", TEN)
def test_ten_readers_questions_have_their_place_in_the_first_screen(page: str, question: str) -> None:
    answers = {name for said in re.findall(r'data-answers="([^"]+)"', front(page)) for name in said.split()}
    assert TEN[question] in answers


def test_the_clear_gap_leads_and_says_all_that_stands_beside_it(asked, page: str) -> None:
    said = front_page(asked)
    lead, row = said.findings[0], asked[0].table.query("measure == 'over_18_weeks' and group == 'Female'").iloc[0]
    assert lead.says.startswith("Longer waits among people recorded as Female: ")
    assert printed(row["value"], "percent") in lead.says
    for number in ("difference", "difference_lower", "difference_upper"):
        assert printed(row[number], "points").removesuffix(" points") in lead.sure
    assert f"{row['n']:,.0f} people recorded as Female" in lead.people
    assert lead.missing.startswith(("No: 30 are not recorded", "It could: 30 are not recorded"))


def test_every_question_asked_is_counted_nulls_with_the_rest(asked, page: str) -> None:
    told = asked[0].headlines()
    assert len(told) == 4  # two questions, two measures
    assert "4 answers in all: " in front(page)
    assert "too few to tell" in front(page)
    section = page[page.index('id="gaps"') :]
    assert all(f'<th scope="row">{each.asked}</th>' in section for each in told)


def test_where_everything_is_recorded_that_is_said_and_not_that_nobody_asked(tmp_path) -> None:
    listed = waiting()
    whole = listed[listed["missing_sex"] == "recorded"]
    said = front(ew.report(ew.completeness(whole), to=tmp_path / "r.html").read_text("utf-8"))
    assert "Sex: recorded for everybody." in said
    assert "was not asked" not in said[said.index("What we do not know") : said.index("Who would move")]


def test_at_most_three_findings_and_of_each_question_one_first() -> None:
    def gap(by: str, value: float, certainty: str = "clear") -> Headline:
        return Headline(
            says=f"{by} {value}", by=by, certainty=certainty, value=value, level=0.3 + value, level_unit="percent"
        )  # type: ignore[arg-type]

    class Gaps(ew.Result):
        section = "gaps"

        def headlines(self):
            return [
                gap("a", 0.1),
                gap("a", 0.3),
                gap("b", 0.05),
                gap("c", 0.2, "too_few"),
                gap("d", 0.4, "not_shown"),
                gap("e", -0.2),
            ]

    found = [each.says for each in front_page([Gaps("g", pd.DataFrame())]).findings]
    assert found == ["a 0.3", "b 0.05", "e -0.2"]  # longer waits before shorter; the unclear after them


def test_where_nothing_is_clear_questions_stand_as_they_were_asked() -> None:
    class Gaps(ew.Result):
        section = "gaps"

        def headlines(self):
            return [
                Headline(says=by, by=by, certainty="too_few", value=value)
                for by, value in (("a", 0.1), ("b", 0.3), ("c", 0.2))
            ]

    assert [each.says for each in front_page([Gaps("g", pd.DataFrame())]).findings] == ["a", "b", "c"]


class TestBoardQuestion:
    clear = Headline(
        says="", certainty="clear", value=0.1, by="sex", measure="over_18_weeks", group="Female", reference="Male"
    )
    moves = Headline(says="Of 100 people placed before and after, 20 would move down and 10 would move up.")

    @pytest.mark.parametrize(
        ("findings", "missing", "moves", "rule", "words"),
        [
            (["clear"], ["could_flip"], [], "clear gap that could flip", "30 of the missing records are filled"),
            (
                ["clear"],
                ["holds"],
                [],
                "clear gap",
                "Where on the pathway do these longer waits arise (people recorded as Female, against those recorded as Male)",
            ),
            (["too_few"], [], ["moves"], "somebody loses", "Do we stand by it"),
            (["too_few"], [], [], "too few to tell", "which is not the same as no gap"),
            (["not_shown"], [], [], "not shown", "exact figures in the team"),
            ([], [], [], "nothing compared", "Which groups of people"),
        ],
    )
    def test_follows_from_the_numbers(self, findings, missing, moves, rule, words) -> None:
        gaps = [replace(self.clear, certainty=each) for each in findings]
        unknown = [replace(self.clear, certainty=each, records_to_fill=30.0) for each in missing]
        asked = board_question(gaps, unknown, [self.moves] if moves else [])
        assert asked.rule == rule
        assert words in asked.asks

    def test_shorter_waits_are_called_so(self) -> None:
        assert "shorter waits" in board_question([replace(self.clear, value=-0.1)], [], []).asks

    def test_a_gap_that_moved_is_no_gap(self) -> None:
        """A gap that closed was said to be a shorter wait, and the board was asked where that arose."""
        moved = replace(self.clear, value=-0.1, lower=-0.15, upper=-0.05, unit="points", change=True)
        asked = board_question([moved], [], [])
        assert asked.rule == "clear change"
        assert "waits arise" not in asked.asks

        class Moved(ew.Result):
            section = "time"

            def headlines(self):
                return [moved]

        found = front_page([Moved("g", pd.DataFrame())]).findings[0]
        assert "towards shorter waits" in found.picture
        assert "A change of the gap of −10.0 points" in found.picture
        assert found.people == ""

    def test_nobody_who_moves_loses_nothing(self) -> None:
        nobody = Headline(says="Nobody moves: of 40 people placed before and after, everyone keeps the place.")
        assert board_question([replace(self.clear, certainty="too_few")], [], [nobody]).rule == "too few to tell"


class TestVoices:
    def test_stand_beside_the_finding_that_they_speak_to_or_by_themselves(self, asked, tmp_path) -> None:
        beside = ew.Voice("<i>We</i> were not told.", "a mother", "agreed to be quoted", "Female")
        alone = ew.Voice("The bus takes two hours.", "a man", "agreed to be quoted", "getting there")
        page = front(ew.report(*asked, to=tmp_path / "r.html", voices=[beside, alone]).read_text("utf-8"))
        finding = page[: page.index('class="asked"')]
        assert "“&lt;i&gt;We&lt;/i&gt; were not told.”" in finding
        assert "two hours" not in finding
        assert "two hours" in page

    def test_nobody_asked_is_said(self, page: str) -> None:
        assert "Nobody has been asked yet. Who will ask them?" in front(page)

    @pytest.mark.parametrize("blank", ["quotation", "source", "consent", "about"])
    def test_nobody_is_quoted_without_consent(self, blank: str) -> None:
        given = {"quotation": "a", "source": "b", "consent": "c", "about": "d"} | {blank: " "}
        with pytest.raises(OptionError, match=f"A voice needs its {blank}"):
            ew.Voice(**given)

    def test_change_no_number(self, asked, page: str, tmp_path) -> None:
        voice = ew.Voice("Nobody rang.", "a woman", "agreed", "Female")
        spoken = ew.report(*asked, to=tmp_path / "r.html", voices=[voice]).read_text("utf-8")
        without = re.sub(r"<blockquote>.*?</blockquote>\n", "", spoken, flags=re.DOTALL)
        assert re.findall(r"[\d.]+%", without) == re.findall(r"[\d.]+%", page)


class TestNumbers:
    """Every number on the page, in a picture and in its words, is the result's."""

    @pytest.mark.parametrize("measure", ["over_18_weeks", "over_52_weeks"])
    @pytest.mark.parametrize("by", ["sex", "site"])
    def test_of_each_gap_in_page_picture_words_and_tidy_file(
        self, asked, page: str, tmp_path, measure: str, by: str
    ) -> None:
        gaps = asked[0]
        files = ew.tidy(*asked, to=tmp_path / "tidy")
        tidy = pd.read_csv(next(path for path in files if path.name == "gaps.csv"))
        chart = next(each for each in gaps.charts() if each.name == f"{measure} by {by}")
        picture = chart.page()
        rows = gaps.table[(gaps.table["measure"] == measure) & (gaps.table["by"] == by)]
        assert picture in page
        for _, row in rows.iterrows():
            told = tidy[(tidy["measure"] == measure) & (tidy["by"] == by) & (tidy["group"] == row["group"])].iloc[0]
            line = Page(
                re.search(
                    rf'<tr role="row"[^>]*><th scope="row" role="rowheader">{re.escape(row["group"])}<.*?</tr>', picture
                )[0]
            )  # type: ignore[index]
            shown = " ".join(text for _, text in line.text)
            for name, unit in (
                ("value", "percent"),
                ("difference", "points"),
                ("difference_lower", "points"),
                ("difference_upper", "points"),
            ):
                assert told[name] == pytest.approx(row[name], rel=1e-9, nan_ok=True)
                if pd.notna(row[name]):
                    number = printed(row[name], unit).removesuffix(" points")
                    assert number in shown
                    assert name == "value" or number in chart.alt
            if pd.notna(row["n"]):
                assert f"{row['n']:,.0f} people" in shown

    def test_of_what_is_not_recorded(self, asked, page: str) -> None:
        sex = asked[2].table.query("by == 'everyone' and field == 'sex'").set_index("reason")
        silent = sex.loc[["blank", "not_stated", "not_known", "invalid"], "n"].sum()
        assert f"Sex: {silent:,.0f} of {sex['of'].iloc[0]:,.0f} not recorded" in page


def test_small_pictures_share_one_scale_and_a_hidden_gap_is_drawn_as_hidden() -> None:
    axis = one_axis([0.05, np.nan, -0.2], "points")
    assert axis.low == -axis.high
    assert 'class="hidden"' in small_gap_html(np.nan, np.nan, np.nan, axis, reference="A")
    drawn = small_gap_html(0.0, -0.1, 0.1, axis, reference="A")
    assert 'cx="50.0%"' in drawn
    assert "against A" in drawn


WRONG_WORDS = ("row_problems", "Estimand", "Within: ;", "non rtt", "smaller than twice its rounding", "nan")


def test_words_of_the_field_in_plain_english(page: str) -> None:
    said = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    words = re.sub(r"<[^>]+>", " ", said)
    for wrong in WRONG_WORDS:
        assert wrong not in words, wrong
    assert not [each for each in re.findall(r"<h[1-6][^>]*>(.*?)</h", said) if re.search(r"\b[0-9a-f]{12}\b", each)]
    assert '<a href="#words">What the words mean</a>' in page


def test_nobody_on_the_list_is_on_the_page(page: str) -> None:
    assert not re.search(r"\bzq\d", re.sub(r"<[^>]+>", " ", page[page.index("<body>") :]))


@pytest.mark.parametrize(
    ("gap", "said"),
    [
        (
            {
                "by": "imd_quintile",
                "group": "1 (most deprived)",
                "reference": "5 (least deprived)",
                "n": 490,
                "n_reference": 240,
            },
            "490 people in the most deprived fifth of areas, against 240 in the least deprived.",
        ),
        (
            {"by": "sex", "group": "Female", "reference": "everyone else recorded", "n": 965},
            "965 people recorded as Female, against everyone else recorded.",
        ),
        (
            {"by": "sex", "group": "Female", "reference": "Male", "n": 1, "n_reference": 40},
            "1 person recorded as Female, against 40 recorded as Male.",
        ),
        (
            {"by": "imd_decile", "group": "1 (most deprived)", "reference": "10 (least deprived)", "n": 55},
            "55 people in the most deprived tenth of areas, against those in the least deprived.",
        ),
        ({"by": "sex", "group": "Female", "reference": "Male"}, "How many people is not shown."),
        (
            {"group": "Team B", "reference": "Team A", "n": 20, "n_reference": 30},
            "20 people of Team B, against 30 of Team A.",
        ),
    ],
)
def test_how_many_people_is_said_in_plain_words(gap: dict[str, object], said: str) -> None:
    class Gaps(ew.Result):
        section = "gaps"

        def headlines(self):
            return [Headline(says="A gap", certainty="clear", value=0.1, **gap)]

    assert front_page([Gaps("Gaps", pd.DataFrame())]).findings[0].people == said
