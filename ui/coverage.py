"""Blocks of the rollout: the map of stages, stage by stage, who waits, access that runs out, and the list of places."""

from collections.abc import Container
from typing import Any

import pandas as pd
import streamlit as st

from core import formats, rules, sentences
from core.rollout import RANK, STATES, state
from queries import coverage, points, progress, quality, regulars
from ui import charts, maps, panels, shell, strips
from ui.charts import funnel as funnels
from ui.screen import Screen

OFFICES = ("kelurahan", "kecamatan", "area")


def states_of(stage: str) -> Container[str]:
    """The states of the cells of places whose present stage is `stage`; '' is any."""
    if not stage:
        return STATES
    return ("in_use",) if stage == "in_use" else {state(stage, None)} | ({"unused"} if RANK[stage] >= 6 else set())


def stage_choice(screen: Screen) -> str:
    """The stage that the lists show, kept in the URL; '' is any."""
    names = {"": screen.text("rollout.any_stage")}
    names |= {s: screen.text(f"stage.{s}") for s in progress.STEPS}
    return panels.choice(screen, screen.text("rollout.stage_filter"), names, key="tahap")


def denominator_choice(screen: Screen, cells: pd.DataFrame, site: pd.DataFrame) -> str:
    """What is counted: one of the two kinds of offices, the places of the office areas, or a category of places."""
    n = cells["level"].value_counts()
    names = {level: screen.text(f"chart.strip.{level}", n=int(n[level])) for level in OFFICES if level in n}
    if "area" in names:  # stage by stage their places are counted, which an area may have several of
        places = int(site["area_id"].notna().sum())
        names["area"] = screen.text("rollout.area_places", n=places, areas=int(n["area"]))
    rest = site[~site["category"].isin([f"kantor_{level}" for level in OFFICES])]["category"].value_counts()
    names |= {str(code): f"{int(m)} {screen.category(code)}" for code, m in rest.items()}
    return panels.choice(screen, screen.text("rollout.denominator"), names, key="penyebut")


def at_stage(site: pd.DataFrame, stage: str) -> pd.DataFrame:
    """Places whose present stage is `stage`; '' is all."""
    if not stage:
        return site
    used = site["state"] == "in_use"
    return site[used] if stage == "in_use" else site[(site["stage"] == stage) & ~used]


def still_waiting(found: pd.DataFrame, stage: str) -> pd.DataFrame:
    """Of progress.waiting, those in `stage`; '' is all."""
    return found[found["stage"] == stage] if stage else found


def stage_map(cells: pd.DataFrame, screen: Screen, *, stage: str = "") -> None:
    """Each kelurahan in the state of its own office, and the tray of areas and offices without a sourced position."""
    if panels.mapped(screen):
        own = cells[cells["level"] == "kelurahan"]
        clicked = maps.states(own, screen, key="peta_cakupan", shown=states_of(stage))
        maps.legend(screen, maps.state_entries(screen, own))
        shell.note(screen, screen.text("map.hint"))
        panels.answer(clicked, screen)
    site = coverage.sites(screen.view.without_filters())
    offices = site[site["area_id"].notna() | (site["category"] == "kantor_kecamatan")]
    maps.tray(offices[offices["lat"].isna() | offices["position_simulated"]], screen)


def funnel(site: pd.DataFrame, screen: Screen, *, chosen: str) -> None:
    """Stage by stage over a denominator, as bars that choose a stage and as a table."""
    frame = progress.funnel(screen.view, site)
    unknown = int(site["stage"].isna().sum())
    chain = frame[frame["stage"] != "expired"].reset_index(drop=True)
    clicked = funnels.funnel(chain, screen, key="corong", total=len(site), unknown=unknown, chosen=chosen)
    if clicked:
        toggle("tahap", clicked)
    percent = [None if pd.isna(c) else f"{int(c * 100)} %" for c in frame["conversion"]]
    none = screen.text("chart.not_applicable")
    table = frame.assign(
        stage=[screen.text(f"stage.{s}") for s in frame["stage"]],
        reached=[f"{screen.number(n)} / {screen.number(len(site))}" for n in frame["reached"]],
        conversion=[p or none for p in percent],
        median_days=[
            none if pd.isna(m) else f"{screen.number(m, 1)} (n {screen.number(n)})"
            for m, n in zip(frame["median_days"], frame["passed"], strict=True)
        ],
        longest=[none if pd.isna(n) else screen.number(int(n)) for n in frame["longest"]],
    )
    columns = ("stage", "reached", "conversion", "here", "median_days", "longest")
    shell.table(table, columns, screen, key="corong_tabel")
    shell.note(screen, screen.text("rollout.funnel_note"))


def toggle(key: str, value: str) -> None:
    """A click chooses; a click on what is chosen lets it go."""
    if st.query_params.get(key) == value:
        st.query_params.pop(key)
    else:
        st.query_params[key] = value
    st.rerun()


def groups(screen: Screen, by: str) -> None:
    """Places by state in each group, by 'category' or 'owner'; a click on a bar filters by its group."""
    frame = progress.by_group(screen.view, by)
    names = None
    if by == "owner":
        site = coverage.sites(screen.view.without_filters())
        names = dict(zip(site["owner_id"], site["owner"], strict=True))
    clicked = charts.stage_bars(frame, screen, key=f"tahap_{by}", names=names)
    if clicked and clicked not in (*OFFICES, "other", "?"):
        toggle({"category": "kategori", "owner": "opd"}[by], clicked)


def waiting(found: pd.DataFrame, screen: Screen, *, most: int = 6) -> None:
    """Days waiting by agency: the `most` agencies with the longest wait, and how many places wait elsewhere."""
    longest = found["owner"].dropna().drop_duplicates().head(most)
    shown = found[found["owner"].isin(longest)]
    charts.waiting(shown, screen, key="menunggu")
    if len(found):
        beyond = int(found["beyond"].sum())
        shell.note(screen, screen.text("rollout.waiting_beyond", n=beyond, total=len(found), days=rules.WAITING_DAYS))
    if len(found) > len(shown):
        shell.note(screen, screen.text("coverage.waiting_more", n=len(found) - len(shown)))


def accesses(screen: Screen) -> None:
    """Access that still waits to be activated with the moment it ends, and how many ran out."""
    counts = progress.accesses(coverage.sites(screen.view))
    shell.note(screen, screen.text("rollout.access_counts", **counts))
    found = progress.deadlines(screen.view)
    found = found.assign(deadline=[expires(r, screen) for r in found.itertuples()])
    shell.table(found, ("name", "owner", "deadline"), screen, key="akses", empty="rollout.no_access")


def expires(row: object, screen: Screen) -> str:
    """'kedaluwarsa Sel 30 Nov 14.00', or by the end of a day where the hour of access is not on record."""
    deadline: pd.Timestamp = row.deadline  # type: ignore[attr-defined]
    if row.precision == "day":  # type: ignore[attr-defined]
        day = (deadline - pd.Timedelta(days=1)).date()
        return screen.text("rollout.expires_day", day=formats.day(day, screen.view.language, long=False))
    return screen.text("rollout.expires", moment=formats.instant(deadline.to_pydatetime(), screen.view.language))


def table(site: pd.DataFrame, screen: Screen) -> None:
    """Places by stage and use, in the order of their names."""
    shown = site.assign(
        category=site["category"].map(screen.category, na_action="ignore"),
        stage=[stage(r, screen) for r in site.itertuples()],
        points=[strips.fraction(r, screen) if r.points > 1 else "-" for r in site.itertuples()],
        use=[screen.text(f"use.{u}") if isinstance(u, str) else "-" for u in site["use"]],
        mean_check_ins=[screen.number(m, 1) if not pd.isna(m) else "-" for m in site["mean_check_ins"]],
        use_since=[_day(r.use_since, r.use, screen) for r in site.itertuples()],
        last_day=[_day(r.last_day, r.use, screen) for r in site.itertuples()],
    )
    columns = (
        "name", "category", "kelurahan", "owner", "stage", "since", "points", "use", "use_since", "mean_check_ins",
        "last_day",
    )  # fmt: skip
    shell.table(shown, columns, screen, key="tempat_tahap", empty="coverage.no_places")


def stage(row: object, screen: Screen) -> str | None:
    """The present stage in words, None where it is not known."""
    if not isinstance(row.stage, str):  # type: ignore[attr-defined]
        return None
    word = screen.text("stage.again" if row.again else f"stage.{row.stage}")  # type: ignore[attr-defined]
    return word + (f" {screen.text('about.simulated')}" if row.stage_simulated else "")  # type: ignore[attr-defined]


def _day(day: object, use: object, screen: Screen) -> str:
    if not isinstance(use, str):
        return screen.text("chart.not_applicable")
    if pd.isna(day):  # type: ignore[call-overload]
        return screen.text("value.unknown")
    return formats.day(pd.Timestamp(day).date(), screen.view.language, long=False)  # type: ignore[arg-type]


def sentence(place: pd.Series, screen: Screen) -> str:
    """The first line of one place, a row of queries.coverage.sites."""

    def known(name: str) -> Any:
        return None if pd.isna(place[name]) else place[name]

    since, deadline, lasting = (
        None if (value := known(name)) is None else value.to_pydatetime() for name in ("since", "deadline", "use_since")
    )
    mean = known("mean_check_ins")
    return sentences.place(
        sentences.Place(
            str(place["name"]),
            known("stage"),
            since,
            known("use"),
            lasting.date() if lasting else None,
            None if mean is None else float(mean),
            deadline,
            bool(place["again"]),
            strips.fraction(place, screen) if place["points_installed"] < place["points"] > 1 else "",
            bool(place["partial"]),
        ),
        screen.view,
    )


def use_notes(place: pd.Series, screen: Screen) -> None:
    """What the use of a place rests on: days known, last check-in, estimated opening days, and nothing of its own."""
    if isinstance(place["use"], str):
        known = "?" if pd.isna(place["known_days"]) else screen.number(int(place["known_days"]))
        said = [screen.text("rollout.basis", known=known, days=rules.USE_DAYS)]
        if not pd.isna(place["last_day"]):
            day = formats.day(place["last_day"].date(), screen.view.language)
            said.append(screen.text("rollout.last_check_in", day=day))
        if place["hours_estimated"]:
            said.append(screen.text("rollout.hours_estimated"))
        said.append(_staff(str(place["place_id"]), screen))
        shell.note(screen, " · ".join(said))
    if day := points.collective_day(screen.view, str(place["place_id"])):
        shell.note(screen, screen.text("rollout.collective_only", day=formats.day(day, screen.view.language)))


def _staff(site: str, screen: Screen) -> str:
    found = regulars.regulars(screen.view).set_index("place_id")
    if site not in found.index or found.loc[site, "suppressed"]:
        return screen.text("rollout.regulars_hidden")
    tenths = int(found.loc[site, "tenths"])
    week = formats.day(found.loc[site, "first"].date(), screen.view.language, long=False)
    return screen.text("rollout.regulars", share=tenths, week=week)


def point_list(screen: Screen, site: str) -> None:
    """The doors of a site with the stage and the use of each."""
    found = points.points(screen.view, site)
    shown = found.assign(
        building=found["building"].fillna(screen.text("chart.not_applicable")),
        stage=[stage(r, screen) for r in found.itertuples()],
        use=[screen.text(f"use.{u}") if isinstance(u, str) else "-" for u in found["use"]],
        mean_check_ins=[screen.number(m, 1) if not pd.isna(m) else "-" for m in found["mean_check_ins"]],
        use_since=[_day(r.use_since, r.use, screen) for r in found.itertuples()],
        last_day=[_day(r.last_day, r.use, screen) for r in found.itertuples()],
    )
    columns = (
        "name", "building", "has_code", "stage", "since", "use", "use_since", "mean_check_ins", "last_day"
    )  # fmt: skip
    shell.table(shown, columns, screen, key="titik", empty="place.no_doors")


def findings(screen: Screen, site: str) -> None:
    """What the checks of the register found about a place."""
    found = quality.findings(screen.view)
    mine = found[found["place_id"] == site]
    if mine.empty:
        shell.note(screen, screen.text("quality.no_findings"))
    for row in mine.itertuples():
        detail = f" ({row.detail})" if isinstance(row.detail, str) and row.detail else ""
        shell.note(screen, screen.text(f"finding.{row.kind}") + detail)
