"""Run the whole grid and write the page: ``python -m tests.accuracy [page]``."""

from __future__ import annotations

import sys
from pathlib import Path

from .page import written

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "accuracy.md"

if __name__ == "__main__":
    page = Path(sys.argv[1]) if len(sys.argv) > 1 else PAGE
    page.write_text(written(lists=2000, say=lambda line: print(line, flush=True)), encoding="utf-8")
