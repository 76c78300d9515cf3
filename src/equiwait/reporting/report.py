"""`report`: one HTML file that can be e-mailed, printed, and read without seeing the pictures."""

from __future__ import annotations

from collections.abc import Sequence
from html import unescape
from importlib.metadata import version
from importlib.resources import files
from io import StringIO
from os import PathLike
from pathlib import Path

from equiwait.disclosure.offers import most_is_hidden
from equiwait.disclosure.rules import RULES
from equiwait.errors import OptionError
from equiwait.files.whole_files import write_file
from equiwait.reporting.front_page import front_page
from equiwait.reporting.glossary import terms_in
from equiwait.reporting.release_gate import BANNER, Folders, let_through, stamped
from equiwait.reporting.sections import sections_of, shared_notes
from equiwait.reporting.voices import Voice
from equiwait.results import Result

__all__ = ["page_of", "report", "save_page"]


def report(
    *results: Result,
    to: str | PathLike[str],
    title: str | None = None,
    voices: Sequence[Voice] = (),
    allow_unsuppressed: bool = False,
    previous: Folders = None,
    in_team: bool = False,
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
    voices : sequence of Voice
        What people who wait have said, each beside the finding that it speaks to. They are printed, never counted.
    allow_unsuppressed : bool
        Let results with small numbers through, under a banner that the file must stay in the team.
    previous : path, or sequence of path, optional
        The folder of the last release, or of several: what they show is known, so that less may have to be shown now.
    in_team : bool
        The report of the team: exact results (``suppression="none"``) are let through, and the file says so in its name, on
        top, and on every printed page.

    Returns
    -------
    pathlib.Path
        The file written, with the folder that it is in.

    Raises
    ------
    DisclosureError
        If a result shows small numbers and ``allow_unsuppressed`` is false.
    OptionError
        If something is not a result, if the name does not end in ``.html``, or if the file cannot be written.

    Notes
    -----
    The file asks nothing of the network: pictures and styles are inline. Its first screen, and its first page when printed,
    says the question, at most three findings with how sure they are, who would move, what is not known and one question for
    the board; five sections follow, with all else folded away. Nobody on the list is in it, person by person: the order is
    for the team. The same results give the same bytes. A number that a small-number rule hides is written as hidden.

    Examples
    --------
    >>> import pandas as pd, tempfile
    >>> import equiwait as ew
    >>> waiting = ew.read_list(pd.DataFrame({"clock_start": ["2026-01-01"] * 40, "sex": ["1", "2"] * 20}), snapshot="2026-10-31")
    >>> report(ew.disparities(waiting, "sex"), to=Path(tempfile.mkdtemp()) / "october.html").name
    'october.html'
    """
    _refuse_other_kind(Path(to))
    ready, exact = let_through(results, allow_unsuppressed or in_team, previous)
    page = page_of(ready, exact, title or "Is the wait fair?", voices)
    return write_file(stamped(to) if exact and in_team else to, lambda path: save_page(path, page), in_team=exact)


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


def page_of(results: Sequence[Result], in_team: bool, title: str, voices: Sequence[Voice] = ()) -> str:
    """Return the page of results that have been through the gate."""
    from jinja2 import Environment  # heavy: only when a report is written

    here, charts = files("equiwait.reporting"), files("equiwait.charts")
    css = charts.joinpath("page_charts.css").read_text("utf-8") + here.joinpath("page.css").read_text("utf-8")
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    template = environment.from_string(here.joinpath("page.html.j2").read_text("utf-8"))
    front = front_page(results, voices)
    rules = [RULES[name].says for name in sorted({r.suppression for r in results}) if name in RULES]
    content = {
        "title": title,
        "css": css,
        "banner": BANNER if in_team else "",
        "hidden": most_is_hidden(each.table for each in results),
        "front": front,
        "heard": bool(voices),
        "sections": sections_of(results, front.led),
        "shared": [note for note in shared_notes(results) if note not in rules],
        "rules": rules,
        "version": version("equiwait"),
    }
    page = StringIO()

    def terms() -> list[tuple[str, str]]:  # asked for where the page ends, so all that may use one has been said
        said = unescape(page.getvalue())
        return terms_in(said[said.index("<body>") :])

    for piece in template.generate(content, terms=terms):
        page.write(piece)
    return page.getvalue()
