"""`governance`: the papers of a policy and its effects, as Word files and web pages."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from equiwait.errors import OptionError
from equiwait.files.whole_files import IN_TEAM
from equiwait.reporting.atomic_files import write_folder
from equiwait.reporting.governance.as_html import save_html
from equiwait.reporting.governance.as_word import save_word
from equiwait.reporting.governance.known import Known
from equiwait.reporting.governance.papers import papers
from equiwait.reporting.release_gate import BANNER, Folders, let_through
from equiwait.results import Result
from equiwait.rows.policies import Policy

__all__ = ["governance"]


def governance(
    policy: Policy,
    *results: Result,
    to: str | PathLike[str],
    allow_unsuppressed: bool = False,
    previous: Folders = None,
    replace: bool = False,
    in_team: bool = False,
) -> list[Path]:
    """Write the papers that are asked for before a policy is used, filled where the numbers are known.

    Parameters
    ----------
    policy : Policy
        The policy that they are about.
    *results : Result
        What is known: `displacement` of a list that it ordered above all; `disparities`, `completeness`, `unknowns`, and
        what else a report would take.
    to : path
        A folder; it is made if it is not there.
    allow_unsuppressed : bool
        Let results with small numbers through, under a banner that the papers must stay in the team.
    previous : path, or sequence of path, optional
        The folder of the last release, or of several: what they show is known, so that less may have to be shown now.
    replace : bool
        Write over papers of an earlier run that somebody has written in since.
    in_team : bool
        The papers of the team: exact results (``suppression="none"``) are let through, as by ``allow_unsuppressed``.

    Returns
    -------
    list of pathlib.Path
        Five papers, each as ``.docx`` and ``.html``: ``impact-assessment`` (equality and health inequalities),
        ``transparency-record`` (algorithmic transparency), ``hazard-log``, ``data-protection`` and ``decision-record``.

    Raises
    ------
    DisclosureError
        If a result shows small numbers and ``allow_unsuppressed`` is false.
    OptionError
        If something is not a policy or a result, if the folder cannot be written to, or if somebody has written in papers of
        an earlier run there and ``replace`` is false.

    Notes
    -----
    They are drafts. What only a person can say is a box that names who is asked; what we only recall of law and standards is
    marked *verify*. Nothing in them claims an approval, and nothing is legal advice. Small numbers are hidden as in a report,
    after the same audit. The same inputs give the same bytes.

    Examples
    --------
    >>> import tempfile
    >>> made = governance(Policy.preset("england_default"), to=Path(tempfile.mkdtemp()) / "papers")
    >>> [path.name for path in made][:2]
    ['impact-assessment.docx', 'impact-assessment.html']
    """
    if not isinstance(policy, Policy):
        raise OptionError(
            f"The papers are about a policy, and this is a {type(policy).__name__}.",
            todo='Give the policy first: governance(Policy.load("policy.toml"), displacement(…), to="papers/").',
        )
    ready, exact = let_through(results, allow_unsuppressed or in_team, previous) if results else ([], False)
    made = papers(Known(policy, ready))
    stamp, banner = (f"-{IN_TEAM}", BANNER) if exact else ("", "")
    names = [f"{paper.name}{stamp}{ending}" for paper in made for ending in (".docx", ".html")]

    def save(folder: Path) -> None:
        for paper in made:
            save_word(paper, banner, folder / f"{paper.name}{stamp}.docx")
            save_html(paper, banner, folder / f"{paper.name}{stamp}.html")

    write_folder(to, save, made_by="governance", replace=replace)
    return [Path(to) / name for name in names]
