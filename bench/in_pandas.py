"""The steps of a load and build in pandas, written as one would: columns at a time, few and small integers, no loop.

It does less than ours: it neither checks the structure of the file nor looks for identities in other columns, can take
no file back, estimates no open visits, hides no small counts, checks and publishes nothing. What both count must agree.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from bench.city import Site
from core.rules import REPEAT_SECONDS
from core.settings import Settings

KEY = bytes(32)
HOUR = 3600
EVENTS = {"check-in": 0, "check-out": 1}
COLOURS = {"hijau": 1, "kuning": 2, "merah": 3, "hitam": 4}
ADMITTED = {"ya": 1, "tidak": 0}


@dataclass(frozen=True)
class Register:
    """qr_code -> number of its site; a row a site: place_id, kelurahan, kecamatan, category."""

    codes: pd.Series
    sites: pd.DataFrame


def register(settings: Settings, sites: Iterable[Site]) -> Register:
    """The register as pandas needs it, of the same sites as ours."""
    sites = list(sites)
    kelurahan = pd.read_csv(settings.reference_dir / "kelurahan.csv", dtype=str)
    own = kelurahan.iloc[np.arange(len(sites)) % len(kelurahan)]
    table = pd.DataFrame(
        {
            "site": [s.place_id for s in sites],
            "kelurahan": own["code"].to_numpy(),
            "kecamatan": own["kecamatan_code"].to_numpy(),
            "category": [s.kind.category for s in sites],
        }
    )
    return Register(pd.Series(range(len(sites)), index=[s.qr_code for s in sites]), table)


def run(log: Path, folder: Path, known: Register) -> dict[str, float]:
    """All steps; scans, persons, rejects and results go to `folder`, the seconds come back."""
    folder.mkdir()
    began = time.perf_counter()
    scans, accounting = load(log, folder, known)
    loaded = time.perf_counter()
    for name, frame in build(scans, known).items():
        frame.to_parquet(folder / f"{name}.parquet")
    (folder / "accounting.json").write_text(json.dumps(accounting))
    return {"load": loaded - began, "build": time.perf_counter() - loaded}


def load(log: Path, folder: Path, known: Register) -> tuple[pd.DataFrame, dict[str, object]]:
    """Typed rows less the rejected and the duplicates, persons as numbers; and what became of every row. All kept."""
    raw = pd.read_csv(log, engine="pyarrow", dtype=str, keep_default_na=False)
    at = pd.to_datetime(raw["waktu_scan"], format="%Y-%m-%d %H:%M:%S", errors="coerce")
    event = raw["jenis"].map(EVENTS)
    colour = raw["status_warna"].map(COLOURS)
    faults = {
        "time_unreadable": at.isna(),
        "qr_empty": raw["kode_qr"] == "",
        "visitor_empty": raw["nik"].isin(["", "-"]),
        "event_unknown": event.isna(),
        "colour_unknown": colour.isna(),
    }
    fault = np.select(list(faults.values()), range(1, len(faults) + 1), 0)
    good = fault == 0
    person, ids = pd.factorize(raw["nik"][good])
    digests = [hmac.digest(KEY, name.encode(), hashlib.sha256)[:16] for name in ids]
    pd.DataFrame({"digest": digests}).to_parquet(folder / "person.parquet")
    scans = pd.DataFrame(
        {
            "source": raw["sumber"][good].astype("category"),
            "scan_id": raw["id_scan"][good],
            "at": at[good].astype("datetime64[s]").astype("int64"),
            "site": raw["kode_qr"][good].map(known.codes),
            "event": event[good].astype("int8"),
            "person": person.astype("int32"),
            "colour": colour[good].astype("int8"),
            "admitted": raw["diizinkan"][good].map(ADMITTED).astype("float32"),
            "activity": raw["kategori_kegiatan"][good].astype("category"),
            "uploaded": pd.to_datetime(raw["waktu_unggah"][good], format="%Y-%m-%d %H:%M:%S"),
        }
    )
    del raw, at, event, colour
    aside = scans["site"].isna()
    scans = scans[~aside].astype({"site": "int32"})
    scans["day"] = scans["at"] // 86_400
    identity = ["source", "day", "scan_id", "event"]
    several = scans.duplicated(identity, keep=False)
    kept = scans[several].sort_values(["uploaded", "colour", "at"]).drop_duplicates(identity)
    duplicates = int(several.sum()) - len(kept)
    scans = pd.concat([scans[~several], kept])
    scans.to_parquet(folder / "scan.parquet")
    names = np.array(["", *faults])
    rejected = pd.DataFrame({"line": np.flatnonzero(~good) + 2, "reason": names[fault[~good]]})
    rejected.to_parquet(folder / "reject.parquet")
    return scans[["at", "day", "site", "event", "person", "colour", "admitted"]], {
        "arrived": len(fault),
        "loaded": len(scans),
        "duplicates": duplicates,
        "rejected": {str(name): int(n) for name, n in rejected["reason"].value_counts().items()},
    }


def build(scans: pd.DataFrame, known: Register) -> dict[str, pd.DataFrame]:
    """place_day, place_hour and visitors, as our build has them."""
    refused = (scans["event"] == 0) & ((scans["admitted"] == 0) | (scans["admitted"].isna() & (scans["colour"] == 4)))
    turned = scans.assign(refused=refused, turn=1 - scans["event"]).drop(columns=["colour", "admitted"])
    seen = turned[~refused].sort_values(["person", "site", "at", "turn"], ignore_index=True)
    before = seen.shift()
    again = (seen["person"] == before["person"]) & (seen["site"] == before["site"]) & (before["event"] == 0)
    repeat = (seen["event"] == 0) & again & (seen["at"] - before["at"] <= REPEAT_SECONDS)
    moves = seen[~repeat].sort_values(["person", "at", "turn"], ignore_index=True)
    entry = moves["event"] == 0
    # A check-out closes the visit just before it in its person's order, if that was here and nothing else closed it.
    last = pd.Series(np.where(entry, moves.index, -1)).cummax().to_numpy()
    own = (last >= 0) & ~entry
    own &= (moves["person"].to_numpy()[last] == moves["person"]) & (moves["site"].to_numpy()[last] == moves["site"])
    own[own] = ~pd.Series(last[own]).duplicated().to_numpy()
    closed = last[own]
    stays = pd.DataFrame(
        {
            "site": moves["site"][own].to_numpy(),
            "since": moves["at"].to_numpy()[closed],
            "until": moves["at"][own].to_numpy(),
        }
    )
    unmatched = entry.copy()
    unmatched.iloc[closed] = False
    counted = {
        "visits": moves[entry],
        "check_ins": turned[turned["event"] == 0],
        "check_outs": moves[~entry],
        "orphans": moves[~entry & ~own],
        "unmatched": moves[unmatched],
    }
    day = _sizes(counted, 86_400)
    hour = _sizes({name: rows for name, rows in counted.items() if name != "orphans"}, HOUR)
    hour = hour.join(_inside(stays), how="outer").fillna(0).astype("int64")
    return {
        "place_day": _named(day, known, "day"),
        "place_hour": _named(hour, known, "hour"),
        "visitors": _uniques(moves[entry], known),
    }


def _sizes(counted: dict[str, pd.DataFrame], seconds: int) -> pd.DataFrame:
    """How many rows of each a site and day or hour: (site, moment) -> counts."""
    sizes = {name: rows.groupby(["site", rows["at"] // seconds * seconds]).size() for name, rows in counted.items()}
    return pd.DataFrame(sizes).fillna(0).astype("int64").rename_axis(["site", "at"])


def _inside(stays: pd.DataFrame) -> pd.DataFrame:
    """Person-seconds and the most persons at one instant by site and hour: (site, at) -> occupied_seconds, peak."""
    stays = stays[stays["until"] > stays["since"]]
    first, last = stays["since"] // HOUR, (stays["until"] - 1) // HOUR
    n = (last - first + 1).to_numpy()
    pieces = stays.loc[stays.index.repeat(n)].reset_index(drop=True)
    nth = np.arange(n.sum()) - np.repeat(n.cumsum() - n, n)
    pieces["at"] = (np.repeat(first.to_numpy(), n) + nth) * HOUR
    pieces["since"] = np.maximum(pieces["since"], pieces["at"])
    pieces["until"] = np.minimum(pieces["until"], pieces["at"] + HOUR)
    occupied = (pieces["until"] - pieces["since"]).groupby([pieces["site"], pieces["at"]]).sum()
    keys = pieces[["site", "at"]]
    steps = pd.concat(
        [keys.assign(moment=pieces["since"], step=1), keys.assign(moment=pieces["until"], step=-1)], ignore_index=True
    ).sort_values(["site", "at", "moment", "step"])  # who leaves at an instant is not inside at it
    peak = steps["step"].groupby([steps["site"], steps["at"]]).cumsum().groupby([steps["site"], steps["at"]]).max()
    return pd.DataFrame({"occupied_seconds": occupied, "peak": peak})


def _uniques(visits: pd.DataFrame, known: Register) -> pd.DataFrame:
    """Distinct persons by day, ISO week and month, for the city and each kecamatan, kelurahan, category and site."""
    rows = visits[["person", "site", "day"]].drop_duplicates()
    days = pd.Series(pd.to_datetime(np.sort(rows["day"].unique()), unit="D"))
    numbers = days.astype("datetime64[s]").astype("int64") // 86_400
    periods = {
        "day": days,
        "week": days - pd.to_timedelta(days.dt.day_of_week, unit="D"),
        "month": days.dt.to_period("M").dt.start_time,
    }
    found = []
    for level in ("city", "kecamatan", "kelurahan", "category", "site"):
        names = known.sites[level].to_numpy() if level != "city" else np.full(len(known.sites), "")
        codes, uniques = pd.factorize(names)
        code = codes[rows["site"]]
        for period, starts in periods.items():
            place, first = pd.factorize(starts)
            start = place[np.searchsorted(numbers, rows["day"])]
            distinct = pd.DataFrame({"first": start, "code": code, "person": rows["person"]}).drop_duplicates()
            n = distinct.groupby(["first", "code"]).size().rename("visitors").reset_index()
            n["first"], n["code"] = first[n["first"]], uniques[n["code"]]
            found.append(n.assign(period=period, level=level))
    return pd.concat(found, ignore_index=True)[["period", "first", "level", "code", "visitors"]]


def _named(found: pd.DataFrame, known: Register, moment: str) -> pd.DataFrame:
    found = found.reset_index()
    found.insert(0, "site_id", known.sites["site"].to_numpy()[found.pop("site")])
    found.insert(1, moment, pd.to_datetime(found.pop("at"), unit="s"))
    return found
