"""What a build computes anew equals what a build of everything computes, after any sequence of changes (R5)."""

import random
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from core import builds, clock
from core.settings import Settings
from etl import build, dirty, marts, register, store
from tests.files import log, row
from tests.stores import Etl, content

CODES = ("QR-BK-1", "QR-BK-2", "QR-SKN-1", "QR-MTS-1", "QR-MTS-2", "QR-ALM-1", "QR-BARU-9")
START = datetime(2021, 10, 20)
STORED = (
    "visit", "mart.place_hour", "mart.place_day", "mart.door_day", "mart.regulars",
    "mart.dwell", "mart.stay", "mart.occupancy", "mart.place_instant", "regular_visit", "mart.belonging",
    "mart.visitors",
    "mart.status", "mart.visitors_hidden", "mart.status_hidden", "mart.head_count", "mart.counter_day", "mart.arrival",
    "mart.source_clock", "mart.quarter", "mart.file_warning", "mart.hidden_at_seal",
)  # fmt: skip


def some_rows(choose: random.Random, first: int, days: int) -> list[dict[str, str]]:
    """Scans of few people at few places over some days: chains of taps, stays over midnight and over days, colours."""
    rows = []
    for _ in range(choose.randrange(40, 160)):
        at = START + timedelta(days=first + choose.randrange(days), seconds=choose.choice((0, 85_800, 30_000)))
        at += timedelta(seconds=choose.randrange(choose.choice((60, 1_200, 40_000))))
        code, person = choose.choice(CODES), choose.randrange(25)
        more = {
            "status_warna": choose.choice(("hijau", "merah", "hitam", "")),
            "diizinkan": choose.choice(("ya", "", "tidak")),
        }
        later = at + timedelta(hours=choose.choice((0, 0, 1, 30)))
        rows.append(row(str(at), code, person=person, waktu_unggah=str(later + timedelta(minutes=1)), **more))
        if choose.random() < 0.5:
            out = at + timedelta(seconds=choose.choice((0, 300, 5_000, 40_000, 200_000)))
            rows.append(row(str(out), code, "check-out", person, waktu_unggah=str(out + timedelta(minutes=1))))
    return rows


def daily_rows(choose: random.Random, first: int, days: int) -> list[dict[str, str]]:
    """Scans of six people who come to one place nearly every day."""
    rows = []
    for person in range(6):
        for day in (d for d in range(first, first + days) if choose.random() < 0.8):
            at = START + timedelta(days=day, hours=7, minutes=choose.randrange(600))
            rows.append(row(str(at), "QR-SKN-1", person=person, waktu_unggah=str(at + timedelta(minutes=1))))
    return rows


def stored(here: Settings) -> dict[str, object]:
    """Checksum of each table of the mart store."""
    with store.writer(here), store.warehouse(here) as con:
        return {
            name: con.execute(f"SELECT count(*), bit_xor(md5_number(t::VARCHAR)) FROM {name} t").fetchone()
            for name in STORED
        }


def change_register(here: Settings, choose: random.Random) -> None:
    """One edit of the register as a person would make it: a code's days or door, a new code, a site's hours."""
    path = here.scenario / "qr.csv"
    lines = path.read_text().splitlines()
    kind = choose.choice(("new code", "days", "hours", "door"))
    if kind == "new code" and not any("QR-BARU-9" in line for line in lines):
        like = next(line for line in lines if line.startswith("QR-SKN-1"))
        lines.append(like.replace("QR-SKN-1", "QR-BARU-9"))
    elif kind == "hours":
        closes = choose.choice(("17:00", "22:00", "02:00"))
        place = "matos"
        head = "place_id,weekday,opens,closes,valid_from,valid_to,source,confidence,simulasi\n"
        days = "".join(f"{place},{n},08:00,{closes},,,uji,low,simulasi\n" for n in range(1, 8))
        (here.scenario / "hours.csv").write_text(head + days)
        return
    elif kind == "door":  # the code of one door is put up at the other
        turned = {"balai-kota-pintu-1": "balai-kota-pintu-2", "balai-kota-pintu-2": "balai-kota-pintu-1"}
        n = next(n for n, line in enumerate(lines) if line.startswith("QR-BK-1,"))
        code, place, rest = lines[n].split(",", 2)
        lines[n] = ",".join((code, turned[place], rest))
    else:
        names = lines[0].split(",")
        n = choose.randrange(1, len(lines))
        cells = dict(zip(names, lines[n].split(","), strict=True))
        cells["valid_to"] = choose.choice(("", str((START + timedelta(days=choose.randrange(20, 50))).date())))
        lines[n] = ",".join(cells.values())
    path.write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize("seed", [*range(4), *(pytest.param(n, marks=pytest.mark.long) for n in range(4, 60))])
def test_random_changes(
    seed: int, etl: Etl, here: Settings, scenario: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dirty, "_WHOLE_FROM", 2.0)
    computed: list[marts.Computed] = []
    update = marts.update
    monkeypatch.setattr(
        marts, "update", lambda con, now, **how: computed.append(update(con, now, **how)) or computed[-1]
    )
    choose = random.Random(seed)
    loaded: list[str] = []
    for step in range(8):
        doing = choose.choice(("load", "load", "load", "unload", "register")) if step else "load"
        if doing == "load":
            first, days = choose.randrange(45), choose.choice((1, 1, 2, 9))
            rows = some_rows(choose, first, days) + daily_rows(choose, first, days)
            path = log(tmp_path / f"log{step}.csv", rows)
            code = etl("load", path, "--profile", "pedulilindungi")
            assert code in (0, 3)
            loaded += [path.name] if code == 0 else []
        elif doing == "unload" and loaded:
            assert etl("unload", loaded.pop(choose.randrange(len(loaded)))) == 0
        else:
            change_register(here, choose)
        assert etl("build") == 0
        by_change, said = stored(here), content(here)
        with store.writer(here):
            again = build.build(here, clock.now(), whole=True)
        assert stored(here) == by_change, f"step {step}: {doing}"
        assert (content(here), again.new) == (said, False)
    assert any(not c.whole and c.days for c in computed)


def test_only_the_days_of_a_change_are_computed(etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> None:
    """A day of scans more: that day, its week and its month, and nothing else."""
    months = [row(f"2021-{m}-{d:02d} 09:00:00", person=d) for m in (11, 12) for d in range(1, 29)]
    assert etl("load", log(tmp_path / "a.csv", months), "--profile", "pedulilindungi", "--build") == 0
    day = log(
        tmp_path / "b.csv", [row("2021-12-29 09:00:00", person=3), row("2021-12-29 10:00:00", "QR-BK-1", person=3)]
    )
    assert etl("load", day, "--profile", "pedulilindungi") == 0
    with store.writer(here), store.warehouse(here) as con:
        register.lay(con, here)
        with store.transaction(con):
            assert marts.update(con, clock.now()) == marts.Computed(days=1, periods=3, whole=False)
            assert con.execute("SELECT DISTINCT period, first::VARCHAR FROM dirty_period ORDER BY 2").fetchall() == [
                ("month", "2021-12-01"),
                ("week", "2021-12-27"),
                ("day", "2021-12-29"),
            ]
            assert marts.update(con, clock.now()) == marts.Computed(0, 0, False)


def test_a_day_dirties_its_week_and_its_month() -> None:
    """R5: ISO weeks begin on Monday and reach over months and years."""
    new_year = date(2022, 1, 1)  # a Saturday
    assert builds.dirtied([new_year, date(2021, 12, 31)]) == [
        builds.Period("day", date(2021, 12, 31)),
        builds.Period("day", new_year),
        builds.Period("month", date(2021, 12, 1)),
        builds.Period("month", new_year),
        builds.Period("week", date(2021, 12, 27)),
    ]
    assert builds.dirtied([]) == []
    assert builds.days_of("week", date(2021, 12, 27))[-1] == date(2022, 1, 2)
    assert len(builds.days_of("month", date(2024, 2, 1))) == 29
    assert builds.days_of("day", new_year) == [new_year]
