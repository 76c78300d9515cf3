"""Writes reference/commands.md from the one table of commands; a test holds the page to it.

Run: python docs/commands.py
"""

import re
from pathlib import Path

from equiwait.cli.commands import TABLE, single
from equiwait.cli.list_options import ListOptions

PAGE = Path(__file__).parent / "reference" / "commands.md"
SHARED = set(ListOptions.__dataclass_fields__) - {"source"}
TOP = """# Every command

Made from the command line's own table by `python docs/commands.py`. [The command line](command-line.md) says how commands
behave: exit codes, what is written, what other programs get.
"""
LISTS = """## Options of every command that reads a list

`LIST` is a CSV, Excel (xlsx, xls, xlsb, ods) or Parquet file.

"""


def page() -> str:
    """Return the page."""
    return "\n".join([TOP, LISTS + _table(_of_lists()), *map(_about, TABLE)]).rstrip() + "\n"


def _of_lists():
    row = next(row for row in TABLE if row.words == "tail")
    return [each for each in single(row).params if each.name in SHARED]


def _about(row) -> str:
    made = single(row)
    takes_list = {each.name for each in made.params} >= SHARED
    own = [each for each in made.params if each.name not in (SHARED if takes_list else set()) and each.name != "help"]
    given = [each for each in own if each.param_type_name == "argument"]
    options = [each for each in own if each.param_type_name == "option"]
    usage = " ".join(["equiwait", row.words, *(each.metavar or each.name.upper() for each in given)])
    needed = ["--snapshot YYYY-MM-DD"] if takes_list else []
    needed += [f"{each.opts[0]} {each.metavar}" for each in options if each.required]
    usage = " ".join([usage, *needed, "[options]"])
    lines = [f"## `{row.words}`", "", (made.help or row.says).split("\n\n")[0], "", "```", usage, "```", ""]
    lines += [f"`{each.metavar}`: {each.help}\n" for each in given if each.help and each.metavar != "LIST"]
    if row.answers:
        lines += [f"In Python: {', '.join(f'`{verb}`' for verb in row.answers)}.\n"]
    return "\n".join(lines) + ("\n" + _table(options) if options else "")


def _table(options) -> str:
    rows = ["| option | what it says |", "| --- | --- |"]
    for each in options:
        help_ = re.sub(r"\s+", " ", each.help or "").replace("|", "\\|")
        rows.append(f"| `{each.opts[0]}` | {'Needed. ' if each.required else ''}{help_} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
