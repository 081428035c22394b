"""Pure rules and names: the View, formats, colours, words, inert names, settings, profiles."""

import ast
import re
from datetime import date, datetime
from pathlib import Path

import pytest

from core import formats, palette, rules, settings, view, words
from core.errors import UsageError
from etl import counts, ndjson, profile, rows, typed

ROOT = Path(__file__).resolve().parent.parent
EXTENT = view.Extent(
    "20211205T180000-0123abcd",
    date(2021, 11, 22),
    date(2021, 12, 5),
    datetime(2021, 12, 5, 18),
    {
        "kecamatan": frozenset({"35.73.02"}),
        "kelurahan": frozenset({"35.73.02.1004"}),
        "area": frozenset({"area-01"}),
        "place": frozenset({"balai-kota"}),
        "category": frozenset({"mal"}),
        "owner": frozenset({"setda"}),
    },
)


def test_a_view_without_a_wish_is_the_last_seven_days() -> None:
    found, fallen = view.resolve(view.asked({}), EXTENT)
    assert (found.first, found.last, found.kelurahan, found.language) == (
        date(2021, 11, 29),
        date(2021, 12, 5),
        None,
        "id",
    )
    assert fallen == ()


def test_a_link_reproduces_a_view() -> None:
    wish = {
        "v": EXTENT.build, "dari": "2021-11-25", "sampai": "2021-11-27", "saat": "2021-11-26T08:00", "kec": "35.73.02",
        "kel": "35.73.02.1004", "area": "area-01", "tempat": "balai-kota", "kategori": "mal", "opd": "setda",
        "jam": "8-11", "bahasa": "en",
    }  # fmt: skip
    found, fallen = view.resolve(view.asked(wish), EXTENT)
    assert fallen == ()
    assert view.to_query(found) == wish
    assert view.resolve(view.asked(view.to_query(found)), EXTENT)[0] == found


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("dari", "kemarin"), ("dari", "2021-13-01"), ("dari", "1900-01-01"), ("sampai", "2199-01-01"), ("kel", "Sukun"),
        ("kel", "35.73.02.9999"), ("kel", "' OR 1=1"), ("bahasa", "fr"), ("v", "../../etc/passwd"),
        ("v", "20200101T000000-00000000"), ("saat", "sekarang"), ("saat", "2021-11-26T08:30"),
        ("saat", "2021-11-21T23:00"),
        ("saat", "2021-12-06T01:00"), ("kec", "35.73.09"), ("area", "area-99"), ("tempat", "../x"), ("kategori", "x"),
        ("opd", "%"), ("jam", "8"), ("jam", "11-8"), ("jam", "0-24"),
    ],
)  # fmt: skip
def test_a_bad_value_falls_back_and_says_so(key: str, value: str) -> None:
    found, fallen = view.resolve(view.asked({key: value}), EXTENT)
    assert fallen == (key,)
    assert found == view.resolve(view.asked({}), EXTENT)[0]


def test_a_period_that_ends_before_it_begins_falls_back() -> None:
    found, fallen = view.resolve(view.asked({"dari": "2021-12-03", "sampai": "2021-12-01"}), EXTENT)
    assert fallen == ("dari", "sampai")
    assert found.first <= found.last


def test_the_default_period_stays_inside_the_data() -> None:
    found, fallen = view.resolve(view.asked({"sampai": "2021-11-23"}), EXTENT)
    assert (found.first, found.last, fallen) == (date(2021, 11, 22), date(2021, 11, 23), ())
    assert view.asked({"x": "1", "scope": "admin"}) == view.asked({})


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [(1234567.8, 1, "1.234.567,8"), (0, 0, "0"), (999, 0, "999"), (-1000, 0, "-1.000")],
)
def test_numbers(value: float, decimals: int, expected: str) -> None:
    assert formats.number(value, decimals) == expected
    assert formats.number(value, decimals, "en") == expected.translate(str.maketrans(".,", ",."))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "0"), (999, "999"), (1000, "1,00 rb"), (9994, "9,99 rb"), (9995, "10,0 rb"), (10405, "10,4 rb"),
        (128465, "128 rb"), (2_500_000, "2,50 jt"),
    ],
)  # fmt: skip
def test_short_numbers_have_three_digits(value: int, expected: str) -> None:
    assert formats.short(value) == expected


def test_days_and_moments() -> None:
    assert formats.day(date(2021, 11, 29)) == "Senin 29 Nov 2021"
    assert formats.period(date(2021, 12, 31), date(2022, 1, 2)) == "Jum 31 Des 2021 s.d. Min 2 Jan 2022"
    assert formats.moment(datetime(2021, 10, 28, 15, 0)) == "28 Okt 2021 pukul 15.00 WIB"
    assert formats.instant(datetime(2021, 11, 30, 14, 0)) == "Sel 30 Nov 14.00"
    assert formats.instant(datetime(2021, 11, 30, 14, 0), "en") == "Tue 30 Nov 14:00"
    assert [formats.weekday(n) for n in (1, 7)] == ["Sen", "Min"]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a: str, b: str) -> float:
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_contrast(theme: str) -> None:
    """WCAG 2: text 4.5, what is drawn 3."""
    c = palette.of(theme)
    for front, back in ((c.ink, c.background), (c.second, c.background), (c.ink, c.map_fill), (c.visits_text, c.visits),
                        (c.simulation_text, c.simulation), (c.late_text, c.late)):  # fmt: skip
        assert contrast(front, back) >= 4.5, (front, back)
    for front, back in ((c.outline, c.background), (c.hatch, c.background), (c.visits, c.map_fill)):
        assert contrast(front, back) >= 3, (front, back)


def test_the_server_uses_the_palette() -> None:
    import tomllib

    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
    for name in ("light", "dark"):
        c, said = palette.of(name), theme[name]
        assert (said["primaryColor"], said["backgroundColor"], said["secondaryBackgroundColor"]) == (
            c.visits, c.background, c.map_fill,
        )  # fmt: skip
        assert (said["textColor"], said["borderColor"]) == (c.ink, c.outline)


def test_every_word_stands_in_both_languages_with_the_same_fields() -> None:
    for key, texts in words.catalogue().items():
        assert set(texts) == {"id", "en"}, key
        fields = [sorted(re.findall(r"{(\w+)", t)) for t in texts.values()]
        assert fields[0] == fields[1], key


def said_in_code() -> set[str]:
    """Catalogue keys named in the code, with f-string parts as '*'."""
    found = set()
    for path in [p for room in ("core", "etl", "ui", "pages", "scripts") for p in (ROOT / room).rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                found.add("".join(p.value if isinstance(p, ast.Constant) else "*" for p in node.values))
    return found


SAY = {
    "title", "header", "subheader", "markdown", "write", "text", "caption", "info", "warning", "error", "success",
    "button", "link_button", "download_button", "selectbox", "date_input", "segmented_control", "select_slider",
    "popover", "expander", "toggle", "checkbox", "radio", "metric", "html", "headline", "note",
}  # fmt: skip


def test_no_word_is_hard_coded_in_a_screen() -> None:
    """What a page says comes from the catalogue: no call that shows text has words of its own."""
    found = []
    for path in [*(ROOT / "pages").glob("*.py"), *(ROOT / "ui").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in SAY:
                continue
            if node.func.attr == "text":
                continue  # screen.text(key) names the catalogue
            for argument in node.args[:2]:
                parts = argument.values if isinstance(argument, ast.JoinedStr) else [argument]
                said = "".join(p.value for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, str))
                bare = re.sub(r"<[^>]*>?|[a-z-]+:[^;]*;?|style=", "", said)  # tags and their styles are no words
                if re.search(r"[A-Za-z]{3,}", bare) and not bare.startswith("/"):  # a path is no word
                    found.append((path.name, node.lineno, said))
    assert found == []


def test_no_word_is_unused_or_missing() -> None:
    said = said_in_code()
    patterns = [re.compile(re.escape(s).replace(r"\*", r"[\w.]+")) for s in said if "." in s and "*" in s]
    composed = {"column", "reject", "state", "category"}  # put together from a table's names
    for key in words.catalogue():
        bare = key.split(".", 1)[1] if "." in key else key  # sentence.visits is text("visits") of core.sentences
        assert (
            key in said or bare in said or key.split(".")[0] in composed or any(p.fullmatch(key) for p in patterns)
        ), key


def test_every_reason_of_a_reject_has_its_words() -> None:
    fields = {name for shape in profile.REQUIRED.values() for name in shape} | {*profile.OPTIONAL, *profile.COUNTERS}
    named = set(re.findall(r"\"'([a-z_]+)'\"", Path(typed.__file__).read_text())) - fields
    named |= set(re.findall(r'\(start, "([a-z_]+)"', Path(rows.__file__).read_text()))
    named |= set(re.findall(r'\(line, "([a-z_]+)"', Path(ndjson.__file__).read_text()))
    counting = Path(counts.__file__).read_text()
    named |= set(re.findall(r'", "([a-z]+_[a-z]+)", (?:"|n\))', counting)) - fields
    named |= set(re.findall(r'empty, "([a-z_]+)"', counting)) | {"colour_unknown", "admitted_unknown"}
    assert {f"reject.{reason}" for reason in named} == {key for key in words.catalogue() if key.startswith("reject.")}


def test_rules_are_those_of_the_figures() -> None:
    assert (rules.REPEAT_SECONDS, rules.REJECTED_AT_MOST) == (900, 0.20)
    assert (profile.COLOURS["hitam"], profile.COLOURS["merah"]) == (rules.REFUSED_COLOUR, rules.STATUS_UNKNOWN_COLOUR)


def test_settings_that_cannot_be_used_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANTAU_BUILDS_KEPT", "0")
    with pytest.raises(UsageError, match="PANTAU_BUILDS_KEPT"):
        settings.load()


def test_shipped_profiles_are_valid() -> None:
    here = settings.load()
    assert profile.shipped() == ["hitung", "kunjungan", "pedulilindungi", "satusehat"]
    assert [profile.load(name, here).name for name in profile.shipped()] == profile.shipped()
    with pytest.raises(UsageError, match="hitung, kunjungan, pedulilindungi, satusehat"):
        profile.load("entah", here)
