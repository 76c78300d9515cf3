"""A service in this process, and one that listens; both on the invented town."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the service's libraries are not installed: pip install equiwait[service]")
uvicorn = pytest.importorskip("uvicorn")
httpx = pytest.importorskip("httpx")

from equiwait.rows.policies import Policy, State  # noqa: E402
from equiwait.samples import sample_path  # noqa: E402
from equiwait.service.app import made  # noqa: E402
from equiwait.service.settings import Settings, hash_of  # noqa: E402

TOKEN = "a-token-for-the-tests"
RECORD = {
    "pathway_id": "EQ-1",
    "snapshot_date": "2026-10-31",
    "list_type": "IRTT",
    "priority": "P2",
    "days_waiting": 90,
}


@pytest.fixture(scope="session")
def policies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of policies: the default one, one with a list's mean, and two versions of one name."""
    folder = tmp_path_factory.mktemp("policies")
    social = Policy.preset("paediatric_surgery_illustrative")
    social.remember(State(snapshot="2026-10-31", means={"idaci": 4.0}))
    targets = Policy.preset("nhsr_targets")
    for name, policy in {"a": Policy.preset("england_default"), "b": social.frozen(), "c": targets}.items():
        policy.save(folder / f"{name}.toml")
    other = (folder / "c.toml").read_text(encoding="utf-8").replace('people = "admitted"', 'people = "everyone"')
    (folder / "d.toml").write_text(other, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def settings(policies: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(
        policies=policies,
        directory=str(sample_path("directory")),
        index=(str(sample_path("index")),),
        token_hash=hash_of(TOKEN),
        audit=tmp_path_factory.mktemp("audit") / "audit.jsonl",
        most_records=2_000,
        most_bytes=1_000_000,
        seconds=3.0,
    )


@contextlib.contextmanager
def listening(settings: Settings) -> Iterator[tuple[str, int]]:
    """A service that listens on a port of its own, in a thread of this process."""
    server = uvicorn.Server(
        uvicorn.Config(made(settings), port=0, log_level="error", access_log=False, http="h11", ws="none")
    )
    running = threading.Thread(target=server.run, daemon=True)
    running.start()
    while not server.started:
        time.sleep(0.02)
    yield server.servers[0].sockets[0].getsockname()[:2]
    server.should_exit = True
    running.join(20)


@pytest.fixture(scope="session")
def client(settings: Settings) -> Iterator[httpx.Client]:
    """Somebody who has the token."""
    with (
        listening(settings) as (host, port),
        httpx.Client(
            base_url=f"http://{host}:{port}", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30
        ) as client,
    ):
        yield client


@pytest.fixture(scope="session")
def address(policies: Path) -> Iterator[tuple[str, int]]:
    """A service that listens, without a token."""
    with listening(Settings(policies=policies, most_bytes=1_000_000, most_records=2_000, seconds=2.0)) as address:
        yield address


def sent(address: tuple[str, int], data: bytes, *, wait: float = 10.0) -> bytes:
    """Send bytes as they are, and return all that comes back."""
    with socket.create_connection(address, timeout=wait) as line:
        with contextlib.suppress(ConnectionError):
            line.sendall(data)
        got = b""
        with contextlib.suppress(ConnectionError, TimeoutError):
            while block := line.recv(65_536):
                got += block
        return got
