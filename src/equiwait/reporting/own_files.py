"""Which files of a folder are ours, and whether somebody has changed them since: the manifest's list and the team's key."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from equiwait.files.whole_files import IN_TEAM, is_in_team

__all__ = ["KEY", "MANIFEST", "OwnFiles", "fingerprint_of", "manifest_text", "own_files"]

MANIFEST = "manifest.json"
"""The file of a folder of outputs that lists the others, and so tells ours from the user's."""
KEY = f"manifest-key-{IN_TEAM}.txt"
"""The key of the fingerprints of patient files: without it nobody can test a guess of what is in them."""

_OURS = ("equiwait", "files")


def fingerprint_of(path: Path, key: str | None = None) -> dict[str, str]:
    """Return the SHA-256 of a file; with a key the HMAC-SHA-256 (RFC 2104), as for files with patients in them.

    ``openssl dgst -sha256 -hmac KEY FILE`` says the same.
    """
    found = hashlib.sha256() if key is None else hmac.new(key.encode(), digestmod="sha256")
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            found.update(part)
    return {"sha256" if key is None else "hmac_sha256": found.hexdigest()}


@dataclass(frozen=True)
class OwnFiles:
    """What equiwait wrote into a folder earlier, by its manifest.

    Parameters
    ----------
    folder : Path
    entries : mapping of str to mapping
        For each file its ``made_by`` and its fingerprint.
    about : mapping
        What else the manifest says.
    key : str
        The key of the folder: the one that lies there, or a new one.
    """

    folder: Path
    entries: Mapping[str, Mapping[str, str]]
    about: Mapping[str, Any]
    key: str

    def made_by(self, maker: str) -> list[str]:
        """Return the names of the files of one maker that are still there."""
        return [name for name, entry in self.entries.items() if entry.get("made_by") == maker and self._there(name)]

    def names(self) -> list[str]:
        """Return the names of all our files that are still there, the manifest and the key among them."""
        extra = [MANIFEST] if self.about else []
        extra += [KEY] if _key_in(self.folder) else []
        return [*(name for name in self.entries if self._there(name)), *extra]

    def changed(self, names: Iterable[str]) -> list[str]:
        """Return which of our files are no longer as they were written; one that cannot be tested counts as changed."""
        return [name for name in names if name in self.entries and self._there(name) and not self._as_written(name)]

    def _there(self, name: str) -> bool:
        return (self.folder / name).is_file()

    def _as_written(self, name: str) -> bool:
        key = self.key if is_in_team(name) else None
        now = fingerprint_of(self.folder / name, key)
        return all(self.entries[name].get(kind) == value for kind, value in now.items())


def own_files(folder: Path) -> OwnFiles:
    """Return which files of a folder are ours; none where there is no manifest of ours."""
    key = _key_in(folder) or secrets.token_hex(32)
    try:
        found = json.loads((folder / MANIFEST).read_text("utf-8"))
        listed = {str(each["name"]): {k: str(v) for k, v in each.items()} for each in found["files"]}
        ours = set(_OURS) <= set(found)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return OwnFiles(folder, {}, {}, key)
    if not ours:
        return OwnFiles(folder, {}, {}, key)
    inside = folder.resolve()
    entries = {name: entry for name, entry in listed.items() if inside in (folder / name).resolve().parents}
    about = {name: value for name, value in found.items() if name != "files"}
    return OwnFiles(folder, entries, about, key)


def _key_in(folder: Path) -> str:
    try:
        text = (folder / KEY).read_text("utf-8").strip()
    except (OSError, ValueError):
        return ""
    return text if re.fullmatch(r"[0-9a-f]{64}", text) else ""


def manifest_text(own: OwnFiles, new: Path, names: Iterable[str], maker: str, about: Mapping[str, Any]) -> str:
    """Return the manifest of a folder that gets new files of one maker beside those of others.

    Patient files are listed by a keyed fingerprint, and nothing is said of their size.
    """
    kept = {name: entry for name, entry in own.entries.items() if entry.get("made_by") != maker}
    for name in names:
        key = own.key if is_in_team(name) else None
        kept[name] = {"made_by": maker, **fingerprint_of(new / name, key)}
    files = [{"name": name, **{k: v for k, v in kept[name].items() if k != "name"}} for name in sorted(kept)]
    text = json.dumps(
        {"equiwait": version("equiwait"), **{**own.about, **about}, "files": files},
        indent=2,
        ensure_ascii=False,
        allow_nan=False,
    )
    return text + "\n"
