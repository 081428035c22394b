"""Every figure of the hand-made log against its worked answer (tests/handmade): one test a mart."""

from pathlib import Path

import pandas as pd
import pytest

from core import builds, db
from core.settings import Settings
from etl import ledger, register, store

ANSWERS = Path(__file__).with_name("handmade")


def answers(name: str, **kinds: object) -> pd.DataFrame:
    return pd.read_csv(ANSWERS / name, dtype=str, keep_default_na=False).astype(kinds)


def warehouse(here: Settings, sql: str) -> pd.DataFrame:
    """Rows of the warehouse, the mart store and the visits of persons included."""
    with store.writer(here), store.warehouse(here) as con:
        register.lay(con, here)
        return con.execute(sql).df()


def test_the_log_is_the_one_the_answers_speak_of() -> None:
    log = pd.read_csv(ANSWERS.parent.parent / "data" / "sample" / "contoh.csv", dtype=str, keep_default_na=False)
    rows = answers("rows.csv")
    assert len(log) == len(rows) == 295
    readable = rows["verdict"] != "time_unreadable"
    assert (log["waktu_scan"][readable] == rows["time"][readable]).all()
    assert (log["jenis"] == rows["event"]).all()


def test_accounting(handmade: str, here: Settings) -> None:
    verdicts = answers("rows.csv")["verdict"].value_counts()
    kept, duplicates = verdicts["kept_aside"], verdicts["duplicate"]
    good = verdicts[["visit", "refused", "repeat", "matched", "orphan"]].sum()
    with store.writer(here), store.warehouse(here) as con:
        [entry] = ledger.entries(con)
    assert (entry.arrived, entry.loaded, entry.duplicates, entry.kept_aside) == (295, good, duplicates, kept)
    assert entry.rejected == 295 - good - duplicates - kept


def test_rejects(handmade: str, here: Settings) -> None:
    rows = answers("rows.csv", line=int).set_index("line")["verdict"]
    found = warehouse(here, "SELECT line, reason FROM reject ORDER BY line").set_index("line")["reason"]
    known = {"visit", "refused", "repeat", "matched", "orphan", "duplicate", "kept_aside"}
    expected = rows[~rows.isin(known)]
    assert found.to_dict() == expected.to_dict()


def test_visit(handmade: str, here: Settings) -> None:
    """Which check-ins are visits; the others are counted by hour as refused or repeats."""
    rows = answers("rows.csv")
    expected = sorted(rows.loc[rows["verdict"] == "visit", ["site", "time"]].itertuples(index=False, name=None))
    found = warehouse(here, "SELECT site_id, entered_at::VARCHAR FROM visit JOIN place_no USING (site)")
    assert sorted(found.itertuples(index=False, name=None)) == expected
    others = rows[rows["verdict"].isin(["refused", "repeat"])]
    hours = others.groupby([others["site"], others["time"].str[:13], others["verdict"]]).size()
    counted_ = warehouse(
        here,
        """SELECT site_id, strftime(hour, '%Y-%m-%d %H') AS h, kind, n FROM mart.place_hour,
        LATERAL (SELECT 'refused' AS kind, refused AS n UNION ALL SELECT 'repeat', repeats) WHERE n > 0""",
    ).set_index(["site_id", "h", "kind"])["n"]
    assert counted_.to_dict() == hours.to_dict()


def test_stay(handmade: str, here: Settings) -> None:
    rows = answers("rows.csv").set_index("line")
    matched = rows[rows["verdict"] == "matched"]
    expected = sorted(zip(matched["site"], rows.loc[matched["entered_line"], "time"], matched["time"], strict=True))
    found = warehouse(
        here,
        """SELECT site_id, entered_at::VARCHAR, left_at::VARCHAR FROM visit JOIN place_no USING (site)
        WHERE left_at IS NOT NULL""",
    )
    assert sorted(found.itertuples(index=False, name=None)) == expected


def counted(expected: pd.DataFrame, unit: str) -> pd.DataFrame:
    """The answers as a build has them: all check-ins together, and the visits that no check-out closes."""
    rows = answers("rows.csv")
    open_visits = rows[(rows["verdict"] == "visit") & ~rows["line"].isin(rows["entered_line"])]
    at = pd.to_datetime(open_visits["time"]).dt.floor(unit).astype(str)
    n = open_visits.groupby(["site", at.rename("at")]).size()
    keys = pd.MultiIndex.from_arrays([expected["site_id"], expected[expected.columns[1]].astype(str)])
    numbers = expected[["visits", "refused", "repeats"]].astype(int)
    return expected.assign(check_ins=numbers.sum(axis=1), unmatched=n.reindex(keys, fill_value=0).to_numpy())


def test_place_day(handmade: str, here: Settings) -> None:
    expected = counted(answers("place_day.csv"), "D")
    found = builds.frame(handmade, "SELECT * FROM place_day ORDER BY site_id, day")
    assert found["covered"].all()
    found = found.drop(columns="covered").astype({"day": str}).astype(str)
    pd.testing.assert_frame_equal(found, expected[found.columns].astype(str), check_dtype=False)
    private = warehouse(here, "SELECT site_id, day, refused, repeats, status_unknown FROM mart.place_day ORDER BY ALL")
    private = private.astype({"day": str}).astype(str)
    pd.testing.assert_frame_equal(private, expected[private.columns].astype(str), check_dtype=False)


def test_place_hour(handmade: str, here: Settings) -> None:
    expected = counted(answers("place_hour.csv", mean_inside=float, peak_inside=int), "h")
    found = builds.frame(handmade, "SELECT *, occupied_seconds / 3600 AS mean FROM place_hour ORDER BY site_id, hour")
    known = found["hour"].astype(str) + found["site_id"]
    assert set(expected["hour"] + expected["site_id"]) <= set(known)
    # Hours in which only an open check-in may still be inside have a row of their own, and no count.
    more = found[~known.isin(expected["hour"] + expected["site_id"])]
    assert (more[["visits", "check_ins", "check_outs", "unmatched", "occupied_seconds", "peak"]] == 0).all(axis=None)
    found = found.drop(index=more.index).reset_index(drop=True)
    for name in ("visits", "check_ins", "check_outs", "unmatched"):
        assert found[name].to_list() == expected[name].astype(int).to_list(), name
    assert found["mean"].to_list() == pytest.approx(expected["mean_inside"].to_list(), abs=1e-6)
    assert found["peak"].to_list() == expected["peak_inside"].to_list()
    private = warehouse(
        here, "SELECT refused, repeats FROM mart.place_hour WHERE visits + refused + repeats > 0 ORDER BY site_id, hour"
    )
    busy = expected[expected["check_ins"] > 0]
    assert private.astype(str).to_numpy().tolist() == busy[["refused", "repeats"]].to_numpy().tolist()


def test_visitors(handmade: str, here: Settings) -> None:
    expected = answers("visitors.csv", visitors=int)
    found = warehouse(here, "SELECT period, first::VARCHAR AS first, level, code, visitors FROM mart.visitors")
    assert sorted(found.itertuples(index=False, name=None)) == sorted(expected.itertuples(index=False, name=None))


def test_nothing_of_a_person_is_in_a_build(handmade: str) -> None:
    tables = builds.frame(handmade, "SELECT table_name FROM duckdb_tables()")["table_name"]
    assert not {"scan", "person", "entry", "stay", "reject", "belonging", "reading"} & set(tables)


def test_no_file_of_the_installation_but_the_inbox_holds_a_raw_id(handmade: str, here: Settings) -> None:
    for path in here.data_dir.rglob("*"):
        if path.is_file() and "inbox" not in path.parts:
            assert b"9901000000000" not in path.read_bytes(), path.name


def test_pseudonyms_are_the_hmac_of_the_id(handmade: str, here: Settings) -> None:
    import hashlib
    import hmac
    import uuid

    secret = bytes.fromhex(here.key_file.read_text().strip())
    digests = {
        uuid.UUID(hmac.new(secret, f"9901{n:012d}".encode(), hashlib.sha256).hexdigest()[:32]) for n in (1, 2, 3)
    }
    stored = {uuid.UUID(str(u)) for u in warehouse(here, "SELECT digest FROM person")["digest"]}
    assert digests <= stored


def test_settings_of_every_connection(here: Settings, handmade: str) -> None:
    con = db.open_for_reading(builds.file_of(here, handmade), here)
    assert db.value(con, "SELECT current_setting('threads')") == here.threads
    assert db.value(con, "SELECT current_setting('temp_directory')") == str(here.data_dir / "spill")
    for forbidden in (
        "FROM read_csv('/etc/passwd')",
        "ATTACH ':memory:' AS x",
        "SET threads = 1",
        "COPY meta TO '/tmp/x'",
    ):
        with pytest.raises(db.Error):
            db.run(con, forbidden)
