"""The one question for the board: it follows from the numbers, by the rules below, the first that holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from equiwait.counts.waits.wording import beside_in_brief, in_brief
from equiwait.results import Headline

__all__ = ["BoardQuestion", "board_question"]


class BoardQuestion(NamedTuple):
    """The question, and the rule that it follows from."""

    rule: str
    asks: str


def board_question(
    findings: Sequence[Headline], missing: Sequence[Headline], moves: Sequence[Headline]
) -> BoardQuestion:
    """Return the question that the numbers ask of a board.

    Parameters
    ----------
    findings : sequence of Headline
        The gaps on the front page, the one that leads first.
    missing : sequence of Headline
        What missing records could change, gap by gap (certainty *holds* or *could_flip*).
    moves : sequence of Headline
        Who would move under the policy.

    Notes
    -----
    1. A clear gap that missing records could turn round: who fills them, by when.
    2. A clear gap otherwise: where on the pathway does it arise, who finds out, when do we hear.
    3. Somebody would move down, and no gap is clear: do we stand by it before those who would wait longer.
    4. Gaps are shown and none is clear: what would be pooled to tell.
    5. Nothing can be shown: who looks at it in the team.
    6. Nothing was compared: which groups do we want to compare.

    A clear change of a gap, where it leads, asks what has changed and when we look again.

    Examples
    --------
    >>> gap = Headline(says="", certainty="clear", value=0.1, by="sex", measure="over_18_weeks", group="Female", reference="Male")
    >>> board_question([gap], [], []).rule
    'clear gap'
    """
    lead = next((each for each in findings if each.certainty == "clear"), None)
    if lead is not None:
        return _of_a_clear_change(lead) if lead.change else _of_a_clear_gap(lead, missing)
    if any("would move down" in each.says and " 0 would move down" not in each.says for each in moves):
        return BoardQuestion(
            "somebody loses",
            "No gap is clear, yet under this order some people would wait longer. Do we stand by it before them, and who tells them?",
        )
    verdicts = {each.certainty for each in findings}
    if verdicts & {"too_few", "no_gap_as_large"}:
        return BoardQuestion(
            "too few to tell",
            "This list is too small to tell, which is not the same as no gap. Which months or sites will we put together, and "
            "when do we look again?",
        )
    if "not_shown" in verdicts:
        return BoardQuestion(
            "not shown",
            "Most groups here are too small to be shown. Who looks at the exact figures in the team, and who acts on them?",
        )
    return BoardQuestion(
        "nothing compared", "Which groups of people do we want to compare, and is it recorded who they are?"
    )


def _of_a_clear_change(moved: Headline) -> BoardQuestion:
    who = f"{in_brief(moved.by, moved.group)}, against {beside_in_brief(moved.by, moved.reference)}"
    return BoardQuestion(
        "clear change",
        f"The gap has moved ({who}). Do we know what else changed, who will find out, and when do we look again?",
    )


def _of_a_clear_gap(gap: Headline, missing: Sequence[Headline]) -> BoardQuestion:
    who = f"{in_brief(gap.by, gap.group)}, against {beside_in_brief(gap.by, gap.reference)}"
    here = next((each for each in missing if _same(each, gap)), None)
    if here is not None and here.certainty == "could_flip":
        fill = f"{here.records_to_fill:,.0f} of the " if here.records_to_fill == here.records_to_fill else "the "
        return BoardQuestion(
            "clear gap that could flip",
            f"Who will see that {fill}missing records are filled, and by when, so that we know whether the gap is real ({who})?",
        )
    which = "longer" if gap.value > 0 else "shorter"
    return BoardQuestion(
        "clear gap",
        f"Where on the pathway do these {which} waits arise ({who}), who will find out, and when do we hear?",
    )


def _same(one: Headline, other: Headline) -> bool:
    return (one.by, one.measure, one.group) == (other.by, other.measure, other.group)
