"""Is a file what its profile says? Read as bytes and checked before a value is believed.

DuckDB's reader loads reordered headers into the wrong columns and takes an HTML page as no rows, with no error. So the
header text is read here, and delimited text takes one of two roads: `plain` (no quote in it, every line the same
number of fields, clean UTF-8), which DuckDB may read with everything named, or the careful one of `etl.rows`, record by
record.
"""

import codecs
import csv
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from core.errors import InputRefused
from etl import container
from etl.profile import FileForm, Profile

LONGEST_FIELD = 1 << 16  # 64 KiB of one value is no log value; a longer line takes the careful road, which rejects it
_UTF8 = re.compile(r"utf[-_]?8(?:[-_]?sig)?", re.I)
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")
_DELIMITERS = (",", ";", "\t", "|", ":")
Places = dict[str, tuple[int, ...]]


@dataclass(frozen=True)
class Structure:
    """What the check found. `sha256` is of the bytes as they lie on disk; `places` says which columns make a field."""

    path: Path
    sha256: str
    size: int
    format: Literal["csv", "ndjson", "parquet", "xlsx"]
    kind: container.Kind
    header: tuple[str, ...]
    places: Places
    headed: bool = True  # the first row is a header
    plain: bool = False
    newline: str = "\n"
    ends_whole: bool = True  # the last line has an end, or the format has no torn ends
    sheet: str | None = None

    @property
    def typed(self) -> bool:
        """Whether cells have types of their own, so that times arrive in ISO form whatever the profile names."""
        return self.format in ("parquet", "xlsx")


def check(path: Path, kind: container.Kind, profile: Profile) -> Structure:
    """Reads a delimited file once. Raises InputRefused where its structure cannot be that of the profile."""
    digest = hashlib.sha256()
    scan = _Scan(profile)
    size = 0
    for chunk in container.chunks(path, kind, digest.update):
        size += len(chunk)
        scan.feed(chunk)
    if not size:
        raise InputRefused("refused.empty", file=path.name)
    scan.finish()
    if scan.is_utf8:
        raise InputRefused("refused.is_utf8", file=path.name, encoding=profile.file.encoding)
    header, places, headed = _header(path, scan.first_line(), profile)
    plain = scan.plain and len(header) == scan.fields and kind != "zip"
    newline = "\r\n" if scan.crlf and scan.crlf == scan.newlines else "\n"
    if scan.crlf not in (0, scan.newlines) or scan.lone_cr:
        plain = False
    return Structure(
        path,
        digest.hexdigest(),
        path.stat().st_size,
        "csv",
        kind,
        header,
        places,
        headed,
        plain,
        newline,
        scan.ends_whole,
    )


def header_of(first: Sequence[str], profile: Profile, file: str, line: int) -> tuple[tuple[str, ...], bool]:
    """The columns' names, and whether the first row gave them: else they are the profile's, or places from 1."""
    form = profile.file
    names = tuple(name.strip() for name in first)
    there = {_loose(name) for name in names}
    if form.header is True or (form.header == "auto" and any(_loose(name) in there for name in profile.wanted)):
        return names, True
    if not form.names:
        return tuple(str(n) for n in range(1, len(first) + 1)), False
    if fitting := [known for known in form.names if len(known) == len(first)]:
        return fitting[0], False
    raise InputRefused("refused.no_names", file=file, line=line, n=len(first))


def columns_of(header: Sequence[str], profile: Profile, file: str, line: int) -> Places:
    """Which places of `header` make each field. Names match as written, else without regard to case and spaces."""
    wanted = profile.wanted
    if doubled := [n for n in wanted if list(header).count(n) > 1]:
        raise InputRefused("refused.doubled_column", file=file, line=line, columns=", ".join(doubled))
    loose = [_loose(name) for name in header]
    found: dict[str, int] = {}
    for name in wanted:
        if name in header:
            found[name] = list(header).index(name)
        elif loose.count(_loose(name)) == 1:
            found[name] = loose.index(_loose(name))
    missing = [n for n in wanted if n not in found]
    gone = {field for field, names in profile.columns.items() if set(names) & set(missing)}
    if gone - set(profile.optional) or not profile.without(*gone).counts_whole:
        raise InputRefused("refused.missing_column", file=file, line=line, columns=", ".join(missing))
    if len(set(found.values())) < len(found):
        raise InputRefused("refused.doubled_column", file=file, line=line, columns=", ".join(wanted))
    return {
        field: tuple(found[name] for name in names) for field, names in profile.columns.items() if field not in gone
    }


def codec_of(encoding: str) -> str:
    """The codec of an encoding; a byte order mark is no part of UTF-8 text."""
    return "utf-8-sig" if _UTF8.fullmatch(encoding) else encoding


def records(lines: Iterable[str], form: FileForm) -> Iterator[tuple[int, int, list[str]]]:
    """(first line, last line, fields) of each record, lines counted from 1 within `lines`. Raises csv.Error."""
    swap = None
    if len(form.delimiter) > 1:  # csv knows delimiters of one character: lend it one that no log holds
        swap = "\x1f"
        lines = (_swapped(line, form.delimiter, swap) for line in lines)
    reader = csv.reader(
        lines,
        delimiter=swap or form.delimiter,
        quotechar=form.quote or None,
        escapechar=form.escape or None,
        quoting=csv.QUOTE_MINIMAL if form.quote else csv.QUOTE_NONE,
        strict=True,
    )
    last = 0
    for record in reader:
        first, last = last + 1, reader.line_num
        yield first, last, [v.replace(swap, form.delimiter) for v in record] if swap else record


def _swapped(line: str, delimiter: str, swap: str) -> str:
    if swap in line:
        raise csv.Error
    return line.replace(delimiter, swap)


class _Scan:
    """Counts line ends, fields and quotes over the bytes, without building a row."""

    def __init__(self, profile: Profile) -> None:
        form = profile.file
        utf8 = bool(_UTF8.fullmatch(form.encoding))
        self._delimiter = form.delimiter.encode("utf-8")
        self._quote = form.quote.encode("utf-8")
        self.plain = utf8 and len(self._delimiter) == 1 and len(self._quote) <= 1 and not form.skip and not form.escape
        self.newlines = self.crlf = 0
        self.lone_cr = False
        self.fields = 0
        self._tail = b""
        self._rest = b""
        self._first: bytes | None = None
        # Every byte is a letter of Latin-1, so only this tells that a file is UTF-8 all the same.
        single = not utf8 and codecs.lookup(form.encoding).name.startswith(("iso8859", "cp125", "latin"))
        self._utf8 = codecs.getincrementaldecoder("utf-8")() if single else None
        self._beyond_ascii = False

    def feed(self, chunk: bytes) -> None:
        if self._first is None:
            self._first = chunk[: LONGEST_FIELD + 4]
        if self._utf8 is not None:
            self._beyond_ascii |= not chunk.isascii()
            self._try_utf8(chunk)
        begins, cut = chunk.find(b"\n") + 1, chunk.rfind(b"\n") + 1
        if cut:  # of a chunk only the lines that it breaks are copied
            broken = self._rest + chunk[:begins]
            self._lines(broken, 0, len(broken))
            self._lines(chunk, begins, cut)
            self._rest = chunk[cut:]
        else:
            self._rest += chunk
        if len(self._rest) > LONGEST_FIELD:
            self.plain = False
            self._rest = self._rest[-1:]
        self._tail = chunk[-4:]

    def finish(self) -> None:
        if self._rest:
            self._lines(self._rest + b"\n", 0, len(self._rest) + 1, added=True)
        self._try_utf8(b"", final=True)

    def first_line(self) -> bytes:
        return self._first or b""

    @property
    def ends_whole(self) -> bool:
        return self._tail.replace(b"\0", b"").endswith((b"\n", b"\r"))

    @property
    def is_utf8(self) -> bool:
        return self._utf8 is not None and self._beyond_ascii

    def _try_utf8(self, chunk: bytes, final: bool = False) -> None:
        try:
            if self._utf8 is not None:
                self._utf8.decode(chunk, final)
        except UnicodeDecodeError:
            self._utf8 = None

    def _lines(self, data: bytes, start: int, end: int, added: bool = False) -> None:
        """Counts over whole lines, those of `data` from `start` to before `end`."""
        if start == end:
            return
        newlines = data.count(b"\n", start, end)
        returns = data.count(b"\r", start, end)
        crlf = data.count(b"\r\n", start, end) if returns else 0
        self.lone_cr |= returns != crlf
        if added:  # the last line has no end of its own; do not count the one we lent it
            self.lone_cr |= data.endswith(b"\r\n")
        self.newlines += newlines - added
        self.crlf += crlf
        if not self.plain:
            return
        if data.find(b"\0", start, end) >= 0 or (self._quote and data.find(self._quote, start, end) >= 0):
            self.plain = False
            return
        try:
            data.isascii() or data[start:end].decode("utf-8")
        except UnicodeDecodeError:
            self.plain = False
            return
        view = np.frombuffer(data, np.uint8, end - start, start)
        marks = np.flatnonzero((view == 10) | (view == self._delimiter[0]))
        self.fields = self.fields or int(np.flatnonzero(view[marks] == 10)[0]) + 1
        # Every so many marks one is the end of a line, and there are no other ends.
        ends = marks[self.fields - 1 :: self.fields]
        even = len(ends) == newlines and ends[-1] == marks[-1] and bool((view[ends] == 10).all())
        # the empty line of a file of many columns has no delimiter: it goes the careful road, where it is no row
        if self.fields < 2 or not even or int(np.diff(ends, prepend=-1).max()) > LONGEST_FIELD:
            self.plain = False


def _header(path: Path, start: bytes, profile: Profile) -> tuple[tuple[str, ...], Places, bool]:
    """The columns' names, which of them make each field, and whether the first row is a header."""
    form = profile.file
    wide = codecs.lookup(form.encoding).name.startswith(("utf-16", "utf-32"))
    if b"\0" in start.split(b"\n", 1)[0] and not wide:
        raise InputRefused("refused.nul", file=path.name, encoding=form.encoding)
    whole = len(start) <= LONGEST_FIELD
    try:
        text = start.decode(codec_of(form.encoding), errors="strict" if whole else "ignore")
    except UnicodeDecodeError as error:
        if wide or b"\n" not in start[: error.start]:
            raise InputRefused("refused.encoding", file=path.name, line=1, encoding=form.encoding) from None
        text = start[: error.start].decode(codec_of(form.encoding), errors="ignore")
    lines = [found.group() for found in _LINE.finditer(text.lstrip("\ufeff"))][form.skip :]
    line = form.skip + 1
    if "".join(lines).lstrip()[:1] == "<":
        raise InputRefused("refused.html", file=path.name)
    try:
        first = next((fields for _, _, fields in records(iter(lines), form) if fields), [])
    except csv.Error:
        raise InputRefused("refused.header_quote", file=path.name, line=line) from None
    try:
        header, headed = header_of(first, profile, path.name, line)
        return header, columns_of(header, profile, path.name, line), headed
    except InputRefused as refusal:
        other = next((d for d in _DELIMITERS if d != form.delimiter and _fits(lines[0], d, profile)), None)
        if refusal.key != "refused.missing_column" or other is None:
            raise
        raise InputRefused(
            "refused.delimiter", file=path.name, line=line, delimiter=form.delimiter, other=_shown(other)
        ) from None


def _fits(line: str, delimiter: str, profile: Profile) -> bool:
    there = {_loose(name.strip('"')) for name in line.rstrip("\r\n").split(delimiter)}
    return all(_loose(name) in there for name in profile.wanted)


def _shown(delimiter: str) -> str:
    return "TAB" if delimiter == "\t" else delimiter


def _loose(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
