"""Whether our build and pandas say the same of one log: every count, stay, person-second, peak and unique visitor."""

import json
from pathlib import Path

import pandas as pd

# Table -> its keys and the columns that both have.
COMPARED = {
    "place_day": (["site_id", "day"], ["visits", "check_ins", "check_outs", "orphans", "unmatched"]),
    "place_hour": (
        ["site_id", "hour"],
        ["visits", "check_ins", "check_outs", "unmatched", "occupied_seconds", "peak"],
    ),
}


def differences(ours: Path, theirs: Path) -> list[str]:
    """What differs between two folders of results, in words; empty where they agree."""
    found = []
    accounts = [json.loads((folder / "accounting.json").read_text()) for folder in (ours, theirs)]
    if accounts[0] != accounts[1]:
        found.append(f"accounting: ours {accounts[0]}, pandas {accounts[1]}")
    for table, (keys, columns) in COMPARED.items():
        a, b = (_read(folder, table, keys, columns) for folder in (ours, theirs))
        # A covered day or hour in which nothing happened may have no row at one of them.
        both = a.add_suffix("_ours").join(b.add_suffix("_theirs"), how="outer").fillna(0)
        n = {name: int((both[f"{name}_ours"] != both[f"{name}_theirs"]).sum()) for name in columns}
        found += [f"{table}.{name}: {n[name]} of {len(both)} rows differ" for name in columns if n[name]]
    keys = ["period", "first", "level", "code"]
    a, b = (_read(folder, "visitors", keys, ["visitors"]) for folder in (ours, theirs))
    shown = a.join(b.add_suffix("_theirs"))  # ours hides small counts; what it shows must be right
    if n := int((shown["visitors"] != shown["visitors_theirs"]).sum()):
        found.append(f"visitors: {n} of {len(shown)} published counts differ")
    return found


def totals(folder: Path) -> dict[str, int]:
    """Visits, matched stays and person-seconds of a folder of results."""
    day, hour = (pd.read_parquet(folder / f"{table}.parquet") for table in COMPARED)
    return {
        "visits": int(day["visits"].sum()),
        "matched stays": int((day["check_outs"] - day["orphans"]).sum()),
        "occupied seconds": int(hour["occupied_seconds"].sum()),
    }


def _read(folder: Path, table: str, keys: list[str], columns: list[str]) -> pd.DataFrame:
    frame = pd.read_parquet(folder / f"{table}.parquet")[[*keys, *columns]]
    for name in {"day", "hour", "first"} & set(keys):
        frame[name] = frame[name].astype("datetime64[s]")
    return frame.set_index(keys)
