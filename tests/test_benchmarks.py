"""The benchmark of row work: a rival that wants memory stops alone, and ratios stand beside those that the docs give."""

from __future__ import annotations

import importlib
import runpy
import sys
import textwrap
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
ASIDE = ("recipe", "own_process", "written_down", "by_hand", "made_list")


@pytest.fixture
def room(monkeypatch):
    """Open a file of the benchmarks as a module, for one test."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    yield importlib.import_module
    for name in ASIDE:
        sys.modules.pop(name, None)


def test_one_command_runs_the_rivals_the_growth_and_the_reports(room, tmp_path):
    parts = runpy.run_path(str(BENCHMARKS / "__main__.py"))["parts"]
    whole = parts(small=False, growth="10000,100000000", folder=tmp_path)
    small = parts(small=True, growth="", folder=tmp_path)
    assert [words[0] for words in whole] == [words[0] for words in small] == ["recipe.py", "recipe.py", "report.py"]
    for words in (*whole[:2], *small[:2]):
        room("recipe").asked(words[1:])


def program(text: str) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(text)]


LITTLE = """
    import resource, sys
    import numpy, pyarrow, polars
    polars.Series([1.0]).sum()
    held = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + (64 << 20), resource.RLIM_INFINITY))
"""
"""A process that may hold little more than it does."""

DEATHS = {
    "Python": LITTLE + "    bytearray(1 << 33)",
    "numpy": LITTLE + "    numpy.ones(1 << 30)",
    "Arrow": LITTLE + "    pyarrow.allocate_buffer(1 << 33)",
    "polars": LITTLE + "    polars.zeros(1 << 30, eager=True)",
    "the system": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "C++": "import os; os.write(2, b\"terminate called after throwing an instance of 'std::bad_alloc'\\n\"); os.abort()",
    "one that stands still": "import os, time; os.write(2, b'memory allocation of 8 bytes failed\\n'); time.sleep(600)",
    "DuckDB": """
        import duckdb
        link = duckdb.connect()
        link.execute("set memory_limit = '20MB'; set temp_directory = ''")
        link.execute("create table much as select range, md5(range::text) from range(5000000)")
    """,
}


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="how much a process holds is read from /proc")
@pytest.mark.parametrize("who", DEATHS)
def test_whoever_wants_memory_is_told_from_whoever_fails(room, who):
    assert room("own_process").printed(who, program(DEATHS[who]), patience=0.5) is None


def test_what_is_printed_comes_back_and_any_other_failure_ends_the_run(room):
    printed = room("own_process").printed
    assert printed("one", program("print('said')")) == "said\n"
    with pytest.raises(SystemExit, match=r"one: ended with 1: (?s:.*)ValueError: no such column"):
        printed("one", program("raise ValueError('no such column')  # MemoryError"))
    with pytest.raises(SystemExit, match="one: ended with -11"):
        printed("one", program("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"))


def small(recipe, tmp_path, *more: str) -> None:
    """Run the benchmark, small."""
    recipe.main(
        recipe.asked(["--rows", "2000", "--postcodes", "2000", "--rounds", "2", "--folder", str(tmp_path), *more])
    )


def dying(recipe, monkeypatch, who: str, lives: int, how: str) -> list[str]:
    """Let one way live a few times, then end otherwise; every way's tries are noted."""
    tried, real = [], recipe.command

    def command(way, *given):
        tried.append(way)
        return program(how) if way == who and tried.count(who) > lives else real(way, *given)

    monkeypatch.setattr(recipe, "command", command)
    monkeypatch.setattr(recipe, "WAYS", {name: recipe.WAYS[name] for name in ("equiwait", "polars", "DuckDB")})
    return tried


@pytest.mark.parametrize("lives", [0, 2])
def test_a_rival_without_memory_stops_alone_and_the_table_says_so(room, tmp_path, monkeypatch, capsys, lives):
    recipe = room("recipe")
    tried = dying(recipe, monkeypatch, "polars", lives, "raise MemoryError")
    small(recipe, tmp_path)
    table = [line.split(" | ") for line in capsys.readouterr().out.splitlines() if line.startswith("| ")]
    assert [row[:2] for row in table[2:] if "memory" in row[1]] == [["| polars", "ran out of memory"]]
    assert {len(row) for row in table[2:]} == {len(table[0])}
    assert [row[0] for row in table[2:]] == ["| equiwait", "| polars", "| DuckDB"]
    assert (tried.count("polars"), tried.count("DuckDB")) == (lives + 1, 3)


FAILING = {
    "polars": (0, "raise ValueError('no such column')", "polars: ended with 1: (?s:.*)no such column"),
    "equiwait": (1, "raise MemoryError", "equiwait: ran out of memory"),
}


@pytest.mark.parametrize("who", FAILING)
def test_a_rival_that_fails_otherwise_ends_the_run_and_so_does_equiwait_without_memory(
    room, tmp_path, monkeypatch, who
):
    recipe, (lives, how, said) = room("recipe"), FAILING[who]
    dying(recipe, monkeypatch, who, lives, how)
    with pytest.raises(SystemExit, match=said):
        small(recipe, tmp_path)


def test_ratios_stand_beside_those_that_the_docs_give(room, tmp_path, monkeypatch, capsys):
    recipe, written = room("recipe"), room("written_down").ratios()
    assert set(written) == set(recipe.WAYS)
    assert all(float(each) >= 1 for each in written.values())
    small(recipe, tmp_path, "--alone")
    head, _, row = [line.split(" | ") for line in capsys.readouterr().out.splitlines() if line.startswith("| ")]
    assert row[head.index("times written down of 7.5 million")] == written["equiwait"]
    page = tmp_path / "speed.md"
    assert room("written_down").ratios(page) == {}
    page.write_text(
        "\n## 7.5 million rows\n\n| way | new | times equiwait |\n| --- | --- | --- |\n| pandas 3 | 1 | 8.25 |\n\n## Growth\n\n| a | b |\n"
    )
    assert room("written_down").ratios(page) == {"pandas 3": "8.25"}
