"""Words that every answer about people on a list uses: the name of a question as it is said, and what an area is not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

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


def about_areas(questions: Iterable[Sequence[str]]) -> bool:
    """Whether a question ranks the areas where people live."""
    return any(re.search(r"_(decile|quintile)$|core20$", column) for question in questions for column in question)
