"""What form a file has that nobody has described: encoding, delimiter, header, the first rows as text.

A proposal only: a load believes nothing of it that the profile does not say.
"""

import codecs
import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import pyarrow.parquet as pq
from pyarrow import ArrowException

from core.errors import InputRefused
from etl import container, ndjson, workbook
from etl.profile import FileForm
from etl.structure import records

SAMPLED = 2000  # rows looked at
_START = 1 << 20
_DELIMITERS = (",", ";", "\t", "|")
_BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


@dataclass(frozen=True)
class Sniffed:
    """The form as keys of a profile's [file], the columns' names (places from 1 without a header), and sampled rows."""

    format: str
    form: dict[str, object]
    names: tuple[str, ...]
    rows: list[list[str]]
    headed: bool = True
    typed_times: bool = False  # cells that are times as such, whatever form a profile names
    notes: list[str] = field(default_factory=list)  # keys of the catalogue


def sniff(path: Path) -> Sniffed:
    """Looks at the content. Raises InputRefused for what holds no table."""
    kind = container.kind(path)
    if kind == "xlsx":
        return _workbook(path)
    if kind == "parquet":
        return _parquet(path)
    start = b"".join(islice(container.chunks(path, kind, lambda _: None), 1))[:_START]
    if not start:
        raise InputRefused("refused.empty", file=path.name)
    encoding = _encoding(path, kind, start)
    text = start.decode("utf-8-sig" if encoding == "utf-8" else encoding, errors="ignore").lstrip("\ufeff")
    bare = text.lstrip()
    if bare.startswith("<"):
        raise InputRefused("refused.html", file=path.name)
    if "\0" in text:
        raise InputRefused("refused.nul", file=path.name, encoding=encoding)
    if bare.startswith("["):
        raise InputRefused("refused.json_array", file=path.name)
    if bare.startswith("{"):
        return _ndjson(path, kind, encoding)
    return _delimited(path, text, len(start) == _START, encoding)


def _encoding(path: Path, kind: container.Kind, start: bytes) -> str:
    for mark, encoding in _BOMS.items():
        if start.startswith(mark):
            return encoding
    nuls = [start[n:1000:2].count(0) for n in (0, 1)]
    if max(nuls) > len(start[:1000]) // 4:
        return "utf-16-be" if nuls[0] > nuls[1] else "utf-16-le"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in container.chunks(path, kind, lambda _: None):
            decoder.decode(chunk)
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _delimited(path: Path, text: str, cut: bool, encoding: str) -> Sniffed:
    lines = text.splitlines(keepends=True)[: SAMPLED + 50]
    if cut and len(lines) <= SAMPLED:
        lines = lines[:-1]
    tries = [_tried(lines, d, q) for d in _DELIMITERS for q in ('"', "'")]
    share, width, delimiter, quote, rows = max(tries, key=lambda t: (round(t[0], 1), t[1], t[0], t[3] == '"'))
    if width < 2:
        raise InputRefused("refused.unreadable", file=path.name, kind="?")
    for wider in (delimiter * 2, delimiter + " "):
        # '||' leaves every second field empty; ', ' before a quote is part of the delimiter, or the quote is a letter
        found = _tried(lines, wider, quote)
        doubled = wider == delimiter * 2 and found[1] * 2 - 1 == width
        spaced = wider != delimiter * 2 and found[1] == width and f"{wider}{quote}" in text
        if found[0] >= share and (doubled or spaced):
            share, width, delimiter, quote, rows = found
    first = next(n for n, (_, cells) in enumerate(rows) if len(cells) == width)
    skip = rows[first][0] - 1
    table = [cells for _, cells in rows[first:] if len(cells) == width][: SAMPLED + 1]
    form: dict[str, object] = {"delimiter": delimiter, "quote": quote, "encoding": encoding}
    if skip:
        form["skip"] = skip
    return _headed("csv", form, table)


def _tried(
    lines: Sequence[str], delimiter: str, quote: str
) -> tuple[float, int, str, str, list[tuple[int, list[str]]]]:
    """(share of rows that have the commonest width, that width, delimiter, quote, (line, fields) of each row)."""
    rows: list[tuple[int, list[str]]] = []
    try:
        for first, _, cells in records(iter(lines), FileForm(delimiter=delimiter, quote=quote)):
            if cells:
                rows.append((first, cells))
    except csv.Error:
        if len(rows) < len(lines) // 2:
            return 0.0, 0, delimiter, quote, []
    widths = Counter(len(cells) for _, cells in rows)
    width, n = widths.most_common(1)[0] if widths else (0, 0)
    return (n / len(rows) if width > 1 else 0.0), width, delimiter, quote, rows


def _headed(kind: str, form: dict[str, object], table: list[list[str]]) -> Sniffed:
    """Whether the first row names the columns: no name is a number or a time, none is missing, none stands twice."""
    first, rest = [cell.strip() for cell in table[0]], table[1:]
    named = all(cell and not any(c.isdigit() for c in cell[:2]) for cell in first) and len(set(first)) == len(first)
    below = [cell.strip() for row in rest[:50] for cell in row]
    if named and len(set(first) & set(below)) * 2 < len(first):
        return Sniffed(kind, form, tuple(first), rest)
    names = tuple(str(n) for n in range(1, len(first) + 1))
    return Sniffed(kind, form | {"header": False}, names, table, headed=False)


def _ndjson(path: Path, kind: container.Kind, encoding: str) -> Sniffed:
    found = [row for _, row in islice(ndjson.objects(path, kind, encoding), SAMPLED) if row is not None]
    names = tuple(dict.fromkeys(name for row in found for name in row))
    if not names:
        raise InputRefused("refused.unreadable", file=path.name, kind="ndjson")
    return Sniffed("ndjson", {"encoding": encoding}, names, [[row.get(n, "") for n in names] for row in found])


def _workbook(path: Path) -> Sniffed:
    tables: dict[str, tuple[int, list[list[str]]]] = {}
    dated = False
    for name, cells in workbook.sheets(path).items():
        rows = [[workbook.text(cell, False) for cell in row] for row in cells[: SAMPLED + 20]]
        widths = Counter(n for row in rows if (n := _filled(row)) > 1)
        if widths:
            width = max(widths, key=lambda w: (widths[w], w))
            first = next(n for n, row in enumerate(rows) if _filled(row) >= width)
            tables[name] = first, [row[: _filled(rows[first])] for row in rows[first:] if any(row)]
            dated |= any(hasattr(cell, "year") for row in cells[first : first + 5] for cell in row)
    if not tables:
        raise InputRefused("refused.empty", file=path.name)
    name = max(tables, key=lambda sheet: len(tables[sheet][1]))
    skip, table = tables[name]
    form: dict[str, object] = {"format": "xlsx"} | ({"skip": skip} if skip else {})
    if len(tables) > 1:
        form["sheet"] = name
    made = _headed("xlsx", form, table)
    return Sniffed(made.format, made.form, made.names, made.rows, made.headed, typed_times=dated)


def _filled(row: Sequence[str]) -> int:
    """Cells up to the last one with anything in it, where most have."""
    last = max((n for n, cell in enumerate(row, 1) if cell), default=0)
    return last if sum(map(bool, row)) * 2 > last else 0


def _parquet(path: Path) -> Sniffed:
    try:
        file = pq.ParquetFile(path)
        batch = next(file.iter_batches(SAMPLED), None)
    except (ArrowException, OSError, ValueError):
        raise InputRefused("refused.unreadable", file=path.name, kind="parquet") from None
    names = tuple(file.schema_arrow.names)
    columns = batch.to_pydict() if batch is not None else {}
    rows = [
        [workbook.text(v, False) if v is not None else "" for v in row] for row in zip(*columns.values(), strict=True)
    ]
    dated = any("timestamp" in str(kind) for kind in file.schema_arrow.types)
    return Sniffed("parquet", {"format": "parquet"}, names, rows, typed_times=dated)
