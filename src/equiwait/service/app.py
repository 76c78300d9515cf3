"""The application: the routes of version 1. Each gives the JSON that Python and the command line give for the same record."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import anyio.to_thread
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException

import equiwait
from equiwait.answers.reordering.overrides import OVERRIDE_REASONS
from equiwait.errors import EquiwaitError, InputError, OptionError, PlacesError, listed
from equiwait.rows.places import Directory, load_index
from equiwait.rows.places.link import linker_for
from equiwait.rows.places.link_record import RecordLinker
from equiwait.rows.policies import Policy
from equiwait.rows.scoring.explain import explain
from equiwait.rows.scoring.record_cells import id_of
from equiwait.rows.scoring.score_record import score_records
from equiwait.rows.scoring.scores import SOFTWARE, VERSION, Score, json_lines
from equiwait.service.audit import AuditLog
from equiwait.service.gate import Gate, RefusedRequest, answer_of
from equiwait.service.openapi import described, page
from equiwait.service.requests import read_body
from equiwait.service.settings import ROLES, Settings
from equiwait.service.shelf import Shelf, UnknownPolicyError, fingerprint_of

__all__ = ["Service", "made"]

FEW = 50
"""Records that are scored at once between two others' bytes; more go to a thread, so that nobody waits for them."""


class Service:
    """What the routes share: the policies, the places, the audit log."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.shelf = Shelf(settings.policies)
        self.linker = _linker(settings)
        self.audit = AuditLog(settings.audit) if settings.audit else None

    # --- the routes ---------------------------------------------------------------------------------------------------

    async def score(self, request: Request) -> Response:
        """Score one record or many by a policy."""
        options = {"policy": str, "fingerprint": str, "why": bool}
        asked = read_body(await _body(request), options, ("policy",), self.settings.most_records)
        policy = self._policy(asked.options)
        work = partial(score_records, asked.records, policy, why=asked.options.get("why", False))
        found = await self._done(work, len(asked.records))
        self._note("score", found, policy)
        lines = await self._done(lambda: ",".join(json_lines(found)), len(found))
        return _json(f'{{"results":[{lines}]}}')

    async def link(self, request: Request) -> Response:
        """Link one record's postcode or area, or many, to areas and deciles."""
        asked = read_body(await _body(request), {}, (), self.settings.most_records)
        linker = self.linker
        if linker is None:
            raise PlacesError(
                "This service was started without an index, so that it links nothing.",
                todo="Start it with --index, and --directory for postcodes.",
            )
        results = await self._done(lambda: [_linked(each, linker) for each in asked.records], len(asked.records) * 5)
        self._write(
            "link",
            {"records": len(results), "statuses": dict(Counter(each["link_status"] or "error" for each in results))},
        )
        return JSONResponse({"results": results})

    async def explain(self, request: Request) -> Response:
        """Say why one record scores as it does, for a clerk, a clinician or a family."""
        options = {"policy": str, "fingerprint": str, "audience": str}
        asked = read_body(await _body(request), options, ("policy",), 1, many=False)
        policy, record = self._policy(asked.options), asked.records[0]
        audience = _one_of("audience", asked.options.get("audience", "clerk"), ("clerk", "clinician", "family"))
        if not isinstance(record, dict):
            raise InputError("The record is no JSON object.", todo='Give a record such as {"priority": "P2"}.')
        said = explain(record, policy=policy, audience=audience)
        self._write("explain", {"policy": policy.stamp, "audience": audience, "records": 1})
        return JSONResponse({"id": id_of(record), "audience": audience, "text": str(said), **_by(policy)})

    async def check(self, request: Request) -> Response:
        """Say what of records cannot be read or used, without scoring them for anybody."""
        options = {"policy": str, "fingerprint": str}
        asked = read_body(await _body(request), options, ("policy",), self.settings.most_records)
        policy = self._policy(asked.options)
        found = await self._done(partial(score_records, asked.records, policy), len(asked.records))
        self._note("check", found, policy)
        names = ("id", "missing", "unread", "unknown", "warnings", "error")
        every = [one.to_dict() for one in found]
        results = [{"usable": one["error"] is None, **{name: one[name] for name in names}} for one in every]
        return JSONResponse({"results": results, **_by(policy)})

    async def overrides(self, request: Request) -> Response:
        """Record that a person decided otherwise: which policy, role and reason, and of nobody by name."""
        options = {"policy": str, "fingerprint": str, "role": str, "reason": str}
        asked = read_body(await _body(request), options, ("policy", "role", "reason"), 0)
        policy = self._policy(asked.options)
        role = _one_of("role", asked.options["role"], ROLES)
        reason = _one_of("reason", asked.options["reason"], list(OVERRIDE_REASONS))
        if self.audit is None:
            raise PlacesError(
                "This service keeps no audit log, so that an override has nowhere to stand.",
                todo="Start it with --audit.",
            )
        number, last = self.audit.write(
            "override", {"policy": policy.stamp, "role": role, "reason": reason, "software": SOFTWARE}
        )
        return JSONResponse({"entry": number, "hash": last, **_by(policy)}, status_code=201)

    async def policies(self, request: Request) -> Response:
        """List the policies that records may be scored by."""
        return JSONResponse({"policies": self.shelf.table()})

    async def health(self, request: Request) -> Response:
        """Say that the service answers, and which version."""
        return JSONResponse({"status": "ok", "software": SOFTWARE, "api": VERSION})

    # --- what they share ----------------------------------------------------------------------------------------------

    def _policy(self, options: Mapping[str, Any]) -> Policy:
        return self.shelf.find(options["policy"], options.get("fingerprint"))

    async def _done(self, work: Callable[[], Any], size: int) -> Any:
        return work() if size <= FEW else await anyio.to_thread.run_sync(work)

    def _note(self, what: str, found: Sequence[Score], policy: Policy) -> None:
        self._write(
            what,
            {"policy": policy.stamp, "records": len(found), "statuses": dict(Counter(one.status for one in found))},
        )

    def _write(self, what: str, about: Mapping[str, Any]) -> None:
        if self.audit is not None:
            self.audit.write(what, {**about, "software": SOFTWARE})


def made(settings: Settings) -> Gate:
    """Return the application behind its gate.

    Parameters
    ----------
    settings : Settings
        What it is started with.
    """
    service = Service(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        if service.audit is not None:
            service.audit.close()

    app = FastAPI(
        title="equiwait",
        version=equiwait.__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
    )
    posts = {
        "score": service.score,
        "link": service.link,
        "explain": service.explain,
        "check": service.check,
        "overrides": service.overrides,
    }
    for name, route in posts.items():
        app.add_api_route(f"/{VERSION}/{name}", route, methods=["POST"])
    app.add_api_route(f"/{VERSION}/policies", service.policies, methods=["GET"])
    app.add_api_route("/healthz", service.health, methods=["GET"])
    description = described(settings, service.shelf.policies)
    app.add_api_route("/openapi.json", lambda: JSONResponse(description), methods=["GET"])
    app.add_api_route("/docs", lambda: HTMLResponse(page(description)), methods=["GET"])
    app.add_exception_handler(EquiwaitError, _refused)
    app.add_exception_handler(HTTPException, _no_route)
    app.add_exception_handler(RefusedRequest, _stopped)
    app.add_exception_handler(Exception, _broken)
    return Gate(app, settings)


async def _body(request: Request) -> bytes:
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(415)
    return await request.body()


_WORDS = {
    404: ("There is nothing at this path.", "GET /docs lists what there is."),
    405: ("This path takes another method.", "GET /docs says which."),
    415: ("The body is not said to be JSON.", "Send Content-Type: application/json."),
}


async def _no_route(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    wrong, todo = _WORDS.get(status, ("The request is not understood.", "GET /docs says what there is."))
    headers = error.headers if isinstance(error, HTTPException) else None
    return JSONResponse(answer_of("Refused", wrong, "", todo), status_code=status, headers=headers)


async def _stopped(request: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedRequest)
    said = answer_of("Refused", error.wrong, "", error.todo)
    return JSONResponse(said, status_code=error.status, headers={"Connection": "close"})


async def _broken(request: Request, error: Exception) -> Response:
    """Answer what nobody foresaw without its words; the gate writes its kind and place into the log."""
    said = answer_of(
        "Broken", f"Something went wrong inside equiwait ({type(error).__name__}).", "", "Report that line."
    )
    return JSONResponse(said, status_code=500)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, EquiwaitError)
    status = 404 if isinstance(error, UnknownPolicyError) else 409 if isinstance(error, PlacesError) else 422
    return JSONResponse(answer_of(type(error).__name__, error.wrong, error.found, error.todo), status_code=status)


def _one_of(name: str, given: str, allowed: Sequence[str]) -> Any:
    """Return what was given if it is allowed; else say what is, and never what was sent."""
    if given not in allowed:
        raise OptionError(f"The {name} is none that is known here.", todo=f"Give one of: {listed(allowed)}.")
    return given


def _json(text: str) -> Response:
    return Response(text, media_type="application/json")


def _by(policy: Policy) -> dict[str, str]:
    """Return what every answer says of the policy and of us."""
    return {
        "policy": policy.stamp,
        "policy_name": policy.name,
        "fingerprint": fingerprint_of(policy),
        "software": SOFTWARE,
    }


def _linker(settings: Settings) -> RecordLinker | None:
    if not settings.index:
        return None
    directory = Directory.of(settings.directory) if settings.directory else None
    return RecordLinker(linker_for(directory, [load_index(each) for each in settings.index], settings.changes))


def _linked(record: Any, linker: RecordLinker) -> dict[str, Any]:
    """Return what linking says of one record: its identifier and what is added, and nothing of what was sent."""
    if not isinstance(record, dict):
        wrong = InputError("The record is no JSON object.", todo='Give a record such as {"postcode": "SW1A 1AA"}.')
        return {"id": None, "link_status": None, **answer_of("InputError", wrong.wrong, "", wrong.todo)}
    added = linker.added({"postcode": record.get("postcode"), "area_code": record.get("area_code")})
    return {"id": id_of(record), "error": None, **added}
