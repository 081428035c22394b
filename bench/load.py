"""The load and build of a large log against two floors of the same run: python -m bench.load [ROWS].

(a) DuckDB's typed parse of every column, nothing stored. (b) DuckDB's bare typed CREATE TABLE AS. The log has 1 % bad
rows and 1 % duplicates. Ours does all the rest: structure check, rejects, pseudonyms, duplicates, accounting, pairing,
occupancy, marts, checks and publish. Peak memory is this process's, the floors included.
"""

import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

CODES = (
    "QR-BK-1",
    "QR-BK-2",
    "QR-BO-1",
    "QR-KLJ-1",
    "QR-SKN-1",
    "QR-DNY-1",
    "QR-ALM-1",
    "QR-MTS-1",
    "QR-MTS-2",
    "QR-KWW-1",
)
HEAD = "id_scan,sumber,waktu_scan,kode_qr,jenis,nik,status_warna,diizinkan,kategori_kegiatan,waktu_unggah\n"
TYPED = """SELECT id_scan, sumber, strptime(waktu_scan, '%Y-%m-%d %H:%M:%S') AS scanned_at, kode_qr, jenis, nik,
    status_warna, diizinkan, kategori_kegiatan, strptime(waktu_unggah, '%Y-%m-%d %H:%M:%S') AS uploaded_at
    FROM read_csv(?, all_varchar = true, header = true, delim = ',', quote = '', escape = '')
    WHERE length(waktu_scan) = 19"""

# An aggregate that needs every value, so that none is left unparsed.
FLOOR = f"SELECT max(scanned_at), max(uploaded_at), max(COLUMNS(* EXCLUDE (scanned_at, uploaded_at))) FROM ({TYPED})"


def write(path: Path, rows: int) -> None:
    """A log of `rows` over 30 days: a check-in, for a third with a check-out; 1 % unreadable times, 1 % sent twice."""
    choose = random.Random(7)
    start = datetime(2021, 11, 1)
    with path.open("w", encoding="ascii") as file:
        file.write(HEAD)
        for n in range(rows):
            at = start + timedelta(seconds=n * 30 * 86_400 / rows)
            person, code = choose.randrange(rows // 4 + 1), CODES[n % len(CODES)]
            source = "mal" if code.startswith("QR-MTS") else "pemkot"
            event = "check-out" if n % 4 == 3 else "check-in"
            time_text = "tidak ada" if n % 100 == 50 else str(at.replace(microsecond=0))
            line = f"S{n:09d},{source},{time_text},{code},{event},9901{person:012d},hijau,ya,,{at:%Y-%m-%d %H:%M:%S}\n"
            file.write(line)
            if n % 100 == 0:
                file.write(line)


def timed(work: Callable[[], object]) -> float:
    """Seconds of one call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> int:
    """Prints one table."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"PANTAU_DATA_DIR": f"{folder}/data", "PANTAU_KEY_FILE": f"{folder}/key"}
        from core import db, settings
        from etl import __main__ as etl

        log = Path(folder) / "bench.csv"
        write(log, rows)
        here = settings.load()
        con = db.open_in_memory(here)
        floor = timed(lambda: con.execute(FLOOR, [str(log)]).fetchall())
        bare = timed(lambda: con.execute(f"CREATE TABLE bare AS {TYPED}", [str(log)]).fetchall())
        con.close()
        etl.main(["simulate", "--scenario", "contoh"])
        ours_load = timed(lambda: etl.main(["load", str(log), "--profile", "pedulilindungi"]))
        ours_build = timed(lambda: etl.main(["build"]))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{rows:,} rows, {os.cpu_count()} cores, peak {peak:.2f} GB")
    for name, seconds in (
        ("(a) typed parse, nothing stored", floor),
        ("(b) bare CREATE TABLE AS", bare),
        ("load", ours_load),
        ("build", ours_build),
        ("load and build", ours_load + ours_build),
    ):
        print(f"{name:34} {seconds:8.2f} s   {seconds / floor:5.1f} x (a)   {seconds / bare:5.1f} x (b)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
