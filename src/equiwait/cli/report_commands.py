"""``demo`` and ``report``: from a list to a folder with a report; ``release-check``: whether files may leave."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from equiwait.cli.list_options import DEFAULT_POLICY, ListOptions, with_list
from equiwait.cli.messages import Stopped, say, steps
from equiwait.cli.run_report import STEPS, Done, Job
from equiwait.errors import choose

__all__ = ["check_release", "demo", "report"]

_REPLACE = "Write over files of an earlier run that were edited since."


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the report and the files beside it.")] = Path("equiwait-demo"),
    replace: Annotated[bool, typer.Option("--replace", help=_REPLACE)] = False,
) -> None:
    """Make a report on the bundled sample: an invented list of an invented town."""
    from equiwait.samples import SNAPSHOT, sample_path

    listed = ListOptions(
        source=sample_path("adult_ptl"),
        snapshot=SNAPSHOT,
        directory=str(sample_path("directory")),
        index=[str(sample_path("index"))],
    )
    _run(Job(listed, out, title=f"Is the wait fair? An invented waiting list on {SNAPSHOT}", replace=replace))


def check_release(
    paths: Annotated[list[Path], typer.Argument(metavar="FILES", help="The files and folders that are to leave.")],
    rule: Annotated[str, typer.Option(help="hes, opensafely, five, or a TOML file with a rule of your own.")] = "hes",
    checker: Annotated[str, typer.Option(help="Who checks, for the record.")] = "",
    record: Annotated[Path | None, typer.Option(help="Write the record of the check here, as JSON.")] = None,
) -> None:
    """Say whether files may leave the room: no rows of people, no small number that can be worked out from them all."""
    from equiwait.reporting import release_check

    check = release_check(*paths, rule=rule, checker=checker)
    if record is not None:
        check.save(record)
    say(f"{'Pass' if check.passed else 'Fail'}: {len(check.files)} files looked at.")
    for file, reason in check.reasons:
        say(f"  {file}: {reason}")
    for each in check.to_hide.head(20)[["table", "groups", "event"]].astype(str).agg(", ".join, axis=1):
        say(f"  Hide: {each.removesuffix(', ')}.")
    if len(check.to_hide) > 20:
        say(f"  … and {len(check.to_hide) - 20} more.")
    if not check.passed:
        raise typer.Exit(1)


@with_list
def report(
    listed: ListOptions,
    out: Annotated[Path, typer.Option(help="Folder for the report and the files beside it.")],
    policy: Annotated[
        str | None, typer.Option(help=f"Policy file, preset, or none; {DEFAULT_POLICY} where the list allows it.")
    ] = None,
    by: Annotated[
        list[str] | None, typer.Option(help="Column to look at waits by; a+b crosses two. May be given again.")
    ] = None,
    within: Annotated[
        list[str] | None, typer.Option(help="Column within which groups are compared too. May be given again.")
    ] = None,
    suppression: Annotated[str, typer.Option(help="Small numbers: hes hides them; none keeps them, in-team.")] = "hes",
    title: Annotated[str | None, typer.Option(help="Heading of the report.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help=_REPLACE)] = False,
) -> None:
    """Make a report on a waiting list, with the ordered list, tables and a manifest beside it."""
    chosen = choose("--suppression", suppression, ["hes", "none"])
    _run(
        Job(
            listed,
            out,
            policy=policy,
            by=by or [],
            within=within or [],
            suppression=chosen,
            title=title,
            replace=replace,
        )
    )


def _run(job: Job) -> None:
    done: Done | None = None
    try:
        with steps(STEPS) as shown:
            done = job.run(shown)
    except KeyboardInterrupt:
        pass  # said below, outside this block, so that nothing travels along
    if done is None:
        raise Stopped
    _say_done(done)


def _say_done(done: Done) -> None:
    for sentence in done.on_top:
        say(sentence)
    say(f"The report is in {done.files[0]}")
    say(f"Beside it: {', '.join(path.name for path in done.files[1:])}.")
    for finding in (*done.findings, *done.remarks):
        say(f"- {finding}")
    if any("IN-TEAM" in path.name for path in done.files):
        say("Files with IN-TEAM in their names stay in the team.")
