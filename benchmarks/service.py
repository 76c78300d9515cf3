"""The service under load, by a tool made for it (wrk), on the loopback: requests a second, the slowest hundredth, memory.

Run: python benchmarks/service.py          load (needs wrk: apt-get install wrk, and equiwait[service])
     python benchmarks/service.py memory   memory over 100,000 requests
It asks nothing but 127.0.0.1 and stops by itself.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

PORT = 8399
RECORD = {
    "pathway_id": "EQ-1",
    "snapshot_date": "2026-10-31",
    "clock_start": "2026-03-02",
    "priority": "P2",
    "list_type": "IRTT",
}
BATCH = 1_000


def main(seconds: int) -> None:
    folder = Path(tempfile.mkdtemp())
    many = [
        {**RECORD, "pathway_id": f"EQ-{at}", "clock_start": f"2026-0{1 + at % 9}-{1 + at % 28:02d}"}
        for at in range(BATCH)
    ]
    command = [sys.executable, "-m", "equiwait", "serve", "--port", str(PORT), "--audit", str(folder / "audit.jsonl")]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
        try:
            wait_for_it()
            one = {"policy": "england_default", "record": RECORD}
            batch = {"policy": "england_default", "records": many}
            wrk(folder, one, 2, 2)  # what is read once is read
            print(f"Load of the machine when begun: {os.getloadavg()[0]:.1f} (2 cores)")
            for connections in (1, 8):
                told = wrk(folder, one, connections, seconds)
                print(f"Single records, {connections} at a time: {told}")
            told = wrk(folder, batch, 2, seconds)
            records = float(re.search(r"([\d.]+) requests/s", told)[1]) * BATCH
            print(f"Batches of {BATCH}, 2 at a time: {told}; {records:,.0f} records/s")
        finally:
            server.terminate()
            server.wait(40)
    done = subprocess.run(
        [sys.executable, "-m", "equiwait", "audit", str(folder / "audit.jsonl")],
        capture_output=True,
        text=True,
        check=True,
    )
    print("Audit log afterwards:", done.stdout.split(".")[0])


def wait_for_it() -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{PORT}/healthz", timeout=2).read()
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("The service did not start.")


def wrk(folder: Path, body: dict, connections: int, seconds: int) -> str:
    """Ask again and again for so many seconds, and return what wrk says of it."""
    script = folder / "post.lua"
    text = json.dumps(body).replace("]]", "] ]")
    script.write_text(f'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\nwrk.body = [[{text}]]\n')
    address = f"http://127.0.0.1:{PORT}/v1/score"
    said = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "30s", "-s", str(script), address],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(said)
    rate, slow = re.search(r"Requests/sec:\s+([\d.]+)", said)[1], re.search(r"99%\s+(\S+)", said)[1]
    half, asked = re.search(r"50%\s+(\S+)", said)[1], re.search(r"(\d+) requests in", said)[1]
    return f"{rate} requests/s, half within {half}, 99% within {slow} ({asked} requests)"


def memory_over(requests: int) -> None:
    """Ask the application itself so many times, without a connection between, and say how its memory went."""
    import asyncio

    from equiwait.service.app import made
    from equiwait.service.settings import Settings

    gate = made(Settings(audit=Path(tempfile.mkdtemp()) / "audit.jsonl"))
    body = json.dumps({"policy": "england_default", "record": RECORD}).encode()
    headers = [
        (b"host", b"localhost"),
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]

    async def ask(times: int) -> None:
        for _ in range(times):
            scope = {"type": "http", "method": "POST", "path": "/v1/score", "headers": headers, **_BESIDES}
            status: list[int] = []

            async def send(message: dict, status: list[int] = status) -> None:
                status.append(message.get("status", 200))

            async def receive() -> dict:
                return {"type": "http.request", "body": body}

            await gate(scope, receive, send)
            if status[0] != 200:
                raise SystemExit(f"answered {status[0]}")

    sizes = []
    for _ in range(10):
        asyncio.run(ask(requests // 10))
        sizes.append(resident(os.getpid()))
        print(f"{sizes[-1]:.1f}", end=" ", flush=True)
    print(f"\nMemory after each tenth of {requests:,} requests, MB: {', '.join(f'{size:.1f}' for size in sizes)}")


_BESIDES = {"asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http", "root_path": "", "query_string": b"",
            "server": ("localhost", 1), "client": ("localhost", 2)}  # fmt: skip


def resident(pid: int) -> float:
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) / 1024


if __name__ == "__main__":
    memory_over(100_000) if "memory" in sys.argv else main(10)
