"""A paper as a web page of its own: nothing is fetched, everything can be printed."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from equiwait.reporting.governance.parts import Paper

__all__ = ["save_html"]


def save_html(paper: Paper, banner: str, path: Path) -> None:
    """Write a paper as HTML; every text in it is escaped."""
    from jinja2 import Environment  # heavy: only when a paper is written

    template = files("equiwait.reporting.governance").joinpath("paper.html.j2").read_text("utf-8")
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    parts = [(type(part).__name__, part) for part in paper.parts]
    page = environment.from_string(template).render(title=paper.title, banner=banner, parts=parts)
    path.write_text(page, encoding="utf-8", newline="\n")
