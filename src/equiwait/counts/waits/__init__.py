"""Counts: how many people, by group, days waited and how it ended. All that the statistics ever see.

Counts add up: the counts of two parts of a list, added, are the counts of the whole. No patient's row reaches a
statistic, and a list of any size becomes a table.
"""

from equiwait.counts.waits.about import ESTIMANDS, About
from equiwait.counts.waits.count_waits import count_waits
from equiwait.counts.waits.groups import (
    By,
    Groups,
    crossed,
    group_named,
    groups_of,
    question_name,
    questions,
)
from equiwait.counts.waits.persons import only_codes, refuse_persons
from equiwait.counts.waits.tables import COMPLETED, EVENTS, settled
from equiwait.counts.waits.waits import Waits

__all__ = [
    "COMPLETED",
    "ESTIMANDS",
    "EVENTS",
    "About",
    "By",
    "Groups",
    "Waits",
    "count_waits",
    "crossed",
    "group_named",
    "groups_of",
    "only_codes",
    "question_name",
    "questions",
    "refuse_persons",
    "settled",
]
