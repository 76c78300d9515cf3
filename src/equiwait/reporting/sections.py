"""The five sections of a report: at most two pictures and one short table each, all else folded away beneath.

The section on time has one sentence in the place of the table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from equiwait.reporting.cell_text import reading, split_by
from equiwait.reporting.front_page import how_sure
from equiwait.reporting.inline_charts import svg
from equiwait.results import Chart, Headline, Result

__all__ = ["SECTION_TITLES", "sections_of", "shared_notes"]

SECTION_TITLES: Mapping[str, str] = MappingProxyType({
    "gaps": "Gaps between groups",
    "missing": "What is not recorded",
    "order": "The order, and who moves",
    "time": "Over time",
    "made": "How this was made",
})  # fmt: skip
_STANDS_IN = {
    "missing": "missing",
    "unknowns": "missing",
    "order": "order",
    "movement": "order",
    "time": "time",
    "list": "made",
}
_CHARTS, _ROWS = 2, 8
_ONE_SENTENCE = (
    "time"  # a series is looked at in two ways, and read in one: the pictures of the sentence stand beneath it
)
_MOST_CELLS = 3000  # a larger table is read in the workbook, not on a page


class _Told(NamedTuple):
    """A headline as a row of a section's table."""

    asked: str
    says: str
    sure: str


def sections_of(results: Sequence[Result], led: Sequence[Headline] = ()) -> list[dict[str, Any]]:
    """Return the sections that there is anything for, in reading order.

    Parameters
    ----------
    results : sequence of Result
        Those that have been through the gate, in reading order.
    led : sequence of Headline
        What the front page shows: the pictures of these come first.
    """
    shared = shared_notes(results)
    names = {id(result): f"r{place}" for place, result in enumerate(results, 1)}
    made = []
    for name, title in SECTION_TITLES.items():
        own = [result for result in results if _STANDS_IN.get(result.section, "gaps") == name]
        if own or name == "made":
            made.append(_section(name, title, own, led, shared, names))
    return made


def _section(
    name: str,
    title: str,
    results: Sequence[Result],
    led: Sequence[Headline],
    shared: Sequence[str],
    names: Mapping[int, str],
) -> dict[str, Any]:
    offered = {id(result): list(result.charts()) for result in results}
    told = [(result, each) for result in results for each in _led_first(result, led)]
    sentence = _foremost(told, led) if name == _ONE_SENTENCE else None
    first = (
        _first_charts(results, offered, {each.chart for each in led})
        if sentence is None
        else _charts_of(*sentence, results, offered)
    )
    answers = [_Told(each.asked, each.says, how_sure(each)) for each in (pair[1] for pair in told if pair != sentence)]
    rest = answers[_ROWS:]
    return {
        "name": name,
        "title": title,
        "says": "" if sentence is None else sentence[1].says,
        "caption": f"{title}: what was asked, and what came of it",
        "charts": [_drawn(chart, f"{names[of]}c{place}") for place, (of, chart) in enumerate(first, 1)],
        "answers": answers[:_ROWS],
        "more": [(f"{len(rest)} more answers", rest, f"{title}: the other answers")] if rest else [],
        "parts": [_part(result, names[id(result)], _others(offered[id(result)], first), shared) for result in results],
    }


def _foremost(told: Sequence[tuple[Result, Headline]], led: Sequence[Headline]) -> tuple[Result, Headline] | None:
    """The one sentence of a section: of those that name their picture, else of all, one of the front page or a clear one."""
    return min(
        told, key=lambda pair: (not pair[1].chart, pair[1] not in led, pair[1].certainty != "clear"), default=None
    )


def _led_first(result: Result, led: Sequence[Headline]) -> list[Headline]:
    """Of a result the headlines of the front page, then those of questions not yet told, then the others."""
    said = list(result.headlines())
    first = [each for each in said if each in led]
    seen = {each.by for each in first}
    second = []
    for each in said:
        if each.by not in seen or not each.by:
            seen.add(each.by)
            second += [] if each in first else [each]
    return [*first, *second, *(each for each in said if each not in first and each not in second)]


def _first_charts(
    results: Sequence[Result], offered: Mapping[int, Sequence[Chart]], led: set[str]
) -> list[tuple[int, Chart]]:
    """The pictures of the front page's findings; then the first of each result, until there are two."""
    every = [(id(result), chart) for result in results for chart in offered[id(result)]]
    ranked = [pair for pair in every if pair[1].name in led]
    ranked += [(id(result), offered[id(result)][0]) for result in results if offered[id(result)]]
    return list({(of, chart.name): (of, chart) for of, chart in [*ranked, *every]}.values())[:_CHARTS]


def _charts_of(
    result: Result, said: Headline, results: Sequence[Result], offered: Mapping[int, Sequence[Chart]]
) -> list[tuple[int, Chart]]:
    """The pictures of one sentence: its own, then others of its result, then the first of other results, until there are two."""
    own = sorted(offered[id(result)], key=lambda chart: chart.name != said.chart)
    others = [(id(each), chart) for each in results if each is not result for chart in offered[id(each)][:1]]
    return [*((id(result), chart) for chart in own), *others][:_CHARTS]


def _others(offered: Sequence[Chart], first: Sequence[tuple[int, Chart]]) -> list[Chart]:
    shown = {id(chart) for _, chart in first}
    return [chart for chart in offered if id(chart) not in shown]


def _drawn(chart: Chart, name: str) -> dict[str, str]:
    return {"title": chart.title, "picture": chart.page() if chart.page is not None else svg(chart, name)}


def _part(result: Result, name: str, charts: Sequence[Chart], shared: Sequence[str]) -> dict[str, Any]:
    tables = list(_tables(result))
    return {
        "title": result.title,
        "findings": result.findings,
        "notes": [note for note in result.notes if note not in shared],
        "charts": [_drawn(chart, f"{name}d{place}") for place, chart in enumerate(charts, 1)],
        "tables": tables,
        "left_out": ""
        if tables
        else f"The whole table has {len(result.table):,} rows: read it in the workbook or the tidy files.",
    }


def _tables(result: Result) -> Iterator[tuple[str, Any]]:
    if result.table.size <= _MOST_CELLS:
        for by, part in split_by(result.table):
            yield f"{result.title}: by {by[:1].lower()}{by[1:]}" if by else result.title, reading(part, result.unit_of)


def shared_notes(results: Sequence[Result]) -> list[str]:
    """Return notes that stand on more than one result (or on the only one): they are said once."""
    counted = Counter(note for result in results for note in dict.fromkeys(result.notes))
    return [note for note, times in counted.items() if times > 1 or len(results) == 1]
