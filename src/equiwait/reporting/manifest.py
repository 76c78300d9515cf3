"""The manifest of a run: from what, under which policy, by which version, and how many of whom."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from equiwait.disclosure.rules import rule_named
from equiwait.reporting.atomic_files import MANIFEST

if TYPE_CHECKING:  # pydantic is heavy, and a policy is only looked at
    from equiwait.rows.policies import Policy

__all__ = ["manifest", "save_manifest", "sha256"]

_EDITIONS = ("directory_edition", "index_edition", "policy")


def manifest(
    waiting: pd.DataFrame,
    *,
    sources: Mapping[str, str | PathLike[str]] | None = None,
    policy: Policy | None = None,
    suppression: str = "hes",
) -> dict[str, Any]:
    """Return what a run was made from, as plain values.

    Parameters
    ----------
    waiting : pandas.DataFrame
        The list, after the last step.
    sources : mapping, optional
        What each file was used as, and the file: its name, size and SHA-256 are noted, never its folder.
    policy : Policy, optional
        The policy of the order: its name, status and fingerprint are noted.
    suppression : {"hes", "none"}
        The small-number rule for the counts by scope.

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
        "snapshot": _values(waiting, "snapshot_date"),
        "sources": [_source(use, Path(path)) for use, path in (sources or {}).items()],
        "editions": {name: _values(waiting, name) for name in _EDITIONS if name in waiting},
        "policy": _policy(policy),
        "suppression": suppression,
        "counts": {
            "rows": rule.text(len(waiting)),
            "scope": {str(name): rule.text(int(rows)) for name, rows in sorted(scope.items(), key=str) if rows},
        },
    }


def _values(waiting: pd.DataFrame, column: str) -> list[str]:
    return sorted(str(value)[:200] for value in waiting[column].dropna().unique()) if column in waiting else []


def _source(use: str, path: Path) -> dict[str, Any]:
    return {"use": use, "name": path.name, "bytes": path.stat().st_size, "sha256": sha256(path)}


def _policy(policy: Policy | None) -> dict[str, str] | None:
    if policy is None:
        return None
    return {"name": policy.name, "status": policy.status, "fingerprint": policy.fingerprint}


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, read in parts."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def save_manifest(found: Mapping[str, Any], folder: Path, names: Sequence[str]) -> None:
    """Write ``manifest.json`` into a folder, with the SHA-256 of each file ``names`` in it."""
    listed = [{"name": name, "sha256": sha256(folder / name)} for name in names]
    text = json.dumps({**found, "files": listed}, indent=2, ensure_ascii=False, allow_nan=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8", newline="\n")
