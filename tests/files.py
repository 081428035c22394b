"""Small logs for the tests, in the form of the shipped profile `pedulilindungi`."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from pathlib import Path

from core.view import View

COLUMNS = (
    "id_scan",
    "sumber",
    "waktu_scan",
    "kode_qr",
    "jenis",
    "nik",
    "status_warna",
    "diizinkan",
    "kategori_kegiatan",
    "waktu_unggah",
)
SAMPLE = Path(__file__).resolve().parent.parent / "data" / "sample" / "contoh.csv"
Row = Mapping[str, str]


def row(time: str, code: str = "QR-SKN-1", event: str = "check-in", person: int = 1, **more: str) -> dict[str, str]:
    """One scan; `person` becomes an id that can be nobody's NIK (region 99)."""
    return {
        "sumber": "mal" if code.startswith("QR-MTS") else "pemkot",
        "waktu_scan": time,
        "kode_qr": code,
        "jenis": event,
        "nik": f"9901{person:012d}",
        **more,
    }


def text(rows: Iterable[Row], columns: tuple[str, ...] = COLUMNS, delimiter: str = ",", newline: str = "\n") -> str:
    """The rows as CSV without quotes."""
    lines = [delimiter.join(columns), *(delimiter.join(r.get(c, "") for c in columns) for r in rows)]
    return newline.join(lines) + newline


def log(path: Path, rows: Iterable[Row], **form: object) -> Path:
    """Writes a log and returns its path."""
    path.write_text(text(rows, **form), encoding="utf-8", newline="")  # type: ignore[arg-type]
    return path


def view_of(build: str, first: date, last: date, moment: datetime | None = None, **filters: object) -> View:
    """A view of a build; its moment is 15.00 on the last day unless said."""
    return View(build, first, last, moment or datetime.combine(last, time(15)), **filters)  # type: ignore[arg-type]
