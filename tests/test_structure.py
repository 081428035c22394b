"""The two roads of reading delimited text give one result (what becomes of whole files: tests/test_inputs.py)."""

import csv
import io
from datetime import datetime
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import db
from core.settings import Settings, load
from etl import readers, structure
from etl.profile import Profile
from tests.files import SAMPLE


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


def test_line_numbers_are_the_files_own(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('a,b,c,d\n1,,q,v\n\n"2\nx",,q,v\n3,,q\n4,,q,v\n')
    assert [(line, reason) for line, reason, *_ in raw_rows(path, PROFILE)] == [
        (2, None),
        (4, None),
        (6, "field_count"),
        (7, None),
    ]


def test_rows_of_a_large_file_keep_their_lines(here: Settings, tmp_path: Path) -> None:
    """Several threads read it, and nobody numbers its rows: a row's line is its place."""
    path, n = tmp_path / "t.csv", 600_000
    with path.open("w") as file:
        file.write("a,b,c,d\n")
        file.writelines(
            f"{'?' if line % 50_000 == 0 else '2021 08'},2021 09,{'QR-' + 'x' * 50},v{line}\n"
            for line in range(2, n + 2)
        )
    here.tmp.mkdir(parents=True, exist_ok=True)
    found = readers.check(path, PROFILE)
    con = db.open_in_memory(here)
    try:
        db.run(con, "CREATE TABLE source AS SELECT 'a' AS source_id")
        readers.read(con, found, PROFILE)
        counted = readers.understand(con, found, PROFILE, "a", datetime(2022, 1, 1))
        wrong = db.value(con, "SELECT count(*) FROM arrived WHERE visitor <> 'v' || line")
        lines = [row[0] for row in db.run(con, "SELECT line FROM rejected ORDER BY line")]
    finally:
        con.close()
    assert found.plain
    assert (counted.rows, counted.rejected, wrong) == (n, 12, 0)
    assert lines == list(range(50_000, n + 2, 50_000))


def test_the_sample_takes_the_plain_road(here: Settings) -> None:
    from etl import profile

    assert readers.check(SAMPLE, profile.load("pedulilindungi", here)).plain
