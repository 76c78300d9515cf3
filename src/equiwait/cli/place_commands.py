"""``equiwait places``: fill the places folder from published files, list it, and say what a file is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from equiwait.cli.messages import EXIT_CODES, Stopped, say, steps
from equiwait.errors import PlacesError, choose

__all__ = ["build", "check", "list_"]


def build(
    name: Annotated[str, typer.Argument(help="What to call it: directory, imd2025, lsoa_changes, or a name of yours.")],
    source: Annotated[Path, typer.Argument(metavar="FILE", help="The published file, folder or zip.")],
    edition: Annotated[str | None, typer.Option(help="What to call the edition, where the file does not say.")] = None,
    higher_score: Annotated[
        str | None, typer.Option(help="Which way a score runs: more_deprived or less_deprived.")
    ] = None,
) -> None:
    """Build a place from a published file and keep it in the places folder under a name."""
    from equiwait.rows.places.build import build_place

    way = choose("--higher-score", higher_score, (None, "more_deprived", "less_deprived"))
    path: Path | None = None
    try:
        with steps(1) as shown:
            shown.step(f"Reading {source.name}")
            path = build_place(name, source, edition=edition, higher_score=way, progress=shown.part)  # type: ignore[arg-type]
    except KeyboardInterrupt:
        pass  # said below, outside this block
    if path is None:
        raise Stopped
    say(f"Built {name}: {path}")


def list_() -> None:
    """List what the places folder holds."""
    from equiwait.rows.places import places_folder
    from equiwait.rows.places.build import list_places

    found = list_places()
    say(f"The places folder is {places_folder()}")
    for place in found.astype(str).to_dict("records"):
        say(f"- {place['name']}: {place['kind']}, {place['edition']}, from {place['source']}")
    if found.empty:
        say("It holds nothing yet. Do: equiwait places build NAME FILE")


def check(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A published file, folder or zip, or a built place.")],
) -> None:
    """Say what a file is, which edition, and whether it is whole."""
    from equiwait.rows.places.build import check_place

    with steps(1) as shown:
        shown.step(f"Reading {path.name}")
        found = check_place(path, progress=shown.part)
    say(str(found))
    if not found.whole:
        raise typer.Exit(EXIT_CODES[PlacesError])
