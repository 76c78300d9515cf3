"""The commands: ``demo``, ``release-check``, ``report``, ``published``, ``places``, ``policy``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

import equiwait
from equiwait.cli.messages import Stopped, say, steps
from equiwait.cli.place_commands import places
from equiwait.cli.policy_commands import policies
from equiwait.cli.published_report import published
from equiwait.cli.run_report import DEFAULT_POLICY, STEPS, Done, Job
from equiwait.errors import OptionError, choose

__all__ = ["command"]

app = typer.Typer(
    name="equiwait",
    help="Is the wait for care fair, and what order would be fairer? It suggests and explains; people decide.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(places, name="places")
app.add_typer(policies, name="policy")


def command() -> Any:
    """Return the command line as one command."""
    return typer.main.get_command(app)


def _version(wanted: bool) -> None:
    if wanted:
        say(f"equiwait {equiwait.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Say the version and end.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for the report and the files beside it.")] = Path("equiwait-demo"),
) -> None:
    """Make a report on the bundled sample: an invented list of an invented town."""
    from equiwait.samples import SNAPSHOT, sample_path

    job = Job(
        source=sample_path("adult_ptl"),
        snapshot=SNAPSHOT,
        out=out,
        directory=str(sample_path("directory")),
        index=[str(sample_path("index"))],
        title=f"Is the wait fair? An invented waiting list on {SNAPSHOT}",
    )
    _run(job)


@app.command("release-check")
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


@app.command()
def report(
    source: Annotated[Path, typer.Argument(metavar="LIST", help="The waiting list: CSV, Excel or Parquet.")],
    snapshot: Annotated[str, typer.Option(help="The day that the list describes, YYYY-MM-DD.")],
    out: Annotated[Path, typer.Option(help="Folder for the report and the files beside it.")],
    directory: Annotated[
        str | None, typer.Option(help="Postcodes to areas: a name, an .equiwait file, or ONSPD or NSPL as published.")
    ] = None,
    index: Annotated[
        list[str] | None,
        typer.Option(help="Index of deprivation: a name or a file, or idaci=FILE. May be given again."),
    ] = None,
    changes: Annotated[str | None, typer.Option(help="LSOA 2011 to 2021 lookup: a name or a file.")] = None,
    policy: Annotated[
        str | None, typer.Option(help=f"Policy file, preset, or none; {DEFAULT_POLICY} where the list allows it.")
    ] = None,
    columns: Annotated[
        list[str] | None, typer.Option(help='Your header for a column, "Their header=name". May be given again.')
    ] = None,
    blank_means: Annotated[
        list[str] | None,
        typer.Option(help='What a blank means in a flag, "learning_disability=no". May be given again.'),
    ] = None,
    by: Annotated[
        list[str] | None, typer.Option(help="Column to look at waits by; a+b crosses two. May be given again.")
    ] = None,
    suppression: Annotated[str, typer.Option(help="Small numbers: hes hides them; none keeps them, in-team.")] = "hes",
    sheet: Annotated[str | None, typer.Option(help="Sheet of the workbook.")] = None,
    date_order: Annotated[str, typer.Option(help="How 03/04/2026 is read: day_first or month_first.")] = "day_first",
    title: Annotated[str | None, typer.Option(help="Heading of the report.")] = None,
) -> None:
    """Make a report on a waiting list, with the ordered list, tables and a manifest beside it."""
    reading = {
        "columns": _pairs("--columns", columns) or None,
        "blank_means": _pairs("--blank-means", blank_means) or None,
        "date_order": date_order,
        "sheet": sheet,
    }
    job = Job(
        source=source,
        snapshot=snapshot,
        out=out,
        directory=directory,
        index=index or [],
        changes=changes,
        policy=policy,
        by=by or [],
        suppression=choose("--suppression", suppression, ["hes", "none"]),
        title=title,
        reading=reading,
    )
    _run(job)


app.command()(published)


def _pairs(option: str, given: Sequence[str] | None) -> dict[str, str]:
    """Return ``left=right`` as a mapping; the header on the left may itself hold an equals sign."""
    wrong = [pair for pair in given or [] if not all(part.strip() for part in pair.rpartition("="))]
    if wrong:
        raise OptionError(
            f"{option} wants two names with an equals sign between them.", todo=f'Type {option} "left=right".'
        )
    return {left.strip(): right.strip() for left, _, right in (pair.rpartition("=") for pair in given or [])}


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
    say(f"The report is in {done.files[0]}")
    say(f"Beside it: {', '.join(path.name for path in done.files[1:])}.")
    for finding in (*done.findings, *done.remarks):
        say(f"- {finding}")
    if any("IN-TEAM" in path.name for path in done.files):
        say("Files with IN-TEAM in their names stay in the team.")
