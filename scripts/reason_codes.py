"""Writes docs/kode-alasan.md: every reason code of the catalogue, its sentence and what to do, in both languages."""

import re
from pathlib import Path

from core import words

PAGE = Path(__file__).resolve().parent.parent / "docs" / "kode-alasan.md"
HEADS = {
    "id": {
        "page": "# Kode alasan / Reason codes\n\n[English below](#english)",
        "refused": "## Berkas ditolak utuh\n\nTidak ada satu baris pun yang disimpan; kode keluar 3.",
        "reject": "## Baris ditolak\n\nBaris lain di berkas itu tetap dimuat, selama paling banyak seperlima ditolak.",
        "warning": "## Dimuat, tetapi perlu diperiksa",
        "columns": "kode | artinya | yang perlu dilakukan",
    },
    "en": {
        "page": "# English",
        "refused": "## A file refused whole\n\nNot one row is stored; exit code 3.",
        "reject": "## A row rejected\n\nThe file's other rows are loaded, as long as at most a fifth are rejected.",
        "warning": "## Loaded, but to be checked",
        "columns": "code | meaning | what to do",
    },
}
ASIDE = {
    "id": """## Disisihkan

Baris yang kode QR-nya (atau kode tempatnya) belum ada di register menunggu, dan terhitung sendiri pada data terbit
berikutnya setelah kode itu terdaftar. `python -m etl status` dan layar Mutu Data menyebut kodenya, jumlah barisnya dan
sejak kapan. Daftarkan kodenya di `qr.csv` (atau tempatnya di `place.csv`).

`python -m etl rejects --csv kirim-balik.csv` menulis semua baris yang ditolak, dengan nilai disamarkan, untuk dikirim
kembali ke pengirimnya.""",
    "en": """## Kept aside

Rows whose QR code (or place code) the register does not know wait, and count by themselves in the first build after the
code is registered. `python -m etl status` and the screen Mutu Data name the codes, how many rows, and since when.
Register the code in `qr.csv` (or the place in `place.csv`).

`python -m etl rejects --csv send-back.csv` writes every rejected row, values masked, to be sent back to its sender.""",
}


def page() -> str:
    """The whole page."""
    parts = []
    for language, heads in HEADS.items():
        parts.append(heads["page"])
        for group in ("refused", "reject", "warning"):
            parts += [heads[group], _table(group, language, heads["columns"])]
            if group == "reject":
                parts.append(ASIDE[language])
    return "\n\n".join(parts) + "\n"


def _table(group: str, language: str, columns: str) -> str:
    keys = sorted(key for key in words.catalogue() if key.startswith(f"{group}."))
    rows = [f"| {columns} |", "|---|---|---|"]
    rows += [
        f"| `{key}` | {_shown(words.catalogue()[key][language])} | {words.text(f'advice.{key}', language)} |"
        for key in keys
    ]
    return "\n".join(rows)


def _shown(sentence: str) -> str:
    """A sentence whose {fields} are read as such; the file and line that every one begins with are left out."""
    sentence = re.sub(r"^\{file\}[^:]*: ", "", sentence)
    return re.sub(r"\{(\w+)\}", r"<\1>", sentence).replace("|", "\\|").replace("<", "`<").replace(">", ">`")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
