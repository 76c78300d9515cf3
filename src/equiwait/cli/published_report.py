"""The command ``published``: a report on NHS England's own figures."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from equiwait.cli.messages import say, steps

if TYPE_CHECKING:  # each room is opened when its step begins
    from collections.abc import Callable

    from equiwait.disclosure.release import ReleasedCounts
    from equiwait.results import Result

__all__ = ["published"]


def published(
    source: Annotated[
        Path, typer.Argument(metavar="FILE", help="A publication, such as the WLMDS demographics workbook.")
    ],
    out: Annotated[Path, typer.Option(help="The report, ending .html.")],
    organisation: Annotated[
        list[str] | None, typer.Option(help="Code of England (ENG), a region, an ICB or a trust. May be given again.")
    ] = None,
    level: Annotated[
        str | None, typer.Option(help="Which of several things that have this code, such as REGION.")
    ] = None,
    by: Annotated[list[str] | None, typer.Option(help="Column to look at waits by. May be given again.")] = None,
    specialty: Annotated[str | None, typer.Option(help="Treatment function, by code or name.")] = None,
) -> None:
    """Make a report on the gaps in published waits: England, regions, ICBs or trusts, one after another."""
    from equiwait.answers.disparity import disparities
    from equiwait.counts.publications import read_published
    from equiwait.reporting import as_written, report

    codes = organisation or ["ENG"]
    results = []
    with steps(len(codes) + 1) as shown:
        for code in codes:
            shown.step(f"Reading {code}")
            waits = read_published(source, by or None, organisation=code, level=level, specialty=specialty)
            gaps = disparities(waits)
            results.append(_of(code, gaps))
        shown.step("Writing the report")
        written = report(*results, to=out, title=f"Published waits: {', '.join(codes)}")
    say(f"The report is in {written}")
    for result in as_written(results):
        for finding in result.findings[:3]:
            say(f"- {result.title.split(':')[0]}: {finding}")


def _of(code: str, gaps: Result) -> Result:
    """Return the same answer with whose it is in its title, also when it is made again with more hidden."""
    from equiwait.results import answered

    if gaps.answer is None or gaps.released is None:
        return gaps
    return answered(partial(_titled, code, gaps.answer), gaps.released, gaps.provenance)


def _titled(code: str, answer: Callable[[ReleasedCounts], Result], released: ReleasedCounts) -> Result:
    made = answer(released)
    return replace(made, title=f"{code}: {made.title}")
