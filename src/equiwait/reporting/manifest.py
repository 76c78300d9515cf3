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
from equiwait.rows.intake.scopes import SCOPES

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
        The small-number rule of the run.
    key : str, optional
        The key of patient files; without it nothing is said of what is in them.

    Returns
    -------
    dict
        ``equiwait snapshot sources editions policy suppression``, and ``counts`` of rows by scope under the rule ``none``
        alone: under another one the report says them, where they are audited with the rest. It holds no clock.

    Examples
    --------
    >>> found = manifest(pd.DataFrame({"scope": ["rtt_open"] * 20, "snapshot_date": ["2026-10-31"] * 20}))
    >>> found["snapshot"], found["suppression"]
    (['2026-10-31'], 'hes')
    """
    rule = rule_named(suppression)
    return {
        "equiwait": version("equiwait"),
        "snapshot": provenance(waiting, "snapshot_date"),
        "sources": [_source(use, Path(path), key) for use, path in (sources or {}).items()],
        "editions": {name: provenance(waiting, name) for name in _EDITIONS if name in waiting},
        "policy": _policy(policy),
        "suppression": rule.name,
        **({"counts": {"rows": len(waiting), "scope": _scopes(waiting)}} if rule.exact else {}),
    }


def _scopes(waiting: pd.DataFrame) -> dict[str, int]:
    """How many rows have each scope that there is: exact, for a manifest that stays in the team."""
    scopes = waiting["scope"].astype(str) if "scope" in waiting else pd.Series(dtype=str)
    rows = {scope: int((scopes == scope).sum()) for scope in SCOPES}
    return {scope: n for scope, n in rows.items() if n}


def _source(use: str, path: Path, key: str | None) -> dict[str, Any]:
    if use.partition(" ")[0] in _WITHOUT_PATIENTS:
        return {"use": use, "name": path.name, "bytes": path.stat().st_size, **fingerprint_of(path)}
    return {"use": use, **(fingerprint_of(path, key) if key else {})}


def _policy(policy: Policy | None) -> dict[str, str] | None:
    if policy is None:
        return None
    return {"name": policy.name, "status": policy.status, "fingerprint": policy.fingerprint}
