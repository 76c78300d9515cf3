"""Bodies that are broken in every way that we can think of, each with a secret that no answer may hold.

Run in tests/, against ten thousand: python -m service.malformed
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator

from service.conftest import RECORD

PATHS = ("/v1/score", "/v1/link", "/v1/explain", "/v1/check", "/v1/overrides")
_ODD = [
    None,
    True,
    -1,
    10**400,
    1e308,
    "",
    " ",
    "\u0000",
    "\ud800",
    "x" * 5_000,
    [],
    {},
    [[]],
    {"a": {"b": []}},
    "P2",
    "2026-10-31",
]


_KEYS = [*(name for name in RECORD if name != "pathway_id"), "postcode", "age"]
"""Keys to give something odd; a record's own identifier is given back, and is to be."""


def malformed(many: int, seed: int) -> Iterator[tuple[str, bytes, list[str]]]:
    """Yield paths, bodies and the secrets in them."""
    chance = random.Random(seed)
    for number in range(many):
        secret = f"SECRET{chance.randrange(10**9):09d}"
        yield chance.choice(PATHS), _broken(chance, secret, number % 8), [secret]


def _broken(chance: random.Random, secret: str, way: int) -> bytes:
    record = {
        **RECORD,
        "pathway_id": None,
        "priority": secret,
        **{chance.choice([*_KEYS, secret]): _odd(chance, secret)},
    }
    body = {"policy": "england_default", chance.choice(["record", "records"]): record}
    text = json.dumps(body).encode()
    if way == 0:  # cut off
        return text[: chance.randrange(len(text))]
    if way == 1:  # some bytes are others
        damaged = bytearray(text)
        for _ in range(chance.randrange(1, 6)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        return bytes(damaged)
    if way == 2:  # keys and kinds that are not known
        return json.dumps(
            {
                **body,
                secret: 1,
                chance.choice(["why", "policy", "audience", "role", "fingerprint"]): _odd(chance, secret),
            }
        ).encode()
    if way == 3:  # records that are none
        return json.dumps(
            {"policy": "england_default", "records": [_odd(chance, secret) for _ in range(chance.randrange(1, 9))]}
        ).encode()
    if way == 4:  # no JSON at all
        return bytes(chance.randrange(256) for _ in range(chance.randrange(200))) + secret.encode()
    if way == 5:  # very deep
        return b'{"policy":"england_default","record":' * 1 + b"[" * chance.randrange(1, 20_000) + secret.encode()
    if way == 6:  # a good body in another encoding
        return text.decode().encode(chance.choice(["utf-16", "utf-32", "utf-7", "cp037"]))
    return json.dumps(
        {
            "policy": secret,
            "fingerprint": secret,
            "record": record,
            "audience": secret,
            "role": secret,
            "reason": secret,
        }
    ).encode()


def _odd(chance: random.Random, secret: str) -> object:
    return chance.choice([*_ODD, secret, [secret], {secret: secret}])


def _main(many: int) -> int:
    import tempfile
    from collections import Counter
    from pathlib import Path

    import httpx

    from equiwait.samples import sample_path
    from equiwait.service.settings import Settings
    from service.conftest import listening

    settings = Settings(
        directory=str(sample_path("directory")),
        index=(str(sample_path("index")),),
        audit=Path(tempfile.mkdtemp()) / "a",
    )
    met: Counter[int] = Counter()
    with listening(settings) as (host, port), httpx.Client(base_url=f"http://{host}:{port}", timeout=30) as client:
        for path, body, secrets in malformed(many, seed=20261127):
            got = client.post(path, content=body, headers={"Content-Type": "application/json"})
            met[got.status_code] += 1
            if got.status_code >= 500 or any(each in got.text for each in secrets):
                print("FAILED", path, got.status_code, body[:300], got.text[:700])
                return 1
        well = client.get("/healthz").status_code == 200
    print(f"{many} bodies: {dict(met)}; the service is {'well' if well else 'NOT WELL'} after them")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(_main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
