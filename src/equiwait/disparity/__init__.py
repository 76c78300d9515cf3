"""`disparities`: the gaps in waits between groups, each with its interval, its reference and what it cannot say."""

from .answer import Disparities
from .asking import DEFAULT_MEASURES, disparities
from .merging import MERGES, with_merged
from .references import REST

__all__ = ["DEFAULT_MEASURES", "MERGES", "REST", "Disparities", "disparities", "with_merged"]
