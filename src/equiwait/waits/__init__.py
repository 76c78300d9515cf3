"""Counts: how many people, by group, days waited and how it ended. All that the statistics ever see.

Counts add up: the counts of two parts of a list, added, are the counts of the whole. No patient's row reaches a
statistic, and a list of any size becomes a table.
"""

from .counting import count_waits
from .counts import ESTIMANDS, About, Waits
from .groups import By, Groups, crossed, group_named, groups_of, question_name, questions, refuse_persons
from .tables import COMPLETED, EVENTS, settled

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
    "question_name",
    "questions",
    "refuse_persons",
    "settled",
]
