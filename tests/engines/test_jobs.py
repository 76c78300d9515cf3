"""The work of a stream on disk: whose folder it is, what stands at its target, and what is left of it whenever it is stopped."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import equiwait as ew
from engines.dirty_lists import SNAPSHOT, dirty, unlike
from equiwait.engines import stream
from equiwait.errors import EquiwaitError, OptionError

KINDS = ["out", "out.parquet", "out.csv"]


def a_list(folder: Path, people: int = 200) -> Path:
    """Write a dirty list in parts."""
    pq.write_table(
        pa.Table.from_pandas(dirty(people), preserve_index=False), folder / "list.parquet", row_group_size=50
    )
    return folder / "list.parquet"


def read(path: Path) -> pd.DataFrame:
    """Return the list that a stream wrote."""
    return pd.read_csv(path, dtype=str) if path.suffix == ".csv" else pq.read_table(path).to_pandas()


@pytest.mark.parametrize("to", KINDS)
@pytest.mark.parametrize("call", [(Path, "rename"), (Path, "replace"), (shutil, "rmtree"), (Path, "mkdir")])
def test_a_job_that_is_stopped_while_its_outputs_are_made_goes_on(tmp_path, monkeypatch, to, call):
    """Stopped before and after each step of the ending; what comes out is the whole list, and nothing is left beside it."""
    source, recipe = a_list(tmp_path), ew.Recipe(SNAPSHOT, count="sex")
    expected = recipe.stream(source, tmp_path / f"whole-{to}")
    parts_of, steps, place = stream.finish, 0, tmp_path / to
    owner, name = call
    step = getattr(owner, name)

    def ending(*asked):
        with monkeypatch.context() as here:
            here.setattr(owner, name, stopped)
            parts_of(*asked)

    def stopped(*asked, **how):
        done.append(name)
        if len(done) == steps // 2 + 1 and not steps % 2:
            raise KeyboardInterrupt
        try:
            return step(*asked, **how)
        finally:
            if len(done) == steps // 2 + 1:
                raise KeyboardInterrupt

    while True:
        done: list[str] = []
        monkeypatch.setattr("equiwait.recipe.outputs.finish", ending)
        try:
            recipe.stream(source, place)
        except KeyboardInterrupt:
            stops = True
        else:
            stops = False
        monkeypatch.setattr("equiwait.recipe.outputs.finish", parts_of)
        if place.exists():
            if stops:
                with pytest.raises(OptionError, match="Something stands"):
                    recipe.stream(source, place)
        else:
            assert recipe.stream(source, place).counts.table.equals(expected.counts.table)
        assert not unlike(read(expected.rows), read(place))
        assert not list(tmp_path.glob("*.unfinished"))
        shutil.rmtree(place) if place.is_dir() else place.unlink()
        if not stops:
            break
        steps += 1


def test_rows_are_gone_before_the_outputs_have_their_name(tmp_path, monkeypatch):
    source, seen = a_list(tmp_path), []
    replace = Path.replace

    def watched(self, target):
        if target == tmp_path / "out":
            seen.append([path for path in (tmp_path / "out.unfinished").rglob("rows*") if path.parent != self])
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", watched)
    ew.Recipe(SNAPSHOT).stream(source, tmp_path / "out")
    assert seen == [[]]


def test_a_folder_of_somebody_else_is_left_alone(tmp_path):
    source, theirs = a_list(tmp_path), tmp_path / "out.unfinished"
    theirs.mkdir()
    (theirs / "notes.txt").write_text("mine")
    with pytest.raises(OptionError, match="holds something else"):
        ew.Recipe(SNAPSHOT).stream(source, tmp_path / "out")
    assert [path.name for path in theirs.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("about", ["", "{", "[1]"])
def test_work_of_which_nobody_can_say_what_it_is_is_not_gone_on_with(tmp_path, about):
    source, job = a_list(tmp_path), tmp_path / "out.unfinished"
    job.mkdir()
    (job / "job.json").write_text(about)
    with pytest.raises(OptionError, match="unfinished work of another"):
        ew.Recipe(SNAPSHOT).stream(source, tmp_path / "out")


@pytest.mark.parametrize("to", KINDS)
def test_what_somebody_puts_at_the_target_meanwhile_stays_and_the_work_is_kept(tmp_path, to):
    source, place = a_list(tmp_path), tmp_path / to

    def put(_share, _what):
        place.write_text("theirs")

    with pytest.raises(OptionError, match="Something stands"):
        ew.Recipe(SNAPSHOT).stream(source, place, progress=put)
    assert place.read_text() == "theirs"
    with pytest.raises(OptionError, match="Something stands"):
        ew.Recipe(SNAPSHOT).stream(source, place)
    place.unlink()
    assert len(read(ew.Recipe(SNAPSHOT).stream(source, place).rows)) == 200
    assert not list(tmp_path.glob("*.unfinished"))


@pytest.mark.parametrize("to", ["out.xlsx", "out.csv.gz", "out.JSON"])
def test_a_file_of_another_kind_is_not_a_folder(tmp_path, to):
    with pytest.raises(OptionError, match="not written to a"):
        ew.Recipe(SNAPSHOT).stream(a_list(tmp_path), tmp_path / to)
    assert [path.name for path in tmp_path.iterdir()] == ["list.parquet"]


def test_a_csv_file_holds_bytes_as_they_are_read_and_refuses_lists_before_anything_is_done(tmp_path):
    raw = {"Pathway ID": ["a", "b"], "Clock start": ["2026-01-01"] * 2}
    kinds = {"one": pa.binary(), "two": pa.binary(2), "three": pa.large_binary()}
    words = {name: pa.array([b"\xff=", None], kind) for name, kind in kinds.items()}
    pq.write_table(pa.table(raw | words), tmp_path / "bytes.parquet")
    done = ew.Recipe(SNAPSHOT).stream(tmp_path / "bytes.parquet", tmp_path / "bytes.csv")
    assert read(done.rows)[list(words)].fillna("").to_numpy().tolist() == [["\ufffd="] * 3, [""] * 3]
    pq.write_table(pa.table(raw | {"own": [["x"], []], "kept": [1, 2]}), tmp_path / "lists.parquet")
    with pytest.raises(EquiwaitError, match="no lists"):
        ew.Recipe(SNAPSHOT).stream(tmp_path / "lists.parquet", tmp_path / "lists.csv")
    kept = ew.Recipe(SNAPSHOT, keep=["kept"]).stream(tmp_path / "lists.parquet", tmp_path / "lists.csv")
    assert read(kept.rows)["kept"].tolist() == ["1", "2"]
    assert not list(tmp_path.glob("*.unfinished"))
