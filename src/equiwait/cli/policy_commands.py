"""``equiwait policy``: write a policy with people, read it aloud, check it, compare it, and try it on a list."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from equiwait.cli.list_options import ListOptions, opened_policy
from equiwait.cli.messages import say, steps
from equiwait.cli.new_policy import Answers, new_policy, suggested
from equiwait.cli.shown_answers import whole
from equiwait.errors import OptionError, PolicyError, listed
from equiwait.fields import field_of

if TYPE_CHECKING:
    import pandas as pd

    from equiwait.rows.policies import Policy

__all__ = ["check", "diff", "list_", "new", "sheet", "show", "try_"]

_Which = Annotated[str, typer.Argument(metavar="POLICY", help="A policy file, or the name of a preset.")]


def list_() -> None:
    """List the policies that come with equiwait; none of them is approved for use."""
    from equiwait.rows.policies import Policy

    for name in Policy.presets():
        preset = Policy.preset(name)
        say(f"- {name} ({preset.status}): {preset.title}")


def show(policy: _Which) -> None:
    """Read a policy aloud, in plain English."""
    say(opened_policy(policy).describe())


def check(
    policy: _Which,
    snapshot: Annotated[
        str | None, typer.Option(help="Day of a list, YYYY-MM-DD: also say what has expired by then.")
    ] = None,
    waiting: Annotated[
        Path | None, typer.Option("--list", help="A waiting list: which columns the policy needs, and which it lacks.")
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of the workbook.")] = None,
) -> None:
    """Say everything that is wrong with a policy, and which columns of a list it needs."""
    from equiwait.files.read_table import read_table

    found = opened_policy(policy, snapshot)
    say(f"{found.stamp}: no faults.")
    if found.unfilled:
        say(f"A template: fill in {listed(found.unfilled, 40)}.")
    if found.untiered:
        say(
            f"No tier takes {listed((f'{column} {level}' for column, level in found.untiered), 20)}: such people are listed apart."
        )
    if waiting is not None:
        headers = [field_of(header) or header for header in read_table(waiting, sheet).columns]
        _say_needs(found.needs([*headers, "snapshot_date"]))  # --snapshot says it when the list is read


def _say_needs(needs: pd.DataFrame) -> None:
    lacking = needs[~needs["here"] & needs["must"]]
    if lacking.empty:
        say("The list has every column that the policy must have.")
    for kind, rows in (
        ("needs and the list lacks", lacking),
        ("would read and the list lacks", needs[~needs["here"] & ~needs["must"]]),
    ):
        if len(rows):
            say(f"The policy {kind}:")
        for row in rows.to_dict("records"):
            say(f"- {row['column']}, for {row['needed_for']}: {row['todo']}")
    here = needs[needs["here"]]
    say(f"It reads and the list has: {listed(here['column'], 60) or 'nothing'}.")


def diff(
    before: Annotated[str, typer.Argument(metavar="BEFORE", help="A policy file, or the name of a preset.")],
    after: Annotated[str, typer.Argument(metavar="AFTER", help="A policy file, or the name of a preset.")],
) -> None:
    """Say what one version of a policy changes of another, a sentence for each change."""
    lines = opened_policy(before).diff(opened_policy(after))
    for line in lines or ["They say and mean the same."]:
        say(line)


def sheet(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The CSV file to write.")],
    start: Annotated[
        str, typer.Option("--from", help="A policy whose factors it holds to begin with.")
    ] = "paediatric_surgery_illustrative",
) -> None:
    """Write a sheet of points for a workshop to fill in; `policy new --points` makes a policy of it."""
    from equiwait.cli.new_policy import written_sheet

    _write_new(out, written_sheet(opened_policy(start)))
    say(f"The sheet is in {out}. One row for each level; then: equiwait policy new OUT.toml --points {out}")


def new(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The TOML file to write.")],
    start: Annotated[str | None, typer.Option("--from", help="The preset or policy file to start from.")] = None,
    points: Annotated[
        Path | None, typer.Option(help="A sheet of points: CSV or workbook (equiwait policy sheet writes one).")
    ] = None,
    specialty: Annotated[str | None, typer.Option(help="The specialty that it is for, by code or name.")] = None,
    name: Annotated[str | None, typer.Option(help="What to call it: small letters, digits, underscores.")] = None,
    title: Annotated[str | None, typer.Option(help="Its title.")] = None,
    source: Annotated[str | None, typer.Option(help="Who agreed it and when.")] = None,
    people: Annotated[str | None, typer.Option(help="admitted or everyone.")] = None,
    cap: Annotated[
        str | None, typer.Option(help="Most places that anyone may lose to what is social, or none.")
    ] = None,
    missing: Annotated[
        str | None,
        typer.Option(
            help="What an unrecorded input gives where the sheet does not say: unscored, zero, list_mean or points."
        ),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Ask nothing: take the answer in brackets for whatever is not given.")
    ] = False,
    overwrite: Annotated[bool, typer.Option(help="Replace a file that is there.")] = False,
) -> None:
    """Ask, and write a complete policy with comments; what is given as an option is not asked."""
    if out.exists() and not overwrite:
        raise OptionError(f"There is a file {out.name!r} already.", todo="Choose another name, or say --overwrite.")
    ask = Answers(quiet=yes)
    special = ask("For which specialty? A code or a name, empty for all", specialty, "")
    policy = new_policy(
        opened_policy(ask("Start from which policy? " + _names(), start, suggested(special))),
        ask,
        specialty=special,
        points=points,
        missing=missing,
        given={"name": name, "title": title, "source": source, "people": people, "cap": cap},
    )
    _write_new(out, policy.to_toml(), overwrite=overwrite)
    say(f"The policy is in {out}: {policy.stamp}.")
    say(
        f"Read it aloud: equiwait policy show {out}. See which columns it needs: equiwait policy check {out} --list LIST."
    )


def _names() -> str:
    from equiwait.rows.policies import Policy

    return f"({listed(Policy.presets(), 30)}, or a file)"


def _write_new(out: Path, text: str, *, overwrite: bool = False) -> None:
    if out.exists() and not overwrite:
        raise OptionError(f"There is a file {out.name!r} already.", todo="Choose another name, or move that one away.")
    if not out.parent.is_dir():
        raise OptionError(
            f"There is no folder {out.parent.name!r} to write in.", todo="Make it first, or choose another."
        )
    whole(out, text)


def try_(
    policy: _Which,
    waiting: Annotated[Path, typer.Argument(metavar="LIST", help="The waiting list: CSV, Excel or Parquet.")],
    snapshot: Annotated[str, typer.Option(help="The day that the list describes, YYYY-MM-DD.")],
    directory: Annotated[str | None, typer.Option(help="Postcodes to areas, as in equiwait report.")] = None,
    index: Annotated[list[str] | None, typer.Option(help="Index of deprivation, as in equiwait report.")] = None,
    by: Annotated[list[str] | None, typer.Option(help="Column to look at moves by. May be given again.")] = None,
    suppression: Annotated[str, typer.Option(help="Small numbers: hes hides them; none keeps them, in-team.")] = "hes",
) -> None:
    """Say what each weight of a policy does to a list: who moves up and down because of it, group by group."""
    found = opened_policy(policy, snapshot)
    listed = ListOptions(waiting, snapshot, directory, index)
    with steps(4) as shown:
        _say_moves(found, listed.linked(shown), by or [], suppression)


def _say_moves(policy: Policy, people: pd.DataFrame, by: list[str], suppression: str) -> None:
    from equiwait.answers.reordering.displacement import displacement
    from equiwait.rows.scoring import score

    needs = policy.needs(people)
    if not needs.loc[needs["must"], "here"].all():
        _say_needs(needs)
        raise PolicyError("The list lacks columns that the policy needs.", todo="They are named above.")
    ordered = score(people, policy, ranges=False)
    moved = displacement(ordered, by=by or None, top=(), policy=policy, weights=True, suppression=suppression).weights
    say(f"{policy.stamp}. Each line: the same policy with and without one weight.")
    for (weight, kind), rows in moved.groupby(["weight", "kind"], sort=False):
        say(f"{weight} ({kind}):")
        for line in _moves(rows):
            say(f"- {line}")
    if moved.empty:
        say("It has no weights: the order is by tier and wait alone.")


def _moves(rows: pd.DataFrame) -> Iterable[str]:
    """Those who move down are said as plainly as those who move up, and first."""
    from equiwait.counts.waits.wording import spoken

    for row in rows.to_dict("records"):
        group = "everyone" if row["by"] == row["group"] else f"{spoken(row['by'])} {row['group']}"
        if row["suppressed"] or row["moved_down"] != row["moved_down"]:
            yield f"{group}: hidden, small numbers"
            continue
        down = f"{row['moved_down']:g} move down" + (
            f" by {row['places_down']:.1f} places" if row["moved_down"] else ""
        )
        up = f"{row['moved_up']:g} move up" + (f" by {row['places_up']:.1f} places" if row["moved_up"] else "")
        yield f"{group}, {row['people']:g} people: {down}, {up}"
