"""R10: any bytes and any values load or are refused with our own error, every row is accounted for, no id is said."""

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import clock, db
from core.errors import InputRefused
from core.settings import load as load_settings
from etl import __main__ as cli
from etl import ledger, load, profile, register, store
from tests.files import COLUMNS, row, text

INPUTS = Path(__file__).with_name("inputs")
WHOLE = [
    INPUTS / "good" / name
    for name in (
        "base.csv",
        "all-quoted.csv",
        "gzip.csv.gz",
        "zip.zip",
        "ndjson.ndjson",
        "parquet.parquet",
        "xlsx.xlsx",
    )
]
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "40"))
FUZZ = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def open_city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """One installation for all examples of a test, its warehouse open: what an example loads stays, as in life."""
    folder = tmp_path_factory.mktemp("fuzz")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PANTAU_DATA_DIR", str(folder / "data"))
        patch.setenv("PANTAU_KEY_FILE", str(folder / "key"))
        assert cli.main(["simulate", "--scenario", "contoh"]) == 0
        here = load_settings()
        with store.writer(here), store.warehouse(here, create=True) as con:
            register.lay(con, here)
            yield SimpleNamespace(con=con, here=here, folder=folder)


def tried(city: SimpleNamespace, path: Path, chosen: profile.Profile) -> ledger.Entry | None:
    """Loads a file as the command does; returns its line in the ledger, or None where it was refused."""
    before = db.value(city.con, "SELECT count(*) FROM scan"), db.value(city.con, "SELECT count(*) FROM reading")
    source = None if "source" in chosen.columns else "mal"
    try:
        done = load.load(city.con, path, chosen, source=source, days=None, settings=city.here, now=clock.now())
    except InputRefused as error:
        refusal: InputRefused | None = error
    else:
        refusal = None
    if refusal is not None:
        for language in ("id", "en"):
            assert "990100000" not in refusal.said(language)
        after = db.value(city.con, "SELECT count(*) FROM scan"), db.value(city.con, "SELECT count(*) FROM reading")
        assert after == before
        return None
    entry = done.entry
    assert entry.arrived == entry.loaded + entry.duplicates + entry.rejected + entry.kept_aside
    left = db.run(
        city.con,
        """SELECT table_name FROM duckdb_tables()
        WHERE table_name IN ('raw', 'raw_row', 'typed', 'arrived', 'known_as', 'pseudonym')""",
    )
    assert not left, "raw ids are left behind"
    return entry


@pytest.mark.parametrize("whole", WHOLE, ids=lambda p: p.name)
@FUZZ
@given(data=st.data())
def test_damaged_bytes(open_city: SimpleNamespace, whole: Path, data: st.DataObject) -> None:
    body = bytearray(whole.read_bytes())
    for _ in range(data.draw(st.integers(1, 6), label="damages")):
        at = data.draw(st.integers(0, len(body)), label="at")
        body[at : at + data.draw(st.integers(0, 9), label="gone")] = data.draw(st.binary(max_size=6), label="instead")
    path = open_city.folder / whole.name
    path.write_bytes(bytes(body))
    tried(open_city, path, profile.load("pedulilindungi", open_city.here))


@FUZZ
@given(body=st.binary(max_size=400))
def test_any_bytes(open_city: SimpleNamespace, body: bytes) -> None:
    path = open_city.folder / "any.csv"
    path.write_bytes(body)
    tried(open_city, path, profile.load("pedulilindungi", open_city.here))


NASTY = st.sampled_from(
    [
        *("", "-", "NULL", "0", "3,57E+15", "9901000000000001", "=1+1", "2021-11-24 08:00:00", "31/02/2021"),
        *("QR-SKN-1", "check-in", "hijau", "'", r"\N", "<b>", "1e3", "-5", "99999999999999999999"),
        *("\u0661\u0662\u0663", "\ufeff", "\u200b7", "a" * 70_000),
    ]
)
VALUE = st.one_of(NASTY, st.text(st.characters(exclude_characters='\r\n\0",', exclude_categories=["Cs"]), max_size=12))


@FUZZ
@given(
    changes=st.lists(
        st.tuples(st.integers(0, 19), st.sampled_from(COLUMNS), VALUE),
        min_size=1,
        max_size=6,
        unique_by=lambda c: c[:2],
    )
)
def test_any_values(open_city: SimpleNamespace, changes: list[tuple[int, str, str]]) -> None:
    rows = [row(f"2021-11-24 08:{n:02d}:00", person=n) for n in range(1, 21)]
    touched = {n for n, _, _ in changes}
    for n, column, value in changes:
        rows[n][column] = value
    path = open_city.folder / "values.csv"
    path.write_text(text(rows), encoding="utf-8", newline="")
    entry = tried(open_city, path, profile.load("pedulilindungi", open_city.here))
    if entry is not None:
        assert entry.arrived == 20
        bad = db.run(open_city.con, "SELECT line FROM reject WHERE file_id = $id", {"id": entry.file_id})
        assert {line - 2 for (line,) in bad} <= touched, "a good row was rejected"


@FUZZ
@given(table=st.lists(st.lists(VALUE, min_size=3, max_size=6), min_size=1, max_size=6))
def test_any_readings(open_city: SimpleNamespace, table: list[list[str]]) -> None:
    path = open_city.folder / "readings.csv"
    path.write_text("".join(",".join(cells) + "\n" for cells in table), encoding="utf-8", newline="")
    tried(open_city, path, profile.load("hitung", open_city.here))
