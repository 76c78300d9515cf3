"""The audit log: killed while it writes it holds up to the last whole entry; whatever is changed in it is found."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from itertools import pairwise

import pytest

from equiwait.cli import main
from equiwait.errors import EquiwaitError
from equiwait.service.audit import AuditLog, verify


def written(path, entries: int = 9):
    with AuditLog(path) as log:
        for number in range(entries):
            log.write("score", {"policy": "p 0123456789ab", "records": number})
    return path


@pytest.fixture
def log(tmp_path):
    return written(tmp_path / "audit.jsonl")


def test_it_goes_on_where_it_ended(log) -> None:
    assert verify(log)[0] == 11
    written(log)
    found = verify(log)
    assert (found.entries, found.whole, found.torn) == (22, True, 0)
    entries = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert [each["n"] for each in entries] == list(range(1, 23))
    assert all(after["before"] == before["hash"] for before, after in pairwise(entries))


CHANGES = {
    "a number": lambda lines: [each.replace('"records":4', '"records":5') for each in lines],
    "a space": lambda lines: [each.replace('"records":4', '"records": 4') for each in lines],
    "an entry left out": lambda lines: lines[:4] + lines[5:],
    "an entry put in": lambda lines: [*lines[:4], lines[4], *lines[4:]],
    "two the other way round": lambda lines: [*lines[:4], lines[5], lines[4], *lines[6:]],
    "a hash": lambda lines: [*lines[:4], lines[4][:-5] + "0000}", *lines[5:]],
    "an empty line": lambda lines: [*lines[:4], "", *lines[4:]],
    "no object": lambda lines: [*lines[:4], "7", *lines[5:]],
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_found(log, change: str, capsys) -> None:
    lines = log.read_text(encoding="utf-8").splitlines()
    log.write_text("\n".join(CHANGES[change](lines)) + "\n", encoding="utf-8", newline="\n")
    found = verify(log)
    assert not found.whole
    assert found.broken_at in (5, 6)
    assert main(["audit", str(log)]) == 3
    assert "does not fit" in capsys.readouterr().out
    with pytest.raises(EquiwaitError, match="does not hold together"):
        AuditLog(log)


def test_an_entry_that_was_torn_is_cut_off_and_said(log) -> None:
    whole = log.read_bytes()
    last = whole.splitlines(keepends=True)[-1]
    for left in (1, len(last) // 2, len(last) - 1):
        log.write_bytes(whole + last[:left])
        found = verify(log)
        assert (found.entries, found.whole, found.torn) == (11, True, left)
        with AuditLog(log):
            pass
        entry = json.loads(log.read_text(encoding="utf-8").splitlines()[11])
        assert (entry["what"], entry["torn_bytes"]) == ("started", left)
        assert verify(log).torn == 0


WRITER = """
import sys, threading
from pathlib import Path
from equiwait.service.audit import AuditLog
log = AuditLog(Path(sys.argv[1]))
print("begun", flush=True)
def write():
    for number in range(10**9):
        log.write("score", {"records": number, "statuses": {"scored": number} | {f"s{i}": i for i in range(200)}})
for _ in range(3):
    threading.Thread(target=write).start()
"""


def test_killed_while_it_writes_it_holds_up_to_the_last_whole_entry(tmp_path) -> None:
    path, chance, before = tmp_path / "audit.jsonl", random.Random(7), 0
    for _ in range(3):  # and again on the same log
        with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout
            assert writer.stdout.readline() == b"begun\n"
            time.sleep(0.05 + chance.random() / 5)
            writer.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
        found = verify(path)
        assert found.whole
        assert found.entries > before
        before = found.entries


def test_two_at_a_time_are_refused(log) -> None:
    with AuditLog(log), pytest.raises(EquiwaitError, match="Another service"):
        AuditLog(log)
    with pytest.raises(EquiwaitError, match="no folder"):
        AuditLog(log.parent / "none" / "audit.jsonl")


def test_the_command_says_the_last_hash(log, capsys) -> None:
    assert main(["audit", str(log)]) == 0
    assert verify(log).last in capsys.readouterr().out
    assert main(["audit", str(log.parent / "none")]) == 2
