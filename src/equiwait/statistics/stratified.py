"""Two groups compared within strata (priority × specialty), and the strata put together again."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from equiwait.statistics.shapes import (
    Array,
    Estimate,
    Significance,
    chi_square_test,
    counts_of,
    estimate,
    events_among,
    floats,
    normal_point,
    unwrapped,
)


def mantel_haenszel(
    events: ArrayLike,
    n: ArrayLike,
    events_reference: ArrayLike,
    n_reference: ArrayLike,
    *,
    measure: str = "difference",
    variance: str = "greenland-robins",
    confidence: float = 0.95,
) -> Estimate:
    """One difference, ratio or odds ratio over all strata, first against reference.

    Parameters
    ----------
    events, n, events_reference, n_reference : array_like, shape (..., strata)
        People with the event and people in all, in the group and in its reference, by stratum. Strata in which either
        is empty say nothing and are left out.
    measure : str
        ``"difference"`` of shares, ``"ratio"`` of shares, or ``"odds"``: their odds ratio.
    variance : str
        For differences: ``"greenland-robins"`` (few large strata) or ``"sato"`` (also right with many small ones).
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Estimate
        For ratios ``std_error`` is that of the logarithm. nan where no stratum holds both groups, or a ratio has no
        event in one of them.

    Raises
    ------
    ValueError
        Negative counts, more events than people, an unknown measure or variance.

    Notes
    -----
    With events ``a``, ``c`` and the others ``b``, ``d``: ``Σ (a n₀ − c n₁)/N / Σ n₁n₀/N``, ``Σ (a n₀/N) / Σ (c n₁/N)``
    and ``Σ (ad/N) / Σ (bc/N)``. Mantel N, Haenszel W (1959), *Journal of the National Cancer Institute* 22:719–748;
    variances: Greenland S, Robins JM (1985), *Biometrics* 41:55–68; Sato T (1989), *Biometrics* 45:1323–1324; odds
    ratio: Robins J, Breslow N, Greenland S (1986), *Biometrics* 42:311–323.

    Examples
    --------
    >>> mantel_haenszel([20, 30], [50, 200], [10, 40], [50, 400])
    Estimate(value=0.07368, std_error=0.02848, lower=0.01787, upper=0.1295)
    """
    a, n1, c, n0 = _tables(events, n, events_reference, n_reference)
    if measure == "difference":
        return _difference(a, n1, c, n0, variance, confidence)
    if measure not in ("ratio", "odds"):
        raise ValueError(f'measure must be "difference", "ratio" or "odds", not {measure!r}.')
    with np.errstate(invalid="ignore", divide="ignore"):
        log_value, error = (_log_ratio if measure == "ratio" else _log_odds)(a, n1, c, n0)
    half = normal_point(confidence) * error
    with np.errstate(invalid="ignore"):
        return Estimate(*unwrapped(np.exp(log_value), error, np.exp(log_value - half), np.exp(log_value + half)))


def _tables(
    events: ArrayLike, n: ArrayLike, events_reference: ArrayLike, n_reference: ArrayLike
) -> tuple[Array, Array, Array, Array]:
    """Counts of one shape, strata along the last axis, zero throughout where either group is empty."""
    a, n1 = events_among(*floats(events, n))
    c, n0 = events_among(*floats(events_reference, n_reference))
    a, n1, c, n0 = (np.atleast_1d(part) for part in floats(a, n1, c, n0))
    both = (n1 > 0) & (n0 > 0)
    return a * both, n1 * both, c * both, n0 * both


def _per(part: Array, total: Array) -> Array:
    """A quotient that is 0 in strata without anybody."""
    return np.divide(part, total, out=np.zeros(np.broadcast(part, total).shape), where=total > 0)


def _difference(a: Array, n1: Array, c: Array, n0: Array, variance: str, confidence: float) -> Estimate:
    total = n1 + n0
    weight = _per(n1 * n0, total).sum(-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = _per(a * n0 - c * n1, total).sum(-1) / weight
        if variance == "greenland-robins":
            spread = _per(a * (n1 - a) * n0**2, n1 * total**2) + _per(c * (n0 - c) * n1**2, n0 * total**2)
            square = spread.sum(-1) / weight**2
        elif variance == "sato":
            lean = _per(n1**2 * c - n0**2 * a + n1 * n0 * (n0 - n1) / 2, total**2).sum(-1)
            mixed = _per(a * (n0 - c) + c * (n1 - a), 2 * total).sum(-1)
            square = (value * lean + mixed) / weight**2
        else:
            raise ValueError(f'variance must be "greenland-robins" or "sato", not {variance!r}.')
        return estimate(value, np.sqrt(square), confidence)


def _log_ratio(a: Array, n1: Array, c: Array, n0: Array) -> tuple[Array, Array]:
    total = n1 + n0
    first, reference = _per(a * n0, total).sum(-1), _per(c * n1, total).sum(-1)
    spread = _per((a + c) * n1 * n0 - a * c * total, total**2).sum(-1)
    return np.log(first / reference), np.sqrt(spread / (first * reference))


def _log_odds(a: Array, n1: Array, c: Array, n0: Array) -> tuple[Array, Array]:
    b, d, total = n1 - a, n0 - c, n1 + n0
    agree, differ = _per(a + d, total), _per(b + c, total)
    up, down = _per(a * d, total), _per(b * c, total)
    r, s = up.sum(-1), down.sum(-1)
    square = (agree * up).sum(-1) / (2 * r**2) + (agree * down + differ * up).sum(-1) / (2 * r * s)
    return np.log(r / s), np.sqrt(square + (differ * down).sum(-1) / (2 * s**2))


def cochran_mantel_haenszel(
    events: ArrayLike, n: ArrayLike, events_reference: ArrayLike, n_reference: ArrayLike, *, correction: bool = False
) -> Significance:
    """Test that two groups have the same share within every stratum.

    Parameters
    ----------
    events, n, events_reference, n_reference : array_like, shape (..., strata)
        As in `mantel_haenszel`.
    correction : bool
        Take ½ off the gap for continuity, as R does unless told otherwise.

    Returns
    -------
    Significance
        χ² on one degree of freedom; nan where nothing varies.

    Raises
    ------
    ValueError
        Negative counts, or more events than people.

    Notes
    -----
    ``(|Σ (a − E)| − ½)² / Σ V`` with the hypergeometric expectation and variance. Mantel N, Haenszel W (1959), *Journal
    of the National Cancer Institute* 22:719–748.

    Examples
    --------
    >>> cochran_mantel_haenszel([20, 30], [50, 200], [10, 40], [50, 400])
    Significance(statistic=7.139, df=1, p_value=0.007544)
    """
    a, n1, c, n0 = _tables(events, n, events_reference, n_reference)
    total, sick = n1 + n0, a + c
    gap = np.abs((a - _per(sick * n1, total)).sum(-1))
    spread = _per(sick * (total - sick) * n1 * n0, total**2 * (total - 1)).sum(-1)
    gap = np.maximum(gap - 0.5, 0) if correction else gap
    with np.errstate(invalid="ignore", divide="ignore"):
        return chi_square_test(np.where(spread > 0, gap**2 / spread, np.nan), 1.0)


def cochran_mantel_haenszel_general(table: ArrayLike) -> Significance:
    """Test that several groups share one distribution over several categories within every stratum.

    Parameters
    ----------
    table : array_like, shape (strata, groups, categories)
        Counts; strata with one person or none say nothing.

    Returns
    -------
    Significance
        χ² on (groups − 1)(categories − 1) degrees of freedom, groups and categories nobody is in left out.

    Raises
    ------
    ValueError
        Negative counts, or a wrong number of axes.

    Notes
    -----
    ``g'V⁻g`` with ``g = Σ (O − E)`` and ``V = Σ (N diag(r) − rr') ⊗ (N diag(c) − cc') / (N²(N − 1))`` of the row and
    column totals ``r``, ``c`` of each stratum. Landis JR, Heyman ER, Koch GG (1978), *International Statistical Review*
    46:237–254; Agresti A (2002), *Categorical Data Analysis*, 2nd ed., Wiley, section 7.5.3.

    Examples
    --------
    >>> cochran_mantel_haenszel_general([[[20, 30], [10, 40]], [[30, 170], [40, 360]]])
    Significance(statistic=7.139, df=1, p_value=0.007544)
    """
    (cells,) = counts_of(table)
    if cells.ndim != 3:
        raise ValueError("table must be shaped (strata, groups, categories).")
    cells = cells[:, cells.sum((0, 2)) > 0][:, :, cells.sum((0, 1)) > 0]
    cells = cells[cells.sum((1, 2)) > 1]
    df = float((cells.shape[1] - 1) * (cells.shape[2] - 1)) if cells.size else 0.0
    if df == 0:
        return chi_square_test(np.nan, np.nan)
    gap, covariance = np.zeros(int(df)), np.zeros((int(df), int(df)))
    for stratum in cells:
        total, rows, columns = stratum.sum(), stratum.sum(1)[:-1], stratum.sum(0)[:-1]
        gap += (stratum[:-1, :-1] - np.outer(rows, columns) / total).ravel()
        down, along = (total * np.diag(part) - np.outer(part, part) for part in (rows, columns))
        covariance += np.kron(down, along) / (total**2 * (total - 1))
    return chi_square_test(gap @ np.linalg.lstsq(covariance, gap, rcond=None)[0], df)


def breslow_day(
    events: ArrayLike, n: ArrayLike, events_reference: ArrayLike, n_reference: ArrayLike, *, tarone: bool = False
) -> Significance:
    """Test that the odds ratio is the same in every stratum.

    Parameters
    ----------
    events, n, events_reference, n_reference : array_like, shape (strata,)
        As in `mantel_haenszel`.
    tarone : bool
        Take off Tarone's correction.

    Returns
    -------
    Significance
        χ² on (strata with both groups and both outcomes) − 1 degrees of freedom.

    Raises
    ------
    ValueError
        Negative counts, more events than people, more than one axis.

    Notes
    -----
    ``Σ (a − A)² (1/A + 1/B + 1/C + 1/D)`` with the cells ``A … D`` that the Mantel–Haenszel odds ratio fits to each
    stratum's margins; Tarone takes off ``(Σ (a − A))² / Σ 1/(1/A + 1/B + 1/C + 1/D)``. Breslow NE, Day NE (1980),
    *Statistical Methods in Cancer Research* I, IARC, section 4.4; Tarone RE (1985), *Biometrika* 72:91–95.

    Examples
    --------
    >>> breslow_day([20, 30], [50, 200], [10, 40], [50, 400])
    Significance(statistic=0.9801, df=1, p_value=0.3222)
    """
    a, n1, c, n0 = _tables(events, n, events_reference, n_reference)
    if a.ndim != 1:
        raise ValueError("breslow_day takes one series of strata at a time.")
    sick = a + c
    a, n1, n0, sick = (part[(sick > 0) & (sick < n1 + n0)] for part in (a, n1, n0, sick))
    odds = mantel_haenszel(a, n1, sick - a, n0, measure="odds").value if a.size > 1 else np.nan
    if not np.isfinite(odds) or odds <= 0:
        return chi_square_test(np.nan, np.nan)
    fitted = _fitted(n1, n0, sick, float(odds))
    inverse = (1 / np.stack([fitted, sick - fitted, n1 - fitted, n0 - sick + fitted])).sum(0)
    statistic = ((a - fitted) ** 2 * inverse).sum()
    if tarone:
        statistic -= (a - fitted).sum() ** 2 / (1 / inverse).sum()
    return chi_square_test(statistic, a.size - 1.0)


def _fitted(n1: Array, n0: Array, sick: Array, odds: float) -> Array:
    """The events of the first group that give each table this odds ratio, its margins kept."""
    if abs(odds - 1) < 1e-12:
        return np.asarray(n1 * sick / (n1 + n0))
    linear = n0 - sick + odds * (n1 + sick)
    root = np.sqrt(linear**2 - 4 * (odds - 1) * odds * n1 * sick)
    return np.asarray(2 * odds * n1 * sick / (linear + root))


def woolf(events: ArrayLike, n: ArrayLike, events_reference: ArrayLike, n_reference: ArrayLike) -> Significance:
    """Test that the odds ratio is the same in every stratum, by the spread of its logarithm.

    Parameters
    ----------
    events, n, events_reference, n_reference : array_like, shape (strata,)
        As in `mantel_haenszel`.

    Returns
    -------
    Significance
        χ² on (strata that hold both groups) − 1 degrees of freedom; ½ is added to every cell.

    Raises
    ------
    ValueError
        Negative counts, or more events than people.

    Notes
    -----
    ``Σ w (ln OR − m)²`` with ``w = 1/(1/a + 1/b + 1/c + 1/d)`` and ``m`` the mean of ``ln OR`` so weighted. Woolf B
    (1955), *Annals of Human Genetics* 19:251–253; the halves: Haldane JBS (1956), same journal 20:309–311.

    Examples
    --------
    >>> woolf([20, 30], [50, 200], [10, 40], [50, 400])
    Significance(statistic=0.8879, df=1, p_value=0.3461)
    """
    a, n1, c, n0 = _tables(events, n, events_reference, n_reference)
    cells = np.stack([a, n1 - a, c, n0 - c])[:, n1 > 0] + 0.5
    log_odds, weight = np.log(cells[0] * cells[3] / (cells[1] * cells[2])), 1 / (1 / cells).sum(0)
    centre = (weight * log_odds).sum() / weight.sum() if weight.size else np.nan
    return chi_square_test((weight * (log_odds - centre) ** 2).sum(), weight.size - 1.0)
