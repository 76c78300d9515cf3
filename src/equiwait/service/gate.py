"""The gate before every route: who asks, how much, how long; and nothing that broke, or was sent, gets into a log or an answer.

It is plain ASGI, so that a body is counted and timed as it arrives, before anything looks into it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any, TypeAlias

from equiwait.service.settings import Settings

__all__ = ["LOG", "Gate", "RefusedRequest", "answer_of"]

LOG = logging.getLogger("equiwait.service")
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

_OPEN = ("/healthz",)
_AT_HOME = ("127.0.0.1", "localhost", "[::1]", "::1")


class RefusedRequest(Exception):  # noqa: N818 - it is an answer
    """A request that goes no further, with the status and the words of its answer."""

    def __init__(self, status: int, wrong: str, todo: str = "") -> None:
        self.status, self.wrong, self.todo = status, wrong, todo


class Gate:
    """Lets requests through to the routes, within the limits of the settings."""

    def __init__(self, inside: Application, settings: Settings) -> None:
        self.inside, self.settings = inside, settings

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.inside(scope, receive, send)
            return
        began, answered = time.perf_counter(), _Answered(send)
        try:
            await self._within_limits(scope, receive, answered)
        except RefusedRequest as refused:
            await answered.once(refused.status, refused.wrong, refused.todo)
        except TimeoutError:
            await answered.once(408, f"The request took longer than {self.settings.seconds:g} seconds.")
        except Exception as error:
            LOG.error("%s%s", type(error).__name__, _where(error))  # never its words: they might quote a record
            await answered.once(500, f"Something went wrong inside equiwait ({type(error).__name__}).")
        took = (time.perf_counter() - began) * 1000
        LOG.info("%s %s %s %.1f ms", _method(scope), _path(scope), answered.status, took)

    async def _within_limits(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        self._check(scope, headers)
        async with asyncio.timeout(self.settings.seconds):
            await self.inside(scope, _Counted(receive, self.settings.most_bytes), send)

    def _check(self, scope: MutableMapping[str, Any], headers: dict[bytes, str]) -> None:
        host = headers.get(b"host", "")
        name = host if host.endswith("]") else host.rsplit(":", 1)[0] if ":" in host else host
        if self.settings.loopback and name not in (*_AT_HOME, self.settings.host):
            raise RefusedRequest(421, "This service answers to this machine's own names alone.")
        if scope["path"] not in _OPEN and not self.settings.may_ask(headers.get(b"authorization", "")):
            raise RefusedRequest(
                401, "The request brings no token, or another one.", "Send Authorization: Bearer TOKEN."
            )
        length = headers.get(b"content-length", "0")
        if not length.isascii() or not length.isdigit() or int(length[:20]) > self.settings.most_bytes:
            raise _too_much(self.settings.most_bytes)


class _Counted:
    """Receives a body, and stops where it is longer than is let through."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive, self._left, self._most = receive, most, most

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                raise _too_much(self._most)
        return message


def _too_much(most: int) -> RefusedRequest:
    return RefusedRequest(413, f"The body is longer than {most:,} bytes.", "Send fewer records at a time.")


class _Answered:
    """Sends an answer, and knows whether one was begun."""

    def __init__(self, send: Send) -> None:
        self._send, self.status = send, 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)

    async def once(self, status: int, wrong: str, todo: str = "") -> None:
        """Send a refusal, unless an answer was begun already."""
        if self.status:
            return
        body = json.dumps(answer_of("Refused", wrong, "", todo)).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        headers += [(b"www-authenticate", b"Bearer")] if status == 401 else []
        await self({"type": "http.response.start", "status": status, "headers": headers})
        await self({"type": "http.response.body", "body": body})


def answer_of(kind: str, wrong: str, found: str = "", todo: str = "") -> dict[str, Any]:
    """Return an error as every route says it."""
    return {"error": {"kind": kind, "wrong": wrong, "found": found, "todo": todo}}


def _where(error: Exception) -> str:
    """Return the last place in equiwait that an error passed through."""
    package = Path(__file__).resolve().parents[1]
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if package in path.parents:
            return f" at {path.relative_to(package).as_posix()}:{frame.lineno}"
    return ""


_PATHS = (
    "/v1/score",
    "/v1/link",
    "/v1/explain",
    "/v1/check",
    "/v1/overrides",
    "/v1/policies",
    "/healthz",
    "/openapi.json",
    "/docs",
)
_METHODS = ("GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE")


def _path(scope: MutableMapping[str, Any]) -> str:
    """Return a path for the log: one that is none of ours may hold anything."""
    return scope["path"] if scope["path"] in _PATHS else "(another path)"


def _method(scope: MutableMapping[str, Any]) -> str:
    return scope["method"] if scope["method"] in _METHODS else "(another method)"
