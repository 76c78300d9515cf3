"""Do the room's own tests notice a change of its code? ``python tests/disclosure/mutate.py [how many | all] [seed] [file.py | file.py:line …]``.

Each mutant is one change of ``disclosure/``: a comparison, a sum, a number, ``and`` for ``or``, a returned value, a statement
that is dropped. All is imported and collected once; each mutant is a fork of that process, in which the changed function is
put in place and the tests that run it follow, those that have failed for its neighbours first. A mutant that they let pass is
printed with its line. Tests that take long are not asked: what is found here must be found quickly.

A change is killed by a test that fails, and passes alone without the change, or that can no longer be imported. One under
which a test does not end (five seconds of processor and five times what it usually takes) is counted apart, and one whose
run breaks off in any other way ends the trial: that would be a fault of this tool.
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
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, NamedTuple

for _threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")

import pytest  # noqa: E402

from disclosure.changes import Mutant, changed, mutants_of, tree_of  # noqa: E402

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
LONGEST_TEST, SPARE = 1.5, 5  # seconds of processor: of a test that is asked, and what it has beside five times its own
PASSED, FAILED, BROKEN = 0, 1, 99  # what a fork says by its end
ENDLESS = {-signal.SIGPROF, -signal.SIGXCPU, -signal.SIGALRM, -signal.SIGKILL}


class Run(NamedTuple):
    """What a test ran, and how long it took."""

    functions: frozenset[str]
    seconds: float


# --- one mutant ------------------------------------------------------------------------------------------------------


def put_in_place(mutant: Mutant) -> None:
    """Give the functions of the changed file their new code, wherever they have been imported to."""
    new: dict[tuple[str, int], CodeType] = {}

    def walk(code: CodeType) -> None:
        for each in code.co_consts:
            if isinstance(each, CodeType):
                new[each.co_qualname, each.co_firstlineno] = each
                walk(each)

    walk(changed(mutant))
    for function in gc.get_objects():
        if isinstance(function, FunctionType) and function.__code__.co_filename == str(mutant.path):
            code = new.get((function.__code__.co_qualname, function.__code__.co_firstlineno))
            if code is not None:
                function.__code__ = code


def import_anew(mutant: Mutant | None) -> int:
    """Forget the package and the tests, and run the tests on the changed file: for what stands outside of functions."""
    code = changed(mutant) if mutant else None
    for name, module in list(sys.modules.items()):
        where = getattr(module, "__file__", None) or ""
        if name.partition(".")[0] == "equiwait" or where.startswith(str(ROOT / "tests")):
            del sys.modules[name]
    usual = importlib.machinery.SourceFileLoader.get_code

    def get_code(self: Any, fullname: str) -> Any:
        return code if mutant and self.path == str(mutant.path) else usual(self, fullname)

    importlib.machinery.SourceFileLoader.get_code = get_code  # type: ignore[method-assign]
    ended = pytest.main([*_OPTIONS, "-x", *_chosen(mutant)])
    if ended in (pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED):  # the second where it cannot be imported
        return FAILED
    return PASSED if ended == pytest.ExitCode.OK else BROKEN


def _chosen(mutant: Mutant | None) -> list[str]:
    """The tests of the changed file first."""
    first = mutant.path.stem if mutant else ""
    return [f"--deselect={name}" for name in _TOO_LONG] + sorted(ASKED, key=lambda path: first not in path)


_OPTIONS = ["-q", "-n", "0", "-p", "no:cacheprovider", "-s", f"--rootdir={ROOT}"]
_TOO_LONG: list[str] = []


def passes(item: Any) -> bool:
    """Run one collected test."""
    from _pytest.runner import runtestprotocol

    item._initrequest() if hasattr(item, "_initrequest") else None
    return not any(report.failed for report in runtestprotocol(item, nextitem=None, log=False))


def in_a_fork(do: Callable[[Any], int], seconds: float) -> tuple[int, str]:
    """Call ``do`` in a copy of this process; return its answer (a signal with a minus where one ended it) and what it wrote."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
        signal.alarm(int(20 * seconds))  # a clock only for what waits for ever
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        answer = BROKEN
        try:
            with os.fdopen(writer, "w") as said:
                answer = do(said)
        finally:
            os._exit(answer)
    os.close(writer)
    with os.fdopen(reader) as said:
        text = said.read()
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), text


# --- all of them -----------------------------------------------------------------------------------------------------


class Trial:
    """Runs mutants once the tests are collected."""

    def __init__(self, how_many: int | None, seed: int, asked: list[str]) -> None:
        every = [one for path in sorted(ROOM.glob("*.py")) for one in mutants_of(path)]
        every = [one for one in every if not asked or {one.path.name, one.place} & set(asked)]
        self.made = len(every)
        self.mutants = every if how_many is None else _spread(every, how_many, seed)
        self.survivors: list[str] = []
        self.endless: list[str] = []
        self.sound: set[str] = set()
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
        if any(not one.function for one in self.mutants) and in_a_fork(lambda _: import_anew(None), 2000)[0]:
            raise SystemExit("imported anew, tests fail without any change")
        for one in self.mutants:
            self.ask(one, asked, items)
        self.conclude()
        return True

    def ask(self, one: Mutant, runs: dict[str, Run], items: dict[str, Any]) -> None:
        """Run the tests that reach a mutant until one fails."""
        names = [name for name, run in runs.items() if f"{one.path.name}:{one.function}" in run.functions]
        names.sort(key=lambda name: (-self.worth[f"{one.path.name} {name}"], runs[name].seconds))
        seconds = 60 + 5 * sum(runs[name].seconds for name in (names if one.function else runs))

        def run(said: Any) -> int:
            if not one.function:
                return import_anew(one)
            put_in_place(one)
            for name in names:
                said.write(name + "\n")
                said.flush()
                signal.setitimer(signal.ITIMER_PROF, SPARE + 5 * runs[name].seconds)
                if not passes(items[name]):
                    return FAILED
            return PASSED

        started = time.time()
        answer, text = in_a_fork(run, seconds)
        name = text.splitlines()[-1] if text else ""
        line = f"{one.place}: {one.says!r} -> {ast.unparse(tree_of(one)[1])!r} ({len(names) if one.function else 'all'} tests)"
        if answer == PASSED:
            self.survivors.append(line)
            print(f"SURVIVES {line}", flush=True)
        elif answer in ENDLESS:
            self.endless.append(line)
            print(f"DOES NOT END {line} {name}", flush=True)
        elif answer == FAILED:
            self.worth[f"{one.path.name} {name}"] += 1
            self.must_pass(name, items)
            print(f"{one.place}: killed in {time.time() - started:.1f} s", flush=True)
        else:
            raise SystemExit(f"broke off with {answer}: {line} {name}")

    def must_pass(self, name: str, items: dict[str, Any]) -> None:
        """Make sure that a test that killed a mutant passes by itself where nothing is changed."""
        if not name or name in self.sound:
            return
        if in_a_fork(lambda _: PASSED if passes(items[name]) else FAILED, 200)[0] != PASSED:
            raise SystemExit(f"fails alone without any change: {name}")
        self.sound.add(name)

    def conclude(self) -> None:
        """Say how many were killed, file by file."""
        tried = Counter(one.path.name for one in self.mutants)
        left, endless = (Counter(line.partition(":")[0] for line in lines) for lines in (self.survivors, self.endless))
        for name in sorted(tried):
            killed = tried[name] - left[name] - endless[name]
            print(f"{name}: {killed} of {tried[name]} killed, {endless[name]} do not end")
        print("\n".join(["", "do not end:", *self.endless, "", "survive:", *self.survivors]))
        killed = len(self.mutants) - len(self.survivors) - len(self.endless)
        print(
            f"{killed} of {len(self.mutants)} killed, {len(self.endless)} do not end (of {self.made} that can be made)"
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
