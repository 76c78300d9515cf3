"""Changes to a policy as a mapping shaped like its file: what `Policy.with_changes` merges before all is checked anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from equiwait.errors import did_you_mean
from equiwait.rows.policies.validation import Fault

__all__ = ["change_faults", "changed"]

_NAMED = ("factors", "tiers", "groups")  # lists of tables that are called by their names
_WHOLE = ("when", "only_if", "knots", "range")  # what says one thing together, and is put anew as a whole


def changed(data: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the mapping with changes in it: tables merge key by key, None takes a key out, the rest is put anew.

    Examples
    --------
    >>> changed({"order": {"then": "points", "seed": 1}}, {"order": {"seed": None}, "title": "New"})
    {'order': {'then': 'points'}, 'title': 'New'}
    >>> changed({"factors": [{"name": "area", "points": {"1": 8}}]}, {"factors": {"area": {"points": {"1": 9}}}})
    {'factors': [{'name': 'area', 'points': {'1': 9}}]}
    """
    found = dict(data)
    for key, value in changes.items():
        if value is None:
            found.pop(key, None)
        elif key in _NAMED and isinstance(value, Mapping):
            found[key] = _called(found.get(key, ()), value)
        elif isinstance(value, Mapping) and isinstance(found.get(key), Mapping) and key not in _WHOLE:
            found[key] = changed(found[key], value)
        else:
            found[key] = value
    return found


def _called(items: Iterable[Mapping[str, Any]], changes: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Change, leave out or add the tables of a list by their names."""
    kept = [dict(item) for item in items if changes.get(item["name"], item) is not None]
    found = [changed(item, changes.get(item["name"], {})) for item in kept]
    known = {item["name"] for item in items}
    return [*found, *({"name": name, **new} for name, new in changes.items() if name not in known and new is not None)]


def change_faults(data: Mapping[str, Any], changes: Mapping[str, Any]) -> Iterable[Fault]:
    """Yield names that no part of the policy has: a slip would add a part, or leave none out, in silence."""
    for key in _NAMED:
        asked = changes.get(key)
        names = [item["name"] for item in data.get(key, ())]
        for name, new in asked.items() if isinstance(asked, Mapping) else ():
            # to add one, say what it is; a line with a source, or a tier with a condition, is meant to be new
            new_one = isinstance(new, Mapping) and ({"source", "when", "takes_unknown", "of"} & set(new))
            if name not in names and not new_one:
                yield (key, str(name)), f"is no part of the policy.{did_you_mean(str(name), names)}"
