"""The real publications, opened once."""

from __future__ import annotations

import pytest

from equiwait.counts.publications.demographics import read_demographics
from equiwait.counts.publications.sources import sheets_of


@pytest.fixture(scope="session")
def wlmds_path(shared_data):
    return shared_data / "waiting_lists" / "WLMDS-Demographics-Summary-to-25-January-2025-v1.xlsx"


@pytest.fixture(scope="session")
def wlmds_sheets(wlmds_path):
    return sheets_of(wlmds_path)


@pytest.fixture(scope="session")
def wlmds(wlmds_sheets):
    return read_demographics(*wlmds_sheets)
