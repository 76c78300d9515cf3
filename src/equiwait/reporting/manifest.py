"""The manifest of a run: from what, under which policy, by which version, and how many of whom."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from equiwait.disclosure.rules import Rule, rule_named
from equiwait.frames import provenance
from equiwait.reporting.own_files import fingerprint_of

if TYPE_CHECKING:  # pydantic is heavy, and a policy is only looked at
    from equiwait.rows.policies import Policy

__all__ = ["manifest"]

_EDITIONS = ("directory_edition", "index_edition", "policy")
_WITHOUT_PATIENTS = ("directory", "index", "changes", "policy")


def manifest(
    waiting: pd.DataFrame,
    *,
    sources: Mapping[str, str | PathLike[str]] | None = None,
    policy: Policy | None = None,
    suppression: str | Rule = "hes",
    key: str | None = None,
) -> dict[str, Any]:
    """Return what a run was made from, as plain values.

    Parameters
    ----------
    waiting : pandas.DataFrame
        The list, after the last step.
    sources : mapping, optional
        What each file was used as, and the file. Of a directory, an index, a lookup and a policy the name, size and SHA-256
        are noted; of any other file, which may hold patients, only a keyed SHA-256. Folders are never noted.
    policy : Policy, optional
        The policy of the order: its name, status and fingerprint are noted.
    suppression : str or Rule
        The small-number rule for the counts by scope.
    key : str, optional
        The key of patient files; without it nothing is said of what is in them.

    Returns
    -------
    dict
        ``equiwait snapshot sources editions policy suppression counts``. It holds no clock: the same run gives the
        same manifest.

    Examples
    --------
    >>> found = manifest(pd.DataFrame({"scope": ["rtt_open"] * 20, "snapshot_date": ["2026-10-31"] * 20}))
    >>> found["snapshot"], found["counts"]
    (['2026-10-31'], {'rows': '20', 'scope': {'rtt_open': '20'}})
    """
    rule = rule_named(suppression)
    scope = waiting["scope"].value_counts() if "scope" in waiting else pd.Series(dtype=int)
    return {
        "equiwait": version("equiwait"),
        "snapshot": provenance(waiting, "snapshot_date"),
        "sources": [_source(use, Path(path), key) for use, path in (sources or {}).items()],
        "editions": {name: provenance(waiting, name) for name in _EDITIONS if name in waiting},
        "policy": _policy(policy),
        "suppression": rule.name,
        "counts": {
            "rows": rule.text(len(waiting)),
            "scope": {str(name): rule.text(int(rows)) for name, rows in sorted(scope.items(), key=str) if rows},
        },
    }


def _source(use: str, path: Path, key: str | None) -> dict[str, Any]:
    if use.partition(" ")[0] in _WITHOUT_PATIENTS:
        return {"use": use, "name": path.name, "bytes": path.stat().st_size, **fingerprint_of(path)}
    return {"use": use, **(fingerprint_of(path, key) if key else {})}


def _policy(policy: Policy | None) -> dict[str, str] | None:
    if policy is None:
        return None
    return {"name": policy.name, "status": policy.status, "fingerprint": policy.fingerprint}
