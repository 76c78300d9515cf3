"""Disclosure: what may leave the room. The only room that hides, rounds or withholds."""

from equiwait.disclosure.cells import (
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
from equiwait.disclosure.curves import digits_error, held_steps, in_digits
from equiwait.disclosure.middles import Middles, middles
from equiwait.disclosure.notes import hidden_words, in_words, notes_of, row_notes
from equiwait.disclosure.release import Coarse, ReleasedCounts, release
from equiwait.disclosure.rules import RULES, Released, Rule, load_rule, rule_named

__all__ = [
    "RULES",
    "AdjustedGap",
    "Cell",
    "Cells",
    "Coarse",
    "Counts",
    "DesignEffect",
    "Middles",
    "Released",
    "ReleasedCounts",
    "Rule",
    "Sum",
    "cells_of",
    "count",
    "digits_error",
    "everyone_cells",
    "held_steps",
    "hidden_words",
    "in_digits",
    "in_words",
    "load_rule",
    "middles",
    "notes_of",
    "recorded_cells",
    "release",
    "row_notes",
    "rule_named",
    "tally",
    "together",
]
