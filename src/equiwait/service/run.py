"""Running the service: uvicorn with its limits, and a log that holds no patient's value."""

from __future__ import annotations

import logging
import os
import socket
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
    _refuse_taken(settings.host, settings.port)
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


def _refuse_taken(host: str, port: int) -> None:
    """Say that a place to listen is taken, or none of this machine, before anything is written or read."""
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as tried:
            if os.name != "nt":  # where it would let two listen at one place
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind((host, port))
    except (OSError, OverflowError) as error:
        raise OptionError(
            f"The service cannot listen on port {port} of {host}.",
            found=f"{getattr(error, 'strerror', None) or 'A port is a number from 1 to 65535'}.",
            todo="Stop what listens there or give another --port, and a --host that is this machine's.",
        ) from None


def _log_to_stderr() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log = logging.getLogger("equiwait.service")
    log.handlers, log.propagate = [handler], False
    log.setLevel(logging.INFO)
