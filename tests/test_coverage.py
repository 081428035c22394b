"""Coverage on a hand-made rollout with worked answers: sentence, strips, bars, list, time line and export agree."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some

from core import builds, palette, rollout, sentences
from core.rollout import Event
from core.settings import Settings
from core.view import View
from queries import coverage, points, progress
from reports import make
from tests import rollout_city as city
from tests.files import view_of
from ui import coverage as stages
from ui.screen import Screen

Etl = Callable[..., int]
LAST = datetime(2021, 12, 5, 15)
MISSING = (date(2021, 12, 1), date(2021, 12, 2), date(2021, 12, 3))  # no file of the mall
SCANS = [
    *city.scans("QR-KEL-1", city.workdays(date(2021, 11, 12), date(2021, 12, 5)), 3),
    # of the last 14 days before 5 December: 15 check-ins and 14
    *city.scans("QR-KEL-2", city.between(date(2021, 11, 21), date(2021, 12, 4))),
    *city.scans("QR-KEL-2", [date(2021, 11, 21)], 2)[1:],
    *city.scans("QR-KEC-1", city.between(date(2021, 11, 21), date(2021, 12, 4))),
    *city.scans("QR-TAMAN", [date(2021, 11, 29), date(2021, 11, 30)], 10),
    *city.scans("QR-BALAI-1", city.workdays(date(2021, 11, 8), date(2021, 12, 4)), 2),
    *city.scans("QR-MAL", city.DAYS, 2, "mal"),
]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The city with its log loaded and built once."""
    from etl import __main__ as cli

    folder = tmp_path_factory.mktemp("rollout")
    logs = folder / "logs"
    logs.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PANTAU_REFERENCE_DIR", str(city.write(folder / "reference")))
        patch.setenv("PANTAU_DATA_DIR", str(folder / "data"))
        patch.setenv("PANTAU_KEY_FILE", str(folder / "key"))
        for source in ("pemkot", "mal"):
            days = [d for d in city.DAYS if source == "pemkot" or d not in MISSING]
            files = [city.day_log(logs, SCANS, day, source) for day in days]
            words = ["load", *map(str, files), "--profile", "pedulilindungi", "--source", source, "--quiet"]
            assert cli.main(words) == 0
        assert cli.main(["build"]) == 0
        builds.close_all()
    return folder


@pytest.fixture
def served(built: Path, here: Settings, monkeypatch: pytest.MonkeyPatch) -> str:
    """The build of the city in this test's own installation."""
    import shutil

    shutil.copytree(built / "data", here.data_dir)
    shutil.copy2(built / "key", here.key_file)
    monkeypatch.setenv("PANTAU_REFERENCE_DIR", str(built / "reference"))
    current = builds.current(here)
    assert current is not None
    return current.build


def at(build: str, moment: datetime = LAST, **filters: object) -> View:
    return view_of(build, date(2021, 11, 29), date(2021, 12, 5), moment, **filters)


def sites(build: str, moment: datetime = LAST) -> pd.DataFrame:
    return coverage.sites(at(build, moment)).set_index("place_id")


@pytest.mark.parametrize(
    ("moment", "stage", "since"),
    [
        (datetime(2021, 10, 31, 23), None, None),  # filed with all others: nothing of its own
        (datetime(2021, 11, 1, 9, 59), None, None),
        (datetime(2021, 11, 1, 10), "verified", datetime(2021, 11, 1, 10)),
        (datetime(2021, 11, 3, 13, 59), "access_issued", datetime(2021, 11, 2, 14)),
        (datetime(2021, 11, 3, 14), "expired", datetime(2021, 11, 3, 14)),
        (datetime(2021, 11, 5, 8, 59), "expired", datetime(2021, 11, 3, 14)),
        (datetime(2021, 11, 5, 9), "verified", datetime(2021, 11, 5, 9)),  # filed again
        (datetime(2021, 11, 8, 9), "access_issued", datetime(2021, 11, 8, 9)),
        (datetime(2021, 11, 9, 12), "activated", datetime(2021, 11, 8, 15)),  # in time, so nothing expires
        (datetime(2021, 11, 11, 8), "installed", datetime(2021, 11, 11, 8)),
        (datetime(2021, 11, 12, 8), "installed", datetime(2021, 11, 11, 8)),
        (datetime(2021, 11, 12, 9), "first_check_in", datetime(2021, 11, 12, 8)),
    ],
)
def test_status_as_of_any_moment(served: str, moment: datetime, stage: str | None, since: datetime | None) -> None:
    row = sites(served, moment).loc["kel-1"]
    assert (row["stage"] if isinstance(row["stage"], str) else None) == stage
    assert (None if pd.isna(row["since"]) else row["since"].to_pydatetime()) == since


def test_deadlines_are_moments(served: str) -> None:
    [row] = progress.deadlines(at(served, datetime(2021, 11, 2, 15))).itertuples()
    assert (row.place_id, row.deadline.to_pydatetime()) == ("kel-1", datetime(2021, 11, 3, 14))
    [row] = progress.deadlines(at(served, datetime(2021, 11, 30, 23))).itertuples()
    assert (row.place_id, row.deadline.to_pydatetime(), row.precision) == ("kec-2", datetime(2021, 12, 1), "day")
    assert progress.deadlines(at(served)).empty
    site = coverage.sites(at(served))
    assert progress.accesses(site) == {"open": 0, "expired_now": 1, "expired_ever": 2, "refiled": 1}


def test_the_sentence_of_a_place(served: str) -> None:
    """What it waits for with its deadline, what is installed of it, and since when it is used."""
    colours = palette.of("light")

    def said(place: str, moment: datetime) -> str:
        return stages.sentence(
            coverage.sites(at(served, moment)).set_index("place_id").loc[place], Screen(at(served), colours)
        )

    assert said("kel-1", datetime(2021, 11, 2, 15)) == (
        "Kantor Kelurahan 1: akses diterima Selasa 2 Nov 2021 (kedaluwarsa Rab 3 Nov 14.00), QR belum terpasang."
    )
    assert said("kel-1", datetime(2021, 11, 5, 9)) == (
        "Kantor Kelurahan 1: diajukan ulang Jumat 5 Nov 2021, QR belum terpasang."
    )
    assert said("kec-1", LAST) == (
        "Kantor Kecamatan 1: QR check-in pertama Minggu 21 Nov 2021, "
        "tidak terpakai sejak Sab 27 Nov (1,0 check-in per hari)."
    )
    assert said("balai", LAST) == (
        "Balai Kota: QR terpasang sebagian, 2 dari 3 pintu terpasang, "
        "dipakai sejak Sel 23 Nov (1,4 check-in per hari); selebihnya diverifikasi Jumat 5 Nov 2021."
    )
    assert said("kel-3", LAST) == "Kantor Kelurahan 3: tahap QR belum diketahui."


def test_a_correction_and_what_it_corrects(served: str) -> None:
    assert sites(served, datetime(2021, 11, 10)).loc["kel-2", "stage"] == "verified"
    row = sites(served, datetime(2021, 11, 20, 23)).loc["kel-2"]
    assert (row["stage"], row["since"]) == ("installed", pd.Timestamp(2021, 11, 20, 8))


def test_a_part_of_a_place_is_its_fraction(served: str) -> None:
    row = sites(served).loc["balai"]
    assert (row["stage"], row["points"], row["points_installed"], row["points_unknown"]) == ("verified", 3, 2, 0)
    assert row["partial"] and row["use"] == "in_use" and row["state"] == "verified"
    doors = points.points(at(served), "balai").set_index("place_id")
    assert list(doors.index) == ["balai-3", "balai-1", "balai-2"] and list(doors["has_code"]) == [False, True, True]
    assert doors["stage"].to_dict() == {"balai-3": "verified", "balai-1": "first_check_in", "balai-2": "installed"}
    assert doors.loc["balai-1", "use"] == "in_use" and doors.loc["balai-2", "use"] == "unused"
    assert doors.loc["balai-2", "mean_check_ins"] == 0 and pd.isna(doors.loc["balai-3", "use"])
    early = sites(served, datetime(2021, 11, 5, 8)).loc["balai"]
    assert (early["stage"], early["points_unknown"]) == ("verified", 2)  # of the others nothing was on record


@pytest.mark.parametrize(
    ("place", "moment", "use", "since"),
    [
        ("kel-1", LAST, "in_use", date(2021, 11, 26)),  # closed at weekends; 14 complete days after the 11th
        ("kel-1", datetime(2021, 11, 25, 23), "new", None),  # 13 days
        ("kel-2", datetime(2021, 12, 4, 23), "new", None),
        ("kel-2", LAST, "in_use", date(2021, 12, 5)),  # 15 in 14 days
        ("kec-1", LAST, "unused", date(2021, 11, 27)),  # 14 in 14 days
        ("taman", LAST, "rare", date(2021, 12, 1)),  # 20 on two of the last ten days
        ("mal", LAST, "undecided", date(2021, 12, 4)),  # three days of the last 14 without a file
        ("mal", datetime(2021, 12, 3, 23), "in_use", None),  # two
    ],
)
def test_use_and_since_when(served: str, place: str, moment: datetime, use: str, since: date | None) -> None:
    row = sites(served, moment).loc[place]
    assert row["use"] == use
    if since:
        assert row["use_since"].date() == since


def test_a_late_file_settles_what_was_undecided(
    served: str, etl: Etl, here: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = city.day_log(tmp_path, SCANS, MISSING[0], "mal")
    assert etl("load", late, "--profile", "pedulilindungi", "--source", "mal", "--build") == 0
    current = builds.current(here)
    assert current is not None and current.build != served
    assert sites(current.build).loc["mal", "use"] == "in_use"


def test_where_and_whose(served: str) -> None:
    now, before = sites(served), sites(served, datetime(2021, 11, 19, 12))
    assert (before.loc["taman", "kelurahan"], now.loc["taman", "kelurahan"]) == ("Anggrek", "Cempaka")
    assert now["by_city"].to_dict() == {p: p not in ("mal", "polres") for p in now.index}
    assert set(progress.waiting(at(served))["place_id"]) == {"balai", "dinas", "kec-2"}  # polres files for itself
    groups = progress.by_group(at(served))
    assert groups[groups["group"] == "other"]["n"].sum() == 2 and not groups["by_city"].all()
    assert groups["n"].sum() == 2 + 2 + 3 + 1 + 2  # areas, kecamatan, kelurahan, the park; mall and police apart


def test_how_long_it_takes_and_who_waits(served: str) -> None:
    view = at(served)
    frame = progress.funnel(view, progress.denominator(view, "kelurahan")).set_index("stage")
    assert frame["reached"].to_dict() == {
        "filed": 2, "verified": 2, "access_issued": 2, "expired": 1, "activated": 2, "trained": 2, "installed": 2,
        "first_check_in": 2, "in_use": 2,
    }  # fmt: skip
    # Anggrek: from 25 Oct 09.00 to 1 Nov 10.00; Bakung: to 3 Nov 10.00
    days = [(datetime(2021, 11, d, 10) - datetime(2021, 10, 25, 9)) / timedelta(days=1) for d in (1, 3)]
    assert frame.loc["filed", "median_days"] == pytest.approx(sum(days) / 2)
    assert frame.loc["expired", "median_days"] == pytest.approx(2 - 5 / 24)  # 3 Nov 14.00 to 5 Nov 09.00
    assert (frame.loc["filed", "passed"], frame.loc["expired", "passed"]) == (2, 1)
    waiting = progress.waiting(view).set_index("place_id")
    assert waiting.loc["dinas", "days"] == 31 and bool(waiting.loc["dinas", "beyond"])
    assert waiting.loc["kec-2", "days"] == 4 and not waiting.loc["kec-2", "beyond"]
    assert list(waiting["days"]) == sorted(waiting["days"], reverse=True)


def test_nothing_to_divide_by_is_not_applicable(served: str) -> None:
    frame = progress.funnel(at(served), progress.denominator(at(served), "rumah_sakit"))
    assert (frame["reached"] == 0).all() and frame["conversion"].isna().all() and frame["median_days"].isna().all()
    early = progress.funnel(at(served, datetime(2021, 10, 26)), coverage.sites(at(served, datetime(2021, 10, 26))))
    assert early.set_index("stage")["reached"]["verified"] == 0


def test_over_time(served: str) -> None:
    view = at(served)
    frame = progress.over_time(view, progress.denominator(view, "kelurahan"))
    wide = frame.pivot(index="day", columns="stage", values="n")
    assert wide.index[0] == pd.Timestamp(2021, 11, 1) and wide.index[-1] == pd.Timestamp(2021, 12, 5)
    for stage, steps in {
        "verified": {"2021-11-01": 1, "2021-11-03": 2},
        "installed": {"2021-11-11": 1, "2021-11-20": 2},
        "in_use": {"2021-11-26": 1, "2021-12-05": 2},
    }.items():
        expected = pd.Series({pd.Timestamp(d): n for d, n in steps.items()}).reindex(wide.index).ffill().fillna(0)
        assert list(wide[stage]) == list(expected.astype(int)), stage


def plain_status(place: str, moment: datetime) -> str:
    """The state of a place's cell, counted from the rows of the register and the log by another way than the app's."""
    wrong = {e["corrects"] for e in city.EVENTS if e.get("corrects")}
    own = sorted(
        (datetime.fromisoformat(e["at"]), e["stage"])
        for e in city.EVENTS
        if e["place_id"] == place and e["event_id"] not in wrong and not e["document"].startswith("permohonan kolektif")
        and datetime.fromisoformat(e["at"]) <= moment
    )  # fmt: skip
    code = next((c["qr_code"] for c in city.CODES if c["place_id"] == place), None)
    mine = pd.to_datetime(pd.Series([r["waktu_scan"] for r in SCANS if r["kode_qr"] == code], dtype="object"))
    mine = mine[mine < moment]
    named = {stage for _, stage in own}
    if not own and mine.empty:
        return "unknown"
    if "installed" not in named and mine.empty:
        return "filed" if named == {"filed"} else "verified"
    today = pd.Timestamp(moment).normalize()
    begun = next((pd.Timestamp(t).normalize() for t, s in own if s == "installed"), None)
    if begun is not None and (today - begun).days - 1 < 14:
        return "installed"
    source_days = [d for d in city.DAYS if place != "mal" or d not in MISSING]
    last = [today - pd.Timedelta(days=n) for n in range(1, 15)]
    known = [d for d in last if d.date() in source_days]
    if len(known) < 12:
        return "installed"
    n = mine.dt.normalize().isin(known).sum()
    if n / len(known) <= 1:
        return "unused"
    office = place.startswith(("kel", "kec", "balai"))
    opening = [
        d for d in pd.date_range(end=today - pd.Timedelta(days=1), periods=40)[::-1] if not office or d.dayofweek < 5
    ]
    used = {d for d in opening[:10] if d in set(mine.dt.normalize())}
    return "in_use" if len(used) >= 6 else "installed"


@pytest.mark.parametrize("moment", [LAST, datetime(2021, 11, 26, 9), datetime(2021, 11, 15), datetime(2021, 11, 3, 20)])
def test_sentence_strips_bars_list_and_export_agree(served: str, moment: datetime) -> None:
    view = at(served, moment)
    simple = {p: plain_status(p, moment) for p in ("kel-1", "kel-2", "kel-3", "kec-1", "kec-2", "dinas")}
    cells = coverage.cells(view)
    by_code = cells.set_index("code")["state"]
    assert {f"kel-{n}": by_code[f"k{n}"] for n in (1, 2, 3)} | {f"kec-{n}": by_code[f"c{n}"] for n in (1, 2)} == {
        p: s for p, s in simple.items() if p != "dinas"
    }
    listed = coverage.sites(view).set_index("place_id")["state"]
    assert {p: listed[p] for p in simple} == simple
    offices = [simple[f"kel-{n}"] for n in (1, 2, 3)]
    installed = sum(s in ("installed", "unused", "in_use") for s in offices)
    verified = installed + offices.count("verified")
    said = sentences.coverage(coverage.counts(cells)["kelurahan"], view)
    assert said == (
        f"Dari 3 kantor kelurahan: {verified} diverifikasi Kemenkes, {installed} terpasang, "
        f"{offices.count('in_use')} dipakai; {offices.count('unknown')} belum diketahui."
    )
    bars = progress.by_group(view)
    drawn = bars[bars["group"] == "kelurahan"].set_index("state")["n"].to_dict()
    assert drawn == {s: offices.count(s) for s in set(offices)}
    funnel = progress.funnel(view, progress.denominator(view, "kelurahan")).set_index("stage")["reached"]
    assert (funnel["verified"], funnel["installed"], funnel["in_use"]) == (verified, installed, offices.count("in_use"))
    over_time = progress.over_time(view, progress.denominator(view, "kelurahan")).groupby("stage")["n"].last()
    assert (over_time["verified"], over_time["installed"], over_time["in_use"]) == tuple(
        funnel[["verified", "installed", "in_use"]]
    )
    made = make.make("cakupan-tahap", view).rows
    word = {"unknown": "belum diketahui", "filed": "diajukan", "verified": "diverifikasi", "installed": "terpasang",
            "unused": "tidak terpakai", "in_use": "dipakai"}  # fmt: skip
    exported = made.set_index("place_id")["state"]
    assert {p: exported[p] for p in simple} == {p: word[s] for p, s in simple.items()}


def test_the_areas_sentence_says_what_is_partial_and_unconfirmed(served: str) -> None:
    view = at(served)
    counts = coverage.counts(coverage.cells(view))
    assert sentences.coverage(counts["area"], view, "area") == (
        "Dari 2 area kantor: 2 diverifikasi, 1 terpasang, 1 dipakai; 0 belum diketahui. 1 terpasang sebagian. "
        "Dikonfirmasi 1; 1 nama lain masih sementara."
    )


CHAIN = ("filed", "verified", "access_issued", "activated", "trained", "installed", "expired")


def plain_stage(events: list[Event], moment: datetime) -> str | None:
    """The same question answered without walking through the events."""
    past = [e for e in events if e.at <= moment]
    late = [e for e in past if e.stage in ("activated", "trained", "installed")]
    if not past:
        return None
    if late:
        return max(late, key=lambda e: rollout.RANK[e.stage]).stage
    issued = [e for e in past if e.stage == "access_issued"]
    ends = [(min((x.at for x in past if x.stage == "expired" and x.at >= e.at), default=e.deadline), e) for e in issued]
    ends = [(min(end, e.deadline), e) for end, e in ends]
    if issued and ends[-1][0] > moment:
        return "access_issued"
    alone = [e.at for e in past if e.stage == "expired"]
    over = [end for end, e in ends if end <= moment and not any(e.at < x.at < end for x in issued)] + alone
    if over:
        again = [e for e in past if e.stage in ("filed", "verified") and e.at >= max(over)]
        return "verified" if [e for e in again if e.at > max(over) or e.stage != "expired"] else "expired"
    return "verified" if any(e.stage == "verified" for e in past) else "filed"


@given(
    some.lists(some.tuples(some.sampled_from(CHAIN), some.integers(0, 400)), max_size=7, unique_by=lambda e: e[1]),
    some.integers(0, 450),
)
def test_any_history_gives_the_stage_a_plain_reading_gives(steps: list[tuple[str, int]], hours: int) -> None:
    start = datetime(2021, 11, 1)
    events = [
        Event(str(h), stage, start + timedelta(hours=h), "surat") for stage, h in sorted(steps, key=lambda s: s[1])
    ]
    moment = start + timedelta(hours=hours)
    found = rollout.history(events, moment).stage
    assert (found.name if found else None) == plain_stage(events, moment)
