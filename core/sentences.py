"""First lines of screens: sentences made from the figures, with what is unknown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pandas as pd

from core import formats, words
from core.view import View


@dataclass(frozen=True)
class Visits:
    """The figures of the sentence: visits None where no day of the view is covered."""

    visits: int | None
    days: int
    days_known: int
    days_partial: int
    places: int
    measured: int
    kelurahan: int
    provisional: int = 0
    completeness: float | None = None


def visits(found: Visits, view: View, where: str = "") -> str:
    """'266 kunjungan tercatat pada ..., di 8 tempat ber-QR. 51 dari 57 kelurahan tidak terukur.'"""
    language = view.language

    def text(key: str, **fields: object) -> str:
        return words.text(f"sentence.{key}", language, **fields)

    period = formats.period(view.first, view.last, language)
    where = text("where", names=where) if where else ""
    if found.visits is None:
        return text("no_visits", period=period, where=where)
    count = formats.number(found.visits, 0, language)
    said = [text("visits", visits=count, period=period, places=found.places, where=where)]
    if found.days_known < found.days:
        said.append(text("days_unknown", unknown=found.days - found.days_known, days=found.days))
    if found.days_partial:
        said.append(text("partial_days", partial=found.days_partial))
    if found.provisional and found.completeness is not None:
        # rounded down: 99,6 % that has arrived is not all of it
        said.append(text("provisional", n=found.provisional, share=int(found.completeness * 100)))
    if found.kelurahan and not where:
        said.append(text("measured", unmeasured=found.kelurahan - found.measured, kelurahan=found.kelurahan))
    return " ".join(said)


def _as_of(view: View) -> str:
    """'Per Senin 29 Nov 2021 pukul 15.00 WIB: '; midnight belongs to the day that ends with it."""
    day, hour = view.moment.date(), view.moment.hour
    if hour == 0:
        day, hour = day - timedelta(days=1), 24
    return words.text(
        "sentence.as_of",
        view.language,
        day=formats.day(day, view.language),
        hour=f"{hour:02d}.00" if view.language == "id" else f"{hour:02d}:00",
    )


def hour(view: View) -> dict[str, str]:
    """The whole hour before the moment: first and last, '14.00' and '15.00'."""
    mark = "." if view.language == "id" else ":"
    return {"first": f"{(view.moment.hour - 1) % 24:02d}{mark}00", "last": f"{view.moment.hour or 24:02d}{mark}00"}


def summary(offices: Mapping[str, int], verdicts: Mapping[str, int], matters: int, sources: int, view: View) -> str:
    """'Per Senin ...: 21 dari 57 kantor kelurahan memakai QR; 2 tempat melebihi batas, 3 mungkin; 7 hal perlu ...'

    `offices` as coverage.counts gives them for kelurahan, `verdicts` as crowding.counts, `sources` those that are in.
    """

    def text(key: str, **fields: object) -> str:
        return words.text(f"sentence.{key}", view.language, **fields)

    matter = text("to_follow_up", n=matters) if matters else text("nothing_to_follow_up", n=sources)
    judged = verdicts["over"] + verdicts["maybe"] + verdicts["within"]
    crowd = text("over", over=verdicts["over"], maybe=verdicts["maybe"]) if judged else text("none_judged")
    parts = [crowd, matter]
    if offices:
        parts.insert(0, text("offices_in_use", n=offices["in_use"], total=offices["total"]))
    return _as_of(view) + "; ".join(parts)


def coverage(places: Mapping[str, int], view: View, level: str = "kelurahan") -> str:
    """'Dari 57 kantor kelurahan: 36 diverifikasi Kemenkes, 24 terpasang, 21 dipakai; 6 belum diketahui.'

    `places` as coverage.counts gives them for `level`; what is partly covered or only a placeholder is said after it.
    """
    key = "sentence.coverage" if level == "kelurahan" else f"sentence.coverage_{level}"
    said = [words.text(key, view.language, **places)]
    if places["partial"]:
        said.append(words.text("sentence.coverage_partial", view.language, n=places["partial"]))
    if placeholder := places["total"] - places["confirmed"]:
        said.append(
            words.text(
                "sentence.coverage_unconfirmed", view.language, confirmed=places["confirmed"], placeholder=placeholder
            )
        )
    return " ".join(said)


def crowding(verdicts: Mapping[str, int], view: View) -> str:
    """'Pukul 14.00-15.00: 2 tempat melebihi batas, 3 mungkin, 168 tidak dapat dinilai.'"""
    if not sum(verdicts.values()):
        return words.text("sentence.no_places", view.language, day=formats.day(view.moment.date(), view.language))
    return words.text("sentence.crowding", view.language, **hour(view), **verdicts)


@dataclass(frozen=True)
class Place:
    """What the sentence of one place says: its stage (None: unknown), its use (None: nothing installed), since when.

    deadline: of access not yet used; again: filed anew after an expiry; fraction: '3 dari 5 pintu terpasang' where not
    all doors are; partial: some of the others are known not to be; mean: check-ins a day.
    """

    name: str
    stage: str | None
    since: datetime | None = None
    use: str | None = None
    use_since: date | None = None
    mean: float | None = None
    deadline: datetime | None = None
    again: bool = False
    fraction: str = ""
    partial: bool = False


def place(found: Place, view: View) -> str:
    """'Kantor Kelurahan X: QR terpasang Jum 3 Des 2021, tidak terpakai sejak Sen 20 Des (0,4 check-in per hari).'"""

    def text(key: str, **fields: object) -> str:
        return words.text(f"sentence.{key}", view.language, **fields)

    if found.stage is None:
        return text("place_unknown", name=found.name)
    exact = found.stage == "expired"  # access runs out to the minute
    since = ""
    if found.since:
        day = formats.moment(found.since, view.language) if exact else formats.day(found.since.date(), view.language)
        since = text("since", day=day)
    said = {
        "name": found.name,
        "stage": words.text("stage.again" if found.again else f"stage.{found.stage}", view.language),
        "since": since,
        "fraction": f", {found.fraction}" if found.fraction else "",
    }
    ends = text("expires", moment=formats.instant(found.deadline, view.language)) if found.deadline else ""
    if found.use is None:
        return text("place_not_installed", **said, ends=ends)
    lasting = found.use_since if found.use in ("in_use", "rare", "unused") else None
    return text(
        "place_partial" if found.partial else "place_installed",
        **said,
        ends=ends,
        use=words.text(f"use.{found.use}", view.language),
        use_since=text("use_since", day=formats.day(lasting, view.language, long=False)) if lasting else "",
        mean=text("mean", mean=formats.number(found.mean, 1, view.language)) if found.mean is not None else "",
    )


def quality(complete: tuple[int, int, date | None], late: pd.DataFrame, view: View) -> str:
    """'4 dari 5 sumber lengkap s.d. 28 Nov; Dinkes terlambat 2 hari.' `late`: name and days_late, worst first."""
    on_time, total, day = complete
    if not total:
        return words.text("quality.sentence_none", view.language)
    said = {"on_time": on_time, "total": total, "day": formats.day(day, view.language, long=False) if day else "-"}
    if late.empty:
        return words.text("quality.sentence_all", view.language, **said)
    behind = [
        words.text("quality.late", view.language, source=name, days=days)
        for name, days in zip(late["name"][:2], late["days_late"][:2], strict=True)
    ]
    if len(late) > len(behind):
        behind.append(words.text("quality.late_more", view.language, n=len(late) - len(behind)))
    return words.text("quality.sentence", view.language, late=", ".join(behind), **said)
