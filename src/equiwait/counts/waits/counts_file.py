"""Counts as a file: a trust sends counts instead of rows, with what they are about, and both ends check them."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import pandas as pd

from equiwait.counts.waits.about import ESTIMANDS, About
from equiwait.counts.waits.groups import question_name
from equiwait.counts.waits.tables import EVENTS, KEYS, settled
from equiwait.errors import InputError, OptionError, attempt
from equiwait.files.whole_files import write_file

__all__ = ["load_counts", "save_counts"]

FORMAT, VERSION = "equiwait counts", 2
_WARNING = "Exact counts: for the team they are sent to, not for release."


def save_counts(table: pd.DataFrame, about: About, path: str | os.PathLike[str]) -> Path:
    """Write counts and what they are about; exact ones for their owner alone.

    Examples
    --------
    >>> import tempfile
    >>> path = save_counts(pd.DataFrame(columns=[*KEYS, "people"]), About("still_waiting", ()), Path(tempfile.mkdtemp()) / "a.json")
    >>> load_counts(path)[1].estimand
    'still_waiting'
    """
    to = Path(path)
    if to.suffix != ".json":
        raise OptionError(
            "Counts are written as JSON.", f"The file ends in {to.suffix!r}.", "Write counts.save('counts.json')."
        )
    rows = table[[*KEYS, "people"]].astype(object)
    body = {
        "about": asdict(replace(about, files=())),
        "columns": [*KEYS, "people"],
        "rows": rows.where(rows.notna(), None).to_numpy().tolist(),
    }
    warning = {"warning": _WARNING} if about.suppression == "none" else {}
    document = {"format": FORMAT, "version": VERSION, **warning, "checksum": _checksum(body), **body}
    text = json.dumps(document, ensure_ascii=False, indent=None, default=int)
    write_file(to, lambda new: new.write_text(text, encoding="utf-8"), in_team=bool(warning))
    return to


def _checksum(body: dict[str, Any]) -> str:
    plain = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=int)
    return hashlib.sha256(plain.encode("utf-8")).hexdigest()


def load_counts(path: str | os.PathLike[str]) -> tuple[pd.DataFrame, About]:
    """Return counts from a file and what they are about, after checking it.

    Raises
    ------
    InputError
        If it is no such file, of another version, changed since it was written, or holds what counts cannot.
    """
    place = Path(path)
    found = attempt(
        lambda: json.loads(place.read_text(encoding="utf-8")),
        lambda name: InputError(
            f"{place.name!r} could not be read as a counts file ({name}).", todo="Ask for it again."
        ),
    )
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise InputError(
            f"{place.name!r} is no counts file.", todo="Give what count_waits(...).save('counts.json') wrote."
        )
    if found.get("version") != VERSION:
        raise InputError(
            f"{place.name!r} is a counts file of another version.",
            f"Its version is not {VERSION}.",
            "Write it again with this version of equiwait, or install the one that wrote it.",
        )
    body = {name: found.get(name) for name in ("about", "columns", "rows")}
    if _checksum(body) != found.get("checksum"):
        raise InputError(f"{place.name!r} was changed since it was written.", todo="Ask for it again; do not edit it.")
    about = _about(body["about"], place.name)
    table = _table(body, about, place.name)
    return table, replace(about, files=(str(found["checksum"]),))


def _about(given: Any, name: str) -> About:
    known = {each.name for each in fields(About)}
    if not isinstance(given, dict) or not set(given) <= known or given.get("estimand") not in ESTIMANDS:
        raise InputError(f"{name!r} does not say what its counts are about.", todo="Ask for it again.")
    from pydantic import TypeAdapter  # heavy: only when counts are read

    return attempt(
        lambda: TypeAdapter(About).validate_json(json.dumps(given), strict=True),
        lambda _: InputError(f"{name!r} says what its counts are about in another form.", todo="Ask for it again."),
    )


def _table(body: dict[str, Any], about: About, name: str) -> pd.DataFrame:
    if body["columns"] != [*KEYS, "people"]:
        raise InputError(f"{name!r} has other columns than a counts file.", todo="Ask for it again.")
    rows = pd.DataFrame(body["rows"], columns=body["columns"])
    if not all(isinstance(word, str) for each in ("by", "group", "within", "event") for word in rows[each]):
        raise InputError(f"{name!r} has names in it that are no text.", todo="Ask for it again.")
    questions = {question_name(one) for one in about.by}
    people = pd.to_numeric(rows["people"], errors="coerce")
    faults = [
        (not set(rows["by"]) <= questions, "questions that it says nothing of"),
        (not set(rows["event"]) <= set(EVENTS), "events that there are not"),
        (bool((people < 0).any() or (people % 1 != 0).fillna(False).any()), "counts that are no whole numbers"),
        (bool(rows[KEYS].astype(str).duplicated().any()), "cells that stand there twice"),
    ]
    wrong = [said for holds, said in faults if holds]
    if wrong:
        raise InputError(f"{name!r} cannot be used as counts.", f"It holds {'; '.join(wrong)}.", "Ask for it again.")
    return settled([rows.astype({"known": bool})], about.by, about.within)
