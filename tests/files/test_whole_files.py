"""Any list, however it is written, is read as a plain parser of the docs reads it; its source and its order change nothing.

The same checks on 100,000 inputs: ``python -m tests.files.many_files``, in the folder of the project.
"""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import equiwait as ew
from equiwait.frames import BLOCK

from .checks import CHECKS

EXAMPLES = {"text files, against the csv module": 60, "damaged text files": 60, "workbooks, against openpyxl": 20}


@pytest.mark.parametrize("name", CHECKS)
def test_any_file(name):
    check, _share = CHECKS[name]

    @settings(max_examples=EXAMPLES.get(name, 6))
    @given(data=st.data())
    def holds(data):
        check(data)

    holds()


@pytest.mark.parametrize("rows", [[0], [BLOCK], [0, BLOCK], []])
def test_a_postponement_is_kept_wherever_it_stands(rows):
    """P6 after row 131,072 left no trace, and only before it was a KeyError."""
    codes = pd.Series(["P2"] * (BLOCK + 1))
    codes[rows] = "P6"
    waiting = ew.read_list(pd.DataFrame({"RTT start": "2026-04-01", "P code": codes}), snapshot="2026-10-31")
    assert waiting["patient_choice"].eq("P6").to_numpy().nonzero()[0].tolist() == rows
    assert waiting["priority"].isna().to_numpy().nonzero()[0].tolist() == rows
