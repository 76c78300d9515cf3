"""What this session has seen of policies: made ready for rows, and kept to explain the lists that they ordered."""

from __future__ import annotations

from typing import Any

from equiwait.errors import OptionError, PolicyError
from equiwait.rows.policies import Policy
from equiwait.rows.scoring.protected_people import said_by
from equiwait.rows.scoring.row_scores import Reader

__all__ = ["reader_of", "recall", "remember"]

_SEEN: dict[str, tuple[Policy, ...]] = {}
_READY: dict[tuple[int, bool], Reader] = {}
_MOST = 256


def reader_of(policy: Policy, *, ranges: bool = True) -> Reader:
    """Return the policy made ready for rows; the same reader for the same object, so that records are quick."""
    if not isinstance(policy, Policy):
        raise OptionError(
            f"policy= is a {type(policy).__name__}, not a Policy.",
            todo='Load it first: Policy.load("policy.toml") or Policy.preset("england_default").',
        )
    reader = _READY.get((id(policy), ranges))
    if reader is None or reader.policy is not policy:
        if len(_READY) >= _MOST:
            _READY.clear()
        reader = _READY[id(policy), ranges] = Reader(policy, ranges=ranges)
        remember(policy)
    return reader


def remember(policy: Policy) -> None:
    """Keep a policy under its stamp, beside others of that stamp that say something else in words."""
    known = _SEEN.get(policy.stamp, ())
    if any(each is policy for each in known):
        return
    if len(_SEEN) >= _MOST:
        del _SEEN[next(iter(_SEEN))]
    others = tuple(each for each in known if _words(each) != _words(policy))
    _SEEN[policy.stamp] = (*others, policy)


def _words(policy: Policy) -> dict[str, Any]:
    """Everything that a policy says; a fingerprint holds only what can change the order, and no names, labels or secrets."""
    return policy.model_dump(exclude={"state"})


def recall(stamp: str) -> Policy:
    """Return the policy that a list's ``policy`` column names: one seen in this session, or a preset."""
    stamp = said_by(stamp)
    seen, name = _SEEN.get(stamp, ()), stamp.split(" ")[0]
    if len(seen) == 1:
        return seen[0]
    if not seen and name in Policy.presets() and (preset := Policy.preset(name)).stamp == stamp:
        return preset
    lost = f"The policy {stamp} is not at hand."
    torn = f"{len(seen)} policies have the stamp {stamp} and differ in what they call things, or in what is sensitive."
    raise PolicyError(
        torn if seen else lost,
        todo="Give it: explain(ordered, pathway_id, policy=Policy.load('policy.toml')).",
    )
