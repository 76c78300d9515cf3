"""How many comparisons were made, and what that does to a p-value and to an interval."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from equiwait.statistics.shapes import Array, normal_point


def family_confidence(confidence: float, contrasts: float) -> float:
    """Confidence of each interval of a family, that all of them together may hold at the confidence asked.

    Parameters
    ----------
    confidence : float
        That no interval of the family misses.
    contrasts : float
        How many comparisons are looked at. Two groups are one comparison.

    Returns
    -------
    float
        ``confidence`` itself for one comparison or none.

    Raises
    ------
    ValueError
        A confidence outside 0 to 1.

    Notes
    -----
    ``(1 − α)^(1/m)``: the simultaneous intervals of ``adjusted_p(method="sidak")``, which excludes the same values.
    Šidák Z (1967), *Journal of the American Statistical Association* 62:626–633: exact for independent comparisons, and
    never too narrow for normal ones however they hang together.

    Examples
    --------
    >>> round(family_confidence(0.95, 15), 5)
    0.99659
    """
    normal_point(confidence)
    return float(confidence ** (1 / max(contrasts, 1)))


def adjusted_p(p_values: ArrayLike, *, method: str = "holm", contrasts: int | None = None) -> Array:
    """P-values adjusted for how many comparisons were made.

    Parameters
    ----------
    p_values : array_like
        Any shape; nan stays nan and is not counted as a comparison.
    method : str
        ``"sidak"`` (one step: goes with the intervals of `family_confidence`), ``"holm"``, ``"bonferroni"``,
        ``"hochberg"`` or ``"hommel"`` (chance of any false finding); ``"bh"`` or ``"by"`` (share of false findings among
        the findings); ``"none"``.
    contrasts : int, optional
        How many comparisons were looked at, where that is not the number of p-values: more where some are hidden, one
        where two groups each stand against the other. For ``"sidak"``, ``"bonferroni"`` and ``"none"``.

    Returns
    -------
    ndarray
        Of the shape given, never above 1.

    Raises
    ------
    ValueError
        P-values outside 0 to 1, an unknown method, contrasts with a method of several steps.

    Notes
    -----
    Of ``p₁ ≤ … ≤ pₘ``: Šidák ``1 − (1 − pᵢ)^m``; Bonferroni ``m pᵢ``; Holm ``max (m + 1 − j) pⱼ`` over j ≤ i; Hochberg
    ``min (m + 1 − j) pⱼ``, Benjamini and Hochberg ``min m pⱼ/j``, both over j ≥ i; Benjamini and Yekutieli that times
    ``Σ 1/j``; Hommel closes Simes' ``min m pⱼ/j`` over every subset. Šidák Z (1967), *Journal of the American Statistical
    Association* 62:626–633; Holm S (1979), *Scandinavian Journal of Statistics* 6:65–70; Hochberg Y (1988), *Biometrika*
    75:800–802; Hommel G (1988), *Biometrika* 75:383–386; Benjamini Y, Hochberg Y (1995), *Journal of the Royal
    Statistical Society B* 57:289–300; Benjamini Y, Yekutieli D (2001), *Annals of Statistics* 29:1165–1188.

    Examples
    --------
    >>> adjusted_p([0.01, 0.04, 0.03])
    array([0.03, 0.06, 0.06])
    """
    p = np.asarray(p_values, dtype=float)
    known = ~np.isnan(p)
    if np.any((p[known] < 0) | (p[known] > 1)):
        raise ValueError("p_values must lie between 0 and 1 (nan where there is none).")
    looks = int(known.sum()) if contrasts is None else contrasts
    out = np.full(p.shape, np.nan)
    if method in _SINGLE_STEP:
        out[known] = np.minimum(_SINGLE_STEP[method](p[known], max(looks, 1)), 1.0)
        return out
    if contrasts is not None:
        raise ValueError(f"contrasts goes with one of {', '.join(_SINGLE_STEP)}, not with {method!r}.")
    rank = np.argsort(np.argsort(p[known], kind="stable"), kind="stable")
    out[known] = np.minimum(_stepped(np.sort(p[known]), method), 1.0)[rank]
    return out


# -expm1(m log1p(-p)) is 1 − (1 − p)^m without losing small p to rounding.
_SINGLE_STEP: dict[str, Callable[[Array, int], Array]] = {
    "sidak": lambda p, m: -np.expm1(m * np.log1p(-np.minimum(p, 1 - 1e-16))),
    "bonferroni": lambda p, m: p * m,
    "none": lambda p, _: p,
}


def _stepped(ordered: Array, method: str) -> Array:
    """Adjusted values of p-values in rising order."""
    m = ordered.size
    rank = np.arange(1, m + 1)
    if method == "holm":
        return np.maximum.accumulate(ordered * (m + 1 - rank))
    if method == "hommel":
        return _hommel(ordered)
    factors = {"hochberg": m + 1.0 - rank, "bh": m / rank, "by": m / rank * (1 / rank).sum()}
    if method not in factors:
        raise ValueError(f"method must be sidak, holm, bonferroni, hochberg, hommel, bh, by or none, not {method!r}.")
    return np.minimum.accumulate((ordered * factors[method])[::-1])[::-1]


def _hommel(ordered: Array) -> Array:
    """Close Simes' test over every subset, by the size of the subset."""
    n = ordered.size
    if n == 0:
        return ordered
    best = np.full(n, (n * ordered / np.arange(1, n + 1)).min())
    for size in range(n - 1, 1, -1):
        few = n - size + 1
        largest = (size * ordered[few:] / np.arange(2, size + 1)).min()
        bound = np.minimum(size * ordered, largest)
        bound[few:] = bound[few - 1]
        best = np.maximum(best, bound)
    return np.asarray(np.maximum(best, ordered))
