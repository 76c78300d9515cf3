"""Small policies for tests: one that is whole, and one factor to change."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from equiwait.errors import PolicyError
from equiwait.rows.policies import Policy

SOON = dt.date(2027, 1, 1)
REASON = {"reason": "a measured need", "owner": "the board", "expires": SOON}
NEED = {"name": "need", "kind": "clinical", "source": "a test", "column": "need", "points": {"a": 1, "b": 2},
        "missing": "zero"}  # fmt: skip
TIERS = [{"name": "P2", "when": {"priority": "P2"}}, {"name": "rest", "takes_unknown": False}]


def whole(**changes: Any) -> dict[str, Any]:
    """A policy without faults, as a file would give it, with some fields changed."""
    return {"name": "t", "title": "T", "status": "draft", "source": "a test", "people": "everyone",
            "order": {"then": "points", "without_tiers": "a test", "rank_within": []}, "factors": [NEED],
            **changes}  # fmt: skip


def factor(**changes: Any) -> dict[str, Any]:
    """A social factor that still needs to say what it reads and gives."""
    return {"name": "f", "kind": "equity", "source": "a test", "missing": "zero", **changes}


def faults(snapshot: str | None = None, **changes: Any) -> list[str]:
    """Every fault of a policy, one line each."""
    with pytest.raises(PolicyError) as caught:
        Policy.read(whole(**changes), snapshot=snapshot)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    return [line.strip() for line in caught.value.found.splitlines() if line.strip()]


def approval(policy: Policy, **changes: Any) -> dict[str, Any]:
    """An approval of a policy."""
    return {"owner": "o", "approver": "a", "date": dt.date(2026, 1, 1), "review": SOON, "impact_assessment": "EHIA 1",
            "fingerprint": policy.fingerprint, **changes}  # fmt: skip
