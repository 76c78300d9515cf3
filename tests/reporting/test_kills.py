"""A run that is killed or finds the disk full leaves nothing of a patient, and takes nothing of the user's."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest

import equiwait as ew
from equiwait.errors import OptionError
from equiwait.reporting.team_list import ordered_list
from reporting import kills

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="files without a name, as Linux has them")


@linux
def test_four_kills(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At random moments; twenty by command: see kills.py."""

    def again(folder: Path) -> None:
        monkeypatch.setattr(sys, "argv", ["", str(folder)])
        exec(kills.RUN, {})

    lots = random.Random(3)
    longest = kills.seconds_of_writing(tmp_path)
    for kill in range(4):
        assert kills.killed(tmp_path / str(kill), lots.uniform(0, longest), again) == []


@contextmanager
def no_file_over(bytes_: int) -> Iterator[None]:
    """No file can grow beyond so many bytes, as on a full disk."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def a_list(people: int = 2000) -> pd.DataFrame:
    """People whose numbers are secret."""
    raw = {"pathway_id": [f"{kills.SECRET}{n}" for n in range(people)], "clock_start": "2026-04-01", "sex": "1"}
    return ew.flag_missing(ew.read_list(pd.DataFrame(raw), snapshot="2026-10-31"))


def files_of(folder: Path) -> dict[str, bytes]:
    """What stands in a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@linux
@pytest.mark.parametrize("bytes_", [1, 3_000, 60_000])
def test_a_full_disk(tmp_path: Path, bytes_: int) -> None:
    """No file can grow beyond so many bytes: one message, what stood there stands, nothing else is left."""
    waiting = a_list()
    result = ew.completeness(waiting)
    out = tmp_path / "out"
    ew.outputs(result, to=out, waiting=waiting.head(50))
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    before = files_of(out)
    with no_file_over(bytes_), pytest.raises(OptionError, match="the disk is not full") as caught:
        ew.outputs(result, to=out, waiting=waiting)
    assert caught.value.__context__ is None
    assert before == files_of(out)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


WRITERS = {
    "report.html": lambda result, to: ew.report(result, to=to),
    "team.html": lambda result, to: ew.report(ew.completeness(a_list(50), suppression="none"), to=to, in_team=True),
    "book.xlsx": lambda result, to: ew.workbook(result, to=to),
    "tables": lambda result, to: ew.tidy(result, to=to),
    "papers": lambda result, to: ew.governance(ew.Policy.preset("england_default"), result, to=to),
    "list.csv": lambda result, to: ordered_list(a_list().assign(rank=1, score_status="scored"), to=to),
    "check.json": lambda result, to: ew.release_check(Path(__file__)).save(to),
}


@linux
@pytest.mark.parametrize("stood", [True, False], ids=["over what stood there", "where nothing stood"])
@pytest.mark.parametrize("name", WRITERS)
def test_every_file_on_a_full_disk(tmp_path: Path, name: str, *, stood: bool) -> None:
    """One message; what stood there stands; of what was begun nothing is left."""
    result = ew.completeness(a_list())
    if stood:
        WRITERS[name](result, tmp_path / name)
        (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    before = files_of(tmp_path)
    with no_file_over(500), pytest.raises(OptionError, match="the disk is not full") as caught:
        WRITERS[name](result, tmp_path / name)
    assert kills.SECRET not in str(caught.value)
    assert caught.value.__context__ is None
    assert files_of(tmp_path) == before
    assert stood or not list(tmp_path.iterdir())
