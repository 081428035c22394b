"""What each report holds: its query, its columns with types and units, and what it is rounded to."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from core import crowding as rules_of_crowding
from core import formats, sentences, words
from core.capacity import Persons
from core.view import View
from queries import city, coverage, crowding, followup, places, tables, visits

PEOPLE_ROUNDED_TO = 5  # FIGURES, Disclosure: place-by-hour values in reports


@dataclass(frozen=True)
class Column:
    """A column: name in the query's frame, kind (text, int, decimal, date, moment, flag), unit key or ''."""

    name: str
    kind: str = "text"
    unit: str = ""


@dataclass(frozen=True)
class Report:
    """A named report. `rounded_to`: the multiple its counts of people are rounded to, None where they are exact."""

    name: str
    columns: tuple[Column, ...]
    query: Callable[[View], pd.DataFrame]
    sentence: Callable[[View], str]
    time: str  # 'period' or 'moment' of the View
    rests_on: str  # of queries.basis.KINDS: what its sentence rests on
    rounded_to: int | None = None

    @property
    def key(self) -> str:
        """Its key in the word catalogue."""
        return self.name.replace("-", "_")


_PLACE = (Column("place_id"), Column("name"), Column("category"), Column("kelurahan_code"), Column("kelurahan"))
_SIMULATED = Column("simulated", "flag")
_VISITS = (*_PLACE, Column("area"), Column("visits", "int", "times"), Column("status"), _SIMULATED)


def rounded(values: pd.Series) -> pd.Series:
    """Counts of people to the nearest multiple of PEOPLE_ROUNDED_TO, NA kept."""
    return ((values / PEOPLE_ROUNDED_TO).round() * PEOPLE_ROUNDED_TO).astype("Int64")


def _visits_daily(view: View) -> pd.DataFrame:
    found = tables.visits_daily(view)
    provisional = visits.daily(view).set_index("day")["provisional"]
    later = provisional.reindex(found["day"]).fillna(False).to_numpy(dtype=bool)
    status = pd.Series("final", index=found.index).mask(later, "provisional").where(found["covered"], "unknown")
    return found.assign(status=[_status(s, view) for s in status], area=found["area"].fillna("-"))


def _status(name: str, view: View) -> str:
    return words.text(f"report.status.{name}", view.language)


def _visits_hourly(view: View) -> pd.DataFrame:
    found = tables.visits_hourly(view)
    status = ["final" if covered else "unknown" for covered in found["covered"]]
    return found.assign(
        visits=rounded(found["visits"]), status=[_status(s, view) for s in status], area=found["area"].fillna("-")
    )


def _crowding_hourly(view: View) -> pd.DataFrame:
    found = crowding.day_hours(view)
    low, high = rounded(found["low"]), rounded(found["high"])

    def share(persons: pd.Series) -> list[int | None]:
        return [
            None if pd.isna(p) or pd.isna(limit) else rules_of_crowding.percent(Persons(int(p)), Persons(int(limit)))
            for p, limit in zip(persons, found["limit"], strict=True)
        ]

    status = pd.Series("likely", index=found.index).mask(found["provisional"], "estimate_provisional")
    status = status.mask(found["model"].isna(), "rough").mask(found["low"].isna(), "no_estimate")
    status = status.where(found["covered"], "unknown")
    text = {name: words.text(f"chart.verdict.{name}", view.language) for name in rules_of_crowding.VERDICTS}
    return found.assign(
        status=[_status(s, view) for s in status],
        low=low,
        high=high,
        head_count=rounded(found["head_count"]),
        usual=rounded(found["usual"].astype("Float64")),
        pct_low=pd.array(share(low), dtype="Int64"),
        pct_high=pd.array(share(high), dtype="Int64"),
        verdict=[text[v] for v in found["verdict"]],
        limit_kind=[words.text(f"limit.{kind}", view.language) for kind in found["limit_kind"]],
        limit_reason=[words.text(f"limit_reason.{r}", view.language) if r else "-" for r in found["limit_reason"]],
        simulated=found["simulated"] | found["capacity_simulated"] | city.simulated(view.build),
    )


def _stages(view: View) -> pd.DataFrame:
    found = coverage.sites(view)
    unknown = words.text("chart.state.unknown", view.language)
    return found.assign(
        stage=[words.text(f"stage.{s}", view.language) if isinstance(s, str) else unknown for s in found["stage"]],
        use=[words.text(f"use.{u}", view.language) if isinstance(u, str) else "-" for u in found["use"]],
        state=[words.text(f"chart.state.{s}", view.language) for s in found["state"]],
        simulated=found["simulated"] | found["stage_simulated"] | (found["has_code"] & city.simulated(view.build)),
    )


def _matters(view: View) -> pd.DataFrame:
    found = followup.items(view)
    kinds = [words.text(f"followup_kind.{kind}", view.language) for kind in found["kind"]]
    return found.assign(kind=kinds, simulated=city.simulated(view.build))


def _files(view: View) -> pd.DataFrame:
    found = city.files(view.build)
    return found.assign(
        state=[words.text(f"state.{s}", view.language) for s in found["state"]],
        reason=["-" if not isinstance(r, str) else r for r in found["reason"]],
        simulated=city.simulated(view.build),
    )


def _visits_sentence(view: View) -> str:
    return sentences.visits(visits.summary(view), view, ", ".join(places.names(view).values()))


def _coverage_sentence(view: View) -> str:
    counts = coverage.counts(coverage.cells(view))
    return sentences.coverage(counts["kelurahan"], view) if "kelurahan" in counts else ""


def _matters_sentence(view: View) -> str:
    n = len(followup.items(view))
    key = "sentence.to_follow_up" if n else "sentence.nothing_to_follow_up"
    return words.text(key, view.language, n=n or followup.reporting(view)[0])


def _files_sentence(view: View) -> str:
    counts = city.accounting(view.build)
    return words.text(
        "about.accounting", view.language, **{k: formats.number(n, 0, view.language) for k, n in counts.items()}
    )


REPORTS: tuple[Report, ...] = (
    Report(
        "kunjungan-harian",
        (Column("day", "date"), *_VISITS),
        _visits_daily,
        _visits_sentence,
        "period",
        "visits",
    ),
    Report(
        "kunjungan-per-jam",
        (Column("hour", "moment"), *_VISITS),
        _visits_hourly,
        _visits_sentence,
        "period",
        "visits",
        PEOPLE_ROUNDED_TO,
    ),
    Report(
        "keramaian-per-jam",
        (
            Column("hour", "moment"), *_PLACE, Column("low", "int", "persons"), Column("high", "int", "persons"),
            Column("status"), Column("limit", "int", "persons"), Column("limit_kind"), Column("limit_reason"),
            Column("cap_pct", "int", "percent"), Column("instrument"), Column("unconfirmed", "flag"),
            Column("pct_low", "int", "percent"), Column("pct_high", "int", "percent"), Column("verdict"),
            Column("usual", "int", "persons"), Column("head_count", "int", "persons"), _SIMULATED,
        ),
        _crowding_hourly,
        lambda view: sentences.crowding(crowding.counts(crowding.at_hour(view)), view),
        "moment",
        "crowding",
        PEOPLE_ROUNDED_TO,
    ),
    Report(
        "cakupan-tahap",
        (
            *_PLACE, Column("kecamatan"), Column("owner"), Column("stage"), Column("since", "moment"), Column("state"),
            Column("use"), Column("mean_check_ins", "decimal", "check_ins_a_day"), Column("last_day", "date"),
            Column("confirmed", "flag"), _SIMULATED,
        ),
        _stages,
        _coverage_sentence,
        "moment",
        "offices",
    ),
    Report(
        "tindak-lanjut",
        (
            Column("kind"), Column("place_id"), Column("name"), Column("owner"), Column("kelurahan_code"),
            Column("kelurahan"), Column("since", "moment"), Column("is_new", "flag"), Column("detail"),
            Column("next_step"), Column("rule"), _SIMULATED,
        ),
        _matters,
        _matters_sentence,
        "moment",
        "summary",
    ),
    Report(
        "mutu-berkas",
        (
            Column("name"), Column("profile"), Column("state"), Column("noted_at", "moment"), Column("reason"),
            *(Column(n, "int", "rows") for n in ("arrived", "loaded", "duplicates", "rejected", "kept_aside")),
            _SIMULATED,
        ),
        _files,
        _files_sentence,
        "moment",
        "files",
    ),
)  # fmt: skip
BY_NAME = {report.name: report for report in REPORTS}
