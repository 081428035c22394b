"""What a file really is, by its first bytes, and its text as bytes: a name or an ending proves nothing."""

import errno
import gzip
import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Literal, cast

from typing_extensions import Buffer

from core.errors import InputRefused, UsageError

CHUNK = 8 << 20
Kind = Literal["text", "gzip", "zip", "xlsx", "parquet"]

_GZIP, _ZIP, _OLE, _PARQUET = b"\x1f\x8b", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PAR1"
# What people send by mistake, named so that they know what to save it as.
_OTHERS = {
    b"%PDF": "PDF",
    b"Rar!": "RAR",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"\xfd7zXZ": "XZ",
    b"BZh": "bzip2",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"SQLite format 3": "SQLite",
    b"{\\rtf": "RTF",
    b"PK\x05\x06": "ZIP (0)",
}
# What the unpackers raise on damaged bytes: of an archive's own tables a wrong number may become nearly anything.
_DAMAGE = (
    EOFError,
    zlib.error,
    zipfile.BadZipFile,
    NotImplementedError,
    ValueError,
    RuntimeError,
    OverflowError,
    LookupError,
    struct.error,
    OSError,
)


def kind(path: Path) -> Kind:
    """What the bytes are. Raises InputRefused for a kind that holds no log."""
    try:
        with path.open("rb") as file:
            start = file.read(64)
    except FileNotFoundError:
        raise UsageError("error.no_file", file=path.name) from None
    except IsADirectoryError:
        raise UsageError("error.not_a_file", file=path.name) from None
    except PermissionError:
        raise UsageError("error.unreadable_file", file=path.name) from None
    if start.startswith(_GZIP):
        return "gzip"
    if start.startswith(_PARQUET):
        return "parquet"
    if start.startswith(_OLE):
        return "xlsx"  # an older workbook, or one locked by a password
    if start.startswith(_ZIP):
        with _broken(path, "zip"), zipfile.ZipFile(path) as archive:
            inside = set(archive.namelist())
        if inside & {"xl/workbook.xml", "xl/workbook.bin"}:
            return "xlsx"
        if {"mimetype", "content.xml"} <= inside or "[Content_Types].xml" in inside:
            raise InputRefused("refused.format", file=path.name, kind="OpenDocument / Office")
        return "zip"
    for magic, name in _OTHERS.items():
        if start.startswith(magic):
            raise InputRefused("refused.format", file=path.name, kind=name)
    return "text"


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes as they lie on disk."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def chunks(path: Path, kind: Kind, seen: Callable[[bytes], object]) -> Generator[bytes]:
    """Unpacked chunks of a text, gzip or zip file; `seen` gets every byte as it lies on disk."""
    if kind == "text":
        with path.open("rb", buffering=0) as file:
            while chunk := file.read(CHUNK):
                seen(chunk)
                yield chunk
        return
    with path.open("rb") as raw:
        tee = io.BufferedReader(_Tee(raw, seen), CHUNK)
        if kind == "zip":
            while tee.read(CHUNK):
                pass
        with _unpacked(path, kind, tee) as source:
            while chunk := source.read(CHUNK):
                yield chunk


@contextmanager
def text_of(path: Path, kind: Kind, encoding: str) -> Iterator[IO[str]]:
    """The unpacked text, line ends untouched."""
    with path.open("rb") as raw, _unpacked(path, kind, raw) as source:
        yield io.TextIOWrapper(source, encoding=encoding, newline="")


@contextmanager
def _unpacked(path: Path, kind: Kind, raw: IO[bytes]) -> Iterator[IO[bytes]]:
    if kind == "zip":
        with _broken(path, kind):
            archive = zipfile.ZipFile(path)
        with archive:
            with _broken(path, kind):
                source = archive.open(_member(archive, path))
            yield io.BufferedReader(_Guarded(source, path, kind), CHUNK)
    elif kind == "gzip":
        yield io.BufferedReader(_Guarded(cast("IO[bytes]", gzip.GzipFile(fileobj=raw, mode="rb")), path, kind), CHUNK)
    else:
        yield raw


@contextmanager
def _broken(path: Path, kind: Kind) -> Iterator[None]:
    """A damaged archive as our own error; a failure of the disk stays one."""
    try:
        yield
    except _DAMAGE as error:
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise
        raise InputRefused("refused.archive", file=path.name, kind=kind) from None


class _Guarded(io.RawIOBase):
    """An unpacking file whose damage, found only in reading, is our own error; what its reader does is not touched."""

    def __init__(self, source: IO[bytes], path: Path, kind: Kind) -> None:
        self._source, self._path, self._kind = source, path, kind

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        view = memoryview(buffer)
        with _broken(self._path, self._kind):
            data = self._source.read(len(view))
        view[: len(data)] = data
        return len(data)


def _member(archive: zipfile.ZipFile, path: Path) -> zipfile.ZipInfo:
    """The one file in an archive; what a Mac adds by itself is no file."""
    there = [m for m in archive.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX/")]
    if len(there) != 1:
        raise InputRefused("refused.zip_members", file=path.name, n=len(there))
    if there[0].flag_bits & 1:
        raise InputRefused("refused.locked", file=path.name)
    return there[0]


class _Tee(io.RawIOBase):
    """A raw file that shows every byte it gives to `seen`: the hash is of the bytes as stored, packed or not."""

    def __init__(self, raw: IO[bytes], seen: Callable[[bytes], object]) -> None:
        self._raw, self._seen = raw, seen

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        view = memoryview(buffer)
        data = self._raw.read(len(view))
        self._seen(data)
        view[: len(data)] = data
        return len(data)
