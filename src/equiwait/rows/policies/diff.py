"""What one version of a policy changes of another, a sentence for each change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from equiwait.rows.policies.fingerprint import fingerprint
from equiwait.rows.policies.words import (
    eligibility_said,
    factor_said,
    figure,
    group_said,
    harm_review_said,
    retier_said,
    targets_said,
    tier_said,
)

if TYPE_CHECKING:
    from equiwait.rows.policies.document import Document

__all__ = ["differences"]


def differences(before: Document, after: Document) -> list[str]:
    """Return what changes from ``before`` to ``after``, one sentence each, the fingerprint last."""
    lines = [*_whole_parts(_parts(before), _parts(after)), *_values(before, after)]
    if not lines:
        return []
    was, now = fingerprint(before), fingerprint(after)
    if was == now:
        return [*sorted(lines), f"The order means the same: fingerprint {was}."]
    return [*sorted(lines), f"The order means something else: fingerprint {was} -> {now}."]


def _whole_parts(old: Mapping[str, str], new: Mapping[str, str]) -> Iterable[str]:
    yield from (f"{path} is left out: {old[path]}" for path in old if path not in new)
    yield from (f"{path} is added: {new[path]}" for path in new if path not in old)


def _parts(policy: Document) -> dict[str, str]:
    """Everything that is added or left out as a whole, in words."""
    found = {f"factors[{factor.name}]": factor_said(factor) for factor in policy.factors}
    found |= {f"tiers[{tier.name}]": tier_said(tier) for tier in policy.tiers}
    found |= {f"groups[{group.name}]": group_said(group) for group in policy.groups}
    whole: dict[str, tuple[Any, Callable[[Any], str]]] = {
        "retier": (policy.retier, retier_said),
        "targets": (policy.targets, targets_said),
        "eligibility": (policy.eligibility, eligibility_said),
        "harm_review": (policy.harm_review, harm_review_said),
    }
    return found | {path: say(part) for path, (part, say) in whole.items() if part is not None}


def _values(before: Document, after: Document) -> Iterable[str]:
    """What changes inside the parts that both have."""
    one_sided = tuple(_parts(before).keys() ^ _parts(after).keys())
    old, new = _flat(before), _flat(after)
    for path in old.keys() | new.keys():
        if path.startswith(tuple(f"{part}." for part in one_sided)) or old.get(path) == new.get(path):
            continue
        if path not in new:
            yield f"{path} was {_shown(old[path])} and is no longer given."
        else:
            was = _shown(old[path]) if path in old else "not given"
            yield f"{path} was {was} and is now {_shown(new[path])}."


def _shown(value: Any) -> str:
    if isinstance(value, str | list):
        return repr(value) if isinstance(value, str) else ", ".join(map(_shown, value))
    return str(value) if isinstance(value, bool | dict) else figure(value)


def _flat(policy: Document) -> dict[str, Any]:
    """Every value that is given, by its path: parts of a list by name, so that moving one is not every line changing."""
    found: dict[str, Any] = {}

    def walk(value: Any, path: str) -> None:
        if isinstance(value, dict):
            for key, item in value.items():
                walk(item, f"{path}.{key}" if path else str(key))
        elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            for place, item in enumerate(value, start=1):
                walk({**item, "place": place} if path == "tiers" else item, f"{path}[{_called(item, place)}]")
        elif value not in (None, "", []):
            found[path] = value

    walk(policy.model_dump(mode="json"), "")
    return found


def _called(item: Mapping[str, Any], place: int) -> object:
    """What one of a list is called: its name, the column by which it multiplies, the value that it is about, or its place."""
    value = f"{item.get('column')} {item['value']}" if "value" in item else None
    return item.get("name") or item.get("by") or value or place
