"""How indices of deprivation are published: their editions, and what a header of theirs means.

Headers are cut at 80 characters, hold newlines and trailing spaces, and change between editions; what stays is the
name of the domain and one word: score, rank, decile, quintile.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from equiwait.fields import plain

__all__ = ["DOMAINS", "EDITIONS", "Edition", "area_header", "geography_of", "measure_of", "recognise"]


@dataclass(frozen=True)
class Edition:
    """One edition of one index, as its publisher issued it.

    Parameters
    ----------
    key : str
        Its name in the places folder.
    title : str
        What it is called in ``index_edition``.
    nations : tuple of str
        Whose areas it ranks.
    geography : {"2011", "2021"}
        Which area column of a postcode directory holds its areas.
    geography_name : str
        What those areas are.
    areas : int
        How many it ranks; a file with another number is not whole.
    header : str
        Pattern of a header that no other edition has, in plain letters.
    named : str
        Pattern of the file names under which others pass it on.
    exact : bool
        Whether the publisher's own deciles are ``ceil(10 · rank / areas)``, so that any other decile is damage.
    """

    key: str
    title: str
    nations: tuple[str, ...]
    geography: str
    geography_name: str
    areas: int
    header: str
    named: str
    exact: bool = False


_UK = ("England", "Wales", "Scotland", "Northern Ireland")

EDITIONS = (
    Edition(
        "imd2015", "IoD 2015", ("England",), "2011", "LSOA 2011", 32_844, r"localauthoritydistrictcode2013",
        r"(imd|iod)_?2015", exact=True,
    ),
    Edition(
        "imd2019", "IoD 2019", ("England",), "2011", "LSOA 2011", 32_844, r"localauthoritydistrictcode2019",
        r"(imd|iod)_?2019", exact=True,
    ),
    Edition(
        "imd2025", "IoD 2025", ("England",), "2021", "LSOA 2021", 33_755, r"localauthoritydistrictcode2024",
        r"(imd|iod)_?2025", exact=True,
    ),
    Edition("wimd2019", "WIMD 2019", ("Wales",), "2011", "LSOA 2011", 1_909, r"wimd2019", r"wimd_?2019"),
    Edition(
        "simd2020", "SIMD 2020v2", ("Scotland",), "2011", "Data zone 2011", 6_976,
        r"simd2020v2rank", r"simd_?2020",
    ),
    Edition(
        "nimdm2017", "NIMDM 2017", ("Northern Ireland",), "2011", "Super output area 2001", 890,
        r"mdmrank|multipledeprivationmeasurerank.*", r"nimdm_?(20)?17",
    ),
    Edition("uk_composite", "UK composite (England)", _UK, "2011", "Areas of 2011", 42_619, r"ukimderank", r"uk_imd_e"),
)  # fmt: skip

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
_PREFIX = re.compile(r"^(simd(20)?\d\d(v\d)?|wimd(20)?\d\d|[dp]\d(?=[a-z]))")


def measure_of(header: object) -> tuple[str, str] | None:
    """Return the domain and the measure that a header names, or None.

    A header that names a domain and no measure is a score, as in the Welsh index.

    Examples
    --------
    >>> measure_of("Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived 10% of LSOA")
    ('overall', 'decile')
    >>> measure_of("SIMD2020_Crime_Domain_Rank"), measure_of("D2_Empl_rank"), measure_of("Access to Services ")
    (('crime', 'rank'), ('employment', 'rank'), ('access', 'score'))
    >>> measure_of("LSOA name (2021)")
    """
    name = plain(re.sub(r"\((where|rate|%).*$", "", str(header).strip(), flags=re.DOTALL | re.IGNORECASE))
    if re.fullmatch(r"totalpopulation(mid\d{4}.*)?", name):
        return "population", "count"
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
        r"lsoacode(20)?\d\d", r"lsoa(20)?\d\d(cd|code)?", r"(dz|datazone|soa)(20)?\d\d(cd|code)?", r"datazone|dz",
        r"areacode|area|geographycode|lsoacode|lsoa|soacode|soa|smallareacode|smallarea|sacode|edcode|code",
    ):  # fmt: skip
        for place, header in enumerate(spelt):
            if re.fullmatch(pattern, header):
                return place
    return None


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


def recognise(headers: Sequence[object], file_name: str) -> tuple[Edition | None, bool]:
    """Return the edition of a file, and whether its headers are the publisher's own; if not, its name told."""
    spelt = [plain(header) for header in headers]
    for edition in EDITIONS:
        if any(re.fullmatch(edition.header, header) for header in spelt):
            return edition, True
    name = re.sub(r"[\s+-]", "_", file_name.lower())
    # wimd2019 and simd2020 also end in imd2019 and imd2020: look for the longer names first
    for edition in sorted(EDITIONS, key=lambda each: -len(each.key)):
        if re.search(edition.named, name):
            return edition, False
    return None, False
