"""Jadwal Jaga: which parks open in which shift with so many guards, as screen, file, sheet and message say it.

Not among the named reports: it takes a number of guards beside the View.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd

from core import formats, guard_words, guards, words
from core.frames import rows
from core.guard_words import Line
from core.guards import SHIFTS, Expected, Park
from core.view import View
from queries import city
from queries import guards as queries
from reports import make, writers
from reports.definitions import Column, Report

SUFFIX, MEDIA, _ = writers.FORMATS["xlsx"]
_COLUMNS = (
    Column("place_id"), Column("name"), Column("kelurahan"), Column("owner"), Column("decision"), Column("why"),
    *(c for n in range(1, len(SHIFTS) + 1) for c in (
        Column(f"team_{n}", "int"), Column(f"guards_{n}", "int", "persons"), Column(f"expected_{n}", "int", "persons"),
    )),
    Column("basis"), Column("limit", "int", "persons"), Column("limit_said"), Column("gates"), Column("use"),
    Column("simulated", "flag"),
)  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """A day's plan. `lines`: one a park, those that open first, in the order they are shown; `reserve` by shift."""

    view: View
    day: date
    guards: int
    minimum: int
    lines: tuple[Line, ...]
    reserve: tuple[int, ...]
    listed: str
    simulated: bool
    data_at: datetime | None

    @property
    def sentence(self) -> str:
        """Its first line, the same on screen, in the file, on the sheet and in the message."""
        return guard_words.sentence(self.day, self.guards, self.lines, self.view.language)

    @property
    def open(self) -> tuple[Line, ...]:
        """Parks with guards in a shift or both."""
        return tuple(line for line in self.lines if line.decision == "open")

    @property
    def in_reserve(self) -> str:
        """'Cadangan: 1 petugas pada 08.00-16.00.'; '' where everybody has a post."""
        language = self.view.language
        left = [
            words.text("guards.reserve_shift", language, n=formats.number(n, 0, language), shift=guard_words.shift(k))
            for k, n in enumerate(self.reserve)
            if n
        ]
        return words.text("guards.reserve", language, shifts=", ".join(left)) if left else ""

    @property
    def query(self) -> dict[str, str]:
        """What a link needs beside the View; the defaults leave it."""
        said = {"petugas": (self.guards, guards.GUARDS), "minimum": (self.minimum, guards.MINIMUM)}
        return {key: str(n) for key, (n, default) in said.items() if n != default}

    def whatsapp(self, address: str) -> str:
        """The message; `address` leads back to the plan."""
        return guard_words.whatsapp(
            self.day, self.guards, self.lines, self.view,
            simulated=self.simulated, data_at=self.data_at, address=address,
        )  # fmt: skip

    @property
    def report(self) -> Report:
        """The plan as a report of a row a park."""
        return Report("jadwal-jaga", _COLUMNS, lambda _: self._rows(), lambda _: self.sentence, "moment", "guards")

    @property
    def file_name(self) -> str:
        """The file's name: with the number of guards, and SIMULASI where it is."""
        named = make.stem(self.report, self.view.without_filters(), self.simulated)
        return named.replace("jadwal-jaga", f"jadwal-jaga-{self.guards}-petugas") + SUFFIX

    def xlsx(self, address: str) -> bytes:
        """The file, with the day, the sentence and the assumption in its head."""
        language = self.view.language
        head = {"day": formats.day(self.day, language), "sentence": self.sentence, "minimum": str(self.minimum)}
        if self.listed:
            head["listed"] = self.listed
        if self.simulated:
            head["simulated"] = words.text("carry.simulated", language)
        head["link"] = address
        said = [(words.text(f"guards.head.{name}", language), text) for name, text in head.items()]
        return writers.as_xlsx(make.of(self.report, self.view.without_filters()), said)

    def _rows(self) -> pd.DataFrame:
        found = []
        for line in self.lines:
            row: dict[str, Any] = {name: getattr(line, name) for name in ("place_id", "name", "kelurahan", "owner")}
            row |= {"decision": words.text(f"guards.decision.{line.decision}", self.view.language), "why": line.why}
            for n, (post, one) in enumerate(zip(line.posts, line.expected, strict=True), 1):
                row |= {f"team_{n}": post.team if post else None, f"guards_{n}": post.guards if post else 0}
                row[f"expected_{n}"] = guard_words.about(one.persons) if one else None
            row |= {"basis": line.basis, "limit": line.persons, "limit_said": line.limit, "gates": line.gates}
            found.append(row | {"use": line.use, "simulated": self.simulated})
        return pd.DataFrame(found, columns=[c.name for c in _COLUMNS])


def plan(view: View, n: int = guards.GUARDS, minimum: int = guards.MINIMUM) -> Plan:
    """The plan of the moment's day: `n` guards a shift, `minimum` a park. Raises ValueError as core.guards.assign."""
    found = queries.parks(view)
    parks = [Park(r.place_id, r.name, _known(r.bar), r.expected, r.shut) for r in rows(found)]
    posts = guards.assign(parks, n, minimum)
    day = queries.day(view)
    at = {(p.place_id, p.shift): p for p in posts}
    place = {p.place_id: k for k, p in enumerate(_order(parks))}
    lines = []
    for park, row in zip(parks, rows(found), strict=True):
        reasons = tuple(guards.why_not(park, k, posts) for k in range(len(SHIFTS)))
        lines.append(
            Line(
                park.place_id, park.name, _known(row.kelurahan), _known(row.owner), _known(row.gates),
                tuple(at.get((park.place_id, k)) for k in range(len(SHIFTS))), reasons, park.expected,
                _basis(row, day, view.language), _limit(row, view.language),
                None if pd.isna(row.limit) else int(row.limit), _why(row, reasons, view.language),
                words.text(f"use.{row.use}" if isinstance(row.use, str) else "guards.use.none", view.language),
            )
        )  # fmt: skip

    def order(line: Line) -> tuple[int, tuple[int, ...], int]:
        first = 0 if any(line.posts) else 1 + ("short", "hours", "own", "rule", "closed").index(line.decision)
        return first, tuple(p.team if p else len(parks) + 1 for p in line.posts), place[line.place_id]

    return Plan(
        view, day, n, minimum, tuple(sorted(lines, key=order)), tuple(guards.reserve(posts, n)),
        _listed(view, len(parks)), city.simulated(view.build), city.last_scan(view.build),
    )  # fmt: skip


def _order(parks: Sequence[Park]) -> list[Park]:
    """As the first shift ranks them, for those without a team."""
    return guards.ranked(parks, 0)


def _known(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _listed(view: View, n: int) -> str:
    """That the register has fewer or other parks than a dated list says; '' where no list is on record."""
    if (found := queries.listed(view)) is None or found[0] == n:
        return ""
    day = formats.day(found[2], view.language)
    return words.text("guards.listed", view.language, n=formats.number(n, 0, view.language), text=found[1], day=day)


def _limit(row: Any, language: str) -> str:
    """'Batas 150 orang (25 % dari 600)': people first; why where it is not known."""

    def said(key: str, **fields: object) -> str:
        return words.text(f"guards.limit.{key}", language, **fields)

    mark = " " + words.text("about.simulated", language) if row.capacity_simulated else ""
    if row.limit_kind == "closed":
        text = said("closed")
    elif row.limit_kind == "unknown":
        return said("unknown", reason=words.text(f"limit_reason.{row.limit_reason}", language))
    else:
        fields = {"n": formats.number(int(row.limit), 0, language)}
        if row.limit_kind == "cap" and int(row.limit) == int(row.capacity) * int(row.cap_pct) // 100:
            fields |= {"pct": str(row.cap_pct), "capacity": formats.number(int(row.capacity), 0, language) + mark}
            text = said("cap", **fields)
        else:
            text = said("capacity" if row.limit_kind == "capacity" else "heads", **fields) + mark
    return text + (f"; {words.text('crowding.unconfirmed', language)}" if row.unconfirmed else "")


def _why(row: Any, reasons: Sequence[str | None], language: str) -> str:
    """Why it does not open, once where it is the same in every shift; '' where it opens in all."""
    fields: dict[str, object] = {}
    if row.bar == "closed":
        fields["instrument"] = _known(row.instrument) or words.text("guards.why.no_instrument", language)
    elif row.bar == "rule":
        fields["reason"] = words.text(f"limit_reason.{row.limit_reason}", language)
    said = [words.text(f"guards.why.{r}", language, **fields) if r else None for r in reasons]
    if len(set(said)) == 1:
        return said[0] or ""
    return "; ".join(
        words.text("guards.why.shift", language, shift=guard_words.shift(k), why=why)
        for k, why in enumerate(said)
        if why
    )


def _basis(row: Any, day: date, language: str) -> str:
    """What the persons expected rest on, once where it is the same in every shift."""
    area = None if pd.isna(row.area_m2) else formats.number(row.area_m2, 0, language)

    def one(found: Expected | None) -> str:
        if found is None:
            return words.text("guards.basis.no_area" if area is None else "guards.basis.no_counted", language)
        weekday = formats.day(day, language).partition(" ")[0]
        key = "area_unconfirmed" if found.basis == "area" and not row.area_confirmed else found.basis
        return words.text(f"guards.basis.{key}", language, n=found.n, day=weekday, area=area)

    said = [one(found) for found in row.expected]
    if len(set(said)) == 1:
        return said[0]
    return "; ".join(
        words.text("guards.why.shift", language, shift=guard_words.shift(k), why=text) for k, text in enumerate(said)
    )
