"""The running service against its own description, by a tool that tries to break it: a few cases of each here, many by command.

Run in tests/, against several hundred for each path: python -m service.test_description 300
"""

from __future__ import annotations

import sys

import pytest

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed: pip install equiwait[test]")
import httpx  # noqa: E402
from hypothesis import HealthCheck, Phase, given, settings  # noqa: E402

PATHS = ["/v1/score", "/v1/link", "/v1/explain", "/v1/check", "/v1/overrides", "/v1/policies", "/healthz"]


def held(url: str, path: str, cases: int) -> int:
    """Send cases made from the description, good and bad, and hold each answer to it; return how many were sent."""
    api = schemathesis.openapi.from_dict(httpx.get(f"{url}/openapi.json").json())
    api.config.update(base_url=url)
    api.config.generation.update(modes=list(schemathesis.GenerationMode))
    operation = next(one.ok() for one in api.get_all_operations() if one.ok().path == path)
    sent = 0

    @given(case=operation.as_strategy())
    @settings(
        max_examples=cases, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def each(case: object) -> None:
        nonlocal sent
        sent += 1
        answer = case.call()  # type: ignore[attr-defined]
        assert answer.status_code < 500
        case.validate_response(
            answer,
            excluded_checks=[schemathesis.checks.positive_data_acceptance]
            if hasattr(schemathesis.checks, "positive_data_acceptance")
            else [],
        )  # type: ignore[attr-defined]

    each()
    return sent


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.filterwarnings("ignore")  # the tool's own
def test_the_service_answers_as_it_says(address, path: str) -> None:
    assert held(f"http://localhost:{address[1]}", path, 12 if path.startswith("/v1/") else 3) > 0


def _main(cases: int) -> int:
    import tempfile
    from pathlib import Path

    from equiwait.samples import sample_path
    from equiwait.service.settings import Settings
    from service.conftest import listening

    options = Settings(
        directory=str(sample_path("directory")),
        index=(str(sample_path("index")),),
        audit=Path(tempfile.mkdtemp()) / "a",
    )
    with listening(options) as (host, port):
        for path in PATHS:
            print(
                path,
                held(f"http://localhost:{port}", path, cases),
                "cases: no server error, no answer that is not described",
            )
    return 0


if __name__ == "__main__":
    sys.exit(_main(int(sys.argv[1]) if len(sys.argv) > 1 else 300))
