"""A run that is killed or finds the disk full leaves nothing of a patient, and takes nothing of the user's."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pandas as pd
import pytest

import equiwait as ew
from equiwait.errors import OptionError
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


@linux
@pytest.mark.parametrize("bytes_", [1, 3_000, 60_000])
def test_a_full_disk(tmp_path: Path, bytes_: int) -> None:
    """No file can grow beyond so many bytes: one message, what stood there stands, nothing else is left."""
    import resource

    waiting = ew.flag_missing(
        ew.read_list(
            pd.DataFrame(
                {"pathway_id": [f"{kills.SECRET}{n}" for n in range(2000)], "clock_start": "2026-04-01", "sex": "1"}
            ),
            snapshot="2026-10-31",
        )
    )
    result = ew.completeness(waiting)
    out = tmp_path / "out"
    ew.outputs(result, to=out, waiting=waiting.head(50))
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    before = {path.name: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_, hard))
    try:
        with pytest.raises(OptionError) as caught:
            ew.outputs(result, to=out, waiting=waiting)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "the disk is not full" in str(caught.value)
    assert caught.value.__context__ is None
    assert before == {path.name: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
