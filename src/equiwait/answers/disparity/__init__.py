"""`disparities`: the gaps in waits between groups, each with its interval, its reference and what it cannot say."""

from equiwait.answers.disparity.disparities import DEFAULT_MEASURES, disparities
from equiwait.answers.disparity.merged_groups import MERGES, with_merged
from equiwait.answers.disparity.references import REST
from equiwait.answers.disparity.result import Disparities

__all__ = ["DEFAULT_MEASURES", "MERGES", "REST", "Disparities", "disparities", "with_merged"]
