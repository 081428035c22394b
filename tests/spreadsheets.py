"""Spreadsheets as Diskominfo fills them in, for the tests of `etl register`."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook

EVENTS = (
    "Tempat", "Tahap", "Tanggal", "Jam", "Dokumen", "Sumber", "Keyakinan", "Mengoreksi", "Simulasi", "ID peristiwa",
)  # fmt: skip
PLACES = (
    "ID", "Jenis", "Induk", "Nama", "Kelurahan", "Kategori", "Pemilik (OPD)", "Kapasitas", "Berlaku sejak", "Sumber",
    "Keyakinan",
)  # fmt: skip
CONTACTS = ("OPD", "Jabatan", "Kontak kantor", "Sumber", "Keyakinan")
HEADS = {"tahap": EVENTS, "tempat": PLACES, "kontak": CONTACTS}
Row = Mapping[str, Any]


def event(place: str = "Kantor Kelurahan Sukun", stage: str = "terpasang", day: Any = "03/12/2021", **more: Any) -> Row:
    """One row of the sheet `tahap`."""
    said = {"Tempat": place, "Tahap": stage, "Tanggal": day, "Sumber": "Diskominfo", "Keyakinan": "tinggi"}
    return said | {key.replace("_", " "): value for key, value in more.items()}


def as_csv(path: Path, rows: Sequence[Row], heads: Sequence[str] = EVENTS, delimiter: str = ";") -> Path:
    """The rows as CSV the way an Indonesian Excel writes it."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.DictWriter(file, heads, restval="", delimiter=delimiter)
        out.writeheader()
        out.writerows(rows)
    return path


def as_xlsx(path: Path, **sheets: Sequence[Row]) -> Path:
    """The rows as a workbook; `tahap`, `tempat`, `kontak` by name."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        heads = HEADS[name]
        sheet.append(heads)
        for row in rows:
            assert set(row) <= set(heads), set(row) - set(heads)
            sheet.append([row.get(head) for head in heads])
    book.save(path)
    return path
