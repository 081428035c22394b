"""Refused or right, never silently wrong: files that are not what their profile says, and the two roads of reading."""

import csv
import gzip
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import db
from core.errors import InputRefused
from core.settings import Settings, load
from etl import readers, structure
from etl.profile import Profile
from tests.files import COLUMNS, SAMPLE, row, text
from tests.stores import accounts

SEED = "9901000000000001"
GOOD = [row(f"2021-11-24 08:{n:02d}:00", person=n) for n in range(1, 31)]
BODY = text(GOOD)
LINES = BODY.splitlines(keepends=True)


def swapped() -> str:
    """The same log with its columns in another order: read by name, so right."""
    return text(GOOD, columns=COLUMNS[::-1])


def cell(line: int, column: str, value: str) -> str:
    """The log with one value changed."""
    changed = [dict(r) for r in GOOD]
    changed[line][column] = value
    return text(changed)


# name -> (bytes, exit code, then either the refusal's key or (loaded, rejected))
CASES: dict[str, tuple[bytes, int, object]] = {
    "good": (BODY.encode(), 0, (30, 0)),
    "byte order mark": (b"\xef\xbb\xbf" + BODY.encode(), 0, (30, 0)),
    "CRLF": (BODY.replace("\n", "\r\n").encode(), 0, (30, 0)),
    "old Mac line ends": (BODY.replace("\n", "\r").encode(), 0, (30, 0)),
    "mixed line ends": ((LINES[0].replace("\n", "\r\n") + "".join(LINES[1:])).encode(), 0, (30, 0)),
    "reordered columns": (swapped().encode(), 0, (30, 0)),
    "an extra column": (BODY.replace("\n", ",x\n").encode(), 0, (30, 0)),
    "blank lines": (BODY.replace("\n", "\n\n").encode(), 0, (30, 0)),
    "quoted values": (BODY.replace("check-in", '"check-in"').encode(), 0, (30, 0)),
    "a quoted line end": (cell(3, "kategori_kegiatan", '"makan\nminum"').encode(), 0, (30, 0)),
    "words in capitals": (BODY.replace("check-in", "CHECK-IN").encode(), 0, (30, 0)),
    "no line end at the end": (BODY.rstrip("\n").encode(), 0, (30, 0)),
    "gzip": (gzip.compress(BODY.encode()), 0, (30, 0)),
    "half a last line": ("".join(LINES[:-1]).encode() + LINES[-1][:25].encode(), 0, (29, 1)),
    "a row of too few fields": ((BODY + "x,y\n").encode(), 0, (30, 1)),
    "a row of too many fields": ((BODY + "," * 30 + "\n").encode(), 0, (30, 1)),
    "an impossible date": (cell(3, "waktu_scan", "2021-11-31 08:00:00").encode(), 0, (29, 1)),
    "another date form": (cell(3, "waktu_scan", "24/11/2021 08:00").encode(), 0, (29, 1)),
    "a two-digit year": (cell(3, "waktu_scan", "21-11-24 08:00:00").encode(), 0, (29, 1)),
    "a time to come": (cell(3, "waktu_scan", "2199-11-24 08:00:00").encode(), 0, (29, 1)),
    "a clock never set": (cell(3, "waktu_scan", "1970-01-01 00:00:07").encode(), 0, (29, 1)),
    "one NIK through Excel": (cell(3, "nik", "3.57E+15").encode(), 0, (29, 1)),
    "a NIK in the code column": (cell(3, "kode_qr", SEED).encode(), 0, (29, 1)),
    "a NUL byte": (cell(3, "kategori_kegiatan", "a\0b").encode(), 0, (29, 1)),
    "a 3 MB field": (cell(3, "kategori_kegiatan", "x" * 3_000_000).encode(), 0, (29, 1)),
    "empty": (b"", 3, "refused.empty"),
    "header only": (LINES[0].encode(), 3, "refused.no_rows"),
    "HTML": (b"<!DOCTYPE html>\n<html><body>Silakan masuk</body></html>\n", 3, "refused.html"),
    "semicolons": (BODY.replace(",", ";").encode(), 3, "refused.delimiter"),
    "UTF-16": (BODY.encode("utf-16"), 3, "refused.nul"),
    "Latin-1": (cell(3, "kategori_kegiatan", "café").encode("latin-1"), 3, "refused.encoding"),
    "a missing column": (BODY.replace("waktu_scan", "waktu").encode(), 3, "refused.missing_column"),
    "a doubled column": (BODY.replace("id_scan", "kode_qr").encode(), 3, "refused.doubled_column"),
    "no header": ("".join(LINES[1:]).encode(), 3, "refused.missing_column"),
    "a torn quote": (cell(3, "kategori_kegiatan", '"makan').encode(), 3, "refused.torn"),
    "text after a quote": (cell(3, "kategori_kegiatan", '"makan"minum').encode(), 3, "refused.torn"),
    "gzip cut off": (gzip.compress(BODY.encode())[:-12], 3, "refused.archive"),
    "gzip damaged": (gzip.compress(BODY.encode())[:40] + b"\0" * 40, 3, "refused.archive"),
    "every NIK through Excel": (BODY.replace("99010000000000", "9.901E+15,").encode(), 3, "refused.rejected"),
    "binary": (bytes(range(256)) * 20, 3, None),
}


@pytest.mark.parametrize("name", CASES)
def test_refused_or_right(
    name: str, etl: Callable[..., int], here: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body, code, expected = CASES[name]
    path = tmp_path / "log.csv"
    path.write_bytes(body)
    assert etl("simulate", "--scenario", "contoh") == 0
    assert etl("load", path, "--profile", "pedulilindungi") == code
    said = capsys.readouterr()
    [entry] = accounts(here)
    if code == 0:
        assert (entry.loaded, entry.rejected) == expected
        assert entry.arrived == entry.loaded + entry.rejected
    else:
        assert entry.state == "refused"
        assert expected is None or entry.reason == expected
        assert "DITOLAK  log.csv" in said.err
        assert (entry.arrived, entry.loaded) == (0, 0)
    for part in (said.out, said.err):
        assert "990100000" not in part
        assert "Traceback" not in part
    for stored in here.data_dir.rglob("*"):
        if stored.is_file() and "inbox" not in stored.parts:
            assert SEED.encode() not in stored.read_bytes(), stored.name


def raw_rows(path: Path, profile: Profile, *, plain: bool | None = None) -> list[tuple[object, ...]]:
    """What a road makes of a file; `plain=False` sends it down the careful one."""
    here = load()
    here.tmp.mkdir(parents=True, exist_ok=True)
    found = readers.check(path, profile)
    if plain is not None:
        assert found.plain or not plain
        found = structure.Structure(**{**vars(found), "plain": plain})
    con = db.open_in_memory(here)
    try:
        readers.read(con, found, profile)
        return db.run(con, "FROM raw ORDER BY line")
    finally:
        con.close()


PROFILE = Profile.model_validate(
    {
        "name": "t",
        "version": 1,
        "shape": "visit",
        "time": {"formats": ["%Y %H"]},
        "columns": {"in_at": "a", "out_at": "b", "qr_code": "c", "visitor": "d"},
    }
)
VALUES = st.text(st.characters(exclude_characters='\r\n\0",', exclude_categories=["Cs"]), max_size=6)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=st.lists(st.lists(VALUES, min_size=4, max_size=4), min_size=1, max_size=8), crlf=st.booleans())
def test_both_roads_read_the_same(tmp_path: Path, table: list[list[str]], crlf: bool) -> None:
    path = tmp_path / "t.csv"
    newline = "\r\n" if crlf else "\n"
    path.write_text("".join(",".join(r) + newline for r in [list("abcd"), *table]), encoding="utf-8", newline="")
    assert raw_rows(path, PROFILE, plain=True) == raw_rows(path, PROFILE, plain=False)
    assert [list(r[2:]) for r in raw_rows(path, PROFILE)] == table


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    table=st.lists(
        st.lists(
            st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6),
            min_size=4,
            max_size=4,
        ),
        min_size=1,
        max_size=8,
    )
)
def test_quoted_values_come_back_whole(tmp_path: Path, table: list[list[str]]) -> None:
    path = tmp_path / "t.csv"
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([list("abcd"), *table])
    path.write_text(out.getvalue(), encoding="utf-8", newline="")
    assert [list(r[2:]) for r in raw_rows(path, PROFILE)] == table


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_bytes_load_or_are_refused(tmp_path: Path, data: st.DataObject) -> None:
    """R10: a damaged log is read or refused by our own error; a row is never lost."""
    body = bytearray(BODY.encode())
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(body)))
        body[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=5))
    path = tmp_path / "t.csv"
    path.write_bytes(bytes(body))
    from etl import profile

    try:
        found = raw_rows(path, profile.load("pedulilindungi", load()))
    except InputRefused as error:
        refusal = str(error)
    else:
        refusal = ""
    assert "990100000" not in refusal
    if refusal:
        return
    lines = [line for line, *_ in found]
    assert len(set(lines)) == len(lines)


def test_line_numbers_are_the_files_own(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('a,b,c,d\n1,,q,v\n\n"2\nx",,q,v\n3,,q\n4,,q,v\n')
    assert [(line, reason) for line, reason, *_ in raw_rows(path, PROFILE)] == [
        (2, None),
        (4, None),
        (6, "field_count"),
        (7, None),
    ]


def test_the_sample_takes_the_plain_road(here: Settings) -> None:
    from etl import profile

    assert readers.check(SAMPLE, profile.load("pedulilindungi", here)).plain
