"""Writes which statistics the library itself uses into reference/statistics.md; a test holds the page to it.

Run: python docs/functions.py
"""

import ast
import textwrap
from pathlib import Path
from types import ModuleType

import equiwait
from equiwait import statistics

PAGE = Path(__file__).parent / "reference" / "statistics.md"
BEGIN, END = "## What the library uses, and what is there for you\n", "## Every function\n"
USED = "**Used by the library itself** ({}): {}."
FREE = "**There for you** ({}): {}. Nothing behind the front door calls these by name; some are steps inside the functions above."


def imported(room: Path) -> set[str]:
    """Return what the library's other rooms import from its statistics."""
    rooms = (file for file in room.rglob("*.py") if file.relative_to(room).parts[0] != "statistics")
    lines = [line for file in rooms for line in ast.walk(ast.parse(file.read_text(encoding="utf-8")))]
    names = {
        f"{line.module}.{name.name}" if isinstance(line, ast.ImportFrom) else name.name
        for line in lines
        if isinstance(line, ast.Import | ast.ImportFrom)
        for name in line.names
    }
    found = {name.rpartition(".")[2] for name in names if f"{name}.".startswith("equiwait.statistics.")}
    whole = {name for name in found if name == "statistics" or isinstance(getattr(statistics, name, None), ModuleType)}
    if whole:
        raise ValueError(f"Import functions of equiwait.statistics by name, so that the page can list them: {whole}")
    return found


def page() -> str:
    """Return the page with its two lists."""
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    functions = {name for name in statistics.__all__ if not isinstance(getattr(statistics, name), type)}
    used = functions & imported(Path(equiwait.__file__).parent)
    said = [_listed(USED, used), _listed(FREE, functions - used)]
    return before + "\n\n".join([BEGIN.strip(), *said, END]) + rest.split(END)[1]


def _listed(sentence: str, names: set[str]) -> str:
    return textwrap.fill(sentence.format(len(names), ", ".join(f"`{name}`" for name in sorted(names))), 120)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
