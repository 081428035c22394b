"""Follow-up: what somebody must act on as of the View's moment, with its office, since when, and by which rule."""

from datetime import date, timedelta
from typing import Any

import pandas as pd

from core import capacity_words, formats, rules, words
from core.frames import rows
from core.view import View
from queries import city, coverage, freshness, runs

# Worst first. Over the limit before what waits; a late source says what the rest cannot know.
KINDS = ("over", "maybe", "late", "expired", "unused", "waiting")
_KNOWN = ("place_id", "name", "owner_id", "owner", "kelurahan_code", "kelurahan")
COLUMNS = ("kind", *_KNOWN, "since", "is_new", "detail", "next_step", "rule")


def items(view: View) -> pd.DataFrame:
    """One row a matter, worst first, oldest first within a kind; filtered as the view is.

    kind (of KINDS), place_id (a source's id for 'late'), name, owner_id, owner, kelurahan_code, kelurahan (NA where not
    known), since (datetime, NA where not known), is_new (since the day before the moment; over and maybe, which are of
    places over the limit for an hour or more, as `queries.runs.over` says), detail, next_step (what its office does
    about it) and rule (with its document; words of the language).
    """

    def text(key: str, **fields: object) -> str:
        return words.text(f"followup.{key}", view.language, **fields)

    def number(value: float, decimals: int = 0) -> str:
        return formats.number(value, decimals, view.language)

    found_rows: list[dict[str, object]] = []

    def add(kind: str, row: Any, since: object, detail: str, next_step: str, rule: str) -> None:
        known = {name: getattr(row, name, None) for name in _KNOWN}
        said = {"since": since, "detail": detail, "next_step": next_step, "rule": rule}
        found_rows.append({"kind": kind, **known, **said, "is_new": getattr(row, "is_new", None)})

    for row in rows(runs.over(view)):
        inside = number(row.low) if row.low == row.high else f"{number(row.low)}-{number(row.high)}"
        mark, by_hour = capacity_words.marks(row, view.language), "_by_hour" if row.by_hour else ""
        if row.limit_kind == "closed":
            detail = words.text(f"capacity.crowd_closed{by_hour}", view.language, inside=inside, mark=mark)
            step = words.text("capacity.next_closed", view.language)
        else:
            word = words.text(f"limit.{row.limit_kind}", view.language)
            detail = text(f"crowd{by_hour}", inside=inside, limit=number(row.limit), word=word, mark=mark)
            step = text(f"next.{row.verdict}", limit=number(row.limit))
        add(row.verdict, row, row.since, detail, step, capacity_words.rule(row, view.language))
    site = coverage.sites(view)
    for row in rows(site):
        waited = None if pd.isna(row.since) else (view.moment - row.since).days
        if row.stage == "expired":
            add("expired", row, row.since, text("expired"), text("next.expired"), text("rule_expired"))
        elif row.use == "unused":
            last = row.since if pd.isna(row.last_day) else row.last_day + timedelta(days=1)
            detail = text("unused", mean=number(row.mean_check_ins, 1))
            add("unused", row, last, detail, text("next.unused"), text("rule_unused"))
        elif row.state in ("filed", "verified") and waited is not None and waited > rules.WAITING_DAYS:
            stage = words.text(f"stage.{row.stage}", view.language)
            detail = text("waiting", stage=stage, days=waited)
            add("waiting", row, row.since, detail, text(f"next.{row.stage}"), text("rule_waiting"))
    if set(view.filtered) <= {"owner"}:  # a source is of no kelurahan or category, but it may be an office's
        for row in rows(late(view)):
            if view.owner not in (None, row.owner_id):
                continue
            days = formats.day(row.last.date(), view.language, long=False)
            first = formats.day((row.last + timedelta(days=1)).date(), view.language, long=False)
            detail = text("late", days=int(row.days_late), last=days)
            add("late", row, row.last, detail, text("next.late", first=first), text("rule_late"))
    found = pd.DataFrame(found_rows, columns=list(COLUMNS))
    found["since"] = pd.to_datetime(found["since"])
    recent = found["since"] >= pd.Timestamp(view.moment) - timedelta(days=1)
    found["is_new"] = found["is_new"].astype("boolean").fillna(recent).astype(bool)
    order = found["kind"].map(KINDS.index)
    return found.assign(_order=order).sort_values(["_order", "since", "name"], na_position="last", ignore_index=True)[
        list(COLUMNS)
    ]


def owners(found: pd.DataFrame) -> pd.DataFrame:
    """Offices with matters among `items`: owner_id, owner, n; most matters first, then by name."""
    known = found.dropna(subset="owner_id")
    counted = known.groupby(["owner_id", "owner"], as_index=False).size().rename(columns={"size": "n"})
    return counted.sort_values(["n", "owner"], ascending=[False, True], ignore_index=True)


def of_owner(found: pd.DataFrame, owner: str) -> pd.DataFrame:
    """The matters of one office among `items`, oldest first, undated ones last."""
    mine = found[found["owner_id"] == owner]
    return mine.sort_values(["since", "name"], na_position="last", kind="stable", ignore_index=True)


def late(view: View) -> pd.DataFrame:
    """Sources whose last covered day before the moment is older than they allow, the latest first.

    place_id (the source), name, owner_id, owner, last (day), days_late (days beyond what is allowed).
    """
    found = freshness.sources(view).rename(columns={"source_id": "place_id"})
    behind = found[(found["days_late"] > 0).fillna(False)].reset_index(drop=True)
    return behind[["place_id", "name", "owner_id", "owner", "last", "days_late"]].astype({"days_late": "int64"})


def reporting(view: View) -> tuple[int, int]:
    """Sources that are in by the moment, of those with a covered day at all."""
    known = city.sources(view.build)
    total = int((known["days"] > 0).sum())
    return total - len(late(view)), total


def complete(view: View) -> tuple[int, int, date | None]:
    """Sources in time, sources with any covered day, and the day to which all in time are complete (None: none)."""
    behind = set(late(view)["place_id"])
    known = city.sources(view.build)
    known = known[known["days"] > 0]
    in_time = known[~known["source_id"].isin(behind)]
    whole = view.moment.date() - timedelta(days=1)
    lasts = [min(day.date(), whole) for day in in_time["last"]]
    return len(in_time), len(known), min(lasts, default=None)
