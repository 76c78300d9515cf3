"""Statistics of waiting times by group, from counts alone: intervals, quantiles, survival, inequality and tests.

Needs numpy and scipy.special, and knows neither pandas nor medicine. Every function takes tallies (how many people),
never rows with weights, and every interval is closed-form: the same counts always give the same answer.
"""

from equiwait.statistics.attributable import Attributable, population_attributable
from equiwait.statistics.bands import banded_quantile, banded_quantile_interval, weekly_bands
from equiwait.statistics.bunching import bunching_excess, bunching_expected
from equiwait.statistics.changes_over_time import Line, Signals, special_causes, straight_line
from equiwait.statistics.comparisons import (
    chi_square,
    cochran_armitage,
    equal_shares,
    linear_by_linear,
    two_proportion_p,
)
from equiwait.statistics.competing import Incidence, aalen_johansen, gray_test
from equiwait.statistics.composition import CompositionSplit, composition_split
from equiwait.statistics.concentration import (
    concentration_index,
    concentration_index_clustered,
    concentration_index_counts,
)
from equiwait.statistics.concordance import kendall, kendall_test
from equiwait.statistics.contrasts import (
    CommonOdds,
    Contrast,
    StandardisedContrast,
    common_odds,
    contrast_of,
    share_contrast,
    share_gap,
    standardised_contrast,
)
from equiwait.statistics.control_charts import (
    ProcessLimits,
    assurance,
    one_side,
    process_limits,
    trend_run,
    two_of_three,
    whole_run,
)
from equiwait.statistics.design_effects import effective_counts, share_errors
from equiwait.statistics.detectable import detectable_difference
from equiwait.statistics.differences import difference, mover_difference, mover_ratio, newcombe, ratio
from equiwait.statistics.dispersion import (
    between_group_sd,
    between_group_variance,
    coefficient_of_variation,
    index_of_disparity,
    mean_difference,
)
from equiwait.statistics.distances import Distance
from equiwait.statistics.entropy import (
    Parts,
    atkinson,
    entropy_parts,
    generalised_entropy,
    gini,
    mean_log_deviation,
    theil,
)
from equiwait.statistics.exact import FisherExact, fisher_exact, fisher_mid_p, stratified_mid_p
from equiwait.statistics.extremes import Gap, max_min_gap
from equiwait.statistics.families import adjusted_p, family_confidence
from equiwait.statistics.funnels import (
    Overdispersion,
    funnel_limits_events,
    funnel_limits_ratio,
    funnel_limits_share,
    funnel_position,
    overdispersion,
    widened_limits,
)
from equiwait.statistics.gradients import (
    Slope,
    ridits,
    slope_index,
    slope_index_clustered,
    slope_index_means,
    slope_index_shares,
)
from equiwait.statistics.gradients_within import slope_index_within
from equiwait.statistics.hazards import nelson_aalen
from equiwait.statistics.interrupted_series import RunChart, Step, periods_needed, run_chart, step_change
from equiwait.statistics.intervals import byar, clopper_pearson, exact_poisson, mean_t, poisson, rate, wilson
from equiwait.statistics.logrank import LogRank, log_rank, log_rank_trend
from equiwait.statistics.quantiles import quantile, quantile_groups, quantile_interval
from equiwait.statistics.queues import (
    capacity_a_week,
    pressure,
    queue_load,
    queue_sizes,
    relief_capacity,
    target_capacity,
    target_mean_wait,
    target_queue,
)
from equiwait.statistics.ranks import (
    hodges_lehmann,
    kruskal_wallis,
    mann_whitney,
    midranks,
    probability_longer,
    rank_trend,
    spearman,
    spearman_p,
    superior_pairs,
)
from equiwait.statistics.ratios import koopman, odds_ratio, risk_ratio
from equiwait.statistics.records_to_fill import Alone, Filling, filling, records_alone, records_to_fill
from equiwait.statistics.resampling import resampling_interval
from equiwait.statistics.shapes import Estimate, Interval, Significance
from equiwait.statistics.share_funnels import Funnel, share_funnel
from equiwait.statistics.stage_times import StageTimes, stage_times
from equiwait.statistics.standardisation import (
    Kitagawa,
    StandardisedShare,
    direct_rate,
    direct_share,
    expected_events,
    kitagawa,
    standardised_ratio,
    standardised_survival,
)
from equiwait.statistics.standardised_means import direct_mean, mean_within
from equiwait.statistics.stratified import (
    breslow_day,
    cochran_mantel_haenszel,
    cochran_mantel_haenszel_general,
    mantel_haenszel,
    woolf,
)
from equiwait.statistics.survival import (
    Curve,
    at_risk,
    kaplan_meier,
    restricted_mean,
    survival_at,
    survival_band,
    survival_quantile,
)
from equiwait.statistics.unknown_groups import (
    Bounds,
    PartlyRecorded,
    gap_bounds,
    gap_if,
    partly_recorded,
    tipping_odds,
)
from equiwait.statistics.unknown_waits import quantile_gap_bounds, slope_bounds, survival_bounds

__all__ = [
    "Alone",
    "Attributable",
    "Bounds",
    "CommonOdds",
    "CompositionSplit",
    "Contrast",
    "Curve",
    "Distance",
    "Estimate",
    "Filling",
    "FisherExact",
    "Funnel",
    "Gap",
    "Incidence",
    "Interval",
    "Kitagawa",
    "Line",
    "LogRank",
    "Overdispersion",
    "PartlyRecorded",
    "Parts",
    "ProcessLimits",
    "RunChart",
    "Signals",
    "Significance",
    "Slope",
    "StageTimes",
    "StandardisedContrast",
    "StandardisedShare",
    "Step",
    "aalen_johansen",
    "adjusted_p",
    "assurance",
    "at_risk",
    "atkinson",
    "banded_quantile",
    "banded_quantile_interval",
    "between_group_sd",
    "between_group_variance",
    "breslow_day",
    "bunching_excess",
    "bunching_expected",
    "byar",
    "capacity_a_week",
    "chi_square",
    "clopper_pearson",
    "cochran_armitage",
    "cochran_mantel_haenszel",
    "cochran_mantel_haenszel_general",
    "coefficient_of_variation",
    "common_odds",
    "composition_split",
    "concentration_index",
    "concentration_index_clustered",
    "concentration_index_counts",
    "contrast_of",
    "detectable_difference",
    "difference",
    "direct_mean",
    "direct_rate",
    "direct_share",
    "effective_counts",
    "entropy_parts",
    "equal_shares",
    "exact_poisson",
    "expected_events",
    "family_confidence",
    "filling",
    "fisher_exact",
    "fisher_mid_p",
    "funnel_limits_events",
    "funnel_limits_ratio",
    "funnel_limits_share",
    "funnel_position",
    "gap_bounds",
    "gap_if",
    "generalised_entropy",
    "gini",
    "gray_test",
    "hodges_lehmann",
    "index_of_disparity",
    "kaplan_meier",
    "kendall",
    "kendall_test",
    "kitagawa",
    "koopman",
    "kruskal_wallis",
    "linear_by_linear",
    "log_rank",
    "log_rank_trend",
    "mann_whitney",
    "mantel_haenszel",
    "max_min_gap",
    "mean_difference",
    "mean_log_deviation",
    "mean_t",
    "mean_within",
    "midranks",
    "mover_difference",
    "mover_ratio",
    "nelson_aalen",
    "newcombe",
    "odds_ratio",
    "one_side",
    "overdispersion",
    "partly_recorded",
    "periods_needed",
    "poisson",
    "population_attributable",
    "pressure",
    "probability_longer",
    "process_limits",
    "quantile",
    "quantile_gap_bounds",
    "quantile_groups",
    "quantile_interval",
    "queue_load",
    "queue_sizes",
    "rank_trend",
    "rate",
    "ratio",
    "records_alone",
    "records_to_fill",
    "relief_capacity",
    "resampling_interval",
    "restricted_mean",
    "ridits",
    "risk_ratio",
    "run_chart",
    "share_contrast",
    "share_errors",
    "share_funnel",
    "share_gap",
    "slope_bounds",
    "slope_index",
    "slope_index_clustered",
    "slope_index_means",
    "slope_index_shares",
    "slope_index_within",
    "spearman",
    "spearman_p",
    "special_causes",
    "stage_times",
    "standardised_contrast",
    "standardised_ratio",
    "standardised_survival",
    "step_change",
    "straight_line",
    "stratified_mid_p",
    "superior_pairs",
    "survival_at",
    "survival_band",
    "survival_bounds",
    "survival_quantile",
    "target_capacity",
    "target_mean_wait",
    "target_queue",
    "theil",
    "tipping_odds",
    "trend_run",
    "two_of_three",
    "two_proportion_p",
    "weekly_bands",
    "whole_run",
    "widened_limits",
    "wilson",
    "woolf",
]
