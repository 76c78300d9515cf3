"""A policy as a file with comments: each part says in plain English above what it says below."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping
from textwrap import wrap
from typing import Any

from equiwait.rows.policies.document import Document
from equiwait.rows.policies.fingerprint import fingerprint
from equiwait.rows.policies.words import (
    eligibility_said,
    factor_said,
    group_said,
    harm_review_said,
    retier_said,
    targets_said,
    tier_said,
)

__all__ = ["commented"]

_TOP = (
    "A policy of equiwait: whom it orders, in what tiers, by what points. Every field: docs/reference/policy-file.md."
)
_ABOVE = {
    "status": "draft, illustrative, template or approved; all but approved say 'not approved' on every output.",
    "people": "admitted: people listed for admission, others are out of its scope; everyone: every open pathway.",
    "specialties": "Only people of these specialties (treatment function codes); others are out of its scope. Left out: all.",
    "order": "The rule inside a tier; rank_within: the columns whose groups are ranked apart.",
    "guards": "What equity may not do to anyone: the most places that anyone may lose to it, and whom it never moves down.",
    "state": "Means of a list, held fixed.",
    "approval": "Who approved exactly this version, from when and until when.",
    "consulted": "Who was asked, when, and what that changed.",
}
_MISSING = "missing, for each factor: unscored (listed apart), zero, list_mean or points; there is no default, for each favours somebody."
_APPROVE = """To have it approved, say status = "approved" and fill this in; a change of anything but words ends the approval.
[approval]
owner = "Who owns the policy"
approver = "Who approved it"
date = 2027-01-01
review = 2028-01-01
impact_assessment = "Number of the equality and health inequality assessment"
fingerprint = "{fingerprint}"  # equiwait policy show FILE says it"""


def commented(policy: Document) -> str:
    """Return the policy as TOML with comments; it reads back as the same policy.

    Examples
    --------
    >>> from equiwait.rows.policies import Policy
    >>> policy = Policy.preset("england_default")
    >>> text = commented(policy)
    >>> Policy.from_toml(text) == policy
    True
    >>> print(text[text.index("# P2:"):].split("[[tiers]]")[1].strip())
    name = "P2"
    when = [{ priority = ["P2"] }]
    <BLANKLINE>
    # P3: priority is P3.
    """
    data = policy.to_dict()
    plain = {key: value for key, value in data.items() if not _is_table(value)}
    blocks = [_comment(_TOP), "\n".join(line for key, value in plain.items() for line in _line(key, value))]
    blocks += [block for key, value in data.items() if _is_table(value) for block in _tables(key, value, policy)]
    if policy.approval is None and policy.status != "template":
        blocks.append("\n".join(f"# {line}" for line in _APPROVE.format(fingerprint=fingerprint(policy)).splitlines()))
    return "\n\n".join(blocks) + "\n"


def _is_table(value: object) -> bool:
    return isinstance(value, dict) or (
        isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)
    )


def _line(key: str, value: Any) -> Iterable[str]:
    if key in _ABOVE:
        yield _comment(_ABOVE[key])
    yield f"{_key(key)} = {_value(value)}"


def _tables(key: str, value: Any, policy: Document) -> Iterable[str]:
    """A table, or several with one name, each under its own comment."""
    several = value if isinstance(value, list) else [value]
    said = _said(key, policy) or [_ABOVE.get(key, "")]
    brackets = f"[[{key}]]" if isinstance(value, list) else f"[{key}]"
    if key == "factors":
        yield _comment(_MISSING)
    for place, table in enumerate(several):
        words = said[place] if place < len(said) else ""
        body = "\n".join(f"{_key(name)} = {_value(item)}" for name, item in table.items())
        yield "\n".join(filter(None, [_comment(words), brackets, body]))


def _said(key: str, policy: Document) -> list[str]:
    """What the parts of a policy say, in words."""
    parts: dict[str, list[str]] = {
        "tiers": [tier_said(tier) for tier in policy.tiers],
        "factors": [factor_said(factor) for factor in policy.factors],
        "groups": [group_said(group) for group in policy.groups],
        "targets": [targets_said(policy.targets)] if policy.targets else [],
        "retier": [retier_said(policy.retier)] if policy.retier else [],
        "eligibility": [eligibility_said(policy.eligibility)] if policy.eligibility else [],
        "harm_review": [harm_review_said(policy.harm_review)] if policy.harm_review else [],
    }
    return parts.get(key, [])


def _comment(words: str) -> str:
    """Return words as lines of comment; what TOML has no place for in one is left out."""
    plain = "".join(letter if letter.isprintable() else " " for letter in words)
    return "\n".join(f"# {line}" for line in wrap(" ".join(plain.split()), 118, break_on_hyphens=False))


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _text(name)


def _value(value: Any) -> str:
    """Return a value as TOML writes it on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(str(key))} = {_value(item)}" for key, item in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value) if isinstance(value, int) else _text(str(value))


def _text(value: str) -> str:
    """Return text in quotes; TOML's escapes are those of JSON, but for the delete character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
