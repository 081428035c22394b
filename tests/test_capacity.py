"""Limits by rule: known answers, what is missing said as such, and types that cannot be divided by each other."""

import shutil
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from mypy import api as mypy

from core import builds, capacity_words, words
from core.capacity import Basis, Capacity, DailyVisits, Limit, Persons, Rulebook, State
from core.settings import Settings
from queries import capacity as queries
from queries import crowding
from tests.files import log, row, view_of

Etl = Callable[..., int]
PARK, MALL, OFFICE = "public_facility_park_tourism", "mall", "gov_office_nonesensial"
ROOT = Path(__file__).resolve().parent.parent


def holds(n: int | None) -> Capacity | None:
    return None if n is None else Capacity(Persons(n), Basis.RECORDED)


@pytest.fixture
def book(handmade: str) -> Rulebook:
    return queries.rulebook(handmade)


@pytest.mark.parametrize(
    ("category", "sector", "holding", "day", "state", "persons"),
    [
        ("taman", PARK, 600, date(2021, 10, 28), State.CAP, 150),  # 25 %
        ("taman", PARK, 600, date(2022, 4, 28), State.CAP, 450),  # 75 %
        ("taman", PARK, 600, date(2021, 12, 23), State.CAP, 450),  # level 1, the day before the order
        ("taman", PARK, 600, date(2021, 12, 25), State.CLOSED_BY_ORDER, 0),  # although the level allowed it
        ("wisata", PARK, 600, date(2021, 12, 25), State.CAP, 450),  # the order is of parks
        ("taman", PARK, 600, date(2022, 1, 2), State.CLOSED_BY_ORDER, 0),
        ("taman", PARK, 600, date(2022, 1, 3), State.CAP, 450),
        ("mal", MALL, 1001, date(2021, 9, 2), State.CAP, 500),  # 50 %, rounded down to whole persons
        ("mal", MALL, 1000, date(2022, 2, 18), State.CAP, 600),
        ("mal", MALL, 1000, date(2021, 7, 20), State.CLOSED_BY_RULE, 0),
        ("mal", MALL, None, date(2021, 7, 20), State.CLOSED_BY_RULE, 0),  # nobody, whatever it holds
        ("mal", MALL, 1000, date(2021, 8, 30), State.CLOSED_BY_RULE, 0),
        ("mal", MALL, 1000, date(2021, 8, 31), State.CAP, 500),
        ("ibadah", "worship", 80, date(2021, 10, 28), State.CAP, 60),  # 75 %
        ("ibadah", "worship", 100, date(2021, 10, 28), State.CAP, 75),
        ("ibadah", "worship", 400, date(2021, 10, 28), State.CAP, 75),  # or 75 people, the stricter
        ("ibadah", "worship", None, date(2021, 10, 28), State.NO_CAPACITY, None),
        ("mal", MALL, 1000, date(2022, 1, 3), State.CAP, 1000),
        ("mal", MALL, 1000, date(2022, 1, 4), State.NO_LEVEL, None),
        ("mal", MALL, 1000, date(2022, 1, 10), State.NO_LEVEL, None),
        ("kantor", OFFICE, 50, date(2022, 1, 17), State.NO_LEVEL, None),
        ("restoran", None, 50, date(2022, 1, 10), State.NO_LEVEL, None),
        ("kantor", OFFICE, 50, date(2021, 11, 29), State.NO_CAP, 50),
        ("kantor", OFFICE, 50, date(2022, 12, 29), State.NO_CAP, 50),
        ("mal", MALL, 1000, date(2022, 12, 29), State.CAP, 1000),
        ("mal", MALL, 1000, date(2022, 12, 30), State.NO_CAP, 1000),  # revoked
        ("mal", MALL, 1000, date(2023, 1, 1), State.NO_CAP, 1000),
        ("restoran", None, 40, date(2023, 1, 1), State.NO_CAP, 40),
        ("mal", MALL, None, date(2023, 1, 1), State.NO_CAPACITY, None),
        ("mal", MALL, None, date(2021, 9, 2), State.NO_CAPACITY, None),
        ("restoran", None, 40, date(2021, 11, 29), State.NO_RULE, None),
        ("mal", MALL, 1000, date(2022, 2, 10), State.CAP, 500),
        ("mal", MALL, 1000, date(2021, 7, 2), State.NO_LEVEL, None),  # before the first level on record
    ],
)
def test_known_limits(
    book: Rulebook, category: str, sector: str | None, holding: int | None, day: date, state: State, persons: int | None
) -> None:
    found = book.limit("x", category, sector, holds(holding), day)
    assert found.state is state
    assert found.persons == (None if persons is None else Persons(persons))


def test_what_is_unknown_says_why(book: Rulebook) -> None:
    assert book.limit("x", "mal", MALL, holds(1000), date(2022, 1, 10)).reason == "level"
    assert book.limit("x", "mal", MALL, None, date(2021, 9, 2)).reason == "capacity"
    assert book.limit("x", "restoran", None, holds(40), date(2021, 11, 29)).reason == "rule"
    for state in State:
        assert (Limit(state).kind == "unknown") == bool(Limit(state).reason)


def test_a_limit_says_its_rule_and_document(book: Rulebook) -> None:
    found = book.limit("x", "ibadah", "worship", holds(400), date(2021, 10, 28))
    assert (found.level, found.percent, found.by_heads) == (2, 75, True)
    assert found.rule is not None
    assert (found.rule.sector, found.rule.first, found.rule.last) == ("worship", date(2021, 10, 19), None)
    assert (found.instrument, found.confidence) == ("Inmendagri 53-67/2021", "high")
    assert not book.limit("x", "ibadah", "worship", holds(100), date(2021, 10, 28)).by_heads  # 75 either way
    office = book.limit("x", "kantor", OFFICE, holds(50), date(2021, 11, 29))
    assert (office.percent, office.instrument) == (None, "SE MenPANRB 24-25/2021")  # its cap is on staff
    closed = book.limit("x", "taman", PARK, holds(600), date(2021, 12, 25))
    assert (closed.instrument, closed.level, closed.percent) == ("SE Wali Kota Malang 71/2021", 1, None)
    assert closed.rule is not None
    assert closed.rule.percent == 75  # what the level allowed


def test_the_less_sure_of_level_and_rule_is_the_limit_s(book: Rulebook) -> None:
    unsourced = book.limit("x", "mal", MALL, holds(1000), date(2021, 11, 29))
    assert (unsourced.confidence, unsourced.confirmed) == ("low", False)  # a rule no source was found for
    assert book.limit("x", "taman", PARK, holds(600), date(2021, 10, 28)).confirmed
    assert book.limit("x", "taman", PARK, holds(600), date(2022, 4, 28)).confidence == "medium"
    level = book.limit("x", "ibadah", "worship", holds(10), date(2022, 2, 3))  # the level's instrument was not seen
    assert (level.state, level.confirmed) == (State.CAP, False)
    assert book.limit("x", "mal", MALL, holds(10), date(2022, 1, 10)).confidence is None


def test_a_place_s_own_order_is_its_alone(book: Rulebook) -> None:
    day = date(2021, 10, 20)
    assert book.limit("alun-alun-merdeka", "taman", PARK, holds(600), day).state is State.CLOSED_BY_ORDER
    assert book.limit("taman-merbabu", "taman", PARK, holds(600), day).state is State.CAP
    after = book.limit("alun-alun-merdeka", "taman", PARK, holds(600), datetime(2021, 10, 21, 0))
    assert after.state is State.CAP  # a moment is of its day


def test_a_supposed_level_takes_the_rule_of_the_day(book: Rulebook) -> None:
    day = date(2021, 11, 29)
    three = book.limit("x", "mal", MALL, holds(1000), day, level=3)
    assert (three.persons, three.level, three.confirmed) == (Persons(500), 3, True)
    assert book.limit("x", "mal", MALL, holds(1000), day, level=4).state is State.NO_RULE  # ended on 30 Aug
    assert book.limit("x", "taman", PARK, holds(600), day, level=3).state is State.CLOSED_BY_RULE
    unknown = date(2022, 1, 10)  # supposing a level answers the day whose own is not known
    assert book.limit("x", "mal", MALL, holds(1000), unknown, level=1).persons == Persons(1000)
    order = date(2021, 12, 25)
    assert book.limit("x", "taman", PARK, holds(600), order, level=1).state is State.CLOSED_BY_ORDER


PEOPLE, DAILY = Persons(2_100), DailyVisits(30_000)
FORBIDDEN = (
    "PEOPLE / DAILY", "DAILY / PEOPLE", "PEOPLE // DAILY", "DAILY // PEOPLE", "PEOPLE < DAILY", "PEOPLE - DAILY",
    "PEOPLE.percent_of(DAILY)", "Capacity(DAILY, Basis.RECORDED)", "PEOPLE / 2.0",
)  # fmt: skip


@pytest.mark.parametrize("expression", FORBIDDEN)
def test_daily_figures_and_persons_never_meet_at_run_time(expression: str) -> None:
    with pytest.raises(TypeError):
        eval(expression)


def test_nor_for_the_type_checker(tmp_path: Path) -> None:
    head = "from core.capacity import Basis, Capacity, DailyVisits, Persons\n"
    file = tmp_path / "divided.py"
    file.write_text(head + "PEOPLE, DAILY = Persons(1), DailyVisits(2)\n" + "\n".join(FORBIDDEN) + "\n")
    said, _, status = mypy.run(
        [str(file), "--strict", "--config-file", "", "--cache-dir", str(tmp_path / "cache"), "--explicit-package-bases"]
    )
    assert status == 1, said
    lines = {int(line.split(":")[1]) for line in said.splitlines() if "divided.py:" in line and ": error:" in line}
    assert lines == set(range(3, 3 + len(FORBIDDEN))), said


@pytest.mark.parametrize("n", [-1, 1.5, True, None, "3"])
def test_counts_are_whole_and_never_negative(n: object) -> None:
    for kind in (Persons, DailyVisits):
        with pytest.raises(TypeError):
            kind(n)  # type: ignore[arg-type]


def test_equal_numbers_of_two_kinds_are_not_equal() -> None:
    assert Persons(5) != DailyVisits(5)
    assert Persons(5) == Persons(5)


def site_of(etl: Etl, here: Settings, at: datetime) -> "pd.Series[object]":
    served = builds.current(here)
    assert served is not None
    found = crowding.at_hour(view_of(served.build, at.date(), at.date(), at + timedelta(hours=1)))
    [only] = [r for _, r in found[found["place_id"] == "kantor-kel-sukun"].iterrows()]
    return only


def test_a_capacity_says_what_it_rests_on(etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> None:
    """Unknown; then said by a head count, from that count on; a scenario's stands before it and is simulated."""
    scans = log(tmp_path / "a.csv", [row("2021-11-24 09:00:00"), row("2021-11-25 09:00:00")])
    assert etl("load", scans, "--profile", "pedulilindungi", "--build") == 0
    assert site_of(etl, here, datetime(2021, 11, 24, 9))["limit_state"] == "no_capacity"
    counted = tmp_path / "hitungan.csv"
    counted.write_text(
        "counted_at,place_code,inside,n_in,n_out,interval_minutes,capacity\n"
        "2021-11-24 10:30:00,kantor-kel-sukun,4,,,,30\n2021-11-24 12:30:00,kantor-kel-sukun,4,,,,25\n"
    )
    assert etl("load", counted, "--profile", "hitung", "--source", "pemkot", "--build") == 0
    said = {}
    for at in (datetime(2021, 11, 24, 9), datetime(2021, 11, 24, 10), datetime(2021, 11, 25, 9)):
        found = site_of(etl, here, at)
        said[at] = (found["capacity"], found["capacity_basis"], found["limit_state"])
    assert [pd.isna(v) for v in said[datetime(2021, 11, 24, 9)]] == [True, True, False]
    assert said[datetime(2021, 11, 24, 10)] == (30, "observed", "no_cap")
    assert said[datetime(2021, 11, 25, 9)] == (25, "observed", "no_cap")
    site = here.scenario / "site.csv"
    site.write_text("place_id,capacity,source,confidence\nkantor-kel-sukun,40,simulasi,low\n")
    assert etl("build") == 0
    found = site_of(etl, here, datetime(2021, 11, 25, 9))
    assert (found["capacity"], found["capacity_basis"], found["limit"]) == (40, "simulated", 40)


@pytest.mark.parametrize(("written", "basis"), [("", "recorded"), ("recorded", "recorded"), ("area", "area")])
def test_the_register_says_what_a_capacity_was_estimated_from(
    etl: Etl, here: Settings, scenario: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, basis: str
) -> None:
    folder = tmp_path / "reference"
    shutil.copytree(here.reference_dir, folder)
    monkeypatch.setenv("PANTAU_REFERENCE_DIR", str(folder))
    site = pd.read_csv(folder / "site.csv", dtype=str, keep_default_na=False).assign(capacity_basis="")
    site.loc[site["place_id"] == "kantor-kel-sukun", ["capacity", "capacity_basis"]] = ["35", written]
    site.to_csv(folder / "site.csv", index=False)
    scans = log(tmp_path / "a.csv", [row("2021-11-24 09:00:00")])
    assert etl("load", scans, "--profile", "pedulilindungi", "--build") == 0
    found = site_of(etl, here, datetime(2021, 11, 24, 9))
    assert (found["capacity"], found["capacity_basis"], found["limit"]) == (35, basis, 35)


@pytest.mark.parametrize(
    ("category", "sector", "holding", "day", "said"),
    [
        ("taman", PARK, 600, date(2021, 10, 28),
         "kapasitas maksimal 25 %, level 2: Inmendagri 53-67/2021 + SE Wali Kota 62/2021"),
        ("ibadah", "worship", 400, date(2021, 10, 28),
         "kapasitas maksimal 75 % atau 75 orang, mana yang lebih sedikit, level 2: Inmendagri 53-67/2021"),
        ("mal", MALL, 1000, date(2021, 11, 29),
         "kapasitas maksimal 50 %, level 2: Inmendagri 53/2021; aturan belum dikonfirmasi"),
        ("taman", PARK, 600, date(2021, 12, 25), "ditutup atas ketetapan setempat: SE Wali Kota Malang 71/2021"),
        ("taman", PARK, 600, date(2021, 10, 20), "ditutup atas ketetapan setempat: tanpa dokumen"),
        ("mal", MALL, 1000, date(2021, 7, 20),
         "ditutup, level 4: Inmendagri 22-35/2021"),
        ("mal", MALL, 1000, date(2022, 1, 10), "level PPKM tidak diketahui: Inmendagri 1/2022"),
        ("restoran", None, 10, date(2021, 11, 30),
         "aturan level 2 untuk jenis tempat ini belum diketahui: Inmendagri 63/2021"),
        ("mal", MALL, None, date(2021, 9, 2), "kapasitas belum diketahui: Inmendagri 38/2021"),
        ("kantor", OFFICE, 50, date(2021, 11, 29),
         "tanpa batas pengunjung (aturannya untuk pegawai), level 2: SE MenPANRB 24-25/2021"),
        ("mal", MALL, 50, date(2023, 1, 1), "tanpa batas pengunjung, PPKM dicabut: Inmendagri 53/2022"),
    ],
)  # fmt: skip
def test_the_rule_in_words(
    book: Rulebook, category: str, sector: str | None, holding: int | None, day: date, said: str
) -> None:
    found = book.limit("alun-alun-merdeka", category, sector, holds(holding), day)
    row = pd.DataFrame([queries.columns(found) | {"capacity_basis": "recorded"}]).itertuples()
    assert capacity_words.rule(next(iter(row)), "id") == said


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_basis_and_state_is_said(language: str) -> None:
    limit = Limit(State.CAP, Persons(5), level=2, instrument="x", confidence="high")
    for basis in Basis:
        row = pd.DataFrame([queries.columns(limit) | {"capacity_basis": str(basis)}]).itertuples()
        said = capacity_words.rule(next(iter(row)), language)
        assert (words.text(f"capacity.basis.{basis}", language) in said) == (basis is not Basis.RECORDED)
    assert {f"capacity.state.{s}" for s in State} <= set(words.catalogue())
