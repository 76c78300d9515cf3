"""``serve``: the service; ``audit``: whether an audit log holds together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from equiwait.cli.messages import EXIT_CODES, say
from equiwait.errors import InputError, OptionError

__all__ = ["audit", "serve"]


def serve(
    policies: Annotated[
        Path | None, typer.Option(help="Folder of policy files; without it the presets are served.")
    ] = None,
    directory: Annotated[
        str | None, typer.Option(help="Postcodes to areas: a name, an .equiwait file, or as published.")
    ] = None,
    index: Annotated[
        list[str] | None, typer.Option(help="Index of deprivation: a name or a file. May be given again.")
    ] = None,
    changes: Annotated[str | None, typer.Option(help="LSOA 2011 to 2021 lookup: a name or a file.")] = None,
    host: Annotated[
        str, typer.Option(help="Where to listen; other than this machine wants --token-hash and --audit.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port.")] = 8350,
    token_hash: Annotated[
        str, typer.Option(help="SHA-256 of the token that requests must bring.", envvar="EQUIWAIT_TOKEN_HASH")
    ] = "",
    audit: Annotated[Path | None, typer.Option(help="The file of the audit log.")] = None,
    most_records: Annotated[int, typer.Option(help="Records of one request.")] = 5_000,
    most_bytes: Annotated[int, typer.Option(help="Bytes of one request.")] = 8_000_000,
    seconds: Annotated[float, typer.Option(help="Seconds that one request may take.")] = 20.0,
    new_token: Annotated[
        bool, typer.Option("--new-token", help="Make a token, show it once with its hash, and end.")
    ] = False,
) -> None:
    """Score, link, explain and check records over HTTP, for this machine alone unless told otherwise."""
    from equiwait.service import settings
    from equiwait.service.run import run

    if new_token:
        token = settings.new_token()
        say(f"Token, for whoever asks (it is kept nowhere): {token}")
        say(f"Its hash, for --token-hash: {settings.hash_of(token)}")
        return
    run(
        settings.Settings(
            policies,
            directory,
            tuple(index or ()),
            changes,
            host,
            port,
            token_hash,
            audit,
            most_bytes,
            most_records,
            seconds,
        )
    )


def audit(path: Annotated[Path, typer.Argument(metavar="FILE", help="The file of an audit log.")]) -> None:
    """Say whether an audit log holds together, and its last hash."""
    from equiwait.service.audit import verify

    if not path.is_file():
        raise OptionError(f"There is no file {path.name!r} at that path.", todo="Check the name.")
    found = verify(path)
    say(f"{found.entries} entries hold together. The last hash is {found.last}.")
    if found.torn:
        say(f"After them stand {found.torn} bytes of an entry that was being written when the service was killed.")
    if not found.whole:
        say(f"Entry {found.broken_at} does not fit: it, or one before it, was changed, dropped or put in.")
        raise typer.Exit(EXIT_CODES[InputError])
