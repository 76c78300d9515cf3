"""Charts say their numbers, never draw a hidden group as zero, and do not lean on colour."""

from __future__ import annotations

import io
import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from equiwait import charts
from equiwait.charts import GREYS, HIDDEN, PALETTE, bars, interval_plot, interval_words, missing_bars, missing_words
from equiwait.errors import ColumnsError, OptionError


@pytest.fixture
def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "group": ["Not known", "1 (most deprived)", "5 (least deprived)", "Invalid"],
            "n": [35, 1240, 430, np.nan],
            "value": [0.45, 0.412, 0.29, np.nan],
            "lower": [0.30, 0.385, 0.25, np.nan],
            "upper": [0.61, 0.44, 0.335, np.nan],
            "suppressed": [False, False, False, True],
        }
    )


def new() -> Axes:
    return Figure(figsize=(7, 4), layout="constrained").subplots()


def words(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts] + [label.get_text() for label in ax.get_yticklabels()]


def drawn(ax: Axes) -> None:
    ax.figure.savefig(io.BytesIO(), format="svg")


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_by_the_published_formula_of_wcag() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)  # the well-known lightest grey for text


@pytest.mark.parametrize(("one", "other"), [*itertools.pairwise(PALETTE), *((hue, "#FFFFFF") for hue in PALETTE[:3])])
def test_neighbours_differ_by_three_to_one(one: str, other: str) -> None:
    assert contrast(one, other) >= 3


def test_words_and_lines_can_be_read_on_white() -> None:
    assert contrast(GREYS[0], "#FFFFFF") >= 4.5
    assert contrast(GREYS[1], "#FFFFFF") >= 4.5


class TestIntervalPlot:
    def test_gives_back_the_axes_it_was_given(self, table: pd.DataFrame) -> None:
        ax = new()
        assert interval_plot(table, ax=ax) is ax
        drawn(ax)

    def test_unknown_groups_stand_below_the_others_with_air_between(self, table: pd.DataFrame) -> None:
        ax = interval_plot(table, ax=new())
        names = [label.get_text().split("\n")[0] for label in ax.get_yticklabels()]
        assert names == ["1 (most deprived)", "5 (least deprived)", "Not known", "Invalid"]
        places = ax.get_yticks()
        assert places[0] - places[1] == 1.0
        assert places[1] - places[2] == 1.5

    def test_unknown_groups_have_open_marks_and_others_filled(self, table: pd.DataFrame) -> None:
        ax = interval_plot(table, ax=new())
        faces = [line.get_markerfacecolor() for line in ax.lines if line.get_marker() == "o"]
        assert faces == [PALETTE[0], PALETTE[0], "white"]

    def test_n_stands_under_each_name(self, table: pd.DataFrame) -> None:
        assert "1 (most deprived)\nn = 1,240" in words(interval_plot(table, ax=new()))

    def test_a_hidden_group_is_said_and_never_drawn(self, table: pd.DataFrame) -> None:
        ax = interval_plot(table, ax=new())
        assert HIDDEN in words(ax)
        hidden_at = ax.get_yticks()[-1]
        assert all(hidden_at not in np.asarray(line.get_ydata()) for line in ax.lines if len(line.get_ydata()) <= 2)

    def test_a_note_says_more_than_hidden(self, table: pd.DataFrame) -> None:
        noted = table.assign(note=["", "", "", "withheld: fewer than 50 people"])
        assert "withheld: fewer than 50 people" in words(interval_plot(noted, ax=new()))

    def test_the_numbers_are_written(self, table: pd.DataFrame) -> None:
        assert "41% (38% to 44%)" in words(interval_plot(table, ax=new()))

    def test_the_reference_is_a_line_with_its_name_and_another_mark(self, table: pd.DataFrame) -> None:
        ax = interval_plot(table, ax=new(), reference="5 (least deprived)")
        assert "5 (least deprived) 29%" in words(ax)
        assert [line.get_marker() for line in ax.lines].count("D") == 1

    def test_shares_start_at_zero_and_differences_show_zero(self, table: pd.DataFrame) -> None:
        assert interval_plot(table, ax=new()).get_xlim()[0] == 0
        gaps = table.assign(value=table["value"] - 0.2, lower=table["lower"] - 0.2, upper=table["upper"] - 0.2)
        low, high = interval_plot(gaps, ax=new(), unit="points").get_xlim()
        assert low < 0 < high

    @pytest.mark.parametrize(("unit", "axis"), [("percent", "Share of people"), ("weeks", "Weeks")])
    def test_units_stand_on_the_axis(self, table: pd.DataFrame, unit: charts.Unit, axis: str) -> None:
        ax = interval_plot(table, ax=new(), unit=unit)
        drawn(ax)
        assert ax.get_xlabel() == axis
        ticks = [label.get_text() for label in ax.get_xticklabels()]
        assert all(tick.endswith("%") == (unit == "percent") for tick in ticks)

    def test_nothing_but_hidden_groups_can_be_drawn(self, table: pd.DataFrame) -> None:
        drawn(interval_plot(table.iloc[[3]], ax=new()))
        drawn(interval_plot(table.iloc[:0], ax=new()))

    def test_a_missing_column_is_named(self, table: pd.DataFrame) -> None:
        with pytest.raises(ColumnsError, match="value"):
            interval_plot(table.drop(columns="value"), ax=new())

    def test_a_wrong_unit_is_refused(self, table: pd.DataFrame) -> None:
        with pytest.raises(OptionError, match="Did you mean 'percent'"):
            interval_plot(table, ax=new(), unit="percents")  # type: ignore[arg-type]


def test_words_of_intervals_name_the_highest_the_lowest_the_silent_and_the_hidden(table: pd.DataFrame) -> None:
    said = interval_words(table, what="Share over 18 weeks")
    assert said == (
        "Share over 18 weeks, by group. Highest: 1 (most deprived), 41%. Lowest: 5 (least deprived), 29%. "
        "Not known: 45%. Hidden (1–7 people): Invalid."
    )


class TestBars:
    def test_hidden_is_said_and_has_no_bar(self, table: pd.DataFrame) -> None:
        ax = bars(table, ax=new())
        bar = [each for each in ax.patches if each.get_gid() != "hidden"]
        veil = [each for each in ax.patches if each.get_gid() == "hidden"]
        assert len(bar) == 3
        assert [each.get_hatch() for each in veil] == ["////"]
        assert HIDDEN in words(ax)
        drawn(ax)

    def test_silences_are_hatched(self, table: pd.DataFrame) -> None:
        drawn = [each for each in bars(table, ax=new()).patches if each.get_gid() != "hidden"]
        assert [bool(bar.get_hatch()) for bar in drawn] == [False, False, True]


class TestMissingBars:
    @pytest.fixture
    def missing(self) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "group": ["Ethnicity", "Postcode", "Sex"],
                "n": [2000, 2000, 2000],
                "recorded": [1580, 1915, 2000],
                "blank": [240, 80, 0],
                "not_stated": [120, 0, 0],
                "not_known": [40, 0, 0],
                "invalid": [20, np.nan, 0],
            },
            index=[7, 7, 9],
        )

    def test_lengths_are_shares_of_everyone(self, missing: pd.DataFrame) -> None:
        ax = missing_bars(missing, ax=new())
        assert [bar.get_width() for bar in ax.patches] == pytest.approx([0.12, 0.06, 0.02, 0.01, 0.04])
        drawn(ax)

    def test_every_reason_has_its_own_hatch_as_well_as_its_colour(self, missing: pd.DataFrame) -> None:
        assert len({bar.get_hatch() for bar in missing_bars(missing, ax=new()).patches}) == 4

    def test_a_hidden_part_is_said(self, missing: pd.DataFrame) -> None:
        said = words(missing_bars(missing, ax=new()))
        assert "4.0%; part hidden (1–7 people)" in said
        assert "21%" in said
        assert "0%" in said

    def test_words(self, missing: pd.DataFrame) -> None:
        said = missing_words(missing)
        assert "Most often missing: Ethnicity, 21% of 2,000" in said
        assert "Least often: Sex, 0% of 2,000" in said
        assert "Small numbers are hidden in: Postcode" in said

    def test_no_figures_at_all_is_said(self, missing: pd.DataFrame) -> None:
        assert "No figures can be shown" in missing_words(missing.assign(n=np.nan))
        drawn(missing_bars(missing.assign(n=np.nan), ax=new()))


def test_two_shares_are_joined_by_an_arrow_or_named_side_by_side():
    pairs = pd.DataFrame({"group": ["A", "B", "C"], "first": [0.5, np.nan, np.nan], "second": [0.4, 0.58, np.nan],
                          "suppressed": [False, True, True]})  # fmt: skip
    assert words(charts.dumbbell_plot(pairs, ax=new()))[:3] == ["50% → 40%", "? → 58%", HIDDEN]
    named = charts.dumbbell_plot(pairs, ax=new(), words=("up", "down"), hidden="hidden")
    assert words(named)[:3] == ["50% up, 40% down", "hidden up, 58% down", "hidden"]
    drawn(named)


def test_labels_are_text_and_no_mathematics():
    """A dollar sign in a label, title, note, legend or name is a dollar sign; words of the user's own stay as they were."""
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    table = pd.DataFrame(
        {
            "group": ["$A$", r"$\frac{$", "plain"],
            "value": [0.1, 0.2, None],
            "first": [0.1, 0.2, None],
            "second": [0.2, 0.1, None],
            "n": [100, 200, 300],
            "note": ["", "", "$note$"],
        }
    )
    draws = (
        lambda ax: charts.interval_plot(table, ax=ax, label="$x$"),
        lambda ax: charts.bars(table, ax=ax, label="$x$"),
        lambda ax: charts.dumbbell_plot(
            table, ax=ax, first="first", second="second", first_label="$one$", second_label="$two$"
        ),
    )
    for draw in draws:
        ax = Figure().subplots()
        ax.set_title(r"$\mu$")
        draw(ax)
        ax.figure.savefig(io.BytesIO(), format="svg")  # the second name is no mathematics and would be refused
        texts = [text for text in ax.findobj(Text) if "$" in text.get_text()]
        assert [text.get_text() for text in texts if text.get_parse_math()] == [r"$\mu$"]
        assert len(texts) > 3
