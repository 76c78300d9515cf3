"""Notes: what must be read with the numbers of `Disparities`."""

from __future__ import annotations

from collections.abc import Sequence

from equiwait.counts.waits import About
from equiwait.counts.waits.wording import AREA_IS_NOT_PERSON, SEVERAL_PATHWAYS, about_areas
from equiwait.disclosure import Note, Rule

_MEANS = {
    "still_waiting": "People still waiting on the day of the snapshot: a burden, not anybody's chance of waiting.",
    "completed": (
        "Waits that ended from {0} to {1}: whoever is still waiting is not among them, and a group whose referrals grow "
        "looks quicker than it is."
    ),
    "time_to_treatment": (
        "People on the list at the end of {0} and those who joined by {1}, each from the day of coming under observation "
        "(late entry). over_N_weeks is the share still waiting after N weeks if nobody left otherwise (Kaplan–Meier, other "
        "exits as last sightings); treated, left otherwise and still on list stand beside it (Aalen–Johansen) and add to 1."
    ),
}
_SIGN = (
    "Positive = this group waits longer. The intervals of gaps and ratios hold together over the recorded groups of a question; "
    "those of values are each group's own."
)
_WITHIN = (
    "Rows with {0} in the column within are like with like: both sides of a gap as if their {0} were those of the whole list "
    "(direct standardisation; nothing recorded is a stratum too), over the strata that both are in. Where more than 10% of "
    "the whole list is in other strata, the row is withheld. Priority itself may carry a gap: what is adjusted for is no "
    "longer seen."
)
_IN_TEAM = (
    "Odds ratios within strata, tests within strata, medians like with like and gaps inside one stratum are made from exact "
    "counts: they are in the in-team answer (suppression='none'), or ask the crossed question, such as by=[({0}, ...)]."
)
_NO_UNKNOWNS = (
    "Wherever waits ended for a reason that is not known, they count as left otherwise ({0} of those who left)."
)


def title_of(about: About) -> str:
    """Return the title of a result."""
    if about.estimand == "still_waiting":
        return f"Waits of people on the list on {about.snapshot or 'the day of the snapshot'}"
    what = "Waits that ended" if about.estimand == "completed" else "Time to treatment"
    return f"{what} from {about.window[0]} to {about.window[1]}"


def notes_of(
    about: About,
    rule: Rule,
    *,
    within: str,
    growth: Sequence[str],
    repeated: bool,
    left_out: Note | str,
    looks: int,
    unknown_exits: float = 0.0,
) -> list[str | Note]:
    """Return what must be read with the numbers."""
    return [sentence for sentence in (
        _MEANS[about.estimand].format(*about.window), *growth, _SIGN,
        f"This answer took {looks} looks: each measure of each question is a family of its own, so by chance alone about "
        f"{looks / 20:.1g} of them would show a gap." if looks > 1 else "",
        _WITHIN.format(within) if within else "",
        _IN_TEAM.format(repr(about.by[0][0])) if within and not rule.exact else "",
        _NO_UNKNOWNS.format(f"{unknown_exits:.0%}") if unknown_exits > 0.005 else "",
        f"Counts from {about.source}." if about.source else "",
        left_out,
        AREA_IS_NOT_PERSON if about_areas(about.by) else "",
        f"Sources of place: {'; '.join(about.sources)}." if about.sources else "",
        SEVERAL_PATHWAYS if repeated else "",
        rule.says,
    ) if sentence]  # fmt: skip
