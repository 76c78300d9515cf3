"""Words that every answer about people on a list uses: the name of a question as it is said, and what an area is not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from equiwait.counts.waits.references import RECORDED, REST

AREA_IS_NOT_PERSON = (
    "An index describes a neighbourhood, not a person: people of every income live in a deprived area, and many people "
    "who are deprived live elsewhere."
)
SEVERAL_PATHWAYS = "Some people have several pathways; intervals are widened for that."


def spoken(by: str) -> str:
    """Return the name of a question as it is said.

    Examples
    --------
    >>> spoken("imd_quintile × age_band"), spoken("ethnicity:nhs")
    ('IMD deprivation quintile of the area × age band', 'broad ethnic group (NHS)')
    """
    ranked = re.sub(
        r"\b([a-z0-9]+)_(quintile|decile)\b", lambda found: f"{found[1].upper()} deprivation {found[2]} of the area", by
    )
    merged = re.sub(r"ethnicity:(\w+)", lambda found: f"broad ethnic group ({found[1].replace('nhs', 'NHS')})", ranked)
    return merged.replace("_", " ")


def people_in(by: str, group: str) -> str:
    """Return the people of a group, as they are spoken of: an area is where somebody lives, not who they are.

    Examples
    --------
    >>> people_in("imd_quintile", "1 (most deprived)"), people_in("imd_decile", "4"), people_in("age_band", "65+")
    ('people who live in the most deprived fifth of areas', 'people who live in areas of decile 4', 'people aged 65+')
    >>> people_in("ethnicity", "J: Pakistani"), people_in("sex", "Female"), people_in("site", "North")
    ('people recorded as Pakistani', 'people recorded as Female', 'people at North')
    """
    if " × " in by:
        pairs = zip(by.split(" × "), group.split(" × "), strict=False)
        return " and ".join([people_in(*pair).removeprefix("people " if at else "") for at, pair in enumerate(pairs)])
    if ranked := re.search(r"_(quintile|decile)$", by):
        part = {"quintile": "fifth", "decile": "tenth"}[ranked[1]]
        if end := re.fullmatch(r"\d+ \((most|least) deprived\)", group):
            return f"people who live in the {end[1]} deprived {part} of areas"
        between = {"2": "second most deprived", "3": "middle", "4": "second least deprived"}.get(group)
        if between and part == "fifth":
            return f"people who live in the {between} fifth of areas"
        return f"people who live in areas of {ranked[1]} {group}" if group.isdigit() else _of(group)
    if by == "age_band":
        return f"people aged {group}"
    if by.split(":")[0] in ("ethnicity", "sex"):
        return f"people recorded as {re.sub(r'^[A-Z]: ', '', group)}"
    if by in ("site", "provider", "specialty", "commissioner", "icb", "sub_icb", "lad"):
        return f"people {'in' if by in ('icb', 'sub_icb', 'lad') else 'at' if by != 'specialty' else 'under'} {group}"
    return _of(group) if group.startswith("No ") else f"people whose {spoken(by)} is {group}"


def in_brief(by: str, group: str) -> str:
    """Return the people of a group in the few words that a first screen has room for.

    Examples
    --------
    >>> in_brief("imd_quintile", "2"), in_brief("sex", "Female")
    ('people in the second most deprived fifth of areas', 'people recorded as Female')
    """
    return people_in(by, group).replace("people who live in ", "people in ")


def set_against(by: str, reference: str) -> str:
    """Return whom a group is compared with, as it stands after "against": everyone else, or another group.

    Examples
    --------
    >>> set_against("imd_quintile", "5 (least deprived)"), set_against("sex", "Male")
    ('the least deprived fifth of areas', 'people recorded as Male')
    >>> set_against("sex", "everyone else recorded"), set_against("age_band", "everyone else recorded that is shown")
    ('everyone else recorded', 'everyone else recorded that is shown')
    """
    if _is_pooled(reference):
        return reference
    return people_in(by, reference).replace("people who live in ", "")


def beside_in_brief(by: str, reference: str) -> str:
    """Return whom a group is compared with where its own people were named just before by `in_brief`.

    Examples
    --------
    >>> beside_in_brief("imd_quintile", "5 (least deprived)"), beside_in_brief("sex", "Male")
    ('those in the least deprived', 'those recorded as Male')
    """
    if _is_pooled(reference):
        return reference
    short = re.sub(r"^(people in .*) (fifth|tenth) of areas$", r"\1", in_brief(by, reference))
    return re.sub("^people ", "those ", short)


def _is_pooled(reference: str) -> bool:
    """Whether a group is compared with all others, or with all, and not with a group that has a name."""
    return reference.startswith((REST, RECORDED))


def _of(group: str) -> str:
    return f"people of {group[:1].lower()}{group[1:]}" if group == "No fixed abode" else f"people: {group}"


def about_areas(questions: Iterable[Sequence[str]]) -> bool:
    """Whether a question ranks the areas where people live."""
    return any(re.search(r"_(decile|quintile)$|core20$", column) for question in questions for column in question)


def weeks_from(first_day: int) -> str:
    """Return in weeks after which day a band begins."""
    return f"{max(first_day - 1, 0) / 7:g}"


def band_starts(bands: Sequence[int]) -> str:
    """Return in weeks where bands begin."""
    *most, last = [weeks_from(first) for first in bands]
    shown = most if len(most) < 8 else [*most[:3], "…", most[-1]]
    return f"{', '.join(shown)} and {last}" if shown else last
