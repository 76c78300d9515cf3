"""What a service is started with: where it listens, who may ask, and how much at a time."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from equiwait.errors import OptionError

__all__ = ["Settings", "hash_of", "new_token"]

ROLES = (
    "booking_clerk",
    "consultant",
    "manager",
    "nurse",
    "other_clinician",
    "resident_doctor",
    "theatre_manager",
    "waiting_list_manager",
)
"""Roles that may be given for an override: a list, since free words could hold a name."""


@dataclass(frozen=True)
class Settings:
    """What a service is started with.

    Parameters
    ----------
    policies : Path, optional
        A folder of policy files; without one the presets are served, and none of those is approved.
    directory, index : str
        Places to link by, as in `link_deprivation`; without an index nothing is linked.
    host, port : str, int
        Where to listen.
    token_hash : str
        SHA-256 of the token that each request must bring, as 64 hexadecimal digits; empty where none is wanted.
    audit : Path, optional
        The file of the audit log.
    most_bytes, most_records : int
        Of one request.
    seconds : float
        That one request may take, its body included.
    """

    policies: Path | None = None
    directory: str | None = None
    index: tuple[str, ...] = ()
    changes: str | None = None
    host: str = "127.0.0.1"
    port: int = 8350
    token_hash: str = ""
    audit: Path | None = None
    most_bytes: int = 8_000_000
    most_records: int = 5_000
    seconds: float = 20.0

    def __post_init__(self) -> None:
        """Refuse what would leave the service open, and limits that are none."""
        if self.token_hash and not re.fullmatch(r"[0-9a-f]{64}", self.token_hash):
            raise OptionError("The token's hash is no SHA-256.", todo="Make a token: equiwait serve --new-token.")
        if not self.loopback:
            lacking = [
                name for name, given in (("--token-hash", self.token_hash), ("--audit", self.audit)) if not given
            ]
            if lacking:
                raise OptionError(
                    f"To listen on other than this machine, the service wants {' and '.join(lacking)}.",
                    found=f"--host {self.host}.",
                    todo="Make a token (equiwait serve --new-token), or leave --host out.",
                )
        if min(self.most_bytes, self.most_records, self.seconds) <= 0:
            raise OptionError("A limit of nothing lets nothing through.", todo="Give limits above 0.")

    @property
    def loopback(self) -> bool:
        """Whether the service listens to this machine alone."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def may_ask(self, authorization: str) -> bool:
        """Whether the header of a request brings the token; what it brings is hashed and compared in constant time."""
        if not self.token_hash:
            return True
        kind, _, token = authorization.partition(" ")
        return hmac.compare_digest(hash_of(token), self.token_hash) and kind.lower() == "bearer"


def hash_of(token: str) -> str:
    """Return the hash of a token: tokens are long and drawn by lot, so that a plain SHA-256 keeps them.

    Examples
    --------
    >>> hash_of("example")[:8]
    '50d858e0'
    """
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def new_token() -> str:
    """Return a new token: 256 bits drawn by lot."""
    return secrets.token_urlsafe(32)
