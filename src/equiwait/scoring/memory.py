"""What this session has seen of policies: made ready for rows, and kept to explain the lists that they ordered."""

from __future__ import annotations

from equiwait.errors import PolicyError, listed
from equiwait.policies import Policy
from equiwait.scoring.points import whole
from equiwait.scoring.reading import Reader

__all__ = ["list_means", "reader_of", "recall", "remember"]

_SEEN: dict[str, Policy] = {}
_READY: dict[int, Reader] = {}
_MOST = 64


def reader_of(policy: Policy) -> Reader:
    """Return the policy made ready for rows; the same reader for the same object, so that records are quick."""
    reader = _READY.get(id(policy))
    if reader is None or reader.policy is not policy:
        if len(_READY) >= _MOST:
            _READY.clear()
        reader = _READY[id(policy)] = Reader(policy)
    return reader


def remember(policy: Policy) -> None:
    """Keep a policy under its fingerprint."""
    _SEEN[policy.fingerprint] = policy


def recall(stamp: str) -> Policy:
    """Return the policy that a list's ``policy`` column names: one seen in this session, or a preset."""
    name, fingerprint, *_ = [*stamp.split(), "", ""]
    if fingerprint in _SEEN:
        return _SEEN[fingerprint]
    if name in Policy.presets() and Policy.preset(name).fingerprint == fingerprint:
        return Policy.preset(name)
    raise PolicyError(
        f"The policy {name} {fingerprint} is not at hand.",
        todo="Give it: explain(ordered, pathway_id, policy=Policy.load('policy.toml')).",
    )


def list_means(policy: Policy) -> dict[str, int]:
    """Return the list's means in force, in millionths; refuse where a factor needs one that nobody has taken."""
    asked = [factor.name for factor in policy.parts if factor.missing == "list_mean"]
    state = policy.last_state
    lacking = [name for name in asked if state is None or name not in state.means]
    if lacking:
        raise PolicyError(
            f"No list's mean is known for: {listed(lacking)}.",
            todo="Score the list with this policy first, or use policy.frozen() as saved when it was scored.",
        )
    return {name: whole(mean) for name, mean in state.means.items()} if state else {}
