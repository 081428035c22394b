"""Which column of an unknown log is what: by its name, in Indonesian or English, and by what stands in it."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from core import db
from etl import moments
from etl.typed import NOTHING

# strptime forms tried, in the order in which they are proposed; of two that fit alike the first, so day before month.
_DAYS = [
    *("%Y-%m-%d", "%Y/%m/%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y"),
    *("%m/%d/%Y", "%m-%d-%Y", "%d/%m/%y", "%d-%m-%y", "%m/%d/%y", "%Y%m%d"),
]
_NAMED_DAYS = ["%d %B %Y", "%d %b %Y", "%A, %d %B %Y", "%A, %d %b %Y"]
CLOCKS = ["%H:%M:%S", "%H:%M", "%H.%M", "%H.%M.%S", "%I:%M:%S %p", "%I:%M %p"]
_EXACT = ["%H:%M:%S", "%H:%M", "%H:%M:%S.%f", "%H:%M:%S%z", "%H:%M:%S.%f%z"]
FORMS = [
    *(f"%Y-%m-%d{between}{clock}" for between in (" ", "T") for clock in _EXACT),
    *(f"{day} {clock}" for day in _DAYS + _NAMED_DAYS for clock in [*CLOCKS, "%H:%M:%S.%f"]),
    *("%Y%m%d%H%M%S", "epoch", "epoch_ms"),
]
DAYS = _DAYS + _NAMED_DAYS
_FIT = 0.95  # share of the values that a form must read

# Words a column's name is made of, by contract name; the first that fits wins, so the narrow ones stand first.
NAMES = {
    "uploaded_at": "unggah upload uploaded uploaded_at waktu_unggah received kirim terkirim sync",
    "scan_id": "id_scan scan_id id_transaksi transaction_id event_id record_id log_id uuid",
    "interval_minutes": "interval selang interval_minutes menit minutes durasi",
    "capacity": "kapasitas capacity daya_tampung cap",
    "colour": "warna status_warna colour color",
    "admitted": "diizinkan izin admitted allowed granted",
    "activity": "kegiatan kategori_kegiatan activity",
    "visitor": "nik ktp no_ktp visitor visitor_id user user_id pengguna id_pengguna person orang id_orang pengunjung "
    "kartu no_kartu nomor_kartu id_kartu card card_no card_number card_id badge prox_id plat plate nopol no_polisi "
    "car_id vehicle vehicle_id member anggota hp no_hp telepon phone bike bike_id pat_id patid patient nama name "
    "pengenal employee employee_id",
    "qr_code": "kode_qr qr qr_code kode_tempat place_code place lokasi location location_code gate gate_name gerbang "
    "station stasiun door pintu tempat site reader zone zona unit terminal gedung building kode code "
    "systemcodenumber area pattype",
    "event": "jenis jenis_event event event_type arah direction type tipe in_out aksi action kejadian flow status",
    "source": "sumber source opd instansi",
}
_IN = (
    "masuk waktu_masuk jam_masuk tgl_masuk in in_at in_time time_in check_in checked_in checkin_time check_in_time "
    "entry entered entry_time arrival start started_at mulai datang inroomts"
)
_OUT = (
    "keluar waktu_keluar jam_keluar tgl_keluar out out_at out_time time_out check_out checked_out checkout_time "
    "check_out_time exit left exit_time departure end ended_at selesai pulang outroomts"
)
_INSIDE = "inside terisi occupancy occupied orang_di_dalam jumlah_orang di_dalam headcount people persons isi"
_N_IN = "n_in masuk jumlah_masuk in entries entry ins count_in in_count"
_N_OUT = "n_out keluar jumlah_keluar out exits exit outs count_out out_count"
_N = "n jumlah count total hitungan passed"
EVENT_WORDS = {
    "check_in": "check-in|check in|check_in|checkin|masuk|in|entry|enter|entrance|entered|arrive|arrival|datang|i|1|e",
    "check_out": "check-out|check out|check_out|checkout|keluar|out|exit|leave|left|departure|pulang|o|0|x",
}
_COLOURS = {"hijau": "hijau|green", "kuning": "kuning|yellow", "merah": "merah|red", "hitam": "hitam|black"}
_ADMITTED = {
    "yes": "ya|yes|y|true|1|diizinkan",
    "no": "tidak|no|n|false|0|ditolak",
    "unknown": "tidak diketahui|unknown",
}
_FITTING = {"event": EVENT_WORDS, "colour": _COLOURS, "admitted": _ADMITTED}


@dataclass
class Column:
    """One column of the sample: its values that say something, and what they could be."""

    name: str
    values: list[str]
    forms: list[str] = field(default_factory=list)  # of a moment
    also: list[str] = field(default_factory=list)  # other forms that read every value as well, to other moments
    day: str | None = None
    clock: str | None = None

    @property
    def whole(self) -> bool:
        return bool(self.values) and all(re.fullmatch(r"[+-]?\d{1,9}([.,]0*)?", v) for v in self.values)

    @property
    def niks(self) -> bool:
        """Mostly sixteen digits."""
        return sum(bool(re.fullmatch(r"\d{16}", v)) for v in self.values) * 2 > len(self.values)

    @property
    def distinct(self) -> Counter[str]:
        return Counter(v.casefold() for v in self.values)

    def named(self, words: str) -> bool:
        """Whether the column is called one of `words`, however it is cased and spaced."""
        known = words.replace("_", "").split()  # of a nested name the last part will do
        return any(re.sub("[^a-z0-9]", "", n.casefold()) in known for n in (self.name, self.name.rsplit(".", 1)[-1]))


@dataclass
class Roles:
    """What the columns are: contract name -> columns; the words of events and colours; forms; what is left to say."""

    shape: str
    columns: dict[str, list[str]]
    words: dict[str, dict[str, list[str]]]
    forms: list[str]
    undecided: list[str] = field(default_factory=list)  # forms that fit as well as the one proposed
    unknown_words: list[str] = field(default_factory=list)
    nameless: bool = False  # numbers without a header were given a meaning by how many they are
    guessed: Column | None = None  # taken for the place by what stands in it alone


def look(con: db.Connection, names: Sequence[str], rows: Sequence[Sequence[str]]) -> list[Column]:
    """Columns with the time forms that fit them, tried by the SQL a load uses."""
    columns = [
        Column(name, [v for row in rows if (v := row[n].strip()).casefold() not in NOTHING])
        for n, name in enumerate(names)
    ]
    for column in columns:
        sample = sorted(set(column.values))[:400]
        if len(sample) == 0 or max(map(len, sample)) > 40 or not any(c.isdigit() for c in "".join(sample[:5])):
            continue
        column.forms, column.also = _best(con, sample, FORMS)
        days, more = _best(con, sample, DAYS)
        column.also = column.also or more
        column.day = days[0] if len(days) == 1 else None
        clocks, _ = _best(con, sample, CLOCKS)
        column.clock = clocks[0] if len(clocks) == 1 else None
    return columns


def _best(con: db.Connection, sample: Sequence[str], forms: Sequence[str]) -> tuple[list[str], list[str]]:
    """The fewest forms that read enough of the values; and others that read the same ones as other moments."""
    columns = ", ".join(f"list({moments.parsed('v', form, moments.WIB)}::VARCHAR ORDER BY n)" for form in forms)
    sql = f"SELECT {columns} FROM (SELECT unnest($sample) AS v, generate_subscripts($sample, 1) AS n)"
    read = dict(zip(forms, db.run(con, sql, {"sample": list(sample)})[0], strict=True))
    if all(re.fullmatch(r"\d+", v) for v in sample):  # a number is a time only where it is as long as one
        lengths = {len(v) for v in sample}
        fitting = {"epoch": {10}, "epoch_ms": {13}, "%Y%m%d%H%M%S": {14}, "%Y%m%d": {8}}
        read = {form: values for form, values in read.items() if lengths == fitting.get(form)}
    chosen: list[str] = []
    left = set(range(len(sample)))
    while read and len(chosen) < 3 and len(left) > (1 - _FIT) * len(sample):
        best = max(read, key=lambda form: sum(read[form][n] is not None for n in left))
        covered = {n for n in left if read[best][n] is not None}
        if len(covered) <= (1 - _FIT) * len(sample):
            break
        chosen.append(best)
        left -= covered
    if not chosen or len(left) > (1 - _FIT) * len(sample):
        return [], []
    also = [
        form
        for form, values in read.items()
        if _turned(form, chosen[0])
        and all((v is None) == (w is None) for v, w in zip(values, read[chosen[0]], strict=True))
        and values != read[chosen[0]]
    ]
    return chosen, also


def _turned(one: str, other: str) -> bool:
    return one == other.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")


def assign(columns: Sequence[Column], codes: set[str]) -> Roles:
    """Gives each contract name its column: names decide, values confirm; a column is given once.

    `codes` are QR codes and places of the register: a column of those needs no name.
    """
    roles = Roles("scan", {}, {}, [])
    free = {c.name: c for c in columns}

    def take(contract: str, *found: Column | None) -> None:
        if all(found):
            roles.columns[contract] = [c.name for c in found if c is not None]
            for name in roles.columns[contract]:
                free.pop(name, None)

    def first(names: str, good: str = "") -> Column | None:
        return next((c for c in free.values() if c.named(names) and (not good or getattr(c, good))), None)

    if (upload := first(NAMES["uploaded_at"], "forms")) is not None:
        take("uploaded_at", upload)
    came, went = first(_IN, "forms"), first(_OUT, "forms")
    if came is not None and went is not None:
        roles.shape = "visit"
        take("in_at", came)
        take("out_at", went)
    n_in, n_out, inside = first(_N_IN, "whole"), first(_N_OUT, "whole"), first(_INSIDE, "whole")
    if roles.shape == "scan":
        when = next((c for c in free.values() if c.forms), None)
        day = next((c for c in free.values() if c.day and not c.clock), None)
        clock = next((c for c in free.values() if c.clock and not c.day), None)
        if when is not None:
            take("scanned_at", when)
        elif day is not None and clock is not None:
            take("scanned_at", day, clock)
    visitor = first(NAMES["visitor"]) or next((c for c in free.values() if c.niks), None)
    numbers = [c for c in free.values() if c.whole and not c.forms]
    nameless = [c for c in numbers if c.name.isdecimal()]  # of a log without a header
    passed = first(_N, "whole")
    counting = inside or (n_in and n_out) or (visitor is None and (passed or nameless))
    if counting and roles.shape == "scan" and (visitor is None or not visitor.niks):
        roles.shape = "count"
        if "scanned_at" in roles.columns:
            roles.columns["counted_at"] = roles.columns.pop("scanned_at")
        if not (inside or n_in or n_out or passed):
            orders = {1: ("inside",), 2: ("inside", "capacity"), 3: ("n_in", "n_out", "interval_minutes")}
            roles.nameless = bool(nameless)
            for contract, nth in zip(orders.get(len(nameless), ()), nameless, strict=False):
                take(contract, nth)
        for contract, counter in (("inside", inside), ("n_in", n_in), ("n_out", n_out)):
            take(contract, counter)
        if passed is not None and not {"inside", "n_in"} & set(roles.columns):
            take("n", passed)
        for contract in ("capacity", "interval_minutes"):
            take(contract, first(NAMES[contract], "whole"))
    elif visitor is not None:
        take("visitor", visitor)
    wanted = {"scan": ("scan_id", "colour", "admitted", "event"), "visit": ("scan_id", "colour", "admitted")}
    for contract in wanted.get(roles.shape, ("event",) if "n" in roles.columns else ()):
        column = first(NAMES[contract]) or (_speaking(free, contract) if contract in _FITTING else None)
        if column is not None and (contract not in _FITTING or _said(roles, contract, column)):
            take(contract, column)
    for contract in ("qr_code", "activity") if roles.shape != "count" else ("qr_code",):
        known = (c for c in free.values() if contract == "qr_code" and c.values and set(c.values) <= codes)
        column = next(known, None) or first(NAMES[contract])
        if column is None and contract == "qr_code":
            column = roles.guessed = _repeated(free)
        if column is not None:
            take("place_code" if roles.shape == "count" and contract == "qr_code" else contract, column)
    if "uploaded_at" in roles.columns and roles.shape == "count":
        roles.columns.pop("uploaded_at")
    by_name = {c.name: c for c in columns}
    for contract in ("scanned_at", "in_at", "out_at", "counted_at", "uploaded_at"):
        parts = [by_name[name] for name in roles.columns.get(contract, [])]
        together = [f"{parts[0].day} {parts[1].clock}"] if len(parts) > 1 else []
        roles.forms += [f for f in together or (parts[0].forms if parts else []) if f not in roles.forms]
        roles.undecided += [f for part in parts for f in part.also if f not in roles.undecided]
    return roles


def _repeated(free: dict[str, Column]) -> Column | None:
    """The column of words that says the most and yet repeats itself: perhaps the place."""
    texts = [c for c in free.values() if c.values and not (c.forms or c.day or c.whole or c.niks)]
    some = [c for c in texts if 2 <= len(c.distinct) <= max(2, len(c.values) // 2)]
    return max(some, key=lambda c: len(c.distinct), default=None)


def _speaking(free: dict[str, Column], contract: str) -> Column | None:
    """A column of few words that all are known ones of the kind."""
    known = {word for words in _FITTING[contract].values() for word in words.split("|") if len(word) > 1}
    return next((c for c in free.values() if c.values and set(c.distinct) <= known and len(c.distinct) > 1), None)


def _said(roles: Roles, contract: str, column: Column) -> bool:
    """Notes which of the column's words mean what; whether any does."""
    fitting = _FITTING[contract]
    said = {word.casefold(): word for word in reversed(column.values)}
    found = {meaning: [said[w] for w in sorted(said) if w in words.split("|")] for meaning, words in fitting.items()}
    if len(said) > 20 or not any(found.values()):
        return False
    roles.words[contract] = {meaning: words for meaning, words in found.items() if words}
    known = {w.casefold() for words in found.values() for w in words}
    if contract == "event":
        roles.unknown_words = [said[w] for w in said if w not in known]
    return True
