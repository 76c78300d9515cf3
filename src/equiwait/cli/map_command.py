"""``map``: how the headers of a hospital's file are to be read, asked once and saved, so that next month asks nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from equiwait.cli.first_runs import candidates
from equiwait.cli.list_options import pairs, refuse_folder
from equiwait.cli.messages import quoted, say
from equiwait.cli.new_policy import Answers
from equiwait.cli.saved_mapping import NAME, Mapped, written
from equiwait.cli.shown_answers import whole
from equiwait.errors import OptionError, choose, did_you_mean, listed

__all__ = ["map_file"]

_Ask = Callable[[str, str | None, str], str]
_WHICH_WAIT = "Which header holds a number of each wait? Empty if none does; a person's number is none"
_WHICH_PERSON = "Which header holds a number of each person, such as a hospital number? Empty if none does"


def map_file(
    source: Annotated[
        Path, typer.Argument(metavar="LIST", help="A file as it comes each month: CSV, Excel or Parquet.")
    ],
    to: Annotated[
        Path | None,
        typer.Option(help=f"Where to write; by default {NAME} beside the list, which is then found by itself."),
    ] = None,
    columns: Annotated[
        list[str] | None, typer.Option(help='Your header for a column, "Their header=name". May be given again.')
    ] = None,
    blank_means: Annotated[
        list[str] | None,
        typer.Option(help='What a blank means in a flag, "learning_disability=no". May be given again.'),
    ] = None,
    all_are: Annotated[str | None, typer.Option(help="admitted: everybody on the list waits to be admitted.")] = None,
    date_order: Annotated[
        str | None, typer.Option(help="How 03/04/2026 is read: day_first (the default) or month_first.")
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of the workbook.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing: take what stands in brackets.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a mapping that is there.")] = False,
) -> None:
    """Ask once how a file's headers are to be read, and save it, so that next month's file is read without a question."""
    from equiwait.rows.intake.headings import headings

    refuse_folder(source)
    to = to or source.parent / NAME
    if to.exists() and not overwrite:
        raise OptionError(f"There is a mapping {to.name!r} already.", todo="Say --overwrite, or choose another --to.")
    table = headings(source, sheet=sheet)
    known = list(zip(table["heading"], table["column"], strict=True))
    _say_known(known)
    given = Mapped(
        dict(pairs("--columns", columns)),
        dict(pairs("--blank-means", blank_means)),
        choose("--all-are", all_are, (None, "admitted")),
        date_order,
        sheet,
    )
    ask = Answers(quiet=yes)
    mapped = _asked(given, known, ask)
    priority = next((header for header, column in known if column == "priority" and header not in mapped.columns), None)
    if priority and _two_ways(source, sheet, priority):
        answer = ask(
            f"Does {priority} hold P-codes (1 is soonest) or the referral's (1 is routine, 3 two weeks)? p or r",
            None,
            "p",
        )
        meant = "referral_priority" if answer.lower().startswith("r") else "priority"
        mapped = replace(mapped, columns={**mapped.columns, priority: meant})
    _check(source, mapped)
    whole(to, written(mapped), in_team=True)
    say(
        f"The mapping is in {to}. Lists in that folder are now read so by themselves; anywhere else say --mapping {to}."
    )
    say(f"Next: equiwait report {quoted(source)} --snapshot YYYY-MM-DD --out {quoted(f'{source.stem}-report')}")


def _say_known(known: Sequence[tuple[str, str]]) -> None:
    say("Understood:")
    for header, column in known:
        if column:
            say(f"- {header}: {column}")
    others = [header for header, column in known if not column]
    say(f"Kept and not used: {listed(others, 40) or 'nothing'}.")


def _asked(given: Mapped, known: Sequence[tuple[str, str]], ask: _Ask) -> Mapped:
    """Ask for what a report or an order needs and no header says."""
    headers = [header for header, _ in known]
    columns = dict(given.columns)
    here = {column for _, column in known if column} | set(columns.values())
    wanted = {
        "clock_start": ("Which header is the day that the wait began?", (candidates(known) or [""])[0]),
        "pathway_id": (_WHICH_WAIT, ""),
        "priority": ("Which header holds the P-code (P1a to P4)? Empty if none does", ""),
    }
    for name, (question, usual) in wanted.items():
        if name not in here and (header := ask(question, None, usual)):
            columns[_header(header, headers)] = name
    if not {"pathway_id", "person_id"} & {*here, *columns.values()} and (header := ask(_WHICH_PERSON, None, "")):
        columns[_header(header, headers)] = "person_id"
    if given.all_are is None and not {"list_type", "decision_to_admit"} & here:
        answer = ask("Does everybody on this list wait to be admitted? yes or no", None, "no")
        given = replace(given, all_are="admitted" if answer.lower() in ("y", "yes") else None)
    return replace(given, columns=columns)


def _header(typed: str, headers: Sequence[str]) -> str:
    if typed not in headers:
        raise OptionError(
            "The file has no such header." + did_you_mean(typed, headers), todo=f"Type one of: {listed(headers, 60)}."
        )
    return typed


def _check(source: Path, mapped: Mapped) -> None:
    """Read the headers as the mapping says, so that what is saved is known to be understood."""
    from equiwait.files.read_table import read_table
    from equiwait.rows.intake.columns import named_columns

    named_columns(read_table(source, mapped.sheet), mapped.columns, "auto")


def _two_ways(source: Path, sheet: str | None, header: str) -> bool:
    """Whether a priority in bare numbers could be either of two codes that run opposite ways."""
    from equiwait.fields import plain
    from equiwait.files.read_table import read_table

    if plain(header) != "priority":
        return False
    cells = read_table(source, sheet)[header].dropna().astype(str).str.strip().unique()
    return any(cell.removesuffix(".0") in ("1", "2", "3") for cell in cells)
