"""`etl profile`: the proposal reads the file it was made from, and shows no identity."""

import re
import tomllib
from pathlib import Path

import pytest

from core.settings import Settings
from etl import profile
from tests.stores import Etl, accounts, table
from tests.test_inputs import INPUTS, SEED

# Of the cases in tests/inputs those that differ in what a proposal must find. (A naive time's zone cannot be seen.)
SCANS = [
    INPUTS / "good" / f"{name}.toml"
    for name in [
        "all-quoted",
        "single-quotes",
        "comma-and-space-quoted",
        "two-character-delimiter",
        "never-quoted",
        "pipes",
        "excel-unicode-text",
        "utf-16-without-mark",
        "latin-1",
        "zip-semicolons-utf16",
        "titles-above-the-header",
        "no-header",
        "an-extra-column",
        "ndjson-nested",
        "parquet-times-utc",
        "parquet-whole-numbers",
        "xlsx-titles",
        "xlsx-other-sheets",
        "xlsx-date-and-time-apart",
        "dates-month-first",
        "dates-two-digit-years",
        "dates-packed",
        "dates-indonesian-weekday",
        "dates-utc-z",
        "dates-epoch-ms",
        "dates-two-forms",
        "ids-kept-as-text",
    ]
]


@pytest.fixture(scope="module")
def base() -> list[tuple[object, ...]]:
    rows = (INPUTS / "good" / "base.csv").read_text().splitlines()[1:]
    events = {"check-in": 0, "check-out": 1}
    return sorted((r[2], events[r[4]], r[3]) for r in (row.split(",") for row in rows))


@pytest.mark.parametrize("path", SCANS, ids=lambda p: p.stem)
def test_the_proposal_reads_its_file(
    path: Path,
    base: list[tuple[object, ...]],
    etl: Etl,
    scenario: None,
    here: Settings,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    log = path.with_name(tomllib.loads(path.read_text("utf-8"))["file"])
    out = tmp_path / "usul.toml"
    capsys.readouterr()
    assert etl("profile", log, "--out", out, "--name", "usul") == 0
    said = capsys.readouterr().out
    assert not SEED.search((said + out.read_text()).encode())
    assert "orang A" in said and "0 akan ditolak" in said
    made = profile.load(str(out), here)
    source = [] if "source" in made.columns else ["--source", "pemkot"]
    assert etl("load", log, "--profile", out, *source) == 0
    [entry] = accounts(here)
    assert (entry.arrived, entry.rejected, entry.duplicates) == (23, 0, 0)
    assert table(here, "SELECT ts_wib::VARCHAR, event, qr_code FROM scan ORDER BY ALL") == base


@pytest.mark.parametrize(
    ("name", "shape", "fields"),
    [
        ("kunjungan.csv", "visit", {"in_at", "out_at", "visitor", "qr_code"}),
        ("satusehat.csv", "scan", {"scanned_at", "qr_code", "event", "visitor", "scan_id", "uploaded_at"}),
        ("satusehat-ndjson.ndjson", "scan", {"scanned_at", "qr_code", "event", "visitor", "scan_id", "uploaded_at"}),
        ("hitung-inside.csv", "count", {"counted_at", "place_code", "inside"}),
        ("hitung-xlsx.xlsx", "count", {"counted_at", "place_code", "inside"}),
        ("hitung-counters.csv", "count", {"counted_at", "place_code", "n_in", "n_out", "interval_minutes"}),
        ("hitung-capacity-without-header.csv", "count", {"counted_at", "place_code", "inside", "capacity"}),
    ],
)
def test_shapes(
    name: str, shape: str, fields: set[str], etl: Etl, scenario: None, here: Settings, tmp_path: Path
) -> None:
    out = tmp_path / "usul.toml"
    assert etl("profile", INPUTS / "good" / name, "--out", out) == 0
    made = profile.load(str(out), here)
    assert (made.shape, set(made.columns)) == (shape, fields)
    source = [] if "source" in made.columns else ["--source", "mal"]
    assert etl("load", INPUTS / "good" / name, "--profile", out, *source) == 0
    assert accounts(here)[0].rejected == 0


def text(path: Path, body: str) -> Path:
    path.write_text(body)
    return path


def test_day_or_month_first_is_said_to_be_undecided(
    etl: Etl, scenario: None, here: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "".join(f"0{n}/0{n + 1}/2021 08:00,QR-SKN-1,K-{n},masuk\n" for n in range(1, 7))
    log = text(tmp_path / "log.csv", "waktu,kode_qr,kartu,arah\n" + rows)
    assert etl("profile", log, "--out", tmp_path / "u.toml") == 0
    said = capsys.readouterr().out
    assert "Urutan hari dan bulan belum pasti" in said and "%m/%d/%Y %H:%M" in said
    made = (tmp_path / "u.toml").read_text()
    assert profile.load(str(tmp_path / "u.toml"), here).time.formats == ("%d/%m/%Y %H:%M",)
    assert "belum pasti" in made.split("name =")[0]


def test_what_is_not_found_must_be_filled_in(
    etl: Etl, scenario: None, here: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = text(tmp_path / "log.csv", "saat,apa\n2021-11-24 08:00,x1\n2021-11-24 08:05,x2\n")
    assert etl("profile", log, "--out", tmp_path / "u.toml") == 0
    assert "BELUM LENGKAP: kolom untuk visitor" in capsys.readouterr().out
    assert re.search(r'^# visitor = "\.\.\."  # HARUS DIISI', (tmp_path / "u.toml").read_text(), re.M)
    assert etl("load", log, "--profile", tmp_path / "u.toml", "--source", "mal") == 2


def test_a_log_of_entries_only_and_a_counter_without_its_interval(
    etl: Etl, scenario: None, here: Settings, tmp_path: Path
) -> None:
    gate = text(
        tmp_path / "g.csv", "timestamp,car-id,gate-name\n2021-11-24 08:00:00,A-1,g1\n2021-11-24 09:00:00,A-2,g1\n"
    )
    assert etl("profile", gate, "--out", tmp_path / "g.toml") == 0
    assert profile.load(str(tmp_path / "g.toml"), here).constants == {"event": "check_in"}
    door = text(
        tmp_path / "d.csv",
        "time;door;in;out\n2021-11-24 08:00;matos;1;0\n2021-11-24 08:30;matos;4;2\n2021-11-24 09:00;matos;0;1\n",
    )
    assert etl("profile", door, "--out", tmp_path / "d.toml") == 0
    assert profile.load(str(tmp_path / "d.toml"), here).constants == {"interval_minutes": "30"}
    assert etl("load", door, "--profile", tmp_path / "d.toml", "--source", "mal") == 0


def test_an_unknown_word_is_named_and_an_id_among_codes_is_not(
    etl: Etl, scenario: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "2021-11-24 08:00,QR-SKN-1,K-1,masuk\n2021-11-24 08:01,9901000000000001,K-2,lewat\n" * 3
    log = text(tmp_path / "log.csv", "waktu,kode_qr,kartu,arah\n" + rows)
    assert etl("profile", log, "--out", tmp_path / "u.toml") == 0
    said = capsys.readouterr().out
    assert "lewat" in (tmp_path / "u.toml").read_text()
    assert not SEED.search((said + (tmp_path / "u.toml").read_text()).encode())
    assert "K-1" not in said


@pytest.mark.parametrize("name", ["pdf.csv", "html-error-page.csv", "empty.csv", "json-array.json", "xlsx-empty.xlsx"])
def test_what_holds_no_table_is_refused(name: str, etl: Etl, scenario: None, tmp_path: Path) -> None:
    assert etl("profile", INPUTS / "bad" / name, "--out", tmp_path / "u.toml") == 3
    assert not (tmp_path / "u.toml").exists()


def test_nothing_is_written_over(etl: Etl, scenario: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    log = INPUTS / "good" / "base.csv"
    assert etl("profile", log) == 0
    mine = (tmp_path / "base.toml").read_text() + "# mine\n"
    (tmp_path / "base.toml").write_text(mine)
    assert etl("profile", log) == 2
    assert (tmp_path / "base.toml").read_text() == mine
    assert etl("profile", log, "--name", "Tidak Boleh") == 2
    assert etl("profile", tmp_path / "nowhere.csv") == 2


def test_in_english(etl: Etl, scenario: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert etl("--bahasa", "en", "profile", INPUTS / "good" / "base.csv", "--out", tmp_path / "u.toml") == 0
    said = capsys.readouterr().out
    assert "The first ten rows would be read like this" in said and "person A" in said
    assert "akan" not in said
