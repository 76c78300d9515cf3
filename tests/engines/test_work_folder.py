"""The folder of a stream's work: what a machine that stopped has torn is done again, nobody else's is touched, nobody else works in it."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import equiwait as ew
from engines.dirty_lists import SNAPSHOT, dirty
from equiwait.engines import stream, work_folder
from equiwait.errors import OptionError
from equiwait.samples import sample_path

KINDS = ["out", "out.csv", "out.parquet"]
TORN = [lambda data: b"", lambda data: data[: len(data) * 2 // 3], lambda data: bytes(len(data))]
ENGLAND = ew.Policy.preset("england_default")


@pytest.fixture(autouse=True)
def small_lots(monkeypatch):
    monkeypatch.setattr(stream, "_LOT", 50)


def a_list(folder: Path) -> Path:
    """Write a dirty list in parts."""
    table = pa.Table.from_pandas(dirty(90), preserve_index=False)
    pq.write_table(table, folder / "list.parquet", row_group_size=45)
    return folder / "list.parquet"


def read(path: Path) -> pd.DataFrame:
    """Return the list that a stream wrote."""
    return pd.read_csv(path, dtype=str) if path.suffix == ".csv" else pq.read_table(path).to_pandas()


def stopped(recipe: ew.Recipe, source: Path, to: Path, when: int) -> Path:
    """Stop a stream when it tells of its progress for the so-manieth time, and return the folder of its work."""
    told = []

    def progress(_share: float, what: str) -> None:
        told.append(what)
        if len(told) == when:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recipe.stream(source, to, progress=progress)
    return to.with_name(f"{to.name}.unfinished")


def steps(recipe: ew.Recipe, source: Path, to: Path) -> int:
    told = []
    recipe.stream(source, to, progress=lambda _share, what: told.append(what))
    return len(told)


@pytest.mark.parametrize(
    ("to", "policy"), [("out", None), ("out.csv", None), ("out.parquet", ENGLAND)], ids=["folder", "csv", "policy"]
)
def test_whatever_a_machine_that_stopped_has_torn_the_same_list_comes_out(tmp_path, to, policy):
    """Each kind of file of each pass is torn in each way: the stream goes on, or begins anew, and never gives less."""
    source, recipe = a_list(tmp_path), ew.Recipe(SNAPSHOT, policy=policy, count="sex")
    last, torn = steps(recipe, source, tmp_path / f"whole-{to}"), set()
    expected = recipe.stream(source, tmp_path / f"again-{to}")
    for when in range(1, last + 1, 3):
        job = stopped(recipe, source, tmp_path / to, when)
        copy = shutil.copytree(job, tmp_path / "copy")
        kinds = {(each.parent.parent.name, each.name): each for each in sorted(copy.rglob("*")) if each.is_file()}
        kinds = {kind: each for kind, each in kinds.items() if each.name != "job.json" and each.name[:1] != "."}
        for kind in sorted(kinds.keys() - torn):
            tear = TORN[len(torn) % len(TORN)]
            torn.add(kind)
            shutil.rmtree(job, ignore_errors=True)
            shutil.copytree(copy, job)
            file = job / kinds[kind].relative_to(copy)
            file.write_bytes(tear(file.read_bytes()))
            done = recipe.stream(source, tmp_path / to)
            assert read(done.rows).equals(read(expected.rows)), kind
            assert done.counts == expected.counts, kind
            assert not job.exists()
            shutil.rmtree(done.rows) if done.rows.is_dir() else done.rows.unlink()
        shutil.rmtree(copy)
        shutil.rmtree(job, ignore_errors=True)
    assert {name.rsplit(".")[-1] for _, name in torn} >= {
        "json",
        "arrow",
        "keys",
        to.rpartition(".")[2].replace("out", "parquet"),
    }


@pytest.mark.parametrize("to", KINDS)
@pytest.mark.parametrize("tear", TORN)
def test_a_part_among_the_outputs_or_an_output_that_is_torn_is_made_again(tmp_path, monkeypatch, to, tear):
    source, recipe, place = a_list(tmp_path), ew.Recipe(SNAPSHOT), tmp_path / to
    expected = recipe.stream(source, tmp_path / f"whole-{to}").rows
    replace, job = Path.replace, tmp_path / f"{to}.unfinished"
    for name in ("output", to):  # stopped before the outputs are called so

        def just_before(self, target, name=name):
            if Path(target).name == name:
                raise KeyboardInterrupt
            return replace(self, target)

        with monkeypatch.context() as here:
            here.setattr(Path, "replace", just_before)
            with pytest.raises(KeyboardInterrupt):
                recipe.stream(source, place)
        made = next(job.glob("output*"))
        made = min(made.iterdir()) if made.is_dir() else made
        made.write_bytes(tear(made.read_bytes()))
        assert read(recipe.stream(source, place).rows).equals(read(expected))
        assert not job.exists()
        shutil.rmtree(place) if place.is_dir() else place.unlink()


@pytest.mark.parametrize("mine", [None, "job.json", "told.json"])
def test_a_folder_of_somebody_else_beside_finished_outputs_stays(tmp_path, mine):
    source, theirs = a_list(tmp_path), tmp_path / "out.unfinished"
    ew.Recipe(SNAPSHOT).stream(source, tmp_path / "out")
    theirs.mkdir()
    if mine:
        (theirs / mine).write_text("{}")
    with pytest.raises(OptionError, match="Something stands"):
        ew.Recipe(SNAPSHOT).stream(source, tmp_path / "out")
    assert [each.name for each in theirs.iterdir()] == ([mine] if mine else [])


def test_work_that_says_null_of_itself_is_not_gone_on_with(tmp_path):
    source = a_list(tmp_path)
    job = stopped(ew.Recipe(SNAPSHOT), source, tmp_path / "out", 3)
    (job / "job.json").write_text("null")
    with pytest.raises(OptionError, match="another recipe"):
        ew.Recipe(SNAPSHOT, missing=False).stream(source, tmp_path / "out")


def test_nobody_else_can_look_into_the_work_even_where_its_folder_was_there(tmp_path):
    (tmp_path / "out.unfinished").mkdir()
    (tmp_path / "out.unfinished").chmod(0o755)
    job = stopped(ew.Recipe(SNAPSHOT), a_list(tmp_path), tmp_path / "out", 3)
    assert job.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("to", [".", "", "/", "..", None, 7])
def test_what_names_no_place_is_refused_in_one_sentence(tmp_path, to):
    with pytest.raises(OptionError, match="names no new file or folder"):
        ew.Recipe(SNAPSHOT).stream(a_list(tmp_path), to)


def test_below_a_file_nothing_can_be_written(tmp_path):
    source = a_list(tmp_path)
    with pytest.raises(OptionError, match=r"'list.parquet' is a file"):
        ew.Recipe(SNAPSHOT).stream(source, source / "new" / "out")


def test_folders_that_were_made_on_the_way_go_again_where_nothing_comes_of_it(tmp_path):
    listed = tmp_path / "list.csv"
    listed.write_text("clock_start,ward\n" + "2026-04-01,7\n" * 500 + "2026-04-01,7,8\n")
    with pytest.raises(ew.EquiwaitError):
        ew.Recipe(SNAPSHOT).stream(listed, tmp_path / "new" / "deep" / "out")
    assert list(tmp_path.iterdir()) == [listed]


def test_of_two_runs_at_once_one_says_that_the_other_is_at_work(tmp_path):
    source, recipe, said = a_list(tmp_path), ew.Recipe(SNAPSHOT), []

    def other() -> None:
        try:
            recipe.stream(source, tmp_path / "out")
        except OptionError as refused:
            said.append(str(refused))

    def progress(_share: float, _what: str) -> None:
        if not said:
            second = threading.Thread(target=other)
            second.start()
            second.join()

    assert len(read(recipe.stream(source, tmp_path / "out", progress=progress).rows)) == 90
    assert len(said) == 1
    assert "Another run is at work in 'out.unfinished'" in said[0]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["list.parquet", "out"]


def test_a_folder_that_somebody_takes_away_meanwhile_is_no_want_of_room(tmp_path, monkeypatch):
    source = a_list(tmp_path)
    monkeypatch.setattr(stream, "spread", lambda work, pieces: map(work, pieces))

    def progress(_share: float, _what: str) -> None:
        shutil.rmtree(tmp_path / "out.unfinished", ignore_errors=True)

    with pytest.raises(OptionError, match="could not be written") as failed:
        ew.Recipe(SNAPSHOT).stream(source, tmp_path / "out", progress=progress)
    assert "Make room" not in str(failed.value)
    assert "no other run" in str(failed.value)
    assert [each.name for each in tmp_path.iterdir()] == ["list.parquet"]


@pytest.mark.parametrize("name", ["n" * 250, "n" * 300, "a\0b", "half \ud800"])
def test_a_name_that_no_disk_takes_is_refused_in_one_sentence(tmp_path, name):
    with pytest.raises(OptionError, match="No disk takes the name"):
        ew.Recipe(SNAPSHOT).stream(sample_path("adult_ptl"), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_file_where_the_work_would_lie_is_named(tmp_path):
    (tmp_path / "out.unfinished").write_text("mine")
    with pytest.raises(OptionError, match="is no folder"):
        ew.Recipe(SNAPSHOT).stream(sample_path("adult_ptl"), tmp_path / "out")
    assert (tmp_path / "out.unfinished").read_text() == "mine"


def test_a_disk_that_knows_no_such_mode_is_no_obstacle(tmp_path, monkeypatch):
    real = os.chmod

    def chmod(path, mode, **more):
        if mode > 0o777:
            raise PermissionError
        real(path, mode, **more)

    monkeypatch.setattr(os, "chmod", chmod)
    assert ew.Recipe(SNAPSHOT).stream(sample_path("adult_ptl"), tmp_path / "out").rows.is_dir()


def test_the_folder_of_a_run_that_has_just_ended_is_nobodys(tmp_path):
    job = tmp_path / "job"
    opened = os.open

    def open_then_lose(path, flags, *more):
        found = opened(path, flags, *more)
        if str(path) == str(job):
            job.rmdir()
            job.mkdir()
        return found

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "open", open_then_lose)
        with pytest.raises(OptionError, match="Another run is at work"), work_folder.alone(job):
            pass
