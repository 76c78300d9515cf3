"""`disparities`: the gaps in waits between groups, each with its interval, its reference and what it cannot say."""

from equiwait.answers.disparity.disparities import asked_gaps, disparities
from equiwait.answers.disparity.measures import DEFAULT_MEASURES, Measure
from equiwait.answers.disparity.result import Disparities

__all__ = ["DEFAULT_MEASURES", "Disparities", "Measure", "asked_gaps", "disparities"]
