"""Disclosure: what may leave the room. The only room that hides, rounds or withholds."""

from equiwait.disclosure.cells import (
    PEOPLE,
    AdjustedGap,
    Cell,
    Cells,
    Counts,
    DesignEffect,
    Sum,
    cells_of,
    count,
    everyone_cells,
    recorded_cells,
    tally,
    together,
)
from equiwait.disclosure.curves import digits_error, held_steps, in_digits, rising_steps
from equiwait.disclosure.ladders import COARSE_WEEKS, Ladder, ladder_counts, ladder_of, ladder_weeks, week_of_share
from equiwait.disclosure.middles import Middles, middles
from equiwait.disclosure.notes import Note, hidden_words, in_sentences, in_words, notes_of, row_notes
from equiwait.disclosure.release import Coarse, ReleasedCounts, as_shown, release
from equiwait.disclosure.rules import RULES, Released, Rule, load_rule, rule_named

__all__ = [
    "COARSE_WEEKS",
    "PEOPLE",
    "RULES",
    "AdjustedGap",
    "Cell",
    "Cells",
    "Coarse",
    "Counts",
    "DesignEffect",
    "Ladder",
    "Middles",
    "Note",
    "Released",
    "ReleasedCounts",
    "Rule",
    "Sum",
    "as_shown",
    "cells_of",
    "count",
    "digits_error",
    "everyone_cells",
    "held_steps",
    "hidden_words",
    "in_digits",
    "in_sentences",
    "in_words",
    "ladder_counts",
    "ladder_of",
    "ladder_weeks",
    "load_rule",
    "middles",
    "notes_of",
    "recorded_cells",
    "release",
    "rising_steps",
    "row_notes",
    "rule_named",
    "tally",
    "together",
    "week_of_share",
]
