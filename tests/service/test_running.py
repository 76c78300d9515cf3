"""The service as people run it: started by the command, killed, stopped; its log; the unit that starts it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from equiwait.cli import main
from equiwait.service.audit import verify
from equiwait.service.settings import hash_of
from service.conftest import RECORD


@contextlib.contextmanager
def served(tmp_path: Path, policies: Path):
    """``equiwait serve`` on a free port, with an audit log."""
    port = 20_000 + os.getpid() % 20_000
    with subprocess.Popen(
        [sys.executable, "-m", "equiwait", "serve", "--policies", str(policies), "--audit", str(tmp_path / "audit.jsonl"), "--port", str(port)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as running:  # fmt: skip
        with httpx.Client(base_url=f"http://localhost:{port}", timeout=30) as client:
            for _ in range(600):
                with contextlib.suppress(httpx.TransportError):
                    client.get("/healthz")
                    break
                time.sleep(0.1)
            yield running, client
        if running.poll() is None:
            running.kill()


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_killed_then_started_again_then_stopped(tmp_path: Path, policies: Path) -> None:
    body = {"policy": "england_default", "record": {**RECORD, "pathway_id": "SECRET-77"}}
    with served(tmp_path, policies) as (running, client):
        for _ in range(20):
            assert client.post("/v1/score", json=body).status_code == 200
        running.send_signal(signal.SIGKILL)
        running.wait()
    found = verify(tmp_path / "audit.jsonl")
    assert (found.entries, found.whole) == (21, True)
    with served(tmp_path, policies) as (running, client):
        assert client.post("/v1/score", json=body).status_code == 200
        client.get("/v1/SECRET-77")
        running.send_signal(signal.SIGTERM)
        running.wait(30)
        log = running.stderr.read().decode()
    what = [json.loads(line)["what"] for line in (tmp_path / "audit.jsonl").read_text(encoding="utf-8").splitlines()]
    assert what[21:] == ["started", "score", "stopped"]
    assert "POST /v1/score 200" in log
    assert "SECRET" not in log
    assert "Traceback" not in log


def test_a_place_that_is_taken_or_is_none_is_said_before_anything_is_written(tmp_path: Path, capsys) -> None:
    log = tmp_path / "audit.jsonl"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        for port in (str(taken.getsockname()[1]), "70000"):
            assert main(["serve", "--port", port, "--audit", str(log)]) == 2
            assert "give another --port" in capsys.readouterr().err
    assert not log.exists()


def test_a_token_is_shown_once_with_its_hash(capsys) -> None:
    assert main(["serve", "--new-token"]) == 0
    token, hashed = (line.rpartition(": ")[2] for line in capsys.readouterr().out.splitlines())
    assert hash_of(token) == hashed


@pytest.mark.parametrize(("options", "hint"), [
    (["--host", "0.0.0.0"], "--token-hash and --audit"), (["--policies", "nowhere"], "no folder"), (["--token-hash", "x"], "SHA-256"),
    (["--index", "imd2052"], "imd2052"), (["--most-records", "0"], "limit"),
])  # fmt: skip
def test_what_stops_the_start_is_one_message(options: list[str], hint: str, capsys) -> None:
    assert main(["serve", *options]) in (2, 5)
    assert hint in capsys.readouterr().err


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
def test_the_unit_is_one_that_systemd_takes(root: Path, tmp_path: Path) -> None:
    unit = (root / "deploy" / "equiwait.service").read_text(encoding="utf-8")
    (tmp_path / "equiwait.service").write_text(
        unit.replace("/opt/equiwait/bin/equiwait", "/bin/true"), encoding="utf-8"
    )
    done = subprocess.run(
        ["systemd-analyze", "verify", str(tmp_path / "equiwait.service")], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_unit_and_container_use_options_that_there_are(root: Path) -> None:
    from equiwait.cli.commands import TABLE, single

    options = {option for row in TABLE if row.words == "serve" for each in single(row).params for option in each.opts}
    for name in ("equiwait.service", "Dockerfile"):
        text = (root / "deploy" / name).read_text(encoding="utf-8")
        line = next(line for line in text.splitlines() if line.startswith(("ExecStart", "CMD")))
        used = {word.strip('",') for word in line.split() if word.strip('",').startswith("--")}
        assert used
        assert used <= options
