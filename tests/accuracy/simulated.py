"""Everything else: coverage and null rates over many made lists, with one seed for each line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from equiwait import statistics as st

RNG = np.random.Generator
GROUPS = (3, 5, 10, 16)


class Line(NamedTuple):
    """A line of the page: a name, and how often something happened at each point of its grid.

    ``wider``: at each point, the width of the intervals in times of what the same lists would have if their counts were
    exact and nobody repeated. Empty where that is what they are.
    """

    name: str
    rates: list[float]
    wider: Sequence[float] = ()


class Lists(NamedTuple):
    """Made lists: events and people of every group, the counts as released, and what is true."""

    x: np.ndarray
    n: np.ndarray
    shown_x: np.ndarray
    shown_n: np.ndarray
    shares: np.ndarray
    design: np.ndarray
    rounding: float


def sizes(groups: int, people: int) -> np.ndarray:
    """Unequal groups: the largest about seven times the smallest."""
    return np.linspace(0.3, 2.1, groups) * people // 1


def made(rng: RNG, lists: int, n: np.ndarray, shares: np.ndarray, *, rule: str = "none", twice: float = 0.0) -> Lists:
    """Lists of these groups; ``twice`` is the share of people with two pathways that go the same way.

    Sizes differ by up to two people from list to list, so that every remainder of rounding is as likely.
    """
    people = np.round(n / (1 + twice)).astype(int) + rng.integers(-2, 3, (lists, n.size))
    pairs = np.round(np.round(n / (1 + twice)) * twice).astype(int)
    x = rng.binomial(people - pairs, shares) + 2.0 * rng.binomial(pairs, shares, people.shape)
    all_n = (people + pairs).astype(float)
    design = np.mean(((people - pairs) + 4 * pairs) / all_n, axis=0)
    if rule == "none":
        return Lists(x, all_n, x, all_n, shares, design, 0.0)
    five_x, five_n = (np.floor(part / 5 + 0.5) * 5 for part in (x, all_n))
    hidden = (x > 0) & (x < 8)
    return Lists(x, all_n, np.where(hidden, np.nan, np.minimum(five_x, five_n)), five_n, shares, design, 2.0)


def held(lower: Any, upper: Any, truth: Any, shown: Any = True) -> float:
    inside = (np.asarray(lower) <= np.asarray(truth) + 1e-12) & (np.asarray(upper) >= np.asarray(truth) - 1e-12)
    counted = np.broadcast_to(np.asarray(shown) & ~np.isnan(lower), inside.shape)
    return float(inside[counted].mean())


def times_as_wide(found: Any, plain: Any) -> float:
    """Mean width of intervals in times of that of others, over the lists where both are."""
    widths = np.stack([np.asarray(each.upper) - np.asarray(each.lower) for each in (found, plain)])
    own, other = widths[:, ~np.isnan(widths).any(0)].sum(1)
    return float(own / other)


SETTINGS: dict[str, dict[str, Any]] = {
    "none": {}, "none, a fifth with two pathways": {"twice": 0.2},
    "hes": {"rule": "hes"}, "hes, a fifth with two pathways": {"rule": "hes", "twice": 0.2},
}  # fmt: skip


def contrasts(rng: RNG, lists: int) -> Iterator[Line]:
    """A group against everyone else, as the front door prints it, under each rule."""
    for name, setting in SETTINGS.items():
        rates: dict[str, list[float]] = {"share: Wilson": [], "difference: Newcombe": [], "ratio: Koopman": []}
        wider: dict[str, list[float]] = {label: [] for label in rates}
        for people in (150, 600):
            for share in (0.08, 0.15, 0.3, 0.45, 0.6, 0.8):
                n = sizes(5, people)
                drawn = made(rng, lists, n, np.linspace(0.8, 1.2, 5) * share, **setting)
                for label, found, times in _against_the_rest(drawn):
                    rates[label].append(found)
                    wider[label].append(times)
        for label, found in rates.items():
            yield Line(f"{label} ({name})", found, wider[label] if setting else [])


def _against_the_rest(drawn: Lists) -> Iterator[tuple[str, float, float]]:
    """Coverage and width of what is shown: where nearly all that is drawn is shown, so that it is not selected."""
    place = 1
    exact_rest = [part.sum(1) - part[:, place] for part in (drawn.x, drawn.n)]
    rest = [np.floor(part / 5 + 0.5) * 5 for part in exact_rest] if drawn.rounding else exact_rest
    shown = ~np.isnan(drawn.shown_x[:, place]) & (rest[0] >= 8)
    if shown.mean() < 0.95:
        return
    own = drawn.shown_x[:, place][shown], drawn.shown_n[:, place][shown]
    others = np.delete(np.arange(drawn.design.size), place)
    weight = drawn.n[0][others]
    truth = float(drawn.shares[place]), float(drawn.shares[others] @ weight / weight.sum())
    first = st.effective_counts(*own, design_effect=drawn.design[place], rounding=drawn.rounding)
    design = float(drawn.design[others] @ weight / weight.sum())
    second = st.effective_counts(rest[0][shown], rest[1][shown], design_effect=design, rounding=drawn.rounding)
    alone = drawn.x[:, place][shown], drawn.n[:, place][shown]
    both = *alone, exact_rest[0][shown], exact_rest[1][shown]
    for label, found, plain, true in (
        ("share: Wilson", st.wilson(*first), st.wilson(*alone), truth[0]),
        ("difference: Newcombe", st.newcombe(*first, *second), st.newcombe(*both), truth[0] - truth[1]),
        ("ratio: Koopman", st.koopman(*first, *second), st.koopman(*both), truth[0] / truth[1]),
    ):
        yield label, held(found.lower, found.upper, true), times_as_wide(found, plain)


def families(rng: RNG, lists: int) -> Iterator[Line]:
    """How often a null list names any group, and how often the overall test rejects."""
    for name, setting in SETTINGS.items():
        named, overall, both = [], [], []
        for groups in (2, *GROUPS):
            for people, share in ((60, 0.02), (60, 0.2), (400, 0.05), (400, 0.4)):
                drawn = made(rng, lists, sizes(groups, people), np.full(groups, share), **setting)
                clear, p = _family(drawn)
                named.append(float(clear.mean()))
                overall.append(float((p < 0.05).mean()))
                both.append(float((clear & (p < 0.05)).mean()))
        yield Line(f"a family names a group ({name})", named)
        yield Line(f"overall test ({name})", overall)
        yield Line(f"both, as findings ask ({name})", both)


def _family(drawn: Lists) -> tuple[np.ndarray, np.ndarray]:
    hidden = np.isnan(drawn.shown_x)
    x, n = np.where(hidden, 0, drawn.shown_x), drawn.shown_n
    whole = x.sum(1, keepdims=True), np.where(hidden, 0, n).sum(1, keepdims=True)
    own = st.effective_counts(x, np.where(hidden, 0, n), design_effect=drawn.design, rounding=drawn.rounding)
    design = float(np.average(drawn.design, weights=drawn.n[0]))
    rest = st.effective_counts(
        whole[0] - x, whole[1] - np.where(hidden, 0, n), design_effect=design, rounding=drawn.rounding
    )
    groups = x.shape[1]
    found = st.share_contrast(*own, *rest, contrasts=groups if groups > 2 else 1)
    p = st.equal_shares(*own).p_value
    return np.nan_to_num(found.p_adjusted, nan=1.0).min(1) < 0.05, np.nan_to_num(p, nan=1.0)


def indices(rng: RNG, lists: int) -> Iterator[Line]:
    """Indices of inequality, one list at a time."""
    lists = max(lists // 4, 25)
    rates: dict[str, list[float]] = {}
    wider: dict[str, list[float]] = {}
    for groups in GROUPS:
        for spread, share in ((0.0, 0.3), (0.05, 0.3), (0.15, 0.3), (0.03, 0.06)):
            shares = share + spread * np.linspace(-1, 1, groups)
            drawn = made(rng, lists, sizes(groups, 300), shares, twice=0.2)
            for name, (rate, times) in _indices_of(drawn).items():
                rates.setdefault(name, []).append(rate)
                wider.setdefault(name, []).append(times)
    for name, found in rates.items():
        yield Line(f"{name}, a fifth with two pathways", found, wider[name])


Index = Callable[[np.ndarray, np.ndarray, Any], Any]
INDICES: dict[str, Index] = {
    "slope index (SII)": st.slope_index,
    "absolute concentration index (ACI)": lambda y, n, e: st.concentration_index(y, n, e, kind="absolute"),
    "relative concentration index (RCI)": st.concentration_index,
    "variance between groups (BGV)": st.between_group_variance,
    "standard deviation between groups (BGSD)": st.between_group_sd,
    "mean distance from the mean, given that groups differ (MD)": st.mean_difference,
    "index of disparity, given that groups differ (IDis)": st.index_of_disparity,
}


def _indices_of(drawn: Lists) -> dict[str, tuple[float, float]]:
    errors, plain_errors = (st.share_errors(drawn.x, drawn.n, design_effect=each) for each in (drawn.design, 1.0))
    out = {}
    for name, index in INDICES.items():
        truth = np.array([float(index(drawn.shares, n, None).value) for n in drawn.n])
        found, plain = (_each(index, drawn, each) for each in (errors, plain_errors))
        # Where the overall test seldom rejects, what is left is selected: it is not a point of the grid.
        if np.mean(~np.isnan(found.lower)) > 0.5:
            out[name] = held(found.lower, found.upper, truth), times_as_wide(found, plain)
    return out


def _each(index: Index, drawn: Lists, errors: np.ndarray) -> st.Interval:
    """An index of every list."""
    found = [index(x / n, n, error) for x, n, error in zip(drawn.x, drawn.n, errors, strict=True)]
    return st.Interval(*(np.array([getattr(one, part) for one in found]) for part in ("value", "lower", "upper")))


def adjusted(rng: RNG, lists: int) -> Iterator[Line]:
    """Standardised differences, the common odds ratio, the slope within strata."""
    rates: dict[str, list[float]] = {}
    nulls: dict[str, list[float]] = {}
    for strata, people in ((4, 60), (12, 20), (40, 6)):
        n1 = rng.integers(1, people, strata).astype(float)
        n0 = rng.integers(people, 4 * people, strata).astype(float)
        base, standard = rng.uniform(0.1, 0.6, strata), n1 + n0
        for shift in (0.0, 0.1):
            x1, x0 = (rng.binomial(m.astype(int), p, (lists, strata)) for m, p in ((n1, base + shift), (n0, base)))
            found = st.standardised_contrast(x1, n1, x0, n0, standard)
            rates.setdefault("standardised difference: MOVER", []).append(
                held(found.difference.lower, found.difference.upper, shift)
            )
            odds = st.common_odds(x1, n1, x0, n0)
            if shift == 0.0:
                rates.setdefault("common odds ratio: Robins–Breslow–Greenland", []).append(
                    held(odds.lower, odds.upper, 1)
                )
                nulls.setdefault("standardised difference", []).append(float((found.difference.p_value < 0.05).mean()))
                nulls.setdefault("Cochran–Mantel–Haenszel", []).append(float((odds.p_value < 0.05).mean()))
    for name, found in rates.items():
        yield Line(name, found)
    for name, found in nulls.items():
        yield Line(f"null: {name}", found)


def quantiles(rng: RNG, lists: int) -> Iterator[Line]:
    """Medians in weekly bands, waits spread evenly within them; people with two pathways."""
    chances = np.exp(-0.05 * np.arange(53))
    chances /= chances.sum()
    reached = chances.cumsum()
    band = int(np.searchsorted(reached, 0.5))
    truth = band + (0.5 - (reached[band] - chances[band])) / chances[band]
    for name, twice in (("median in weekly bands", 0), ("median in weekly bands, a third with two pathways", 1)):
        rates, wider = [], []
        for people in (60, 200, 1000):
            counts = rng.multinomial(people, chances, lists)
            if twice:
                counts = counts + rng.multinomial(people // 2, chances, lists) * 2
            design = (people + 4 * (people // 2)) / (people + 2 * (people // 2)) if twice else 1.0
            found = st.banded_quantile_interval(counts, 0.5, design_effect=design)
            rates.append(held(found.lower, found.upper, truth))
            wider += [times_as_wide(found, st.banded_quantile_interval(counts, 0.5))] if twice else []
        yield Line(name, rates, wider)


def survival(rng: RNG, lists: int) -> Iterator[Line]:
    """Waits that are not over: Kaplan–Meier at 18 weeks, restricted means; log-rank of people with two pathways."""
    curve, mean, null = [], [], []
    for people in (60, 200):
        wait = np.ceil(160 * rng.weibull(1.2, (lists, people)))
        last = np.ceil(rng.uniform(100, 500, (lists, people)))
        days = np.minimum(np.minimum(wait, last), 500).astype(int)
        died, lost = (_tallies(days, part) for part in (wait <= last, wait > last))
        found = st.kaplan_meier(died, lost)
        at, area = st.survival_at(found, 126), st.restricted_mean(found, 180)
        still = np.exp(-((np.arange(180) / 160) ** 1.2))
        curve.append(held(at.lower, at.upper, float(np.exp(-((126 / 160) ** 1.2)))))
        mean.append(held(area.lower, area.upper, float(still.sum())))
        # Three null groups; every other person has two pathways that end together.
        group = rng.integers(0, 3, (lists, people))
        pathways = np.where(np.arange(people) % 2, 2, 1)
        design = float((pathways**2).sum() / pathways.sum())
        rejected, tested = 0, max(lists // 4, 100)
        for one in range(tested):
            parts = [
                np.stack([np.bincount(days[one], pathways * part * (group[one] == g), 501) for g in range(3)])
                for part in (wait[one] <= last[one], wait[one] > last[one])
            ]
            rejected += bool(st.log_rank(*parts, design_effect=[design] * 3).p_value < 0.05)
        null.append(rejected / tested)
    yield Line("still waiting at 18 weeks: Kaplan–Meier, log–log", curve)
    yield Line("restricted mean", mean)
    yield Line("null: log-rank of people with two pathways", null)


def _tallies(days: np.ndarray, keep: np.ndarray) -> np.ndarray:
    out = np.zeros((days.shape[0], 501))
    rows = np.broadcast_to(np.arange(days.shape[0])[:, None], days.shape)
    np.add.at(out, (rows[keep], days[keep]), 1)
    return out
