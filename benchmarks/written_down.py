"""The ratios that the docs give, read from their table."""

from __future__ import annotations

from pathlib import Path

__all__ = ["ratios"]

SPEED = Path(__file__).resolve().parents[1] / "docs" / "reference" / "speed.md"


def ratios(page: Path = SPEED) -> dict[str, str]:
    """How many times as long as equiwait each way took with 7.5 million rows; nothing where the page is absent."""
    if not page.is_file():
        return {}
    section = page.read_text(encoding="utf-8").partition("\n## 7.5 million rows\n")[2].partition("\n## ")[0]
    lines = [line.strip().strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    head, _, *rows = [[cell.strip() for cell in line] for line in lines]
    at = head.index("times equiwait")
    return {row[0]: row[at] for row in rows}
