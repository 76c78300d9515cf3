"""Where the shared reference files are, and how tests say that they are absent."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Tests are deterministic: the same examples each time, and no clock decides.
settings.register_profile("equiwait", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("equiwait")

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("EQUIWAIT_SHARED", ROOT.parent / "shared"))


def _folder(path: Path) -> Path:
    if not path.is_dir():
        if os.environ.get("EQUIWAIT_REQUIRE_SHARED"):
            pytest.fail(f"reference files are required here, and there is no folder {path.name} beside the project")
        pytest.skip(f"reference files absent: no folder {path.name} beside the project")
    return path


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real public files; skips, saying so, where it is absent."""
    return _folder(SHARED / "data")


@pytest.fixture(scope="session")
def refcases() -> Path:
    """The folder of reference cases; skips, saying so, where it is absent."""
    return _folder(Path(os.environ.get("EQUIWAIT_REFCASES", SHARED / "refcases")))


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's own folder."""
    return ROOT


@pytest.fixture(scope="session")
def libreoffice() -> str:
    """The program that opens workbooks and papers as others do; skips, saying so, where it is absent."""
    found = shutil.which("soffice") or shutil.which("libreoffice")
    if found is None and os.environ.get("EQUIWAIT_REQUIRE_LIBREOFFICE"):
        pytest.fail("LibreOffice is required here, and there is none")
    if found is None:
        pytest.skip("LibreOffice is absent: files are not opened as others open them")
    return found
