"""The editions of indices that equiwait knows, and by which of them a file is: what it holds decides before its name.

A file is known by a header that only its publisher uses; else by its areas, and by the ranks of a few of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from equiwait.errors import PlacesError, listed
from equiwait.fields import plain
from equiwait.rows.places.area_codes import nation_of

__all__ = ["EDITIONS", "Edition", "Recognised", "edition_called", "edition_of", "misplaced", "recognise"]

ROUNDED = 0.01
"""How far, of all places, a rank worked out from a published score may stand from the published rank."""


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
        Whether the publisher's deciles are known to follow `bounds`, or else ``ceil(10 · rank / areas)``, so that any
        other decile is damage.
    bounds : tuple of int
        The last rank of each decile where the publisher cuts elsewhere than at equal tenths.
    known_ranks : mapping of str to float
        Overall ranks of some areas as published, spread over the nation.
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
    bounds: tuple[int, ...] = ()
    known_ranks: Mapping[str, float] = field(default_factory=dict)

    def decile_of(self, rank: np.ndarray) -> np.ndarray:
        """Return the decile of each rank as the publisher cuts them."""
        if not self.bounds:
            return np.ceil(10 * rank / self.areas)
        decile = np.searchsorted(self.bounds, rank, side="left") + 1.0
        return np.where(np.isnan(rank), np.nan, np.minimum(decile, 10))


_UK = ("England", "Wales", "Scotland", "Northern Ireland")

EDITIONS = (
    Edition(
        "imd2015", "IoD 2015", ("England",), "2011", "LSOA 2011", 32_844, r"localauthoritydistrictcode2013",
        r"(imd|iod)_?2015", exact=True,
        known_ranks={
            "E01001283": 5408, "E01004118": 26540, "E01006961": 1797, "E01009829": 29445, "E01012680": 685,
            "E01015507": 1199, "E01018334": 32012, "E01021128": 17111, "E01023943": 17443, "E01026756": 7964,
            "E01029579": 25307, "E01032391": 14955,
        },
    ),
    Edition(
        "imd2019", "IoD 2019", ("England",), "2011", "LSOA 2011", 32_844, r"localauthoritydistrictcode2019",
        r"(imd|iod)_?2019", exact=True,
        known_ranks={
            "E01001283": 4237, "E01004118": 24781, "E01006961": 807, "E01009829": 27151, "E01012680": 279,
            "E01015507": 806, "E01018334": 31688, "E01021128": 16207, "E01023943": 17758, "E01026756": 10267,
            "E01029579": 25590, "E01032391": 15072,
        },
    ),
    Edition(
        "imd2025", "IoD 2025", ("England",), "2021", "LSOA 2021", 33_755, r"localauthoritydistrictcode2024",
        r"(imd|iod)_?2025", exact=True,
        known_ranks={
            "E01001352": 18028, "E01004364": 8735, "E01007325": 1386, "E01010320": 6475, "E01013298": 4101,
            "E01016277": 22218, "E01019288": 32415, "E01022243": 12289, "E01025238": 2492, "E01028219": 30511,
            "E01031201": 30349, "E01034418": 14751,
        },
    ),
    Edition(
        "wimd2019", "WIMD 2019", ("Wales",), "2011", "LSOA 2011", 1_909, r"wimd2019(overallrank)?", r"wimd_?2019",
        exact=True, bounds=(191, 382, 573, 764, 955, 1146, 1337, 1528, 1719, 1909),
        known_ranks={
            "W01000078": 800, "W01000241": 11, "W01000403": 1465, "W01000579": 1185, "W01000742": 23,
            "W01000906": 1475, "W01001069": 265, "W01001231": 415, "W01001393": 407, "W01001556": 1301,
            "W01001720": 866, "W01001885": 402,
        },
    ),
    Edition(
        "wimd2025", "WIMD 2025", ("Wales",), "2021", "LSOA 2021", 1_917, r"wimd2025(overallrank)?", r"wimd_?2025",
        bounds=(191, 382, 574, 766, 958, 1149, 1341, 1533, 1724, 1917),
    ),
    Edition(
        "simd2020", "SIMD 2020v2", ("Scotland",), "2011", "Data zone 2011", 6_976,
        r"simd2020v2rank", r"simd_?2020",
        known_ranks={
            "S01006774": 6524, "S01007359": 2277, "S01007944": 2187, "S01008530": 596, "S01009115": 3772,
            "S01009700": 3433, "S01010286": 6347, "S01010871": 4584, "S01011456": 1061, "S01012042": 2328,
            "S01012627": 1905, "S01013213": 5990,
        },
    ),
    Edition(
        "nimdm2017", "NIMDM 2017", ("Northern Ireland",), "2011", "Super output area 2001", 890,
        r"mdmrank|multipledeprivationmeasurerank.*", r"nimdm_?(20)?17",
        known_ranks={
            "95BB06W1": 99, "95DD11W1": 154, "95GG08S3": 315, "95GG34S2": 757, "95II02S1": 853, "95KK16W1": 561,
            "95MM15S2": 636, "95OO12W1": 360, "95SS03S2": 659, "95UU06W1": 584, "95WW10S2": 469, "95YY08W1": 311,
        },
    ),
    Edition(
        "uk_composite", "UK composite (England)", _UK, "2011", "Areas of 2011", 42_619, r"ukimderank", r"uk_imd_e",
        known_ranks={
            "E01000764": 28702.5, "E01004436": 13050, "E01008112": 8043.5, "E01011831": 15868, "E01015518": 41543.5,
            "E01019172": 5640.5, "E01022819": 6991, "E01026469": 28248, "E01030133": 13985, "S01006598": 42048,
            "S01010174": 12628, "W01000277": 32855.5,
        },
    ),
)  # fmt: skip


class Recognised(NamedTuple):
    """Which edition a file is, None for one that is not known; whether it is the publisher's own; what to say of its name."""

    edition: Edition | None
    original: bool
    note: str = ""


def edition_of(key: str) -> Edition | None:
    """Return the edition of a key, None where there is none."""
    return next((each for each in EDITIONS if each.key == key), None)


def recognise(headers: Sequence[object], areas: Sequence[str], rank: np.ndarray | None, file_name: str) -> Recognised:
    """Return which edition a file is: by its publisher's headers; else by its areas and ranks; else by its name.

    Parameters
    ----------
    headers : sequence
        Of every table of the file.
    areas : sequence of str
        Area codes.
    rank : numpy.ndarray or None
        Overall ranks, as given or worked out from the score; None where there are neither.
    file_name : str
        As it was given: it counts only where it names an index of the same nation as the areas.
    """
    named = _named(file_name)
    spelt = [plain(header) for header in headers]
    for edition in EDITIONS:
        if any(re.fullmatch(edition.header, header) for header in spelt):
            return Recognised(edition, True, _misnamed(named, edition, file_name))
    nations = {nation for code in areas if (nation := nation_of(code))}
    fitting = [each for each in EDITIONS if set(each.nations) == nations and _fits(each, areas, rank)]
    if rank is not None and named and set(named.nations) == nations and (named in fitting or not fitting):
        return Recognised(named, False)
    found = fitting[0] if len(fitting) == 1 else None
    return Recognised(found, False, _misnamed(named, found, file_name, nations))


def _named(file_name: str) -> Edition | None:
    """Return the edition that a file's name speaks of: wimd2019 also ends in imd2019, so the longer names come first."""
    name = re.sub(r"[\s+-]", "_", file_name.lower())
    longest_first = sorted(EDITIONS, key=lambda each: -len(each.key))
    return next((each for each in longest_first if re.search(each.named, name)), None)


def _misnamed(named: Edition | None, found: Edition | None, file_name: str, nations: set[str] | None = None) -> str:
    if named is None or named is found or (found is None and set(named.nations) == nations):
        return ""
    holds = found.title if found else f"areas of {listed(sorted(nations or ())) or 'no nation that is known'}"
    return f"The name {file_name} speaks of {named.title}; what it holds is {holds}, and that is what counts."


def _fits(edition: Edition, areas: Sequence[str], rank: np.ndarray | None) -> bool:
    """Return whether a file has as many areas as an edition, and the known ones where the publisher ranks them."""
    if len(areas) != edition.areas or rank is None:
        return False
    return misplaced(edition, areas, rank, ROUNDED) == 0


def misplaced(edition: Edition, areas: Sequence[str], rank: np.ndarray, slack: float = 0.0) -> int:
    """Return how many of an edition's known areas a file lacks or ranks elsewhere than the publisher does."""
    place = {code: row for row, code in enumerate(areas)}
    far = slack * edition.areas
    agree = [
        code in place and bool(abs(rank[place[code]] - expected) <= far)
        for code, expected in edition.known_ranks.items()
    ]
    return agree.count(False)


def edition_called(said: str | None, key: str, source: str) -> str | None:
    """Return what to call an edition; refuse another name for one that is known: it would stand beside every decile."""
    known = edition_of(key)
    if not said or known is None:
        return said
    years = set(re.findall(r"20\d\d", said))
    other = any(each is not known and plain(said) in (plain(each.title), each.key) for each in EDITIONS)
    if other or years != set(re.findall(r"20\d\d", f"{known.title} {known.key}")):
        raise PlacesError(
            f"{source} is not the edition {said!r}.",
            found=f"It is: {known.title}.",
            todo=f"Leave out edition=, or give the file of {said}.",
        )
    return known.title
