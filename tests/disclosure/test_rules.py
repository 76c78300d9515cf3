"""The small-number rule: 1 to 7 hidden, others to the nearest 5, 0 stays."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from equiwait.disclosure.rules import rule_named


def test_the_rule_for_hospital_statistics_counts_redacted_by_others(refcases):
    """Cases of redaction to 7 and rounding to 5, written by OpenSAFELY's authors."""
    checks = pd.read_csv(refcases / "checks.csv", dtype=str, keep_default_na=False)
    checks = checks[checks["measure"] == "redact7_round5"]
    assert len(checks)
    for check in checks.itertuples():
        released = float(rule_named("hes").release(float(check.params.removeprefix("count="))).counts)
        expected = json.loads(check.expected)
        assert np.isnan(released) if expected is None else released == expected


@given(count=st.integers(0, 10_000_000))
def test_what_is_shown_says_no_more_than_it_may(count):
    rule = rule_named("hes")
    released = rule.release(count)
    if 1 <= count <= 7:
        assert np.isnan(released.counts)
        assert released.hidden
    else:
        assert released.counts % 5 == 0
        assert abs(float(released.counts) - count) <= rule.slack
        assert (released.counts == 0) == (count == 0)


@given(events=st.integers(0, 3000), rest=st.integers(8, 3000))
def test_the_stated_rounding_error_bounds_the_true_one(events, rest):
    rule = rule_named("hes")
    n = events + rest
    shown_n, shown_events = float(rule.release(n).counts), float(rule.release(events).counts)
    if np.isfinite(shown_events):
        true = events / n
        assert (
            abs(min(shown_events, shown_n) / shown_n - true) <= float(rule.share_error(shown_events, shown_n)) + 1e-12
        )


def test_none_is_exact():
    assert rule_named("none").release([1, 2, 3]).counts.tolist() == [1, 2, 3]
    assert float(rule_named("none").share_error(3, 10)) == 0
