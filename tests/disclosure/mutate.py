"""Do the room's own tests notice a change of its code? ``python tests/disclosure/mutate.py [how many | all] [seed] [file.py | file.py:line …]``.

Each mutant is one change of ``disclosure/``: a comparison, a sum, a number, ``and`` for ``or``, a returned value, a statement
that is dropped. All is imported and collected once; each mutant is a fork of that process, in which the changed function is
put in place and the tests that run it follow, those that have failed for its neighbours first. A mutant that they let pass is
printed with its line. Tests that take long are not asked: what is found here must be found quickly.
"""

from __future__ import annotations

import ast
import gc
import importlib
import importlib.machinery
import json
import os
import random
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, NamedTuple

for _threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")

import pytest  # noqa: E402

ROOT = Path(__file__).parents[2]
ROOM = ROOT / "src" / "equiwait" / "disclosure"
SLOW = ("test_noninterference.py", "test_strays.py", "test_verbs_attacked.py", "test_small_lists.py")
ASKED = [
    *(
        f"tests/disclosure/{path.name}"
        for path in sorted((ROOT / "tests" / "disclosure").glob("test_*.py"))
        if path.name not in SLOW
    ),
    "src/equiwait/disclosure",
]
LONGEST_TEST, SPARE = (
    1.5,
    20,
)  # seconds of processor: of a test that is asked, and what a mutant has beside thrice its tests

_COMPARED = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,), ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}  # fmt: skip
_OTHER = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Mod: ast.Add,
    ast.Pow: ast.Mult, ast.And: ast.Or, ast.Or: ast.And, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
_CALLED = {
    "min": "max", "max": "min", "floor": "ceil", "ceil": "floor", "any": "all", "all": "any", "minimum": "maximum",
    "maximum": "minimum", "argmin": "argmax",
}  # fmt: skip
_TINY = 1e-5  # numbers below this only catch errors of arithmetic

Change = Callable[[], None]


class Mutant(NamedTuple):
    """One change: of which file, the number of the change in it, and where it is."""

    path: Path
    number: int
    line: int
    function: str  # "" outside of functions
    says: str

    @property
    def place(self) -> str:
        return f"{self.path.name}:{self.line}"


class Run(NamedTuple):
    """What a test ran, and how long it took."""

    functions: frozenset[str]
    seconds: float


# --- changes ---------------------------------------------------------------------------------------------------------


def changes(tree: ast.AST) -> Iterator[tuple[ast.AST, Change]]:
    """Every node that can be changed, with what changes it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            for at, op in enumerate(node.ops):
                for other in _COMPARED.get(type(op), ()):
                    yield node, lambda node=node, at=at, other=other: node.ops.__setitem__(at, other())
        elif (
            isinstance(node, ast.BinOp | ast.BoolOp | ast.AugAssign) and type(node.op) in _OTHER and not _of_types(node)
        ):
            yield node, _set(node, "op", _OTHER[type(node.op)]())
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.Invert | ast.USub):
            yield node, _become(node, node.operand)
        elif isinstance(node, ast.Constant):
            for value in _other_values(node.value):
                yield node, _set(node, "value", value)
        elif isinstance(node, ast.Attribute) and node.attr in _CALLED:
            yield node, _set(node, "attr", _CALLED[node.attr])
        elif isinstance(node, ast.Name) and node.id in _CALLED and isinstance(node.ctx, ast.Load):
            yield node, _set(node, "id", _CALLED[node.id])
        elif isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
            yield node, _set(node, "value", ast.Constant(None))
        elif _can_go(node):
            yield node, _become(node, ast.Pass())


def _other_values(value: object) -> list[object]:
    if type(value) is bool:
        return [not value]
    if type(value) is int:
        return [value + 1, value - 1]
    return [value * 1.5] if type(value) is float and abs(value) > _TINY else []


def _of_types(node: ast.AST) -> bool:
    """``A | B`` of two names with a capital is a type."""
    text = ast.unparse(node)
    return " | " in text and all(part[:1].isupper() or part in ("str", "int", "None") for part in text.split(" | "))


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _can_go(node: ast.AST) -> bool:
    """Calls, growing sums, ``raise``, ``continue``, ``break`` and what is put into a place; names would be missed at once."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Call)
    if isinstance(node, ast.Assign):
        return not any(isinstance(target, ast.Name) for target in node.targets)
    return isinstance(node, ast.AugAssign | ast.Raise | ast.Continue | ast.Break)


def _set(node: ast.AST, attribute: str, value: object) -> Change:
    return lambda: setattr(node, attribute, value)


def _become(node: ast.AST, other: ast.AST) -> Change:
    def change() -> None:
        keep = (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]
        node.__class__, node.__dict__ = other.__class__, dict(other.__dict__)  # type: ignore[misc]
        node.lineno, node.col_offset, node.end_lineno, node.end_col_offset = keep  # type: ignore[attr-defined]

    return change


def _annotations(tree: ast.AST) -> set[int]:
    """Nodes that nothing runs: types, and ``strict=True``, which only guards lists that are as long as each other anyway."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "strict":
            found.add(id(node.value))
        for name in ("annotation", "returns"):
            if (said := getattr(node, name, None)) is not None:
                found |= {id(each) for each in ast.walk(said)}
    return found


def _functions(tree: ast.AST, inside: str = "", body: str = "") -> Iterator[tuple[int, str]]:
    """Each node in the body of a function, with the name of the outermost one; its defaults are not in its body."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef):
            name = f"{inside}{node.name}"
            for statement in node.body:
                holder = ast.Module([statement], [])
                yield from _functions(holder, f"{name}.<locals>.", body or name)
            continue
        if body:
            yield id(node), body
        prefix = f"{inside}{node.name}." if isinstance(node, ast.ClassDef) else inside
        yield from _functions(node, prefix, body)


def mutants_of(path: Path) -> list[Mutant]:
    """Every change that can be made to a file."""
    tree = ast.parse(path.read_text("utf-8"))
    silent, inside = _annotations(tree), dict(_functions(tree))
    return [
        Mutant(path, number, node.lineno, inside.get(id(node), ""), ast.unparse(node))  # type: ignore[attr-defined]
        for number, (node, _) in enumerate(changes(tree))
        if id(node) not in silent
    ]


def changed(mutant: Mutant) -> tuple[CodeType, str]:
    """Return the code of the changed file, and what the changed place says now."""
    tree = ast.parse(mutant.path.read_text("utf-8"))
    node, change = list(changes(tree))[mutant.number]
    change()
    ast.fix_missing_locations(tree)
    return compile(tree, str(mutant.path), "exec"), ast.unparse(node)


# --- one mutant ------------------------------------------------------------------------------------------------------


def put_in_place(mutant: Mutant) -> None:
    """Give the functions of the changed file their new code, wherever they have been imported to."""
    new: dict[tuple[str, int], CodeType] = {}

    def walk(code: CodeType) -> None:
        for each in code.co_consts:
            if isinstance(each, CodeType):
                new[each.co_qualname, each.co_firstlineno] = each
                walk(each)

    walk(changed(mutant)[0])
    for function in gc.get_objects():
        if isinstance(function, FunctionType) and function.__code__.co_filename == str(mutant.path):
            code = new.get((function.__code__.co_qualname, function.__code__.co_firstlineno))
            if code is not None:
                function.__code__ = code


def import_anew(mutant: Mutant) -> int:
    """Forget the package and the tests, and run the tests on the changed file: for what stands outside of functions."""
    code = changed(mutant)[0]
    for name, module in list(sys.modules.items()):
        where = getattr(module, "__file__", None) or ""
        if name.partition(".")[0] == "equiwait" or where.startswith(str(ROOT / "tests")):
            del sys.modules[name]
    usual = importlib.machinery.SourceFileLoader.get_code

    def get_code(self: Any, fullname: str) -> Any:
        return code if self.path == str(mutant.path) else usual(self, fullname)

    importlib.machinery.SourceFileLoader.get_code = get_code  # type: ignore[method-assign]
    return int(pytest.main([*_OPTIONS, "-x", *_chosen(mutant)]))


def _chosen(mutant: Mutant) -> list[str]:
    return [f"--deselect={name}" for name in _TOO_LONG] + ASKED


_OPTIONS = ["-q", "-n", "0", "-p", "no:cacheprovider", "-s", f"--rootdir={ROOT}"]
_TOO_LONG: list[str] = []


def passes(item: Any) -> bool:
    """Run one collected test."""
    from _pytest.runner import runtestprotocol

    item._initrequest() if hasattr(item, "_initrequest") else None
    return not any(report.failed for report in runtestprotocol(item, nextitem=None, log=False))


def in_a_fork(do: Callable[[Any], int], seconds: float) -> tuple[int, str]:
    """Call ``do`` in a copy of this process; return its answer (1 if it did not end in time) and what it wrote."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
        signal.alarm(int(20 * seconds))  # a clock only for what waits for ever
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        answer = 1
        try:
            with os.fdopen(writer, "w") as said:
                answer = do(said)
        finally:
            os._exit(answer)
    os.close(writer)
    with os.fdopen(reader) as said:
        text = said.read()
    _, status = os.waitpid(child, 0)
    return (os.waitstatus_to_exitcode(status) or 0), text


# --- all of them -----------------------------------------------------------------------------------------------------


class Trial:
    """Runs mutants once the tests are collected."""

    def __init__(self, how_many: int | None, seed: int, asked: list[str]) -> None:
        every = [one for path in sorted(ROOM.glob("*.py")) for one in mutants_of(path)]
        every = [one for one in every if not asked or {one.path.name, one.place} & set(asked)]
        self.made = len(every)
        self.mutants = every if how_many is None else _spread(every, how_many, seed)
        self.survivors: list[str] = []
        self.worth: Counter[str] = Counter()

    def pytest_runtestloop(self, session: Any) -> bool:
        """Instead of the usual run: which test runs what, and then every mutant."""
        import scipy.optimize  # noqa: F401  imported once for all forks

        for path in ROOM.glob("[a-z]*.py"):
            importlib.import_module(f"equiwait.disclosure.{path.stem}")
        items = {item.nodeid: item for item in session.items}
        _, text = in_a_fork(lambda said: _watch(items, said), 2000)
        lines = [json.loads(line) for line in text.splitlines()]
        runs = {name: Run(frozenset(what), seconds) for name, what, seconds, passed in lines if passed}
        wrong = [name for name, *_, passed in lines if not passed]
        if wrong:
            raise SystemExit(f"these fail without any change: {wrong}")
        _TOO_LONG.extend(name for name, run in runs.items() if run.seconds > LONGEST_TEST)
        asked = {name: run for name, run in runs.items() if run.seconds <= LONGEST_TEST}
        print(f"{len(asked)} tests of {len(runs)} are asked, {sum(r.seconds for r in asked.values()):.0f} s together")
        for one in self.mutants:
            self.ask(one, asked, items)
        self.conclude()
        return True

    def ask(self, one: Mutant, runs: dict[str, Run], items: dict[str, Any]) -> None:
        """Run the tests that reach a mutant until one fails."""
        names = [name for name, run in runs.items() if f"{one.path.name}:{one.function}" in run.functions]
        names.sort(key=lambda name: (-self.worth[f"{one.path.name} {name}"], runs[name].seconds))
        seconds = SPARE + 3 * sum(runs[name].seconds for name in (names if one.function else runs))

        def run(said: Any) -> int:
            if not one.function:
                return import_anew(one)
            put_in_place(one)
            for name in names:
                if not passes(items[name]):
                    said.write(name)
                    return 1
            return 0

        started = time.time()
        answer, name = in_a_fork(run, seconds)
        if answer:
            self.worth[f"{one.path.name} {name}"] += 1
            print(f"{one.place}: killed in {time.time() - started:.1f} s", flush=True)
        else:
            line = f"{one.place}: {one.says!r} -> {changed(one)[1]!r} ({len(names) if one.function else 'all'} tests)"
            self.survivors.append(line)
            print(f"SURVIVES {line}", flush=True)

    def conclude(self) -> None:
        """Say how many were killed, file by file."""
        tried = Counter(one.path.name for one in self.mutants)
        left = Counter(line.partition(":")[0] for line in self.survivors)
        for name in sorted(tried):
            print(f"{name}: {tried[name] - left[name]} of {tried[name]} killed")
        print("\n".join(["", *self.survivors]))
        print(
            f"{len(self.mutants) - len(self.survivors)} of {len(self.mutants)} killed (of {self.made} that can be made)"
        )


def _spread(every: list[Mutant], how_many: int, seed: int) -> list[Mutant]:
    """A sample in which every file has its share, and at least two."""
    chance = random.Random(seed)
    chosen: list[Mutant] = []
    for path in sorted({one.path for one in every}):
        mine = [one for one in every if one.path == path]
        chosen += chance.sample(mine, min(len(mine), max(2, round(how_many * len(mine) / len(every)))))
    return chosen


def _watch(items: dict[str, Any], said: Any) -> int:
    """Write for each test what it runs of the room, how long it takes, and whether it passes."""
    room = str(ROOM)
    for name, item in items.items():
        ran: set[str] = set()

        def note(frame: Any, event: str, _: Any, ran: set[str] = ran) -> None:
            code = frame.f_code
            if event == "call" and code.co_filename.startswith(room):
                ran.add(f"{Path(code.co_filename).name}:{code.co_qualname.split('.<locals>')[0]}")

        started = time.process_time()
        sys.setprofile(note)
        try:
            passed = passes(item)
        finally:
            sys.setprofile(None)
        said.write(json.dumps([name, sorted(ran), time.process_time() - started, passed]) + "\n")
        said.flush()
    return 0


def main(arguments: list[str]) -> None:
    """Try a seeded sample of all mutants, or all, and print those that survive."""
    os.nice(10)
    asked = [each for each in arguments if ".py" in each]
    numbers = [each for each in arguments if ".py" not in each]
    how_many = None if numbers[:1] == ["all"] else int(numbers[0]) if numbers else 300
    trial = Trial(how_many, int(numbers[1]) if len(numbers) > 1 else 1, asked)
    os.chdir(ROOT)
    pytest.main([*_OPTIONS, *ASKED], plugins=[trial])


if __name__ == "__main__":
    main(sys.argv[1:])
