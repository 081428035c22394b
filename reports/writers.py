"""Writers: a report as CSV, CSV for Indonesian Excel, XLSX, Parquet, and its metadata as JSON. All bytes, no disk.

Text that a spreadsheet would run as a formula is made inert with a leading apostrophe in what spreadsheets open;
Parquet holds the text as it is, for programs. Numbers are numbers everywhere, codes are text.
"""

import csv
import io
import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import pandas as pd
import pyarrow as pa
import xlsxwriter
from pyarrow import parquet as pq

from core import words
from reports.make import Made, heading

_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def inert(text: str) -> str:
    """Text that no spreadsheet takes for a formula; a lone '-' says 'not applicable' and is none."""
    return "'" + text if text.startswith(_RUNS) and text != "-" else text


def _cells(made: Made) -> list[list[object]]:
    """Rows of plain Python values, None for unknown; text inert."""
    kinds = [c.kind for c in made.report.columns]
    yes, no = (words.text(f"value.{w}", made.view.language) for w in ("yes", "no"))

    def plain(value: Any, kind: str) -> object:
        if pd.isna(value):
            return None
        if kind == "int":
            return int(value)
        if kind == "decimal":
            return round(float(value), 2)
        if kind == "flag":
            return yes if value else no
        if kind in ("date", "moment"):
            stamp = pd.Timestamp(value).to_pydatetime()
            return stamp.date() if kind == "date" else stamp
        return inert(str(value))

    columns = [[plain(v, kind) for v in made.rows[c.name]] for c, kind in zip(made.report.columns, kinds, strict=True)]
    return [list(row) for row in zip(*columns, strict=True)]


def _headings(made: Made) -> list[str]:
    return [heading(c.name, made.view.language) for c in made.report.columns]


def _csv(made: Made, delimiter: str, newline: str, say: Callable[[object], str]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=newline)
    writer.writerow(_headings(made))
    writer.writerows([say(value) for value in row] for row in _cells(made))
    return out.getvalue()


def as_csv(made: Made) -> bytes:
    """Comma, UTF-8, decimal point, ISO dates: for programs and the open-data portal."""

    def say(value: object) -> str:
        return "" if value is None else value.isoformat(sep=" ") if isinstance(value, datetime) else str(value)

    return _csv(made, ",", "\n", say).encode()


def as_csv_excel(made: Made) -> bytes:
    """Semicolon, decimal comma, dd/mm/yyyy, with a byte-order mark: an Indonesian Excel opens it by a double click."""

    def say(value: object) -> str:
        if value is None:
            return ""
        if isinstance(value, float):
            return str(value).replace(".", ",")
        if isinstance(value, datetime):
            return f"{value:%d/%m/%Y %H:%M}"
        return f"{value:%d/%m/%Y}" if isinstance(value, date) else str(value)

    return _csv(made, ";", "\r\n", say).encode("utf-8-sig")


def as_xlsx(made: Made, head: Sequence[tuple[str, str]] = ()) -> bytes:
    """Typed cells, codes as text, a head that stays and filters, and the metadata on a sheet of its own.

    `head`: lines of name and text above the table, for whom a list is written to.
    """
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, options)
    book.set_properties({"title": made.metadata["title"], "created": made.built_at})
    styles = {
        "date": book.add_format({"num_format": "dd/mm/yyyy"}),
        "moment": book.add_format({"num_format": "dd/mm/yyyy hh:mm"}),
        "int": book.add_format({"num_format": "#,##0"}),
        "decimal": book.add_format({"num_format": "#,##0.0"}),
        "text": book.add_format({"num_format": "@"}),
        "flag": book.add_format({"num_format": "@"}),
    }
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet(made.report.name[:31])
    for r, (name, text) in enumerate(head):
        sheet.write_string(r, 0, name, bold)
        sheet.write_string(r, 1, inert(text))
    top = len(head) + 1 if head else 0  # an empty row between, so that the table stands by itself
    for i, title in enumerate(_headings(made)):
        sheet.write_string(top, i, title, bold)
        sheet.set_column(
            i,
            i,
            {"text": 24, "flag": 10, "int": 12, "decimal": 12, "date": 12, "moment": 17}[made.report.columns[i].kind],
        )
    rows = _cells(made)
    for r, row in enumerate(rows, top + 1):
        for i, value in enumerate(row):
            style = styles[made.report.columns[i].kind]
            if isinstance(value, str):
                sheet.write_string(r, i, value, style)
            elif isinstance(value, date):
                sheet.write_datetime(r, i, value, style)
            elif isinstance(value, int | float):
                sheet.write_number(r, i, value, style)
    sheet.freeze_panes(top + 1, 0)
    sheet.autofilter(top, 0, top + len(rows), len(made.report.columns) - 1)
    about = book.add_worksheet("Metadata")
    about.set_column(0, 0, 16)
    about.set_column(1, 1, 100)
    for r, (name, value) in enumerate(made.metadata.items()):
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        about.write_string(r, 0, name, bold)
        about.write_string(r, 1, inert(text), wrapped)
    book.close()
    return out.getvalue()


_TYPES = {
    "text": pa.string(), "int": pa.int64(), "decimal": pa.float64(), "date": pa.date32(), "moment": pa.timestamp("s"),
    "flag": pa.bool_(),
}  # fmt: skip


def as_parquet(made: Made) -> bytes:
    """Typed columns under the field's names, with the metadata in the schema."""
    arrays = []
    for column in made.report.columns:
        values = [None if pd.isna(v) else v for v in made.rows[column.name]]
        if column.kind in ("date", "moment"):
            values = [None if v is None else pd.Timestamp(v).to_pydatetime() for v in values]
        arrays.append(pa.array(values, type=_TYPES[column.kind], from_pandas=True))
    schema = pa.schema(
        [pa.field(c.name, a.type) for c, a in zip(made.report.columns, arrays, strict=True)],
        metadata={"pantau": json.dumps(made.metadata, ensure_ascii=False)},
    )
    out = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), out)
    return out.getvalue()


def as_metadata(made: Made) -> bytes:
    """The metadata as JSON."""
    return (json.dumps(made.metadata, ensure_ascii=False, indent=2) + "\n").encode()


# format -> suffix of the file, media type, writer
FORMATS: dict[str, tuple[str, str, Callable[[Made], bytes]]] = {
    "xlsx": (".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_xlsx),
    "csv-excel": ("_excel.csv", "text/csv", as_csv_excel),
    "csv": (".csv", "text/csv", as_csv),
    "parquet": (".parquet", "application/vnd.apache.parquet", as_parquet),
    "metadata": (".json", "application/json", as_metadata),
}
