"""The shape of the house: imports point down, the front door is quiet, no room bears the name of a verb."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import equiwait

SRC = Path(equiwait.__file__).parent
FLOORS = [
    {"errors", "statistics"},
    {"fields", "parallel", "room", "sorting", "units"},
    {"plain_columns"},
    {"pandas_columns"},
    {"frames", "disclosure", "engines"},
    {"charts", "derived", "results", "files"},
    {"rows", "counts"},
    {"answers", "recipe"},
    {"reporting", "samples"},
    {"service"},
    {"cli"},
    {"__main__"},
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
ROOMS_OF_ROOMS = {"rows", "counts", "answers"}
MOST_LINES = 420
LONG = {"rows/intake/cells.py", "statistics/ranks.py", "statistics/survival.py"}  # still to be cut in two


def rooms():
    """Every room: a file or folder of the package, and those inside the floors that hold several."""
    top = sorted(each.name for each in pkgutil.iter_modules([str(SRC)]))
    inner = [
        f"{room}.{each.name}" for room in sorted(ROOMS_OF_ROOMS) for each in pkgutil.iter_modules([str(SRC / room)])
    ]
    return [*top, *inner]


def room_of(path: Path) -> str:
    return path.relative_to(SRC).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    """Every room that a file imports, at its top, in a function, or for types only."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and (node.module or "").split(".")[0] == "equiwait":
            parts = (node.module or "").split(".")
            found |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("equiwait.")}
    return found & (set(FLOOR) | set(rooms()))


@pytest.mark.parametrize("path", sorted(SRC.rglob("*.py")), ids=lambda path: str(path.relative_to(SRC)))
def test_imports_point_down(path):
    here = room_of(path)
    if here == "__init__":
        return  # the front door opens every room, lazily
    assert here in FLOOR, f"{here} stands on no floor of the design"
    for other in imported_rooms(path) - {here}:
        assert FLOOR[other] < FLOOR[here], f"{here} (floor {FLOOR[here]}) imports {other} (floor {FLOOR[other]})"


def test_the_floors_hold_the_rooms_that_there_are():
    top = {room for room in rooms() if "." not in room}
    assert set(FLOOR) == top, f"no such room: {sorted(set(FLOOR) - top)}; on no floor: {sorted(top - set(FLOOR))}"


FILES = {".".join(("equiwait", *path.relative_to(SRC).with_suffix("").parts)): path for path in SRC.rglob("*.py")}


def file_of(module: str) -> str | None:
    """Return the file that a module is; a package's own file is its door."""
    return next((each for each in (module, f"{module}.__init__") if each in FILES), None)


def imported_files(name: str) -> set[str]:
    """Every file that a file imports, at its top, in a function, or for types only."""
    found: set[str | None] = set()
    for node in ast.walk(ast.parse(FILES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            module = f"{name.rsplit('.', node.level)[0]}.{node.module or ''}".strip(".") if node.level else node.module
            found |= {file_of(f"{module}.{alias.name}") or file_of(str(module)) for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {file_of(alias.name) for alias in node.names}
    return {each for each in found if each} - {name}


def circles(leads: dict[str, set[str]]) -> list[set[str]]:
    """Return the files that reach each other, circle by circle: what is left once whatever leads nowhere is taken away."""
    left = dict(leads)
    while ends := {name for name, others in left.items() if not others & set(left)}:
        left = {name: others for name, others in left.items() if name not in ends}
    reach = {name: _reached(name, left) & set(left) for name in left}
    found = [frozenset(each for each in reach[name] if name in reach[each]) for name in left if name in reach[name]]
    return [set(each) for each in dict.fromkeys(found)]


def _reached(name: str, leads: dict[str, set[str]]) -> set[str]:
    found, ahead = set(), [name]
    while ahead:
        new = leads.get(ahead.pop(), set()) - found
        found |= new
        ahead += new
    return found


def test_a_circle_is_found_whatever_leads_to_it():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set()}) == [{"b", "c"}]
    assert circles({"a": {"b"}, "b": {"c"}, "c": set()}) == []


def test_no_two_files_import_each_other_in_a_circle():
    found = circles({name: imported_files(name) for name in FILES})
    assert not found, [sorted(each) for each in found]


def test_every_file_fits_in_one_sitting():
    lines = {str(path.relative_to(SRC)): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES.values()}
    long = {name: count for name, count in lines.items() if count > MOST_LINES and name not in LONG}
    assert not long, f"over {MOST_LINES} lines: {long}"


def test_statistics_knows_neither_pandas_nor_us():
    for path in (SRC / "statistics").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "import pandas" not in text
        assert "import pyarrow" not in text


def test_only_frames_knows_pandas_and_arrow_row_by_row():
    """No kernel goes back to pandas: a file with a kernel (a RecordBatch argument) imports no pandas to work on blocks."""
    for path in SRC.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and any(
                "RecordBatch" in ast.unparse(a.annotation) for a in node.args.args if a.annotation
            ):
                used = {
                    n.value.id for n in ast.walk(node) if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name)
                }
                assert "pd" not in used, f"{path.name}:{node.name} uses pandas inside a kernel"


def test_no_room_bears_the_name_of_a_verb():
    assert not set(rooms()) & set(equiwait.__all__)


def test_every_room_opens_then_every_name_of_the_front_door():
    for room in rooms():
        if room != "__main__":
            importlib.import_module(f"equiwait.{room}")
    for name in equiwait.__all__:
        assert getattr(equiwait, name).__doc__, f"{name} has no docstring"
    assert sorted(equiwait.__all__) == list(equiwait.__all__)
    assert set(equiwait.__all__) <= set(dir(equiwait))


def test_no_files_without_a_subject():
    banned = {"utils", "util", "core", "base", "helpers", "common", "misc"}
    assert not banned & {path.stem.strip("_") for path in SRC.rglob("*.py")}


def test_import_is_quiet_and_light():
    code = (
        "import sys, equiwait; "
        "heavy = {'scipy', 'geopandas', 'matplotlib', 'pydantic', 'jinja2', 'typer', 'pandas'} & set(sys.modules); "
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_recipe_loads_no_scipy():
    code = "import sys, equiwait.recipe.recipe; assert 'scipy' not in sys.modules"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_statistics_loads_no_scipy_stats():
    code = "import sys, equiwait.statistics; assert 'scipy.stats' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_verb"):
        equiwait.no_such_verb  # noqa: B018


def test_examples_import_public_names_only(root):
    public = {"equiwait", *(f"equiwait.{room}" for room in ("charts", "errors", "fields", "samples", "statistics"))}
    for path in (root / "examples").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("equiwait"):
                assert node.module in public, f"{path.name} imports {node.module}"
                names = {alias.name for alias in node.names} if node.module == "equiwait" else set()
                assert names <= set(dir(equiwait)), f"{path.name} imports {names}"
