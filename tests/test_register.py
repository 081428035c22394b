"""The register: sourced facts, nulls everywhere, findings, and names that become codes or are refused."""

import csv
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core import builds, db, places
from core.errors import UsageError
from core.resolve import Doubtful, Resolver, normalised
from core.settings import ROOT, Settings
from core.settings import load as load_settings
from etl import findings, outlines, register

REFERENCE = ROOT / "data" / "reference"


@pytest.fixture
def laid(here: Settings) -> Iterator[db.Connection]:
    con = db.open_in_memory(here)
    register.lay(con, here)
    yield con
    con.close()


def rows(con: db.Connection, sql: str) -> list[tuple[object, ...]]:
    return db.run(con, sql)


def test_counts_of_the_city(laid: db.Connection) -> None:
    assert rows(laid, "SELECT count(*) FROM kelurahan") == [(57,)]
    per_kecamatan = """SELECT c.name, count(*) FROM kelurahan k JOIN kecamatan c ON c.code = k.kecamatan_code
        GROUP BY 1 ORDER BY 1"""
    assert rows(laid, per_kecamatan) == [
        ("Blimbing", 11), ("Kedungkandang", 12), ("Klojen", 11), ("Lowokwaru", 12), ("Sukun", 11),
    ]  # fmt: skip
    assert rows(laid, "SELECT confidence, count(*) FROM place WHERE kind = 'area' GROUP BY 1 ORDER BY 1") == [
        ("high", 3),
        ("low", 15),
    ]
    assert rows(laid, "SELECT category, count(*) FROM site WHERE category LIKE 'kantor_%' GROUP BY 1 ORDER BY 1") == [
        ("kantor_kecamatan", 5),
        ("kantor_kelurahan", 57),
    ]


def test_every_kelurahan_and_kecamatan_has_its_own_office(laid: db.Connection) -> None:
    assert rows(laid, "SELECT code FROM kelurahan EXCEPT SELECT serves_code FROM site") == []
    assert rows(laid, "SELECT code FROM kecamatan EXCEPT SELECT serves_code FROM site") == []
    assert (
        rows(laid, "SELECT place_id FROM site WHERE category = 'kantor_kelurahan' AND serves_code <> kelurahan_code")
        == []
    )


def test_every_area_has_a_site(laid: db.Connection) -> None:
    assert rows(laid, "SELECT place_id FROM place WHERE kind = 'area' EXCEPT SELECT area_id FROM site") == []


def test_bps_codes_differ_from_kemendagri_order(laid: db.Connection) -> None:
    assert rows(laid, "SELECT code, bps_code FROM kecamatan WHERE name = 'Kedungkandang'") == [("35.73.03", "3573010")]


def test_population_is_known_for_the_city_and_kecamatan_only(laid: db.Connection) -> None:
    assert rows(laid, "SELECT sum(population) FROM population WHERE level = 'kecamatan' AND as_of = 2023") == [
        (847182,)
    ]
    assert rows(laid, "SELECT population FROM population WHERE level = 'city' AND as_of = 2023") == [(847182,)]


def test_what_nobody_knows_stays_empty(laid: db.Connection) -> None:
    assert rows(laid, "SELECT count(capacity) FROM site") == [(0,)]
    on = "SELECT level, confidence FROM ppkm_levels WHERE DATE '2022-01-10' BETWEEN valid_from AND valid_to"
    assert rows(laid, on) == [(None, "low")]
    assert rows(laid, "SELECT level FROM ppkm_levels WHERE DATE '2021-10-28' BETWEEN valid_from AND valid_to") == [(2,)]
    assert rows(laid, "SELECT level FROM ppkm_levels WHERE valid_from = DATE '2022-12-30'") == [(0,)]


def test_rules_carry_their_instrument(laid: db.Connection) -> None:
    found = rows(
        laid,
        """SELECT cap_pct, head_limit, binds FROM capacity_rules WHERE sector = 'worship' AND level = 2
        AND valid_from <= DATE '2021-10-28'""",
    )
    assert found == [(75, 75, "visitors")]
    assert rows(laid, "SELECT DISTINCT binds FROM capacity_rules WHERE sector LIKE '%office%'") == [("staff",)]
    assert (
        rows(
            laid, "SELECT confidence FROM capacity_rules WHERE sourced LIKE '%no source found%' AND confidence <> 'low'"
        )
        == []
    )


def test_no_source_is_never_high() -> None:
    for path in REFERENCE.glob("*.csv"):
        for row in csv.DictReader(path.open(encoding="utf-8")):
            if "confidence" in row:
                assert row["source"], (path.name, row)
                if "no source found" in row["source"] or "unnamed data set" in row["source"]:
                    assert row["confidence"] == "low", (path.name, row)


def test_the_register_has_no_made_up_row(laid: db.Connection) -> None:
    for table in places.TABLES:
        assert rows(laid, f"SELECT count(*) FROM {db.quoted(table)} WHERE simulated") == [(0,)]


def test_a_scenario_fills_and_never_replaces(here: Settings) -> None:
    here.scenario.mkdir(parents=True)
    (here.scenario / "site.csv").write_text(
        "place_id,capacity,kelurahan_code,lat,lon,source,confidence,simulasi\n"
        "matos,2500,35.73.04.1005,-7.0,112.0,simulasi,low,simulasi\n"
    )
    con = db.open_in_memory(here)
    register.lay(con, here)
    said = "SELECT kelurahan_code, capacity, lat, simulated_fields, simulated FROM site WHERE place_id = 'matos'"
    assert rows(con, said) == [("35.73.02.1011", 2500, -7.95693, "capacity", False)]
    assert rows(con, "SELECT count(*) FROM site") == [(171,)]


def change(folder: Path, table: str, old: str, new: str) -> None:
    path = folder / f"{table}.csv"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "reference"
    shutil.copytree(REFERENCE, folder)
    monkeypatch.setenv("PANTAU_REFERENCE_DIR", str(folder))
    return folder


@pytest.mark.parametrize(
    ("table", "old", "new", "said"),
    [
        ("kelurahan", "35.73.01.1001,", "35.73.01.1002,", "kelurahan.code"),
        ("kelurahan", ",Balearjosari,35.73.01,", ",Balearjosari,35.73.09,", "kelurahan.kecamatan_code"),
        ("place", "\nmatos,site,,", "\nmatos,toko,,", "kind"),
        ("place", "\nmatos,", "\nmog,", "place.place_id"),
        ("site", "\nmatos,,,", "\nmatos,kemarin,,", "valid_from"),
        ("site", ",mal,swasta,", ",mall,swasta,", "site.category"),
        ("site", ",mal,swasta,", ",mal,entah,", "site.owner_id"),
        ("site_area", "\ntaman-kendedes,", "\ntaman-entah,", "site_area.place_id"),
        ("site_area", "\ntaman-kendedes,", "\nalun-alun-merdeka,", "site_area.place_id"),
        ("site_area", ",5147,", ",0,", "site_area.area_m2"),
        ("ppkm_levels", "2021-07-03,", "2021-07-99,", "ppkm_levels.csv"),
        ("ppkm_levels", "2021-07-26,2021-08-02", "2021-07-26,2021-08-20", "ppkm_levels.valid_from"),
        ("capacity_rules", ",75,", ",175,", "capacity_rules.cap_pct"),
        ("owner", "owner_id,name", "owner_id,nama", "owner.csv"),
    ],
)
def test_a_wrong_register_says_file_line_column_or_rule(table: str, old: str, new: str, said: str, copy: Path) -> None:
    change(copy, table, old, new)
    here = load_settings()
    con = db.open_in_memory(here)
    with pytest.raises(UsageError, match=said.replace(".", r"\.")):
        register.lay(con, here)


def test_it_builds_with_nulls_everywhere(copy: Path, etl: Callable[..., int], here: Settings) -> None:
    """Every optional value emptied: unknown groups take what is left, and nothing fails."""
    for table in places.TABLES:
        path = copy / f"{table}.csv"
        if not path.exists():
            continue
        optional = [c.name for c in places.columns(table) if not c.required]
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            head, body = list(reader.fieldnames or ()), list(reader)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, head, lineterminator="\n")
            writer.writeheader()
            for row in body:
                if table == "ppkm_levels" or (table == "place" and row["kind"] != "site"):
                    writer.writerow(row)  # an end or a parent taken away would make it another register
                else:
                    writer.writerow(row | dict.fromkeys(set(optional) & set(head), ""))
    assert etl("simulate", "--scenario", "contoh") == 0
    sample = next(iter(here.data_dir.glob("inbox/*/*/*.csv")))
    assert etl("load", sample, "--profile", "pedulilindungi", "--build") == 0
    served = builds.current(here)
    assert served is not None
    found = builds.frame(served.build, "SELECT sum(visits) AS n FROM place_day")
    assert found["n"].to_list() == [183]


def found_of(here: Settings) -> set[tuple[str, str]]:
    con = db.open_in_memory(here)
    register.lay(con, here)
    kecamatan = {code: (kec, "") for code, kec in db.run(con, "SELECT code, kecamatan_code FROM kelurahan")}
    shapes = outlines.read(REFERENCE / "boundaries.geojson", kecamatan)
    return {(f.kind, f.place_id) for f in findings.find(con, shapes)}


def test_findings(copy: Path) -> None:
    before = found_of(load_settings())
    assert ("disputed", "taman-rekreasi-kota-tarekot") in before
    assert ("no_position", "kantor-kec-klojen") in before
    assert ("no_kelurahan", "kantor-kec-klojen") in before
    assert not [f for f in before if f[0] in ("outside_city", "other_kelurahan")]
    change(copy, "site", "-7.95693,112.61864", "-7.98259,112.63082")  # Matos at the Alun-alun
    change(copy, "site", "-7.98345,112.63755", "-7.90000,112.50000")  # Jodipan in Karangploso
    change(copy, "place", "Malang Plaza", "MALANG-PLAZA")
    change(copy, "place", "Taman Slamet", "Malang Plaza")
    after = found_of(load_settings()) - before
    assert after == {
        ("other_kelurahan", "matos"),
        ("outside_city", "kampung-warna-warni"),
        ("duplicate_name", "malang-plaza"),
        ("duplicate_name", "taman-slamet"),
    }


def test_status_lists_findings(etl: Callable[..., int], handmade: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert etl("status") == 0
    said = capsys.readouterr().out
    assert "tempat tanpa titik koordinat (" in said
    assert "diperdebatkan (kampung-tridi" in said


@pytest.fixture
def resolver(laid: db.Connection) -> Resolver:
    names = {
        "kecamatan": dict(db.run(laid, "SELECT code, name FROM kecamatan")),
        "kelurahan": dict(db.run(laid, "SELECT code, name FROM kelurahan")),
        "place": dict(db.run(laid, "SELECT place_id, name FROM place WHERE kind = 'site'")),
    }
    return Resolver(names, db.run(laid, "SELECT level, name, code FROM alias"))


@pytest.mark.parametrize(
    ("said", "level", "code"),
    [
        ("35.73.04.1005", "kelurahan", "35.73.04.1005"),
        ("Sukun", "kelurahan", "35.73.04.1005"),
        ("Sukun", "kecamatan", "35.73.04"),
        ("Kel. Sukun", "kelurahan", "35.73.04.1005"),
        ("Kecamatan Sukun", "kecamatan", "35.73.04"),
        ("  ORO ORO DOWO ", "kelurahan", "35.73.02.1008"),
        ("Rampal Celaket", "kelurahan", "35.73.02.1002"),
        ("Kota Lama", "kelurahan", "35.73.03.1001"),
        ("Tasikmadu", "kelurahan", None),
        ("MOG", "place", "mog"),
        ("kantor kelurahan sukun", "place", "kantor-kel-sukun"),
    ],
)
def test_names_become_codes(resolver: Resolver, said: str, level: str, code: str | None) -> None:
    found = resolver.code(said, level)
    assert code is None or found == code


@pytest.mark.parametrize("name", ["Blimbing", "Klojen", "Kedungkandang", "Sukun", "Lowokwaru"])
def test_the_five_double_names_go_by_level(resolver: Resolver, name: str) -> None:
    assert resolver.code(name, "kelurahan").startswith(resolver.code(name, "kecamatan") + ".")


@pytest.mark.parametrize(
    ("said", "level", "candidates"),
    [("Sukon", "kelurahan", ["Sukun"]), ("Lowok Waru Timur", "kecamatan", ["Lowokwaru"]),
     ("Kecamatan Sukun", "kelurahan", ["Sukun"]), ("xyzzy", "kelurahan", [])],
)  # fmt: skip
def test_a_doubtful_name_is_refused_with_its_candidates(
    resolver: Resolver, said: str, level: str, candidates: list[str]
) -> None:
    with pytest.raises(Doubtful) as caught:
        resolver.code(said, level)
    assert [name for _, name in caught.value.candidates][: len(candidates)] == candidates
    assert all(name in str(caught.value) for name in candidates)


def test_a_name_of_two_places_is_refused() -> None:
    twice = Resolver({"place": {"a": "Taman Sari", "b": "Taman-Sari"}})
    assert twice.code("a", "place") == "a"
    assert twice.code("Taman Sari", "place") == "a"
    with pytest.raises(Doubtful) as caught:
        twice.code("taman sari", "place")
    assert [code for code, _ in caught.value.candidates] == ["a", "b"]
    assert normalised("Oro-oro Dowo") == normalised("ORO ORO  DOWO") == "orooro" + "dowo"
