"""Every reference check through the public functions; what is not run stands in one list with its reason."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
import refcase_groups  # noqa: F401  (registers handlers)
import refcase_people  # noqa: F401
import refcase_waits  # noqa: F401
from refcase_checks import DEFAULT, FOLDER, outcomes, read_checks, table
from refcase_files import published, quantile_matches, reproduced, sound
from refcase_lists import reason


@pytest.fixture(scope="module")
def results(refcases: Path) -> list:
    return list(outcomes(read_checks(refcases), reason))


def test_every_check_passes_or_stands_in_the_list(results: list, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print("\n" + table(results))
        print(Counter(outcome.split(":")[0] for _, outcome, _ in results))
    bad = [
        f"{check.check_id} {check.family} {check.measure} {check.params} {check.stat}: {outcome}, "
        f"expected {check.expected}, found {found}"
        for check, outcome, found in results
        if outcome in ("failed", "not covered")
    ]
    assert not bad, "\n".join(bad)


@pytest.fixture
def default_inputs(refcases: Path) -> Path:
    if not DEFAULT.is_dir():
        pytest.skip("default reference files absent")
    return DEFAULT / "inputs"


RTT = {"admitted": 0, "nonadmitted": 0, "incomplete": 0}


@pytest.mark.parametrize("name", ["admitted_2015-03.csv.gz", "nonadmitted_2015-03.csv.gz", "incomplete_2015-03.csv.gz",
                                  "incomplete_2015-03_ccg_totals.csv"])
def test_published_cells_row_by_row(default_inputs: Path, name: str) -> None:
    import numpy as np

    rows = sound(f"nhse_rtt_{name}")
    np.testing.assert_allclose(reproduced(rows), published(rows), rtol=0, atol=1e-6)
