"""One contestant, in a process of its own: python -m bench.contestants NAME LOG FOLDER.

Prints one line of JSON: the seconds of its steps, imports left out, and the peak memory of the process in MB. `LOG` is
read, `FOLDER` is its own. What it found is left in the folder for bench.agree.
"""

import contextlib
import io
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

Steps = dict[str, float]
PROFILE = "pedulilindungi"

# The times as read_csv itself types them, which is faster than strptime in SQL; rows with another are left out.
_TYPES = ", ".join(
    f"'{name}': '{'TIMESTAMP' if name.startswith('waktu') else 'VARCHAR'}'"
    for name in (
        "id_scan", "sumber", "waktu_scan", "kode_qr", "jenis", "nik",
        "status_warna", "diizinkan", "kategori_kegiatan", "waktu_unggah",
    )
)  # fmt: skip
_TYPED = f"""SELECT * FROM read_csv($log, auto_detect = false, header = true, delim = ',', quote = '', escape = '',
    new_line = '\\n', columns = {{{_TYPES}}}, ignore_errors = true)"""


def floor(log: Path, folder: Path) -> Steps:
    """(a) Typed parse of every column, nothing stored: the aggregate needs every value, so none is left unparsed."""
    from core import db

    con = db.open_in_memory(_settings(folder))
    return {"parse": _timed(lambda: db.run(con, f"SELECT max(COLUMNS(*)) FROM ({_TYPED})", {"log": str(log)}))}


def bare(log: Path, folder: Path) -> Steps:
    """(b) The same rows into a table of a file, closed at the end."""
    from core import db

    here = _settings(folder)

    def work() -> None:
        con = db.open_for_writing(folder / "bare.duckdb", here, create=True)
        db.run(con, f"CREATE TABLE bare AS {_TYPED}", {"log": str(log)})
        con.close()

    return {"table": _timed(work)}


def dlt(log: Path, folder: Path) -> Steps:
    """(c) A bare arrow load into DuckDB by dlt as it comes: pyarrow's reader, its types, appended.

    Columns in which some value is no time or no number are text, as pyarrow would have it had it seen them all.
    """
    os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR", "DLT_DATA_DIR": str(folder)}
    import dlt as library
    import pyarrow as pa
    from pyarrow import csv

    text = csv.ConvertOptions(column_types={"waktu_scan": pa.string(), "nik": pa.string()})

    @library.resource(name="scan", write_disposition="append")
    def scans():  # type: ignore[no-untyped-def]
        with csv.open_csv(log, convert_options=text) as reader:
            for batch in reader:
                yield pa.Table.from_batches([batch])

    def work() -> None:
        target = library.destinations.duckdb(str(folder / "dlt.duckdb"))
        pipeline = library.pipeline("bench", pipelines_dir=str(folder), destination=target, dataset_name="bare")
        pipeline.run(scans()).raise_on_failed_jobs()

    return {"pipeline": _timed(work)}


def pandas(log: Path, folder: Path) -> Steps:
    """(d) The same steps in pandas."""
    from bench import city, in_pandas

    register = in_pandas.register(_settings(folder), city.sites())
    return in_pandas.run(log, folder / "found", register)


def ours(log: Path, folder: Path) -> Steps:
    """The whole load and build, onto nothing."""
    from bench import city

    city.lay(_settings(folder))
    return _load_and_build(log)


def day(log: Path, folder: Path) -> Steps:
    """The load of one more file and the build, onto what lies in the folder."""
    _settings(folder)
    return _load_and_build(log)


def _load_and_build(log: Path) -> Steps:
    from etl import __main__ as etl  # before the clock starts

    return {
        "load": _timed(lambda: _done(etl.main(["load", str(log), "--profile", PROFILE]))),
        "build": _timed(lambda: _done(etl.main(["build"]))),
    }


def _done(code: int) -> None:
    if code:
        raise SystemExit(f"exit code {code}")


def write_found(folder: Path) -> None:
    """Lays what our build says beside what pandas found, for the comparison."""
    from core import builds
    from etl import ledger, store

    here = _settings(folder)
    served = builds.current(here)
    assert served is not None
    found = folder / "found"
    found.mkdir()
    builds.frame(served.build, "FROM place_day").to_parquet(found / "place_day.parquet")
    builds.frame(served.build, "FROM place_hour").to_parquet(found / "place_hour.parquet")
    visitors = "SELECT period, first, level, code, visitors FROM visitors WHERE visitors IS NOT NULL"
    builds.frame(served.build, visitors).to_parquet(found / "visitors.parquet")
    with store.writer(here), store.warehouse(here) as con:
        entry = ledger.entries(con)[-1]
        reasons = dict(con.execute("SELECT reason, count(*) FROM reject GROUP BY ALL").fetchall())
    rows = {"arrived": entry.arrived, "loaded": entry.loaded, "duplicates": entry.duplicates}
    (found / "accounting.json").write_text(json.dumps(rows | {"rejected": reasons}))


def _settings(folder: Path):  # type: ignore[no-untyped-def]
    """Settings of an installation in `folder`."""
    os.environ |= {"PANTAU_DATA_DIR": str(folder / "data"), "PANTAU_KEY_FILE": str(folder / "key")}
    from core import settings

    return settings.load()


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def peak_mb() -> float:
    """Peak memory of this process in MB. Linux's ru_maxrss also holds what the parent had before the exec."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmHWM:")[1].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)  # bytes on macOS


CONTESTANTS: dict[str, Callable[[Path, Path], Steps]] = {
    "a": floor,
    "b": bare,
    "c": dlt,
    "d": pandas,
    "ours": ours,
    "day": day,
}


def main() -> int:
    """Runs one contestant; what it says itself goes nowhere, unless it fails."""
    name, log, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            steps = CONTESTANTS[name](log, folder)
        except BaseException:
            print(said.getvalue()[-2000:], file=sys.__stderr__)
            raise
        peak = peak_mb()
        if name == "ours":
            write_found(folder)
    print(json.dumps({"seconds": steps, "peak_mb": peak}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
