"""Statistics of waiting times by group, from counts alone: intervals, quantiles, survival, inequality and tests.

Needs numpy and scipy.special, and knows neither pandas nor medicine. Every function takes tallies (how many people),
never rows with weights, and every interval is closed-form: the same counts always give the same answer.
"""

from .differences import difference, mover_difference, mover_ratio, newcombe, odds_ratio, ratio, risk_ratio
from .intervals import byar, clopper_pearson, exact_poisson, mean_t, poisson, rate, wilson
from .quantiles import banded_quantile, quantile, quantile_groups, quantile_interval, weekly_bands
from .shapes import Estimate, Interval, Significance

__all__ = [
    "Estimate",
    "Interval",
    "Significance",
    "banded_quantile",
    "byar",
    "clopper_pearson",
    "difference",
    "exact_poisson",
    "mean_t",
    "mover_difference",
    "mover_ratio",
    "newcombe",
    "odds_ratio",
    "poisson",
    "quantile",
    "quantile_groups",
    "quantile_interval",
    "rate",
    "ratio",
    "risk_ratio",
    "weekly_bands",
    "wilson",
]
