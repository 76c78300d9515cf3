"""What the headers of indices of deprivation mean: the area, and the domain and measure of each column.

Headers are cut at 80 characters, hold newlines and trailing spaces, and change between editions; what stays is the
name of the domain and one word: score, rank, decile, quintile.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from equiwait.fields import plain

__all__ = ["DOMAINS", "area_header", "geography_of", "measure_of", "name_header"]

DOMAINS: dict[str, tuple[str, ...]] = {
    "overall": (
        "", "indexofmultipledeprivation", "indexofmultipledeprivationimd", "imd", "mdm", "multipledeprivationmeasure",
        "wimd", "simd", "ukimde", "ukimdepop", "pop", "country", "overall", "deprivation", "hp", "hpindex", "national",
    ),
    "income": ("income",),
    "employment": ("employment", "empl"),
    "education": ("education", "educationskillsandtraining"),
    "health": ("health", "healthdeprivationanddisability"),
    "crime": ("crime", "crimeanddisorder", "crimedisorder", "cd", "communitysafety"),
    "housing": ("housing", "barrierstohousingandservices", "barriers"),
    "access": ("access", "accesstoservices"),
    "environment": ("environment", "livingenvironment", "livenv", "physicalenvironment"),
    "idaci": (
        "idaci", "incomedeprivationaffectingchildrenindexidaci", "incomedeprivationaffectingchildrenindex",
        "incomedeprivationaffectingchildren", "incomechild", "childrenincome",
    ),
    "idaopi": (
        "idaopi", "incomedeprivationaffectingolderpeopleidaopi", "incomedeprivationaffectingolderpeopleindexidaopi",
        "incomedeprivationaffectingolderpeople", "income65", "olderpeopleincome",
    ),
    "children_young_people": ("childrenandyoungpeople", "childrenandyoungpeoplesub"),
    "adult_skills": ("adultskills", "adultskillssub"),
    "geographical_barriers": ("geographicalbarriers", "geographicalbarrierssub"),
    "wider_barriers": ("widerbarriers", "widerbarrierssub"),
    "indoors": ("indoors", "indoorssub"),
    "outdoors": ("outdoors", "outdoorssub"),
}  # fmt: skip
"""Domains, and how publishers spell them once the measure and the index's own name are taken away."""

_DOMAIN_OF = {spelling: domain for domain, spellings in DOMAINS.items() for spelling in spellings}
_MEASURES = ("score", "rank", "decile", "quintile")
_YEAR_AFTER = re.compile(r"(score|rank|decile|quintile)20\d\d$")
_MEASURE_FIRST = re.compile(r"^(score|rank|decile|quintile)of(.+)$")
_PREFIX = re.compile(r"^((simd|wimd|imd|iod|nimdm)(20)?\d\d(v\d)?|[dp]\d(?=[a-z]))")


def measure_of(header: object) -> tuple[str, str] | None:
    """Return the domain and the measure that a header names, or None.

    A header that names a domain and no measure is taken for a score until its numbers are seen: the Welsh index has
    sheets of scores and of ranks under the same headers.

    Examples
    --------
    >>> measure_of("Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived 10% of LSOA")
    ('overall', 'decile')
    >>> measure_of("SIMD2020_Crime_Domain_Rank"), measure_of("D2_Empl_rank"), measure_of("Access to Services ")
    (('crime', 'rank'), ('employment', 'rank'), ('access', 'score'))
    >>> measure_of("WIMD 2019 Overall Decile"), measure_of("IMD Rank 2019"), measure_of("WIMD 2019 ")
    (('overall', 'decile'), ('overall', 'rank'), ('overall', 'score'))
    >>> measure_of("LSOA name (2021)")
    """
    name = plain(re.sub(r"\((where|rate|%).*$", "", str(header).strip(), flags=re.DOTALL | re.IGNORECASE))
    if re.fullmatch(r"totalpopulation(mid\d{4}.*)?", name):
        return "population", "count"
    name = _YEAR_AFTER.sub(r"\1", _MEASURE_FIRST.sub(r"\2\1", name))
    named = [measure for measure in _MEASURES if name.endswith(measure)]
    measure = named[0] if named else "score"
    stem = name.removesuffix(measure)
    stem = _PREFIX.sub("", stem).removesuffix("domain")
    if not named and not stem:
        return ("overall", "score") if _PREFIX.match(name) else None
    domain = _DOMAIN_OF.get(stem)
    return (domain, measure) if domain else None


def area_header(headers: Sequence[object]) -> int | None:
    """Return the place of the column of area codes, or None."""
    spelt = [plain(header) for header in headers]
    for pattern in (
        r"lsoacode(20)?\d\d",
        r"lsoa(20)?\d\d(cd|code)?",
        r"(dz|datazone|soa)(20)?\d\d(cd|code)?",
        r"datazone|dz",
        r"areacode|area|geographycode|lsoacode|lsoa|soacode|soa|smallareacode|smallarea|sacode|edcode|code",
    ):
        for place, header in enumerate(spelt):
            if re.fullmatch(pattern, header):
                return place
    return None


def name_header(headers: Sequence[object]) -> int | None:
    """Return the place of the column of area names, or None.

    Examples
    --------
    >>> name_header(["LSOA Code", "LSOA Name (Eng)", "Local Authority Name (Eng)"]), name_header(["soa01_code"])
    (1, None)
    """
    named = re.compile(r"(lsoa|soa|datazone|dz|area)(20)?(\d\d)?(nm|name)(eng|english)?((20)?\d\d)?")
    return next((place for place, header in enumerate(headers) if named.fullmatch(plain(header))), None)


def geography_of(header: object) -> str:
    """Return which area column of a directory a header means: ``"2011"`` (or 2001), ``"2021"``, or ``""``.

    Examples
    --------
    >>> geography_of("LSOA code (2021)"), geography_of("soa01_code"), geography_of("area_code")
    ('2021', '2011', '')
    """
    years = re.findall(r"(?:20)?(\d\d)", plain(header))
    if not years:
        return ""
    return "2021" if int(years[-1]) > 20 else "2011"
