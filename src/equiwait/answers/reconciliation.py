"""`reconciliation`: how often several sources about the same people agree, by group."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import numpy as np
import pandas as pd

from equiwait.counts.waits import By, Groups, groups_by, questions
from equiwait.disclosure.rules import Rule, rule_named
from equiwait.errors import ColumnsError
from equiwait.frames import from_any, need
from equiwait.results import Result, Units
from equiwait.rows.intake.reconcile import OUTCOMES

__all__ = ["Reconciliation", "reconciliation"]

_EVERYONE = "everyone"
_COLUMNS = ["field", "by", "group", "n", *OUTCOMES, "suppressed", "note"]


@dataclass(frozen=True, eq=False, repr=False)
class Reconciliation(Result):
    """How often the sources agree: one row for each field, question and group.

    ``n`` rows of the list; of them those where all records of the person ``agreed``, where there was ``one_record``, where
    they were in ``conflict`` (settled by the rule), where the list is silent and it is ``recorded_elsewhere``, and where
    it is ``not_recorded`` by anybody.
    """

    section: ClassVar[str] = "missing"
    units: ClassVar[Units] = MappingProxyType(dict.fromkeys(OUTCOMES, "people"))
