"""The key file: the secret keys of the pseudonyms, one a line, `<64 hex digits>` or `<64 hex digits> from YYYY-MM-01`.

A key is in force from the first day of its month until the next key's; the one without a day from the beginning. The
file lies outside the data directory with mode 0600, and is always replaced whole: half a key would lock the warehouse
to nothing.
"""

import fcntl
import hashlib
import hmac
import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from core.errors import UsageError
from core.settings import Settings

KEY_BYTES = 32


@dataclass(frozen=True)
class Key:
    """A secret key and the first WIB day it is used for (None: from the beginning)."""

    secret: bytes
    since: date | None

    @property
    def fingerprint(self) -> str:
        """Tells keys apart and says nothing of them: 16 hex digits."""
        return hmac.new(self.secret, b"pantau-malang key fingerprint", hashlib.sha256).hexdigest()[:16]

    @property
    def line(self) -> str:
        return self.secret.hex() + (f" from {self.since}" if self.since else "") + "\n"


def read(settings: Settings) -> list[Key]:
    """The keys of the file, oldest first, or none where there is no file.

    Raises UsageError where the file lies in the data directory, can be read by others, or is no key file.
    """
    path = settings.key_file
    if path.resolve().is_relative_to(settings.data_dir.resolve()):
        raise UsageError("error.key_in_data", path=path)
    if not path.exists():
        return []
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise UsageError("error.key_open", path=path)
    try:
        lines = path.read_text("ascii").splitlines()
    except UnicodeDecodeError:
        lines = [""]
    keys = [_key(path, n, line) for n, line in enumerate(lines, start=1)]
    days = [key.since or date.min for key in keys]
    if not keys or days != sorted(set(days)) or len({key.secret for key in keys}) < len(keys):
        raise UsageError("error.key_order", path=path)
    return keys


def _key(path: Path, number: int, line: str) -> Key:
    secret, *more = line.split()[:4] or [""]
    try:
        found = Key(bytes.fromhex(secret), date.fromisoformat(more[1]) if more else None)
        well_formed = len(found.secret) == KEY_BYTES and (not more or (more[0] == "from" and len(more) == 2))
        if well_formed and (found.since is None or found.since.day == 1):
            return found
    except (ValueError, IndexError):
        pass
    raise UsageError("error.key_unreadable", path=path, line=number)


def make(settings: Settings) -> list[Key]:
    """The first key, from the beginning; never over a key that another installation of this user has just made."""
    with _alone(settings.key_file):
        if found := read(settings):
            return found
        made = [Key(secrets.token_bytes(KEY_BYTES), None)]
        _write(settings.key_file, made)
        return made


def add(settings: Settings, since: date) -> Key:
    """A new key from the day `since` on, behind those of the file; raises UsageError where a later one stands there."""
    with _alone(settings.key_file):
        keys = read(settings)
        if keys and (keys[-1].since or date.min) >= since:
            raise UsageError("error.key_planned", since=keys[-1].since)
        made = Key(secrets.token_bytes(KEY_BYTES), since)
        _write(settings.key_file, [*keys, made])
        return made


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process at a time changes the key file, whichever installation it serves."""
    folder = path.resolve().parent
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _write(path: Path, keys: Sequence[Key]) -> None:
    path = path.resolve()  # a link to a mounted drive stays a link
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)  # what a killed process left
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.writelines(key.line for key in keys)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
