"""`report`: one HTML file that can be e-mailed, printed, and read without seeing the pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version
from importlib.resources import files
from os import PathLike
from pathlib import Path
from typing import Any

from equiwait.disclosure.rules import RULES
from equiwait.errors import OptionError
from equiwait.reporting.atomic_files import write_file
from equiwait.reporting.cell_text import reading, split_by
from equiwait.reporting.inline_charts import svg
from equiwait.reporting.release_gate import BANNER, let_through
from equiwait.results import Result

__all__ = ["page_of", "report", "save_page"]

SECTION_TITLES = {
    "list": "The list",
    "missing": "What is not recorded, and about whom",
    "gaps": "Gaps in waits between groups",
    "unknowns": "What missing records could change",
    "people": "Who is reached, and who is not",
    "order": "The order",
    "movement": "Who would move",
    "time": "Over time",
}
_NOT_KNOWN = ("missing", "unknowns")


def report(
    *results: Result,
    to: str | PathLike[str],
    title: str | None = None,
    allow_unsuppressed: bool = False,
    previous: str | PathLike[str] | None = None,
) -> Path:
    """Write results as one self-contained HTML file.

    Parameters
    ----------
    *results : Result
        What `completeness`, `disparities` and the like return, in any order; the report orders them by section.
    to : path
        Where to write, a name that ends in ``.html``; folders on the way are made.
    title : str, optional
        The heading; by default "Is the wait fair?".
    allow_unsuppressed : bool
        Let results with small numbers through, under a banner that the file must stay in the team.
    previous : path, optional
        The folder of the last release: what it shows is known, so that less may have to be shown now.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    DisclosureError
        If a result shows small numbers and ``allow_unsuppressed`` is false.
    OptionError
        If something is not a result, if the name does not end in ``.html``, or if the file cannot be written.

    Notes
    -----
    The file asks nothing of the network: charts are inline SVG, styles are inline. It opens with who is counted, then
    the findings in words, then what is not known, then charts with their numbers beneath, then the whole tables. The same
    results give the same bytes. A number hidden by the small-number rule is written as "hidden".

    Examples
    --------
    >>> import pandas as pd, tempfile
    >>> result = Result("Waits", pd.DataFrame({"group": ["A"], "n": [120]}), findings=("120 people wait.",))
    >>> report(result, to=Path(tempfile.mkdtemp()) / "october.html").name
    'october.html'
    """
    _refuse_other_kind(Path(to))
    ready, in_team = let_through(results, allow_unsuppressed, previous)
    page = page_of(ready, in_team, title or "Is the wait fair?")
    return write_file(to, lambda path: save_page(path, page), in_team=in_team)


def _refuse_other_kind(path: Path) -> None:
    if path.suffix.lower() not in (".html", ".htm"):
        raise OptionError(
            "A report is an HTML file, and its name must say so.",
            found=f"{path.name!r}.",
            todo=f"Give it a name that ends in .html, such as {path.stem + '.html'!r}; Word and browsers open it.",
        )


def save_page(path: Path, page: str) -> None:
    """Write a page."""
    path.write_text(page, encoding="utf-8", newline="\n")


def page_of(results: Sequence[Result], in_team: bool, title: str) -> str:
    """Return the page of results that have been through the gate."""
    from jinja2 import Environment  # heavy: only when a report is written

    folder = files("equiwait.reporting")
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    template = environment.from_string(folder.joinpath("page.html.j2").read_text("utf-8"))
    return template.render(_content(results, in_team, title, folder.joinpath("page.css").read_text("utf-8")))


def _content(results: Sequence[Result], in_team: bool, title: str, css: str) -> dict[str, Any]:
    shared = _shared_notes(results)
    parts = [_part(result, place, shared) for place, result in enumerate(results, 1)]
    return {
        "title": title,
        "css": css,
        "banner": BANNER if in_team else "",
        "opening": [s for result in results if result.section == "list" for s in result.findings] + shared,
        "found": [part for part in parts if part["section"] not in ("list", *_NOT_KNOWN)],
        "not_known": [part for part in parts if part["section"] in _NOT_KNOWN],
        "sections": _sections(parts),
        "charted": any(part["charts"] for part in parts),
        "rules": [RULES[name].says for name in sorted({r.suppression for r in results}) if name in RULES],
        "version": version("equiwait"),
    }


def _shared_notes(results: Sequence[Result]) -> list[str]:
    """Return notes that stand on more than one result (or on the only one): they are said once, at the top."""
    counted = Counter(note for result in results for note in dict.fromkeys(result.notes))
    return [note for note, times in counted.items() if times > 1 or len(results) == 1]


def _part(result: Result, place: int, shared: Sequence[str]) -> dict[str, Any]:
    name = f"r{place}"
    return {
        "name": name,
        "section": result.section,
        "title": result.title,
        "findings": result.findings,
        "notes": [note for note in result.notes if note not in shared],
        "charts": [
            {"title": chart.title, "svg": svg(chart, f"{name}c{number}"), "table": reading(chart.table, result.unit_of)}
            for number, chart in enumerate(result.charts(), 1)
        ],
        "tables": [(_caption(result.title, by), reading(part, result.unit_of)) for by, part in split_by(result.table)],
    }


def _caption(title: str, by: str) -> str:
    return f"{title}: by {by[:1].lower()}{by[1:]}" if by else title


def _sections(parts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    names = dict.fromkeys(part["section"] for part in parts)
    return [
        {"name": name, "title": SECTION_TITLES.get(name, name), "parts": [p for p in parts if p["section"] == name]}
        for name in names
    ]
