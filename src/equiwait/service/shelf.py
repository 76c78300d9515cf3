"""The policies of a service: read once from a folder, found by name and, where there are several, by fingerprint."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from equiwait.errors import OptionError, PolicyError, listed
from equiwait.rows.policies import Policy

__all__ = ["Shelf", "UnknownPolicyError"]


class UnknownPolicyError(PolicyError):
    """No policy of that name and fingerprint is on the shelf."""


class Shelf:
    """Policies that records may be scored by.

    Parameters
    ----------
    folder : Path, optional
        A folder of TOML files; every file must be a policy without faults. Without one: the presets that are filled in.
    """

    def __init__(self, folder: Path | None) -> None:
        found = list(_presets() if folder is None else _in_folder(folder))
        self.policies: dict[str, dict[str, Policy]] = {}
        for policy in found:
            self.policies.setdefault(policy.name, {})[fingerprint_of(policy)] = policy

    def find(self, name: str, fingerprint: str | None = None) -> Policy:
        """Return the policy of a name; of several versions, the one of that fingerprint.

        Raises
        ------
        PolicyError
            If there is none, or more than one.
        """
        versions = self.policies.get(name)
        if versions is None:
            raise UnknownPolicyError(
                "There is no policy of that name here.", todo=f"GET /v1/policies lists {listed(self.policies, 20)}."
            )
        if fingerprint is None:
            if len(versions) == 1:
                return next(iter(versions.values()))
            raise UnknownPolicyError(
                f"There are {len(versions)} versions of the policy {name}.", todo="Give the fingerprint too."
            )
        if fingerprint not in versions:
            raise UnknownPolicyError(
                f"There is no version of the policy {name} with that fingerprint here.",
                found=f"Fingerprints here: {listed(versions)}.",
                todo="Give one of these, or start the service with the file of that version.",
            )
        return versions[fingerprint]

    def table(self) -> list[dict[str, Any]]:
        """Return what there is, for people who choose."""
        return [
            {
                "name": policy.name,
                "fingerprint": fingerprint,
                "title": policy.title,
                "status": policy.status,
                "approved": policy.approved,
                "policy": policy.stamp,
            }
            for versions in self.policies.values()
            for fingerprint, policy in versions.items()
        ]


def fingerprint_of(policy: Policy) -> str:
    """Return the fingerprint as it stands on every output."""
    return policy.stamp.split(" ")[1]


def _presets() -> Iterator[Policy]:
    for name in Policy.presets():
        policy = Policy.preset(name)
        if not policy.unfilled:
            yield policy


def _in_folder(folder: Path) -> Iterator[Policy]:
    if not folder.is_dir():
        raise OptionError(
            f"There is no folder {folder.name!r} of policies.", todo="Give --policies a folder of TOML files."
        )
    files = sorted(folder.glob("*.toml"))
    if not files:
        raise OptionError(f"The folder {folder.name!r} holds no policy.", todo="Put policy files (.toml) into it.")
    seen: dict[tuple[str, str], str] = {}
    for file in files:
        policy = Policy.load(file)
        policy.check_filled()
        key = (policy.name, fingerprint_of(policy))
        if key in seen:
            raise PolicyError(
                f"{seen[key]} and {file.name} are the same policy.", todo="Leave one of them in the folder."
            )
        seen[key] = file.name
        yield policy
