"""What the simulator supposes of people and places: all of it our choice, none of it a fact of Malang.

Later models must not import this module: the dwell law is the secret they are judged against. What was used is written
to `truth/settings.json`.
"""

from dataclasses import dataclass
from datetime import date

HITAM_FROM = date(2021, 9, 6)  # rollout_facts.csv
COLOURS_V2_FROM = date(2022, 7, 17)  # rollout_facts.csv


@dataclass(frozen=True)
class Rates:
    """Shares of people, visits or rows. Shares of colours are of screenings, as published."""

    merah: float = 0.035  # 3.4-3.6 % published
    hitam: float = 0.0001  # 0.01 % published
    kuning: float = 0.20
    kuning_v2: float = 0.45  # two doses, no booster
    merah_refused: float = 0.85
    merah_status_missing: float = 0.05  # `diizinkan` empty: counts as a visit of unknown admission
    hitam_status_missing: float = 0.30  # refused all the same
    status_missing: float = 0.01
    duplicates: float = 0.01  # rows sent again under the same id
    double_taps: float = 0.02  # visits with a second check-in within minutes
    returns: float = 0.05  # guests with a second visit the same day
    same_site_returns: float = 0.4  # of those: where they were before
    lunches: float = 0.05  # staff days with a check-in after lunch
    attendance: float = 0.92
    other_door_out: float = 0.3
    offline: float = 0.06  # visits uploaded hours or days later
    skewed_phones: float = 0.004
    frequent_people: float = 0.3  # of the guests' pool; they make half of the visits
    low_day: float = 0.2  # what is left of one day of one source


RATES = Rates()
# A repeat is at most 900 s after the last check-in: taps stay well under it, second visits well over it.
TAP_SECONDS = (20, 600)
RETURN_SECONDS = (1800, 9000)
LUNCH_AFTER, LUNCH_SECONDS = 4 * 3600, 2700
OFFLINE_HOURS = (8.0, 1.0, 120.0)  # median, sigma of the logarithm, at most
ONLINE_SECONDS = (1, 20)
SKEW_SECONDS, SKEW_AT_MOST = 1500.0, 7200.0  # no early visit (05.00) reaches the day before
STAFF_HOURS = (7.0, 9.0)
LAST_ENTRY = 1800  # seconds before closing
AFTER_CLOSING = 900  # the last guests are out by then
VISITS_OF_A_GUEST = 4  # on average over the period: the size of the guests' pool
LEVEL = {0: 1.3, 1: 1.15, 2: 1.0, 3: 0.7, 4: 0.25}  # volume at a PPKM level, level 2 being 1
LEVEL_UNKNOWN = 1.0
FIRST_DAYS, FIRST_SHARE = 14, 0.5  # a new code starts at half its use and is known after a fortnight
HARDLY_A_DAY = 0.3  # guests a day at a code that is as good as unused


@dataclass(frozen=True)
class Law:
    """People of one category of place; guests and staff are relative numbers, scaled to the scans asked for."""

    opens: float  # hours
    closes: float  # over 24: after midnight
    days: tuple[int, ...]  # ISO weekdays
    holidays: bool  # open on them
    guests: float  # a day
    weekend: float  # times as many
    staff: float
    dwell: tuple[float, float, float, float, float]  # share of short stays; median minutes and sigma; the same of long
    check_out: float  # of guests
    staff_check_out: float
    never_scan: float  # of all guests who come
    activity: str
    capacity: int  # where nobody is simulated
    friday_closes: float = 0.0  # 0: as on other days


_WORKDAYS, _DAILY = (1, 2, 3, 4, 5), (1, 2, 3, 4, 5, 6, 7)


def _office(guests: float, staff: float, capacity: int) -> Law:
    dwell = (0.7, 18.0, 0.6, 75.0, 0.5)
    return Law(
        7.5,
        16,
        _WORKDAYS,
        False,
        guests,
        1,
        staff,
        dwell,
        0.12,
        0.35,
        0.25,
        "Perkantoran",
        capacity,
        friday_closes=14.5,
    )


LAWS = {
    "kantor": _office(130, 60, 250),
    "kantor_kecamatan": _office(50, 22, 80),
    "kantor_kelurahan": _office(24, 9, 35),
    "layanan_publik": _office(260, 40, 300),
    "taman": Law(5.5, 18, _DAILY, True, 170, 2.2, 4, (0.4, 25, 0.5, 80, 0.5), 0.05, 0.3, 0.60, "Fasilitas umum", 600),
    "wisata": Law(8, 17, _DAILY, True, 160, 2.6, 8, (0.3, 40, 0.5, 130, 0.4), 0.08, 0.3, 0.35, "Wisata", 500),
    "kampung": Law(8, 17, _DAILY, True, 60, 3.0, 4, (0.5, 30, 0.5, 75, 0.4), 0.06, 0.3, 0.40, "Wisata", 150),
    "olahraga": Law(6, 20, _DAILY, True, 110, 1.8, 6, (0.2, 35, 0.4, 95, 0.35), 0.08, 0.3, 0.35, "Olahraga", 800),
    "mal": Law(10, 21, _DAILY, True, 640, 1.7, 55, (0.35, 28, 0.6, 125, 0.45), 0.18, 0.4, 0.20, "Pusat belanja", 2500),
    "restoran": Law(9, 22, _DAILY, True, 34, 1.5, 5, (0.3, 14, 0.5, 58, 0.35), 0.08, 0.3, 0.40, "Restoran", 60),
    "rumah_sakit": Law(6, 21, _DAILY, True, 150, 0.6, 60, (0.6, 55, 0.6, 210, 0.5), 0.10, 0.35, 0.25, "Kesehatan", 400),
    "fasilitas_kesehatan": Law(
        7.5, 14, (1, 2, 3, 4, 5, 6), False, 45, 0.7, 12, (0.7, 40, 0.5, 110, 0.4), 0.1, 0.35, 0.25, "Kesehatan", 60
    ),
    "terminal": Law(5, 22, _DAILY, True, 200, 1.3, 20, (0.6, 20, 0.6, 70, 0.5), 0.03, 0.3, 0.60, "Transportasi", 1000),
}
