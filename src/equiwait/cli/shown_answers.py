"""Answers on the standard output: sentences and a table for people, JSON for other tools, or a file."""

from __future__ import annotations

import json as plain_json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from equiwait.cli.messages import as_typed, say
from equiwait.errors import OptionError

if TYPE_CHECKING:
    import pandas as pd

    from equiwait.results import Result

__all__ = ["as_json", "say_json", "say_table", "show", "whole"]

MOST_ROWS = 60
"""Rows of a table on the screen; all of them are in --json and --to."""


def show(answer: Any, *, json: bool = False, to: Path | None = None) -> None:
    """Show an answer: on the screen, as JSON, or in a file whose ending says which kind.

    What other tools or readers get went through the same gate as a report: small numbers that could be worked out are
    hidden too, and what is exact, or names people, is stamped in-team.
    """
    from equiwait.results import Result

    if isinstance(answer, Result) and (json or to is not None):
        from equiwait.reporting.release_gate import let_through

        answer = let_through([answer], answer.in_team)[0][0]
    if to is not None:
        say(f"Written: {_write(answer, to)}")
    elif json:
        say_json(as_json(answer))
    elif isinstance(answer, Result):
        _say_result(answer)
    elif hasattr(answer, "to_string"):
        say_table(answer)
    else:
        say(str(answer))


def _say_result(answer: Result) -> None:
    from equiwait.results import in_words

    say(answer.title)
    if answer.in_team:
        say("IN-TEAM, not for release: small numbers are shown.")
    for finding in answer.findings:
        say(f"- {as_typed(finding)}")
    table = answer.table.loc[:, answer.table.notna().any()]
    say()
    say_table(in_words(table, answer.unit_of))
    say()
    for note in answer.notes:
        say(f"Note: {as_typed(note)}")


def say_table(table: pd.DataFrame) -> None:
    """Write a table, cut after `MOST_ROWS`."""
    shown = table.head(MOST_ROWS).astype(object).where(table.head(MOST_ROWS).notna(), "")
    for name in set(shown) & {"what_to_do", "note"}:
        shown[name] = [as_typed(str(cell)) for cell in shown[name]]
    say(shown.to_string(index=False) if len(table) else "(no rows)")
    if len(table) > MOST_ROWS:
        say(f"… and {len(table) - MOST_ROWS} more rows: --json or --to shows them all.")


def as_json(answer: Any) -> Any:
    """Return an answer as plain values: a result with all that it says, a table as its rows."""
    import pandas as pd

    from equiwait.results import Result

    if isinstance(answer, Result):
        return {
            "title": answer.title,
            "section": answer.section,
            "suppression": answer.suppression,
            "in_team": answer.in_team,
            "findings": list(answer.findings),
            "notes": list(answer.notes),
            "table": as_json(answer.table),
        }
    if isinstance(answer, pd.DataFrame):
        return plain_json.loads(answer.to_json(orient="records", date_format="iso", date_unit="s", double_precision=15))
    return answer


def say_json(value: Any) -> None:
    """Write JSON in plain ASCII, which every code page has."""
    say(plain_json.dumps(value, ensure_ascii=True, indent=None if isinstance(value, list) else 1))


def _write(answer: Any, to: Path) -> Path:
    from equiwait.files.whole_files import IN_TEAM, write_file
    from equiwait.reporting import report, workbook
    from equiwait.reporting.tidy import save_csv
    from equiwait.results import Result

    ending, result = to.suffix.lower(), isinstance(answer, Result)
    allowed = [".html", ".xlsx", ".csv", ".json"] if result else [".csv", ".json"]
    if ending not in allowed:
        raise OptionError(
            f"--to {to.name!r}: that ending is not understood here.", todo=f"End it with one of: {', '.join(allowed)}."
        )
    if not to.parent.is_dir():
        raise OptionError(f"There is no folder {to.parent.name!r} to write in.", todo="Make it first.")
    if (not result or answer.in_team) and IN_TEAM not in to.name:
        to = to.with_name(f"{to.stem}-{IN_TEAM}{to.suffix}")
    if ending == ".html":
        return report(answer, to=to, allow_unsuppressed=answer.in_team)
    if ending == ".xlsx":
        return workbook(answer, to=to, allow_unsuppressed=answer.in_team)
    if ending == ".json":
        return whole(to, plain_json.dumps(as_json(answer), ensure_ascii=False, indent=1) + "\n")
    return write_file(to, lambda path: save_csv(answer.table if result else answer, path))


def whole(to: Path, text: str, *, in_team: bool = False) -> Path:
    """Write a text whole or not at all; one of the team's for its owner alone."""
    from equiwait.files.whole_files import write_file

    return write_file(to, lambda path: path.write_text(text, encoding="utf-8"), in_team=in_team)
