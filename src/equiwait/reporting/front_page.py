"""The first screen of a report: what was found, how sure, what is missing, who would move, what to ask next.

It is made of what results offer as headlines, and of their sections; it never asks which kind of result it holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from equiwait.charts.small_gaps import one_axis, small_gap_html
from equiwait.charts.tracks import Axis
from equiwait.counts.waits.wording import beside_in_brief, in_brief
from equiwait.reporting.board_question import BoardQuestion, board_question
from equiwait.reporting.voices import Voice
from equiwait.results import Certainty, Headline, Result
from equiwait.units import Unit, bare, printed

__all__ = ["CERTAINTY", "Finding", "FrontPage", "front_page", "how_sure"]

_MOST = 3
_NOT_COMPARED = "Not known: no order was compared with another."
_NOT_FINDINGS = ("list", "missing", "unknowns", "order", "movement")

CERTAINTY: Mapping[Certainty, str] = MappingProxyType({
    "clear": "Clear of chance",
    "too_few": "Too few to tell",
    "no_gap_as_large": "No gap as large",
    "everyone": "Everyone",
    "nobody": "Nobody",
    "not_shown": "Not shown",
    "one_group": "One group only",
    "holds": "Holds, whoever is missing",
    "could_flip": "Could flip",
    "stated": "As counted",
})  # fmt: skip
"""How sure an answer is, in words."""
_FIRST = ("clear", "no_gap_as_large", "too_few", "everyone", "nobody", "stated", "one_group", "not_shown")


class Finding(NamedTuple):
    """One finding with all that stands beside it."""

    asked: str
    says: str
    picture: str
    sure: str
    people: str
    missing: str
    voices: Sequence[Voice]


class FrontPage(NamedTuple):
    """What the first screen says."""

    as_of: str
    counted: Sequence[str]
    findings: Sequence[Finding]
    asked: str
    unknown: Sequence[str]
    moves: Sequence[str]
    order: Sequence[str]
    question: BoardQuestion
    voices: Sequence[Voice]
    led: Sequence[Headline]
    """The headlines that the findings are made of."""


def front_page(results: Sequence[Result], voices: Sequence[Voice] = ()) -> FrontPage:
    """Return the first screen of results that have been through the gate."""
    by_section = {result.section: [] for result in results} | {name: [] for name in _NOT_FINDINGS}  # type: ignore[var-annotated]
    for result in results:
        by_section[result.section] += list(result.headlines())
    answers = [each for section, said in by_section.items() if section not in _NOT_FINDINGS for each in said]
    chosen, missing = _chosen(answers), by_section["unknowns"]
    axes = _axes(chosen)
    spoken_of = [voice for voice in voices if any(_speaks_to(voice, each) for each in chosen)]
    return FrontPage(
        as_of=next((result.as_of for result in results if result.as_of), ""),
        counted=[each.says for each in by_section["list"][:1]],
        findings=[_finding(each, axes, missing, voices) for each in chosen],
        asked=_all_asked(answers),
        unknown=_unknown(by_section["missing"], missing, answers),
        moves=_moves(by_section["movement"], by_section["order"]),
        order=[each.says for each in by_section["order"][:1]],
        question=board_question(chosen, missing, by_section["movement"]),
        voices=[voice for voice in voices if voice not in spoken_of],
        led=chosen,
    )


def _moves(said: Sequence[Headline], order: Sequence[Headline]) -> list[str]:
    """Who would move and who would lose: what is told first, and then what is clear; of an order that moves nobody, nothing."""
    if not said:
        return [] if any(each.certainty == "nobody" for each in order) else [_NOT_COMPARED]
    rest = sorted(said[1:], key=lambda each: each.certainty == "too_few")
    return [each.says for each in [*said[:1], *rest][:_MOST]]


def _chosen(answers: Sequence[Headline]) -> list[Headline]:
    """At most three: of each question the first that is clear, or its first; clear ones before others, longest waits first."""
    ranked = sorted(answers, key=_rank)
    best: dict[str, Headline] = {}
    for each in ranked:
        best.setdefault(each.by or each.asked, each)
    first = list(best.values())
    more = [each for each in ranked if each.certainty == "clear" and each not in first]
    return sorted([*sorted(first, key=_rank), *more][:_MOST], key=_rank)


def _rank(each: Headline) -> tuple[int, bool, bool, float]:
    """Clear before unclear; of clear ones shares before weeks, longer waits before shorter, the longest first; else as asked."""
    place = _FIRST.index(each.certainty) if each.certainty in _FIRST else len(_FIRST)
    if each.certainty != "clear":
        return place, False, False, 0.0
    return place, each.level_unit != "percent", not each.value > 0, -each.level if each.level == each.level else 0.0


def _axes(chosen: Sequence[Headline]) -> dict[Unit, Axis]:
    """One scale for all small pictures of a unit, so that they can be compared."""
    units: dict[Unit, list[float]] = {}
    for each in chosen:
        units.setdefault(each.unit, []).extend([each.value, each.lower, each.upper])
    return {unit: one_axis(values, unit) for unit, values in units.items()}


def _finding(
    said: Headline, axes: Mapping[Unit, Axis], missing: Sequence[Headline], voices: Sequence[Voice]
) -> Finding:
    shown = said.value == said.value
    picture = (
        small_gap_html(
            said.value, said.lower, said.upper, axes[said.unit], reference=said.reference, change=said.change
        )
        if shown
        else ""
    )
    return Finding(
        said.asked,
        said.says,
        picture,
        how_sure(said),
        _people(said),
        _does_it_matter(said, missing),
        [voice for voice in voices if _speaks_to(voice, said)],
    )


def how_sure(said: Headline) -> str:
    """Return how sure an answer is, with its gap and interval where they are shown."""
    words = CERTAINTY[said.certainty]
    if said.value != said.value:
        return f"{words}."
    gap = f"{words}: {printed(said.value, said.unit)}"
    if said.lower != said.lower or said.upper != said.upper:
        return f"{gap}."
    low, high = (bare(printed(end, said.unit)) for end in (said.lower, said.upper))
    level = f"{said.confidence:.0%} interval " if said.confidence == said.confidence else ""
    return f"{gap} ({level}{low} to {high})."


def _people(said: Headline) -> str:
    """How many people are compared with how many, in plain words: "490 people in …, against 240 in …"."""
    if said.n != said.n:
        return "How many people is not shown." if said.group and not said.change else ""
    whom = beside_in_brief(said.by, said.reference) if said.by else said.reference
    if said.n_reference == said.n_reference:
        whom = f"{said.n_reference:,.0f} {whom.removeprefix('those ') if said.by else f'of {whom}'}"
    people = _named(said.by, said.group) if said.group else "people"
    if said.n == 1:
        people = people.replace("people", "person", 1)
    return f"{said.n:,.0f} {people}{f', against {whom}' if said.reference else ''}."


def _named(by: str, group: str) -> str:
    return in_brief(by, group) if by else f"people of {group}"


def _does_it_matter(said: Headline, missing: Sequence[Headline]) -> str:
    """What another result says of the same gap; else how many are missing, and that nobody asked."""
    for each in missing:
        if (each.by, each.measure, each.group) == (said.by, said.measure, said.group) and said.group:
            return each.says
    if said.n_unknown == 0:
        return "No: everybody is recorded."
    if said.n_unknown == said.n_unknown:
        share = printed(said.share_unknown, "percent")
        return f"{said.n_unknown:,.0f} people are not recorded ({share}). Whether they could change it was not asked."
    return "Not known: it was not asked here."


def _speaks_to(voice: Voice, said: Headline) -> bool:
    return voice.about.strip().lower() in {name.lower() for name in (said.group, said.by, said.asked) if name}


def _all_asked(answers: Sequence[Headline]) -> str:
    """How many questions were asked and what came of them, nulls with the rest."""
    counts = Counter(each.certainty for each in answers)
    if not counts:
        return "No groups were compared."
    parts = [f"{counts[each]} {CERTAINTY[each].lower()}" for each in _FIRST if counts.get(each)]  # type: ignore[index, call-overload]
    return f"{len(answers)} answer{'s' if len(answers) != 1 else ''} in all: {', '.join(parts)}."


def _unknown(fields: Sequence[Headline], missing: Sequence[Headline], answers: Sequence[Headline]) -> list[str]:
    """What is not recorded most, how many gaps could flip, and how many answers cannot be shown."""
    lacking = [each for each in fields if each.level > 0 or each.certainty != "stated" or not each.by]
    # That everything is recorded, or how much is hidden, is an answer too.
    said = [each.says for each in lacking or fields][:_MOST]
    flips, known = (
        sum(each.certainty in kinds for each in missing) for kinds in (("could_flip",), ("could_flip", "holds"))
    )
    if known:
        said.append(f"Were they recorded, {flips} of {known} gaps between groups could turn round.")
    veiled = sum(each.certainty == "not_shown" for each in answers)
    if veiled:
        said.append(f"{veiled} of {len(answers)} answers cannot be shown: too few people.")
    return said
