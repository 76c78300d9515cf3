"""Why a row of a list counts as waiting or does not, in words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SCOPE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "rtt_open": "waiting on the clock",
        "closed": "wait ended",
        "non_rtt": "not on a referral-to-treatment clock",
        "planned": "planned, not yet due",
        "planned_overdue": "planned, past the due date",
        "diagnostic": "diagnostic test",
        "duplicate": "sent twice",
        "other_snapshot": "of another day",
        "unknown_snapshot": "of no known day",
        "unknown_clock_start": "clock start not known",
        "future_clock_start": "clock start after the day of the list",
    }
)
"""Scope → what it is called in a sentence."""
