"""Is a file what its profile says? Read as bytes and checked before a value is believed.

DuckDB's reader loads reordered headers into the wrong columns and takes an HTML page as no rows, with no error. So the
header text is read here, and a file takes one of two roads: `plain` (no quote in it, every line the same number of
fields, clean UTF-8), which DuckDB may read with everything named, or the careful one of `etl.rows`, record by record.
"""

import csv
import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

import numpy as np
from typing_extensions import Buffer

from core.errors import InputRefused, UsageError
from etl.profile import Profile

CHUNK = 8 << 20
LONGEST_FIELD = 1 << 16  # 64 KiB of one value is no log value; a longer line takes the careful road, which rejects it
_UTF8 = re.compile(r"utf[-_]?8(?:[-_]?sig)?", re.I)
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Structure:
    """What the check found. `sha256` is of the bytes as they lie on disk; `newline` is '\\n' or '\\r\\n'."""

    path: Path
    sha256: str
    size: int
    header: tuple[str, ...]
    plain: bool
    newline: str
    ends_with_newline: bool
    compressed: bool


def check(path: Path, profile: Profile) -> Structure:
    """Reads the whole file once. Raises InputRefused where its structure cannot be that of the profile."""
    digest = hashlib.sha256()
    scan = _Scan(profile)
    try:
        compressed = _is_gzip(path)
        with path.open("rb") as raw:
            size = 0
            for chunk in _chunks(raw, digest.update, compressed):
                size += len(chunk)
                scan.feed(chunk)
        stored = path.stat().st_size
    except FileNotFoundError:
        raise UsageError("error.no_file", file=path.name) from None
    except IsADirectoryError:
        raise UsageError("error.not_a_file", file=path.name) from None
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise InputRefused("refused.gzip", file=path.name) from None
    except PermissionError:
        raise UsageError("error.unreadable_file", file=path.name) from None
    if not size:
        raise InputRefused("refused.empty", file=path.name)
    scan.finish()
    header = _header(path, scan.first_line(), profile)
    plain = scan.plain and len(header) == scan.fields
    newline = "\r\n" if scan.crlf and scan.crlf == scan.newlines else "\n"
    if scan.crlf not in (0, scan.newlines) or scan.lone_cr:
        plain = False
    return Structure(path, digest.hexdigest(), stored, header, plain, newline, scan.ends_with_newline, compressed)


def text_of(structure: Structure, encoding: str) -> IO[str]:
    """The file as text for the careful road, line ends untouched; a BOM is no part of it."""
    codec = "utf-8-sig" if _UTF8.fullmatch(encoding) else encoding
    if structure.compressed:
        return gzip.open(structure.path, "rt", encoding=codec, newline="")
    return structure.path.open("rt", encoding=codec, newline="")


def _is_gzip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


class _Tee(io.RawIOBase):
    """A raw file that shows every byte it gives to `seen`: the hash is of the bytes as stored, gzip or not."""

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


def _chunks(raw: IO[bytes], seen: Callable[[bytes], object], compressed: bool) -> Iterator[bytes]:
    """Decompressed chunks of the file."""
    tee = io.BufferedReader(_Tee(raw, seen), CHUNK)
    source = gzip.GzipFile(fileobj=tee, mode="rb") if compressed else tee
    while chunk := source.read(CHUNK):
        yield chunk


class _Scan:
    """Counts line ends, fields and quotes over the bytes, without building a row."""

    def __init__(self, profile: Profile) -> None:
        form = profile.file
        self._utf8 = bool(_UTF8.fullmatch(form.encoding))
        self._delimiter = form.delimiter.encode("utf-8")
        self._quote = form.quote.encode("utf-8")
        self.plain = self._utf8 and len(self._delimiter) == 1 and len(self._quote) <= 1
        self.newlines = self.crlf = 0
        self.lone_cr = False
        self.fields = 0
        self.ends_with_newline = False
        self._rest = b""
        self._first: bytes | None = None

    def feed(self, chunk: bytes) -> None:
        data = self._rest + chunk
        if self._first is None:
            self._first = data[: LONGEST_FIELD + 4]
        cut = data.rfind(b"\n") + 1
        self._rest = data[cut:]
        if len(self._rest) > LONGEST_FIELD:
            self.plain = False
            self._rest = self._rest[-1:]
        if cut:
            self._lines(data[:cut])
        self.ends_with_newline = chunk.endswith(b"\n")

    def finish(self) -> None:
        if self._rest:
            self._lines(self._rest + b"\n", added=True)

    def first_line(self) -> bytes:
        return (self._first or b"")[: LONGEST_FIELD + 4]

    def _lines(self, data: bytes, added: bool = False) -> None:
        newlines = data.count(b"\n")
        crlf = data.count(b"\r\n")
        self.lone_cr |= data.count(b"\r") != crlf
        if added:  # the last line has no end of its own; do not count the one we lent it
            self.lone_cr |= data.endswith(b"\r\n")
            newlines -= 1
        self.newlines += newlines
        self.crlf += crlf
        if not self.plain:
            return
        if b"\0" in data or (self._quote and self._quote in data):
            self.plain = False
            return
        try:
            data.isascii() or data.decode("utf-8")
        except UnicodeDecodeError:
            self.plain = False
            return
        view = np.frombuffer(data, np.uint8)
        ends = np.flatnonzero(view == 10)
        commas = np.flatnonzero(view == self._delimiter[0])
        counts = np.diff(np.searchsorted(commas, ends), prepend=0)
        lengths = np.diff(ends, prepend=-1)
        fields = self.fields or int(counts[0]) + 1
        self.fields = fields
        # the empty line of a file of many columns has no delimiter: it goes the careful road, where it is no row
        if fields < 2 or (counts != fields - 1).any() or int(lengths.max()) > LONGEST_FIELD:
            self.plain = False


def _header(path: Path, start: bytes, profile: Profile) -> tuple[str, ...]:
    """The header's names, checked against the profile's columns."""
    form = profile.file
    codec = "utf-8-sig" if _UTF8.fullmatch(form.encoding) else form.encoding
    if b"\0" in start.split(b"\n", 1)[0] and not codec.lower().replace("_", "-").startswith(("utf-16", "utf-32")):
        raise InputRefused("refused.nul", file=path.name, encoding=form.encoding)
    try:
        text = start.decode(codec, errors="strict" if len(start) <= LONGEST_FIELD else "ignore")
    except UnicodeDecodeError as error:
        if b"\n" not in start[: error.start]:
            raise InputRefused("refused.encoding", file=path.name, line=1, encoding=form.encoding) from None
        text = start[: error.start].decode(codec, errors="ignore")
    line = re.split(r"\r\n|\n|\r", text.lstrip("\ufeff"), maxsplit=1)[0]
    if line.lstrip()[:1] == "<":
        raise InputRefused("refused.html", file=path.name)
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if form.quote else csv.QUOTE_NONE
    try:
        names = next(csv.reader([line], delimiter=form.delimiter, quotechar=form.quote or None, quoting=quoting), [])
    except csv.Error:
        raise InputRefused("refused.header_quote", file=path.name) from None
    header = tuple(name.strip() for name in names)
    wanted = sorted(profile.columns.values())
    if doubled := sorted({n for n in header if n in wanted and header.count(n) > 1}):
        raise InputRefused("refused.doubled_column", file=path.name, columns=", ".join(doubled))
    if missing := [n for n in wanted if n not in header]:
        key = "refused.delimiter" if len(header) == 1 else "refused.missing_column"
        raise InputRefused(key, file=path.name, columns=", ".join(missing), delimiter=form.delimiter, n=len(header))
    return header
