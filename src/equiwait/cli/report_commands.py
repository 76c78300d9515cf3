"""``demo``, ``report`` and ``governance``: from a list to a folder of files; ``release-check``: whether they may leave."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from equiwait.cli.list_options import DEFAULT_POLICY, ListOptions, opened_policy, with_list
from equiwait.cli.messages import Stopped, say, steps
from equiwait.cli.run_report import STEPS, Done, Job
from equiwait.errors import choose

__all__ = ["check_release", "demo", "examples", "governance", "report"]

_REPLACE = "Write over files of an earlier run that were edited since."


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the report and the files beside it.")] = Path("equiwait-demo"),
    replace: Annotated[bool, typer.Option("--replace", help=_REPLACE)] = False,
) -> None:
    """Make a report on the bundled sample, an invented list of an invented town, and leave what it was made from beside it."""
    from equiwait.samples import SNAPSHOT, sample_path, write_examples
    from equiwait.samples.example_files import SAMPLES

    listed = ListOptions(
        source=sample_path("adult_ptl"),
        snapshot=SNAPSHOT,
        directory=str(sample_path("directory")),
        index=[str(sample_path("index"))],
    )
    title = f"Is the wait fair? An invented waiting list on {SNAPSHOT}"
    _run(Job(listed, out, policy=str(sample_path("policy")), title=title, replace=replace))
    came, changed = write_examples(out, SAMPLES)
    say(f"What it was made from is in {out / 'sample'}: {', '.join(path.name for path in [*came, *changed])}.")
    _say_changed(changed)


def examples(
    to: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to put them.")] = Path("equiwait-examples"),
) -> None:
    """Put the examples into a folder: a script for a spreadsheet, notebooks, and the invented lists that they read."""
    from equiwait.samples import write_examples

    came, changed = write_examples(to)
    say(f"{len(came)} files are in {to}. Read README.md first.")
    _say_changed(changed)


def _say_changed(changed: Sequence[Path]) -> None:
    if changed:
        say(f"Left as you changed them: {', '.join(path.name for path in changed)}.")


def check_release(
    paths: Annotated[list[Path], typer.Argument(metavar="FILES", help="The files and folders that are to leave.")],
    rule: Annotated[str, typer.Option(help="hes, opensafely, five, or a TOML file with a rule of your own.")] = "hes",
    checker: Annotated[str, typer.Option(help="Role of who checks, for the record.")] = "",
    record: Annotated[Path | None, typer.Option(help="Write the record of the check here, as JSON.")] = None,
) -> None:
    """Say whether files may leave the room: no rows of people, no small number that can be worked out from them all."""
    from equiwait.reporting.release_check import release_check

    check = release_check(*paths, rule=rule, checker=checker)
    if record is not None:
        check.save(record)
    say(f"{'Pass' if check.passed else 'Fail'}: {len(check.files)} files looked at.")
    for file, reason in check.reasons:
        say(f"  {file}: {reason}")
    for each in check.to_hide.head(20).itertuples():
        say(f"  Hide: {', '.join(filter(None, (str(each.table), str(each.groups), str(each.event))))}.")
    if len(check.to_hide) > 20:
        say(f"  … and {len(check.to_hide) - 20} more.")
    if not check.passed:
        raise typer.Exit(1)


@with_list
def governance(
    listed: ListOptions,
    out: Annotated[Path, typer.Option(help="Folder for the papers.")],
    policy: Annotated[str, typer.Option(help="The policy that they are about: a file or the name of a preset.")],
    by: Annotated[
        list[str] | None, typer.Option(help="Column to look at; a+b crosses two. May be given again.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help=_REPLACE)] = False,
) -> None:
    """Write the papers that are asked for before a policy is used: drafts, with the numbers and with named blanks."""
    from equiwait.reporting.governance import governance as written

    used = opened_policy(policy, listed.snapshot)
    with steps(STEPS) as shown:
        *_, results, _ = Job(listed, out, policy=policy, by=by or []).measured(shown)
        shown.step("Writing the papers")
        files = written(used, *results, to=out, replace=replace)
    say(f"The papers are in {out}: {', '.join(path.name for path in files)}.")
    say("They are drafts: nothing in them is approved, and boxes marked “to be written” are for a named person.")


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
    in_team: Annotated[
        bool,
        typer.Option("--in-team", help="The team's own report: exact, and stamped on every page and in file names."),
    ] = False,
    title: Annotated[str | None, typer.Option(help="Heading of the report.")] = None,
    previous: Annotated[
        list[Path] | None,
        typer.Option(
            help="Folder of an earlier report that was given away: what it shows is known. May be given again."
        ),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help=_REPLACE)] = False,
) -> None:
    """Make a report on a waiting list, with the ordered list, tables and a manifest beside it."""
    chosen = "none" if in_team else choose("--suppression", suppression, ["hes", "none"])
    _run(
        Job(
            listed,
            out,
            policy=policy,
            by=by or [],
            within=within or [],
            suppression=chosen,
            title=title,
            previous=previous or [],
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
