"""What is refused of an index file: not whole, columns swapped, rows shifted, ranks or deciles from the other end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from equiwait.errors import PlacesError, listed
from equiwait.rows.places.area_codes import nation_of
from equiwait.rows.places.index_editions import EDITIONS, ROUNDED, Edition, misplaced
from equiwait.rows.places.index_tables import TIED, Numbers, is_ranking, ranks_of, unread_said

__all__ = [
    "part_said",
    "refuse_contradictions",
    "refuse_empty",
    "refuse_impossible",
    "refuse_repeated",
    "refuse_unlike_published",
    "weak_agreement",
]

Measures = Mapping[tuple[str, str], np.ndarray]

_LIMITS = {"decile": 10, "quintile": 5, "rank": 1e6}  # a part of an index keeps its national ranks
_CHECK = "check that rows belong together"
_ALIKE = 0.85  # editions of one nation agree better than this with each other
_FEWEST_KNOWN = 6  # of the dozen areas of an edition whose ranks are known
_FEWEST = 100  # areas from which on two domains say whether rows belong together
_POOR = ("income", "employment", "health", "education")
"""Domains that run with the overall order in every index; access to services, for one, runs against it."""


def refuse_empty(path: Path, found: Numbers) -> None:
    """Refuse a file without any rank, score or decile: one of indicators, or one whose figures cannot be read."""
    if any(measure != "count" for _, measure in found.measures):
        return
    if found.unread:
        raise PlacesError(
            f"{path.name} has no numbers: its ranks, scores or deciles cannot be read.",
            found=listed(unread_said(found)),
            todo="Give figures, such as 1250 or 12.5.",
        )
    raise PlacesError(
        f"{path.name} is no index: it has no rank, score or decile of deprivation.",
        found=f"{len(found.areas):,} areas with figures such as an index is made from, or with nothing in its columns.",
        todo="Give the publisher's file of ranks.",
    )


def refuse_repeated(path: Path, areas: Sequence[str]) -> None:
    """Refuse a file that has an area twice."""
    repeated = len(areas) - len(set(areas))
    if repeated:
        raise PlacesError(
            f"{path.name} repeats areas: it may have been put together twice.",
            found=f"{repeated:,} of {len(areas):,} rows repeat an area.",
            todo="Give the file as published, once.",
        )


# --- a file against itself -------------------------------------------------------------------------------------------


def refuse_contradictions(path: Path, known: Edition | None, found: Numbers) -> None:
    """Refuse columns that contradict each other, whatever index they are of."""
    if known is None:
        _refuse_pooled(path, found)
    for domain in dict.fromkeys(domain for domain, _ in found.measures):
        _refuse_contradiction(path, domain, found.measures)
        _refuse_scores_apart(path, known, domain, found.measures)
    _refuse_shifted(path, found.measures)
    if known is None or not known.known_ranks:
        _refuse_turned(path, found)


def refuse_impossible(path: Path, found: Numbers) -> None:
    """Refuse deciles, fifths and ranks that can be none."""
    for (domain, measure), values in found.measures.items():
        if measure not in _LIMITS:
            continue
        highest = _LIMITS[measure]
        parts = 2 if measure == "rank" else 1  # areas that tie may share the rank between two
        wrong = int(((values < 1) | (values > highest) | (np.nan_to_num(values) * parts % 1 > 0)).sum())
        if wrong:
            raise PlacesError(
                f"{path.name}: the {measure} of {domain} is no {measure}; columns may be swapped.",
                found=f"{wrong:,} of {len(values):,} values are below 1, above {highest:g} or not whole.",
                todo="Check which column is which.",
            )


def _refuse_contradiction(path: Path, domain: str, measures: Measures) -> None:
    """Refuse deciles and fifths that do not rise with the ranks: one of the columns belongs to other rows."""
    rank = measures.get((domain, "rank"))
    for measure in ("decile", "quintile"):
        parts = measures.get((domain, measure))
        if rank is None or parts is None:
            continue
        both = ~(np.isnan(rank) | np.isnan(parts))
        rising = parts[both][np.lexsort((parts[both], rank[both]))]
        wrong = int((np.diff(rising) < 0).sum())
        if not wrong:
            continue
        if _correlation(rank[both], parts[both]) < 0:
            raise PlacesError(
                f"{path.name}: {measure}s of {domain} run against the ranks, so one of them counts from the other end.",
                found=f"The lowest ranks are in the highest {measure}.",
                todo="Turn one of them round: rank 1 and decile 1 are the most deprived.",
            )
        raise PlacesError(
            f"{path.name}: {measure}s of {domain} contradict the ranks; rows may be shifted or cells changed.",
            found=f"In the order of the ranks the {measure} falls {wrong:,} times; it never should.",
            todo="Give the file as published.",
        )


def _refuse_scores_apart(path: Path, known: Edition | None, domain: str, measures: Measures) -> None:
    """Refuse scores that do not fall with the rank, or rise with it all the way where more is less deprived."""
    rank, score = measures.get((domain, "rank")), measures.get((domain, "score"))
    if rank is None or score is None:
        return
    both = ~(np.isnan(rank) | np.isnan(score))
    steps = np.diff(score[both][np.lexsort((-score[both], rank[both]))])
    rises, falls = int((steps > 0).sum()), int((steps < 0).sum())
    if rises and (known or falls):
        raise PlacesError(
            f"{path.name}: scores of {domain} do not follow the ranks; rows may be shifted or cells changed.",
            found=f"In the order of the ranks the score falls {falls:,} times and rises {rises:,} times.",
            todo="Give the file as published.",
        )


def _refuse_shifted(path: Path, measures: Measures) -> None:
    """Refuse overall ranks that run against the domains, or that would fit them if they stood some rows away."""
    overall = _order_of(measures, "overall")
    if overall is None or len(overall) < _FEWEST:
        return
    for domain in _POOR:
        other = _order_of(measures, domain)
        if other is None:
            continue
        here, elsewhere = _agreement(overall, other)
        if here < -0.3:
            raise PlacesError(
                f"{path.name}: the overall order runs against that of {domain}, so one of them counts from the other end.",
                found=f"Their correlation is {here:.2f}.",
                todo="Turn one of them round: rank 1 is the most deprived.",
            )
        if elsewhere > here + 0.3:
            raise PlacesError(
                f"{path.name}: the overall order does not fit that of {domain} row by row; rows of a column are shifted.",
                found=f"Their correlation is {here:.2f}, and {elsewhere:.2f} some rows further on.",
                todo="Give the file as published.",
            )


def part_said(found: Numbers) -> list[str]:
    """Say of ranks from 1 to N that N is but a part of the nation's areas: their tenths are not the nation's."""
    rank, nations = found.measures.get(("overall", "rank")), {nation_of(code) for code in found.areas}
    fewest = min((each.areas for each in EDITIONS if set(each.nations) == nations), default=0)
    if rank is None or len(found.areas) >= 0.9 * fewest or not np.nanmax(rank) <= len(found.areas):
        return []
    return [
        f"Ranks of {len(found.areas):,} areas among themselves, of some {fewest:,} in {listed(sorted(map(str, nations)))}: "
        "deciles computed from them are of these areas alone, not the nation's."
    ]


def weak_agreement(found: Numbers) -> list[str]:
    """Say with what the overall order hardly agrees: in the published indices it goes with poverty, and with each other."""
    overall = _order_of(found.measures, "overall")
    weak = [
        domain
        for domain in _POOR
        if (other := _order_of(found.measures, domain)) is not None
        and overall is not None
        and len(overall) >= _FEWEST
        and _agreement(overall, other)[0] < 0.5
    ]
    notes = [f"The overall order hardly agrees with that of {listed(weak)}: {_CHECK}."] if weak else []
    editions = _agreement_with_editions(found)
    if editions and max(editions) < _ALIKE:
        notes.append(
            f"The overall order is unlike any published edition of the same areas (at best {max(editions):.2f}): {_CHECK}."
        )
    return notes


def _order_of(measures: Measures, domain: str) -> np.ndarray | None:
    """Return the places of a domain from the most deprived on, None where it has no whole column of them."""
    rank, score = measures.get((domain, "rank")), measures.get((domain, "score"))
    values = rank if rank is not None else None if score is None else -score
    return None if values is None or np.isnan(values).any() else ranks_of(values)


def _agreement(one: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """Return the rank correlation of two columns row by row, and the greatest if one of them is moved."""
    spectra = np.fft.rfft(_standard(one)) * np.conj(np.fft.rfft(_standard(other)))
    correlations = np.fft.irfft(spectra, len(one)) / len(one)
    return float(correlations[0]), float(correlations[1:].max())


def _standard(values: np.ndarray) -> np.ndarray:
    spread = values.std()
    return (values - values.mean()) / spread if spread else np.zeros(len(values))


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    return float((_standard(one) * _standard(other)).mean())


def _refuse_pooled(path: Path, found: Numbers) -> None:
    """Refuse several nations in one file, unless one order runs through all of them."""
    nations = {nation for code in found.areas if (nation := nation_of(code))}
    rank = found.measures.get(("overall", "rank"))
    if len(nations) > 1 and (rank is None or not is_ranking(rank)):
        raise PlacesError(
            f"{path.name} mixes areas of several nations, and no one ranking runs through them.",
            found=f"Nations: {listed(sorted(nations))}.",
            todo="Give one file for each nation: their deciles are not comparable.",
        )


def _refuse_turned(path: Path, found: Numbers) -> None:
    """Refuse an order that runs against what every edition of the nation says of areas that are known."""
    agree = _agreement_with_editions(found)
    if agree and max(agree) < -0.6:
        raise PlacesError(
            f"{path.name}: its ranks or deciles count from the other end: areas known to be among the most deprived are in "
            "the highest.",
            found=f"Compared with {len(agree)} published editions.",
            todo="Turn them round: rank 1 and decile 1 are the most deprived.",
        )


def _agreement_with_editions(found: Numbers) -> list[float]:
    """Return the correlation with each edition that ranks areas of the file which are known."""
    order = next(
        (found.measures[key] for key in (("overall", "rank"), ("overall", "decile")) if key in found.measures), None
    )
    if order is None:
        return []
    told = dict(zip(found.areas, order, strict=True))
    agree = []
    for edition in EDITIONS:
        shared = [code for code in edition.known_ranks if not np.isnan(told.get(code, np.nan))]
        if len(shared) >= _FEWEST_KNOWN:
            known = np.array([edition.known_ranks[code] for code in shared])
            agree.append(_correlation(known, np.array([told[code] for code in shared])))
    return agree


# --- a file against its publication ----------------------------------------------------------------------------------


def refuse_unlike_published(path: Path, known: Edition, original: bool, found: Numbers) -> None:
    """Refuse a file of a known edition that lacks areas or numbers of it, or has others."""
    _refuse_partial(path, known, found.areas)
    rank = found.measures.get(("overall", "rank"))
    if rank is None:
        _refuse_misplaced(path, known, found, ROUNDED)
        return
    if not np.abs(np.sort(rank) - np.arange(1, known.areas + 1)).max() <= TIED:
        lacking = int(np.isnan(rank).sum())
        raise PlacesError(
            f"{path.name}: the ranks are not those of 1 to {known.areas:,}; columns may be swapped or cells changed.",
            found=f"{len(np.unique(rank[~np.isnan(rank)])):,} distinct ranks; {lacking:,} areas have none.",
            todo="Give the file as published.",
        )
    if known.exact and original:
        _refuse_other_deciles(path, known, rank, found.measures)
    _refuse_misplaced(path, known, found, 0)


def _refuse_partial(path: Path, known: Edition, areas: Sequence[str]) -> None:
    nations = {nation_of(code) for code in areas}
    strangers = sum(nation_of(code) not in known.nations for code in areas)
    if strangers:
        raise PlacesError(
            f"{path.name} mixes areas that {known.title} does not rank.",
            found=f"{strangers:,} of {len(areas):,} areas; nations: {listed(sorted(map(str, nations)))}.",
            todo=f"Give the file of {known.title} alone.",
        )
    if len(areas) != known.areas:
        raise PlacesError(
            f"{path.name} is not whole: {known.title} ranks {known.areas:,} areas.",
            found=f"{len(areas):,} areas.",
            todo="Download it again. (A part of an index would give every area the wrong decile.)",
        )


def _refuse_misplaced(path: Path, known: Edition, found: Numbers, slack: float) -> None:
    rank = found.overall_rank
    wrong = 0 if rank is None else misplaced(known, found.areas, rank, slack)
    if wrong:
        raise PlacesError(
            f"{path.name}: areas do not have the ranks that {known.title} gives them; rows may be shifted, columns swapped, "
            "or it is another edition.",
            found=f"{wrong} of {len(known.known_ranks)} areas whose ranks are known are elsewhere.",
            todo="Give the file as published.",
        )


def _refuse_other_deciles(path: Path, known: Edition, rank: np.ndarray, measures: Measures) -> None:
    decile, score = measures.get(("overall", "decile")), measures.get(("overall", "score"))
    wrong = 0
    if decile is not None:
        wrong = int((decile != known.decile_of(rank)).sum())
    if score is not None:
        wrong = max(wrong, int((np.diff(score[np.argsort(rank)]) > 0).sum()))
    if wrong:
        raise PlacesError(
            f"{path.name}: deciles or scores do not follow the ranks; columns may be swapped or rows shifted.",
            found=f"{wrong:,} of {known.areas:,} areas.",
            todo="Give the file as published.",
        )
