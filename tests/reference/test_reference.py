"""Every reference check through the public functions; what is not run stands in one list with its reason."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import refcase_charts  # noqa: F401  (registers its handlers)
import refcase_completed  # noqa: F401
import refcase_contrasts  # noqa: F401
import refcase_funnels  # noqa: F401
import refcase_groups  # noqa: F401
import refcase_inequality  # noqa: F401
import refcase_people  # noqa: F401
import refcase_waits  # noqa: F401
from refcase_checks import DEFAULT, FOLDER, outcomes, read_checks, read_rows, table
from refcase_files import published, quantile_matches, reproduced, sound, withheld_rows
from refcase_groups import column
from refcase_lists import reason

from equiwait import statistics as st

# Of the default checks.csv: family → passed, excluded, later, and those whose input is not in its folder.
COUNTS = {
    "FunnelPlotR": (7, 0, 0, 0),
    "NHSE_RTT": (333, 0, 0, 108),
    "NHSRplotthedots": (16, 0, 0, 0),
    "NHSRwaitinglist": (19, 0, 0, 0),
    "PHE": (454, 0, 0, 0),
    "R_ineq": (39, 0, 0, 0),
    "R_rtt": (37, 0, 0, 0),
    "R_surv": (668, 67, 0, 0),
    "R_tab": (187, 14, 0, 0),
    "bias_sim": (6, 0, 0, 0),
    "healthequal": (207, 59, 0, 0),
    "lifelines": (15, 0, 0, 0),
    "partial_id": (0, 1, 0, 0),
    "pysal": (16, 0, 0, 0),
    "sdc": (10, 11, 0, 0),
    "statsmodels": (54, 6, 0, 0),
}
KEPT_APART = "nhse_rtt_incomplete_2015-05.csv.gz"


@pytest.fixture(scope="module")
def results(refcases: Path) -> list:
    return list(outcomes(read_checks(refcases), reason))


def test_every_check_passes_or_stands_in_the_list(results: list, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print("\n" + table(results))
    bad = [
        f"{check.check_id} {check.family} {check.measure} {check.params} {check.stat}: {outcome}, "
        f"expected {check.expected}, found {found}"
        for check, outcome, found in results
        if outcome in ("failed", "not covered", "input absent") and not kept_apart(outcome, found)
    ]
    assert not bad, "\n".join(bad)


def kept_apart(outcome: str, found: object) -> bool:
    """The checks name one file that the default folder does not hold: they run where it is given, and only there."""
    return outcome == "input absent" and found == KEPT_APART


def default_folder() -> bool:
    return FOLDER.resolve() == DEFAULT.resolve()


def test_counts_by_family(results: list) -> None:
    if not default_folder():
        pytest.skip("counts are asserted for the default checks.csv only")
    counts: dict[str, Counter[str]] = {}
    for check, outcome, _ in results:
        counts.setdefault(check.family, Counter())[outcome.split(":")[0]] += 1
    kinds = ("passed", "excluded", "later", "input absent")
    assert {family: tuple(found[kind] for kind in kinds) for family, found in sorted(counts.items())} == COUNTS


@pytest.fixture
def default_inputs(refcases: Path) -> Path:
    if not DEFAULT.is_dir():
        pytest.skip("reference files absent: the default folder")
    return DEFAULT / "inputs"


def test_published_cells_row_by_row(default_inputs: Path) -> None:
    """Share within 18 weeks, median and 95th percentile of every sound row, in whichever files are there."""
    cells = 0
    for path in sorted(default_inputs.glob("nhse_rtt_*.csv.gz")):
        rows = sound(path.name)
        np.testing.assert_allclose(reproduced(rows), published(rows), rtol=0, atol=1e-6, err_msg=path.name)
        cells += 3 * len(rows)
    assert cells >= 24_858


def test_published_totals_row_by_row(default_inputs: Path) -> None:
    rows = sound("nhse_rtt_incomplete_2015-03_ccg_totals.csv")
    np.testing.assert_allclose(reproduced(rows), published(rows), rtol=0, atol=1e-6)


def test_rows_under_fifty_are_withheld_as_published(default_inputs: Path) -> None:
    for path in sorted(default_inputs.glob("nhse_rtt_*.csv.gz")):
        rows = read_rows(path.name)
        flagged = np.array([row["flag"] == "suppressed_n_lt_50" for row in rows])
        assert np.array_equal(withheld_rows(path.name), flagged), path.name


def test_a_percentile_in_the_open_band_is_beyond(default_inputs: Path) -> None:
    rows = [r for r in read_rows("nhse_rtt_nonadmitted_2015-03.csv.gz") if r["flag"] == "p95_in_open_band"]
    from refcase_files import bands_of

    assert np.isinf(st.banded_quantile(bands_of(rows), 0.95)).all()
    assert np.allclose(reproduced(rows)[:, 2], published(rows)[:, 2], atol=1e-6)


def test_fingertips_quantiles_row_by_row(default_inputs: Path) -> None:
    matches = quantile_matches("phe_quantiles.csv")
    assert matches.size == 982
    assert matches.all()


def test_fingertips_funnels_row_by_row(default_inputs: Path) -> None:
    rows = read_rows("phe_funnel_ratio_outputs.csv")
    for sigma, confidence in (("2s", 0.95), ("3s", 0.998)):
        found = st.funnel_limits_events(column(rows, "Observed_events"), confidence=confidence)
        for end in ("lower", "upper"):
            expected = column(rows, f"{end}_{sigma}_isr")
            np.testing.assert_allclose(100 * getattr(found, end), expected, rtol=1e-4)


def test_fingertips_ratio_labels_row_by_row(default_inputs: Path) -> None:
    from refcase_funnels import funnel_rows

    labels, expected = funnel_rows("phe_funnel_ratio_inputs.csv", ratio=True)
    assert labels == expected
