"""What each route is asked: its JSON read strictly, and everything that is wrong with it said without repeating it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from equiwait.errors import InputError, OptionError, listed

__all__ = ["Asked", "read_body"]


class Asked(NamedTuple):
    """The body of a request, once it is known to be what the route takes.

    Parameters
    ----------
    records : list
        The records, or what stands in their places; each is looked at later, by itself.
    options : mapping
        Everything else that was given.
    """

    records: list[Any]
    options: Mapping[str, Any]


def _refuse(_: str) -> Any:
    raise ValueError  # NaN and Infinity are no JSON


_DECODE = json.JSONDecoder(parse_constant=_refuse).decode


def read_body(
    body: bytes, options: Mapping[str, type], needed: tuple[str, ...], most: int, *, many: bool = True
) -> Asked:
    """Return what a body asks.

    Parameters
    ----------
    body : bytes
        JSON in UTF-8.
    options : mapping of str to type
        Keys beside the records, and what each holds.
    needed : tuple of str
        Those that may not be left out.
    most : int
        Records at a time; 0 where the route takes none.
    many : bool
        Whether ``records`` may be given; ``record`` always may.

    Raises
    ------
    InputError
        If it is no JSON object, or holds no record or too many.
    OptionError
        If a key is not known, is left out, or holds something of another kind. No value is repeated.
    """
    try:
        said = _DECODE(body.decode("utf-8-sig"))  # some clients put a mark before it
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise InputError(
            "The body is no JSON object.",
            todo='Send {"policy": "…", "records": [{…}]} in UTF-8; null for what is not known, not NaN.',
        )
    known = [*options, *(["record"] if most else []), *(["records"] if most and many else [])]
    strange = len([key for key in said if key not in known])
    wrong = [name for name, kind in options.items() if name in said and type(said[name]) is not kind]
    lacking = [name for name in needed if name not in said]
    if strange or wrong or lacking:
        raise OptionError(
            "The body is not what this path takes.",
            found=" ".join(
                [
                    *([f"{strange} keys that are not known."] if strange else []),
                    *([f"Of another kind than they should be: {listed(wrong)}."] if wrong else []),
                    *([f"Left out: {listed(lacking)}."] if lacking else []),
                ]
            ),
            todo=f"Give: {listed(known)}. GET /openapi.json says what each holds.",
        )
    return Asked(_records(said, most, many) if most else [], {name: said[name] for name in options if name in said})


def _records(said: Mapping[str, Any], most: int, many: bool) -> list[Any]:
    if ("record" in said) == ("records" in said):
        raise InputError(
            "The body holds neither a record nor records, or both.",
            todo="Give record or records." if many else "Give record.",
        )
    if "record" in said:
        return [said["record"]]
    records = said["records"]
    if not isinstance(records, list) or not records:
        raise InputError("The body's records are no list, or an empty one.", todo="Give a list of records.")
    if len(records) > most:
        raise InputError(
            "The body holds more records than are let through at a time.",
            found=f"{len(records):,} records; {most:,} are let through.",
            todo="Send them in several requests.",
        )
    return records
