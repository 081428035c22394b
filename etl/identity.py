"""Pseudonyms: HMAC-SHA-256 of the visitor id under a secret key, cut to 128 bits, then a number of the warehouse.

A plain hash of a NIK can be brute-forced in minutes, so the key is what protects it. It lies outside the data
directory, and the warehouse remembers its fingerprint: another key would split every person in two.
"""

import hashlib
import hmac
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from core import db
from core.errors import UsageError
from core.settings import Settings

KEY_BYTES = 32


@dataclass(frozen=True)
class Key:
    """The secret key; its fingerprint tells keys apart and says nothing of them."""

    secret: bytes

    @property
    def fingerprint(self) -> str:
        return hmac.new(self.secret, b"pantau-malang key fingerprint", hashlib.sha256).hexdigest()[:16]


def key(settings: Settings, known_fingerprint: str | None) -> Key:
    """The key of this installation, made by the first load; raises UsageError where it is lost, open or another's."""
    path = settings.key_file
    if path.resolve().is_relative_to(settings.data_dir.resolve()):
        raise UsageError("error.key_in_data", path=path)
    if not path.exists():
        if known_fingerprint is not None:
            raise UsageError("error.key_lost", path=path, fingerprint=known_fingerprint)
        _make(path)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise UsageError("error.key_open", path=path)
    try:
        secret = bytes.fromhex(path.read_text("ascii").strip())
    except (ValueError, UnicodeDecodeError):
        secret = b""
    if len(secret) != KEY_BYTES:
        raise UsageError("error.key_unreadable", path=path)
    found = Key(secret)
    if known_fingerprint is not None and found.fingerprint != known_fingerprint:
        raise UsageError("error.key_other", path=path, fingerprint=known_fingerprint, found=found.fingerprint)
    return found


def _make(path: Path) -> None:
    """Writes a new key whole or not at all: half a key would lock the warehouse to nothing."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(KEY_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(new, path)  # never over a key that another installation of this user has just made
    except FileExistsError:
        pass
    finally:
        new.unlink()


def pseudonymise(con: db.Connection, secret: Key) -> None:
    """Gives `arrived` its pseudonyms: makes `keyed` (arrived with `visitor` BIGINT) and drops the raw ids.

    Only distinct ids are hashed. The inner and outer pads are those of RFC 2104; 128 bits are kept.
    """
    block = secret.secret.ljust(64, b"\0")
    db.run(
        con,
        """CREATE OR REPLACE TEMP TABLE pseudonym AS
        SELECT visitor, left(sha256($outer::BLOB || unhex(sha256($inner::BLOB || encode(visitor)))), 32)::UUID AS digest
        FROM (SELECT DISTINCT visitor FROM arrived)""",
        {"inner": bytes(b ^ 0x36 for b in block), "outer": bytes(b ^ 0x5C for b in block)},
    )
    db.run(
        con,
        """INSERT INTO person SELECT (SELECT coalesce(max(id), 0) FROM person) + row_number() OVER (), digest
        FROM (SELECT digest FROM pseudonym ANTI JOIN person USING (digest))""",
    )
    db.run(
        con,
        """CREATE OR REPLACE TEMP TABLE keyed AS
        SELECT a.* REPLACE (p.id AS visitor)
        FROM arrived a JOIN pseudonym d ON d.visitor = a.visitor JOIN person p ON p.digest = d.digest""",
    )
    db.run(con, "DROP TABLE arrived")
    db.run(con, "DROP TABLE pseudonym")
