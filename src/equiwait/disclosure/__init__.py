"""Disclosure: what may leave the room. The only room that hides, rounds or withholds."""

from equiwait.disclosure.cells import (
    AdjustedGap,
    Cell,
    Counts,
    DesignEffect,
    Sum,
    cells_of,
    everyone_cells,
    recorded_cells,
    tally,
)
from equiwait.disclosure.release import Coarse, ReleasedCounts, release
from equiwait.disclosure.rules import RULES, Released, Rule, load_rule, rule_named

__all__ = [
    "RULES",
    "AdjustedGap",
    "Cell",
    "Coarse",
    "Counts",
    "DesignEffect",
    "Released",
    "ReleasedCounts",
    "Rule",
    "Sum",
    "cells_of",
    "everyone_cells",
    "load_rule",
    "recorded_cells",
    "release",
    "rule_named",
    "tally",
]
