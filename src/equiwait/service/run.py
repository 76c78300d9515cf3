"""Running the service: uvicorn with its limits, and a log that holds no patient's value."""

from __future__ import annotations

import logging
import sys

from equiwait.errors import OptionError
from equiwait.service.settings import Settings

__all__ = ["run"]


def run(settings: Settings) -> None:
    """Serve until told to stop; requests that were begun are then finished."""
    try:
        import fastapi  # noqa: F401
        import uvicorn
    except ModuleNotFoundError:
        uvicorn = None  # type: ignore[assignment]
    if uvicorn is None:
        raise OptionError(
            "The service's own libraries are not installed.", todo='Type: pip install "equiwait[service]"'
        )
    from equiwait.service.app import made

    _log_to_stderr()
    uvicorn.run(
        made(settings),
        host=settings.host,
        port=settings.port,
        access_log=False,
        log_level="warning",
        server_header=False,
        http="h11",
        ws="none",
        limit_concurrency=200,
        backlog=256,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=int(settings.seconds) + 1,
        h11_max_incomplete_event_size=32_768,
    )


def _log_to_stderr() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log = logging.getLogger("equiwait.service")
    log.handlers, log.propagate = [handler], False
    log.setLevel(logging.INFO)
