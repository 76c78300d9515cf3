"""What comes back for one record: its score, or what is wrong with it; and what there is to say of either."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from json import JSONEncoder
from typing import Any, NamedTuple

from equiwait.errors import EquiwaitError

__all__ = ["ERROR", "SCORE_ID", "VERSION", "Score", "failed", "json_lines", "warnings_of"]

VERSION = "v1"
"""The version of the record API: of the schemas of records and scores, and of the service's paths."""

SCORE_ID = f"urn:equiwait:score:{VERSION}"
"""The ``$id`` of the JSON Schema that a score as JSON follows; each says it."""

SOFTWARE = f"equiwait {version('equiwait')}"

ERROR = "error"
"""The status of a record that cannot be used at all."""


class Score(NamedTuple):
    """What a policy says of one record: everything that a row of `score` holds, but for places.

    Parameters
    ----------
    status : str
        ``scored``, why the person is listed apart, or ``error`` where the record cannot be used.
    tier, tier_name : int, str
        Place and name of the tier; None where no code says.
    score, score_low, score_high : float
        The score, and between which scores the record's unrecorded inputs leave it.
    points : dict
        Each part of the score.
    missing : tuple of str
        Factors whose input is not recorded.
    unread : tuple of str
        Columns that hold something which cannot be read; each counts as not recorded, never as *no*.
    policy : str
        Name, fingerprint, and *not approved* unless it is.
    id : str, optional
        The record's ``pathway_id``, as given.
    unknown : tuple of str
        Keys that are no column of the catalogue nor of the policy: they count for nothing.
    warnings : tuple of str
        What to know before using the score, in sentences.
    why : str, optional
        Where asked: the reasons in one line, naming nothing that is sensitive.
    error : EquiwaitError, optional
        What is wrong with a record that cannot be used.
    """

    status: str
    tier: int | None
    tier_name: str | None
    score: float | None
    score_low: float | None
    score_high: float | None
    points: dict[str, float | None]
    missing: tuple[str, ...]
    unread: tuple[str, ...]
    policy: str
    id: str | None = None
    unknown: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    why: str | None = None
    error: EquiwaitError | None = None

    @property
    def policy_name(self) -> str:
        """The name of the policy alone."""
        return self.policy.split(" ")[0]

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the policy alone."""
        return self.policy.split(" ")[1]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that follow the published JSON Schema of a score: the same at every door."""
        name, fingerprint = self.policy.split(" ")[:2]
        return {
            "id": self.id,
            "status": self.status,
            "tier": self.tier,
            "tier_name": self.tier_name,
            "score": self.score,
            "score_low": self.score_low,
            "score_high": self.score_high,
            "points": dict(self.points),
            "missing": list(self.missing),
            "unread": list(self.unread),
            "unknown": list(self.unknown),
            "warnings": list(self.warnings),
            "why": self.why,
            "error": None if self.error is None else error_said(self.error),
            "policy": self.policy,
            "policy_name": name,
            "fingerprint": fingerprint,
            "software": SOFTWARE,
            "schema": SCORE_ID,
        }

    def __repr__(self) -> str:
        """Say what is not the patient's: the status and the policy."""
        return f"<Score: {self.status}; {self.policy}>"


def failed(error: EquiwaitError, policy: str, record_id: str | None = None) -> Score:
    """Return what stands in the place of a score where a record cannot be used."""
    return Score(ERROR, None, None, None, None, None, {}, (), (), policy, record_id, error=error)


def error_said(error: EquiwaitError) -> dict[str, str]:
    """Return an error as plain values; its words quote no value of a record."""
    return {"kind": type(error).__name__, "wrong": error.wrong, "found": error.found, "todo": error.todo}


def warnings_of(
    unread: tuple[str, ...], unknown: tuple[str, ...], lapsed: tuple[str, ...], approved: bool
) -> tuple[str, ...]:
    """Return what to know before using a score, in sentences.

    Examples
    --------
    >>> warnings_of(("priority",), (), (), approved=True)
    ('priority holds something that cannot be read; it counts as not recorded.',)
    """
    found = [f"{name} holds something that cannot be read; it counts as not recorded." for name in unread]
    found += [f"{name} is no column that equiwait or the policy knows; it counts for nothing." for name in unknown]
    found += [f"{each[:1].upper()}{each[1:]}." for each in lapsed]
    return (*found, *(() if approved else ("The policy is not approved for use.",)))


def fields_of_error() -> Mapping[str, Any]:
    """Return the JSON Schema of an error among results."""
    text = {"type": "string"}
    names = ("kind", "wrong", "found", "todo")
    return {
        "type": ["object", "null"],
        "properties": dict.fromkeys(names, text),
        "required": list(names),
        "additionalProperties": False,
    }


def json_lines(scores: Iterable[Score]) -> Iterator[str]:
    """Yield each score as one line of JSON: `Score.to_dict`, with what is the same in all written once.

    Examples
    --------
    >>> one = failed(EquiwaitError("It is wrong."), "example 0123456789ab [not approved]", "a")
    >>> import json
    >>> json.loads(next(json_lines([one]))) == one.to_dict()
    True
    """
    encode = JSONEncoder(allow_nan=False).encode
    endings: dict[str, str] = {}
    for one in scores:
        if one.policy not in endings:
            whole = one.to_dict()
            endings[one.policy] = encode({name: whole[name] for name in _SAME})[1:]
        error = None if one.error is None else error_said(one.error)
        yield f"{encode(dict(zip(_OWN, (one.id, *one[:9], *one[11:14], error), strict=True)))[:-1]}, {endings[one.policy]}"


_OWN = ("id", *Score._fields[:9], "unknown", "warnings", "why", "error")
_SAME = ("policy", "policy_name", "fingerprint", "software", "schema")
