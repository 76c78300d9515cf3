"""Commands about an order: check a list, score it, explain a place, compare two orders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from equiwait.cli.first_runs import by_person, nobody_placed
from equiwait.cli.list_options import DEFAULT_POLICY, ListOptions, opened_policy, question, refuse_folder, with_list
from equiwait.cli.messages import say, steps, tell
from equiwait.cli.record_stream import is_stream, one_record, score_stream
from equiwait.cli.shown_answers import say_json, show
from equiwait.errors import OptionError, RefusedError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["compare", "explain", "headings", "override", "schema_of", "score"]

_Policy = Annotated[str, typer.Option(help="Policy file, or the name of a preset.")]
_Json = Annotated[bool, typer.Option("--json", help="The whole answer as JSON, for other tools.")]
_To = Annotated[Path | None, typer.Option("--to", help="Write it: .html, .xlsx, .csv or .json.")]


def headings(
    source: Annotated[Path, typer.Argument(metavar="LIST", help="The waiting list: CSV, Excel or Parquet.")],
    sheet: Annotated[str | None, typer.Option(help="Sheet of the workbook.")] = None,
    json: _Json = False,
) -> None:
    """Say how each heading of a list is understood, before anything is read."""
    from equiwait.rows.intake.headings import headings

    refuse_folder(source)
    show(headings(source, sheet=sheet), json=json)


def _score(
    listed: ListOptions,
    policy: _Policy = DEFAULT_POLICY,
    why: Annotated[bool, typer.Option("--why", help="Of records: say the reasons too.")] = False,
    json: _Json = False,
    to: Annotated[Path | None, typer.Option("--to", help="Folder for ordered-list-IN-TEAM.csv and .xlsx.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Write over a list that was edited since.")] = False,
) -> None:
    """Put a list in the order that a policy suggests; or score records, one on each line of JSON, from the standard input (-)."""
    from equiwait.reporting.team_list import ordered_list, ordered_rows

    if is_stream(listed.source):
        raise typer.Exit(score_stream(listed.source, opened_policy(policy), why=why))

    found = opened_policy(policy, listed.snapshot)
    with steps(4) as shown:
        ordered = listed.ordered(found, shown)
        if to is not None:
            written = ordered_list(ordered, to=to, policy=found, replace=replace)
    for sentence in (*nobody_placed(ordered, found), *by_person(ordered, asked_before=listed.has_mapping)):
        tell(sentence)
    if to is not None:
        say(f"Written: {', '.join(map(str, written))}")
    else:
        show(ordered_rows(ordered, found), json=json)


score = with_list(_score, stream=True)


@with_list
def override(
    listed: ListOptions,
    pathway_id: Annotated[str, typer.Option("--id", help="The pathway_id of the person.")],
    who: Annotated[str, typer.Option(help="Who decided, by role: consultant. Not a name.")],
    reason: Annotated[str, typer.Option(help="Why; a wrong one lists those that there are.")],
    when: Annotated[str, typer.Option(help="The day of the decision.")],
    record: Annotated[Path, typer.Option(help="The CSV that overrides are kept in; made if it is not there.")],
    note: Annotated[str, typer.Option(help="More words, for the team.")] = "",
    policy: _Policy = DEFAULT_POLICY,
) -> None:
    """Record that a person decided otherwise than the suggested order, by role, reason and day."""
    from equiwait.answers.reordering.overrides import record_override
    from equiwait.files.read_table import read_table
    from equiwait.files.whole_files import IN_TEAM, write_file
    from equiwait.reporting.tidy import save_csv

    if IN_TEAM not in record.name:
        record = record.with_name(f"{record.stem}-{IN_TEAM}.csv")
    before: pd.DataFrame | None = read_table(record, None) if record.exists() else None
    with steps(4) as shown:
        ordered = listed.ordered(opened_policy(policy, listed.snapshot), shown)
        kept = record_override(ordered, pathway_id, who=who, reason=reason, when=when, note=note, overrides=before)
    write_file(record, lambda new: save_csv(kept, new))
    say(f"Recorded in {record}: {len(kept)} in all.")


def schema_of(
    name: Annotated[str, typer.Argument(metavar="NAME", help="record, score or policy.")],
) -> None:
    """Print the JSON Schema of a record, a score or a policy, for tools that do not speak Python."""
    from equiwait.rows.scoring.schemas import schema

    say_json(schema(name))  # type: ignore[arg-type]


def _explain(
    listed: ListOptions,
    pathway_id: Annotated[
        str | None, typer.Option("--id", help="The pathway_id, on a list; the person_id where it has only that.")
    ] = None,
    policy: _Policy = DEFAULT_POLICY,
    audience: Annotated[str, typer.Option(help="clerk, clinician or family.")] = "clerk",
    json: _Json = False,
) -> None:
    """Explain one person's place on a list, or one record of JSON on the standard input (-)."""
    from equiwait.rows.scoring.explain import explain

    if is_stream(listed.source):
        said = explain(one_record(listed.source), audience=audience, policy=opened_policy(policy))  # type: ignore[arg-type]
    else:
        with steps(4) as shown:
            ordered = listed.ordered(opened_policy(policy, listed.snapshot or None), shown)
            said = explain(ordered, pathway_id, audience=audience)  # type: ignore[arg-type]
    say_json({"audience": said.audience, "policy": said.policy, "text": str(said)}) if json else say(str(said))


explain = with_list(_explain, stream=True)


@with_list
def compare(
    listed: ListOptions,
    policy: Annotated[
        list[str] | None,
        typer.Option(
            help="A policy file or preset: give two, before and after; one is held against itself without what is social."
        ),
    ] = None,
    before_order: Annotated[
        Path | None, typer.Option(help="An ordered list that was written before, instead of the first policy.")
    ] = None,
    by: Annotated[list[str] | None, typer.Option(help="Column to look at moves by. May be given again.")] = None,
    per_week: Annotated[
        float | None, typer.Option(help="People treated each week from each ranked group; turns places into days.")
    ] = None,
    suppression: Annotated[str, typer.Option(help="Small numbers: hes hides them; none keeps them, in-team.")] = "hes",
    json: _Json = False,
    to: _To = None,
) -> None:
    """Say who moves up and who moves down between two policies, between two orders, or because of fairness."""
    from equiwait.answers.reordering.displacement import displacement
    from equiwait.rows.scoring import score

    names = policy or [DEFAULT_POLICY]
    most = 1 if before_order else 2
    if len(names) > most:
        raise OptionError(
            f"--policy is given {len(names)} times.",
            todo="Give two, before and after; or one beside --before-order.",
        )
    with steps(5) as shown:
        waiting = listed.linked(shown)
        shown.step("Putting the list in order")
        orders = [score(waiting, opened_policy(name, listed.snapshot)) for name in names]
        if before_order:
            orders = [_earlier_order(before_order, orders[0]), *orders]
        shown.step("Comparing")
        groups = [question(each) for each in by] if by else None
        moved = displacement(
            orders[0], orders[1] if len(orders) > 1 else None, groups, per_week=per_week, suppression=suppression
        )
    show(moved, json=json, to=to)


def _earlier_order(path: Path, ordered: pd.DataFrame) -> pd.DataFrame:
    """Return the list with the places that an order written before gives its pathways."""
    from equiwait.files.read_table import read_table
    from equiwait.frames import need
    from equiwait.rows.intake.identifiers import one_form

    table = read_table(path, None)
    need(table, ["pathway_id", "rank"], "--before-order")
    places: dict[Any, Any] = {
        one_form(str(who)): place for who, place in zip(table["pathway_id"], table["rank"], strict=True)
    }
    if len(places) < len(table):
        raise RefusedError(
            "Some pathways stand twice in the order that was written before.",
            found=f"{len(table) - len(places)} of {len(table)} rows.",
            todo="Give an order with one row for each pathway_id.",
        )
    import pandas as pd

    mine = (
        ordered["pathway_id"]
        .astype("string")
        .map(lambda who: places.get(one_form(who)) if isinstance(who, str) else None)
    )
    rank = pd.to_numeric(mine, errors="coerce").round().astype("Int32")
    stamp = str(table["policy"].iloc[0]) if "policy" in table and len(table) else "an order written before"
    return ordered.assign(rank=rank, policy=stamp)
