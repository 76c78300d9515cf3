"""What a service holds against: long bodies, slow clients, many at once, and whatever bytes come."""

from __future__ import annotations

import json
import socket
import threading
import time

import httpx
import pytest

from service.conftest import RECORD, sent
from service.malformed import malformed

GOOD = json.dumps({"policy": "england_default", "record": RECORD}).encode()


def posted(body: bytes, *more: str, length: int | None = None) -> bytes:
    lines = ["POST /v1/score HTTP/1.1", "Host: localhost", "Content-Type: application/json", "Connection: close", *more]
    lines += [] if length is None else [f"Content-Length: {length}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def answered(got: bytes) -> tuple[int, dict]:
    head, _, body = got.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


def well(address) -> bool:
    return httpx.get(f"http://localhost:{address[1]}/healthz", timeout=10).status_code == 200


def test_a_body_over_the_limit_is_refused_before_it_is_sent(address) -> None:
    status, said = answered(sent(address, posted(b"", length=10**12)))  # not a byte of it
    assert (status, "1,000,000 bytes" in said["error"]["wrong"]) == (413, True)


def test_a_body_that_does_not_say_its_length_is_cut_off(address) -> None:
    block = b"10000\r\n" + b" " * 65_536 + b"\r\n"
    status, _ = answered(sent(address, posted(block * 17, "Transfer-Encoding: chunked")))
    assert status == 413
    assert well(address)


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "9" * 400, "5, 5"])
def test_a_length_that_is_none(address, length: str) -> None:
    got = sent(address, posted(b"{}", f"Content-Length: {length}"))
    assert got.split()[1] in (b"400", b"408", b"413", b"431")  # 5, 5 is 5, and then the rest is waited for
    assert well(address)


def test_a_slow_client_is_let_go_and_blocks_nobody(address) -> None:
    slow = [socket.create_connection(address, timeout=20) for _ in range(20)]
    try:
        for each in slow:
            each.sendall(posted(GOOD[:5], length=len(GOOD)))
        for _ in range(20):  # twenty wait, and each other is answered meanwhile
            assert answered(sent(address, posted(GOOD, length=len(GOOD))))[0] == 200
        got = b""
        while block := slow[0].recv(65_536):
            got += block
        assert answered(got)[0] == 408
    finally:
        for each in slow:
            each.close()
    assert well(address)


def test_who_leaves_in_the_middle_harms_nobody(address) -> None:
    for cut in (1, 40, 120, len(posted(GOOD, length=len(GOOD))) - 3):
        with socket.create_connection(address) as line:
            line.sendall(posted(GOOD, length=len(GOOD))[:cut])
    assert well(address)


def test_many_at_once_get_each_their_own(address) -> None:
    found: dict[int, list[str]] = {}

    def ask(number: int) -> None:
        records = [{**RECORD, "pathway_id": f"{number}-{at}"} for at in range(number)]
        with httpx.Client(timeout=30) as client:
            got = client.post(
                f"http://localhost:{address[1]}/v1/score", json={"policy": "england_default", "records": records}
            )
        found[number] = [one["id"] for one in got.json()["results"]]

    asking = [threading.Thread(target=ask, args=(number,)) for number in range(1, 120, 17)]
    for each in asking:
        each.start()
    for each in asking:
        each.join()
    assert found == {number: [f"{number}-{at}" for at in range(number)] for number in range(1, 120, 17)}


@pytest.mark.parametrize("part", range(3))
def test_malformed_bodies_crash_nothing_and_are_not_repeated(address, part: int) -> None:
    """Three hundred here; ten thousand by ``python -m service.malformed`` in tests/."""
    with httpx.Client(base_url=f"http://localhost:{address[1]}", timeout=30) as client:
        for path, body, secrets in malformed(100, seed=part):
            got = client.post(path, content=body, headers={"Content-Type": "application/json"})
            assert got.status_code in (200, 201, 404, 409, 413, 422), (path, got.status_code)
            assert not [each for each in secrets if each in got.text]
    assert well(address)


def test_bytes_that_are_no_request(address) -> None:
    for data in (b"\0" * 100, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01" + b"a" * 300, b"A" * 70_000,
                 b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"):  # fmt: skip
        sent(address, data, wait=3)
    began = time.monotonic()
    assert well(address)
    assert time.monotonic() - began < 10
