"""Blocks that several screens share: maps with their legends, lists and notes. One figure, one query, one look."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core import capacity_words, formats, inside_words
from queries import city, crowding, visits
from reports.make import Made, heading
from ui import inert, maps, shell
from ui.screen import Screen


def switch(screen: Screen, names: Sequence[str], *, key: str, label: str = "map.which", words: str = "page") -> str:
    """One of few names, by default of screens, kept in the URL under `key`; the first is the default.

    Their words stand under `words` in the catalogue.
    """
    _keep(names, key, names[0])
    chosen = st.segmented_control(
        screen.text(label),
        names,
        format_func=lambda name: screen.text(f"{words}.{name}"),
        key=key,
        required=True,
        on_change=_write,
        args=(key, names[0]),
    )
    return str(chosen or names[0])


def choice(screen: Screen, label: str, names: Mapping[str, str], *, key: str, default: str | None = None) -> str:
    """One of several names, kept in the URL under `key`; the first is the default, unless another is said."""
    options = list(names)
    default = default or options[0]
    _keep(options, key, default)
    chosen = st.selectbox(label, options, format_func=names.__getitem__, key=key, on_change=_write, args=(key, default))
    return str(chosen or default)


def _keep(names: Sequence[str], key: str, default: str) -> None:
    asked = st.query_params.get(key)
    st.session_state[key] = asked if asked in names else default


def _write(key: str, default: str) -> None:
    if st.session_state[key] in (None, default):
        st.query_params.pop(key, None)
    else:
        st.query_params[key] = st.session_state[key]


def mapped(screen: Screen) -> bool:
    if city.outlines(screen.view.build).empty:
        st.info(screen.text("map.no_boundary"), icon=":material/map:")
        return False
    return True


def answer(clicked: maps.Clicked | None, screen: Screen) -> None:
    if clicked and clicked.place:
        shell.go("tempat", screen, tempat=clicked.place)
    if clicked:
        shell.toggle_kelurahan(clicked.kelurahan, screen.view)


def visits_map(screen: Screen) -> None:
    """Circles of visits by kelurahan over the view's period, and what lies off the map."""
    if not mapped(screen):
        return
    areas = visits.by_kelurahan(screen.view)
    named, nowhere = areas[areas["code"] != "?"], areas[areas["code"] == "?"]
    values = {r.code: None if pd.isna(r.visits) else int(r.visits) for r in named.itertuples()}
    clicked = maps.circles(
        values,
        screen,
        key="peta_kunjungan",
        unit=screen.text("visits.unit"),
        unmeasured=screen.text("visits.unmeasured"),
    )
    maps.legend(screen, maps.circle_entries(screen, values))
    for group in nowhere.dropna(subset="visits").itertuples():
        count = screen.number(int(group.visits))
        st.markdown(screen.text("map.unknown_place", visits=count, places=int(group.places)))
    shell.note(screen, screen.text("map.hint"))
    answer(clicked, screen)


def crowding_map(hour: pd.DataFrame, screen: Screen) -> None:
    """A disc a place in the colour of its range, and the tray of places without a sourced position."""
    if mapped(screen):
        clicked = maps.discs(hour, crowding.by_kelurahan(screen.view), screen, key="peta_keramaian")
        maps.legend(screen, maps.disc_entries(screen, hour))
        shell.note(screen, screen.text("map.hint_discs"))
        answer(clicked, screen)
    maps.tray(hour[hour["lat"].isna() | hour["position_simulated"]], screen)


def matters(found: pd.DataFrame, screen: Screen, *, most: int, empty: str = "summary.nothing") -> None:
    """What to follow up, worst first: the first `most`, and how many more there are."""
    shown = found.head(most)
    shown = shown.assign(
        kind=[screen.text(f"followup_kind.{kind}") for kind in shown["kind"]],
        standing=[capacity_words.standing(r.since, r.is_new, screen.view.language) for r in shown.itertuples()],
    )
    columns = ("kind", "name", "standing", "detail", "owner", "rule")
    shell.table(shown, columns, screen, key="tindak_lanjut", empty=empty)
    if len(found) > len(shown):
        shell.note(screen, screen.text("summary.more", n=len(found) - len(shown)))


def crowds(found: pd.DataFrame, screen: Screen, *, key: str, usual: bool) -> None:
    """Places with people inside and limit; against their usual where there is nothing to judge by."""
    unconfirmed = screen.text("crowding.unconfirmed")
    shown = found.assign(
        inside=[inside(r, screen) for r in found.itertuples()],
        permitted=[permitted(r, screen) for r in found.itertuples()],
        verdict=[screen.text(f"chart.verdict.{v}") for v in found["verdict"]],
        why=[screen.text(f"limit_reason.{r}") if r else "-" for r in found["limit_reason"]],
        rule=[
            "-" if not isinstance(r.instrument, str) else r.instrument + (f" ({unconfirmed})" if r.unconfirmed else "")
            for r in found.itertuples()
        ],
        compared=[
            screen.text("crowding.no_usual") if pd.isna(r.usual) or not isinstance(r.against, str)
            else f"{screen.text(f'against.{r.against}')} ({screen.number(r.usual)})"
            for r in found.itertuples()
        ],
    )  # fmt: skip
    columns = ("name", "kelurahan", "inside", "why", "compared", "head_count") if usual else (
        "name", "kelurahan", "verdict", "inside", "permitted", "rule", "compared", "head_count"
    )  # fmt: skip
    shown["head_count"] = [screen.number(n) if not pd.isna(n) else "-" for n in shown["head_count"]]
    shell.table(shown, columns, screen, key=key)


def persons(low: object, high: object, screen: Screen) -> str:
    """'120-150', '12' or '?': persons of a range."""
    if pd.isna(low) or pd.isna(high):  # type: ignore[call-overload]
        return screen.text("value.unknown")
    return screen.number(int(low)) if low == high else f"{screen.number(int(low))}-{screen.number(int(high))}"  # type: ignore[call-overload]


def inside(row: Any, screen: Screen) -> str:
    """`persons` of a row of `queries.crowding.at_hour`, with what to know of it: '120-150 (sementara)'."""
    mark = "" if pd.isna(row.low) else capacity_words.marks(row, screen.view.language)
    return persons(row.low, row.high, screen) + mark


def estimate(row: Any, screen: Screen) -> None:
    """Under 'rincian': what the estimate of one place rests on, and the logical bounds."""
    with st.expander(screen.text("inside.details"), icon=":material/info:"):
        for line in inside_words.details(row, screen.view.language):
            st.markdown(f"- {inert.for_markdown(line)}")


def permitted(row: object, screen: Screen) -> str:
    """'batas 150 (25 %)', 'kapasitas 60', 'ditutup' or why it is not known; a simulated capacity says so."""
    kind, limit = row.limit_kind, row.limit  # type: ignore[attr-defined]
    if kind == "unknown":
        return screen.text(f"limit_reason.{row.limit_reason}")  # type: ignore[attr-defined]
    if kind == "closed":
        return screen.text("limit.closed")
    share = f" ({row.cap_pct} %)" if not pd.isna(row.cap_pct) else ""  # type: ignore[attr-defined]
    mark = f" {screen.text('about.simulated')}" if row.capacity_simulated else ""  # type: ignore[attr-defined]
    return f"{screen.text(f'limit.{kind}')} {screen.number(int(limit))}{share}{mark}"


def limit(row: pd.Series, screen: Screen) -> None:
    """What one place may hold, with verdict and document."""
    said = [screen.text(f"chart.verdict.{row['verdict']}"), permitted(row, screen)]
    if isinstance(row["instrument"], str):
        said.append(row["instrument"])
    if row["unconfirmed"]:
        said.append(screen.text("crowding.unconfirmed"))
    if row["provisional"]:
        said.append(screen.text("crowding.mark.provisional"))
    if not pd.isna(row["head_count"]):
        said.append(screen.text("crowding.counted", n=screen.number(int(row["head_count"]))))
    st.markdown(inert.for_markdown(" · ".join(said)))


def people(
    total: tuple[int | None, bool] | None, daily: pd.DataFrame | None, changes: pd.DataFrame, screen: Screen
) -> None:
    """Unique visitors where they are published; 'tidak tersedia' where no published grain fits the filters.

    changes: days on which the pseudonym key was changed; a total that spans one says that it counts people twice.
    """
    if total is None and daily is None:
        said = screen.text("people.not_available")
    elif total is not None:
        said = screen.text("chart.suppressed") if total[1] else screen.number(int(total[0] or 0))
    else:
        said = screen.text("people.not_for_period")
    with st.container():
        st.markdown(f"{screen.text('people.visitors')}: **{inert.for_markdown(said)}**")
        if total is None and daily is not None and not daily.empty:
            days = [
                f"{formats.day(r.day.date(), screen.view.language, long=False)}: "
                f"{screen.text('chart.suppressed') if r.suppressed else screen.number(int(r.visitors))}"
                for r in daily.itertuples()
            ]
            shell.note(screen, f"{screen.text('people.daily')} {' · '.join(days)}")
        inside = [d.date() for d in pd.to_datetime(changes["day"]) if d.date() > screen.view.first]
        if total is not None and inside:
            named = ", ".join(formats.day(d, screen.view.language) for d in inside)
            shell.note(screen, screen.text("people.key_changed", days=named))


def colours(found: pd.DataFrame | None, screen: Screen) -> None:
    """Check-ins by colour and refused entries by month, small counts hidden."""
    if found is None or found.empty:
        shell.note(screen, screen.text("people.not_available"))
        return
    shown = found.assign(
        month=[formats.month(r.first.date(), screen.view.language) for r in found.itertuples()],
        said=[
            screen.text("chart.suppressed") if r.suppressed else screen.number(int(r.check_ins))
            for r in found.itertuples()
        ],
    )
    wide = shown.pivot(index="measure", columns="month", values="said")[list(dict.fromkeys(shown["month"]))]
    order = [
        m for m in ("hijau", "kuning", "merah", "hitam", "unknown", "refused", "status_unknown") if m in wide.index
    ]
    wide = wide.loc[order].reset_index()
    wide["measure"] = [screen.text(f"measure.{m}") for m in wide["measure"]]
    st.dataframe(
        wide,
        hide_index=True,
        key="warna",
        column_config={"measure": st.column_config.TextColumn(screen.text("people.colour"))}
        | {m: st.column_config.TextColumn(m, alignment="right") for m in wide.columns[1:]},
    )
    shell.note(screen, screen.text("people.colour_note"))


def place_facts(place: pd.Series, screen: Screen) -> None:
    """Where a place is, what it is and whose."""
    unknown = screen.text("value.unknown")
    said = [
        screen.category(place["category"]) if isinstance(place["category"], str) else unknown,
        f"{screen.text('filter.kel')}: {place['kelurahan'] if isinstance(place['kelurahan'], str) else unknown}",
        f"{screen.text('filter.opd')}: {place['owner'] if isinstance(place['owner'], str) else unknown}",
    ]
    if place["position_simulated"]:
        said.append(screen.text("map.position_simulated"))
    shell.note(screen, " · ".join(said))


def history(found: pd.DataFrame, screen: Screen) -> None:
    """Stage events, oldest first."""
    shown = found.assign(
        stage=[
            screen.text(f"stage.{r.stage}") + (f" {screen.text('place.corrected')}" if r.corrected else "")
            for r in found.itertuples()
        ],
        document=[
            (r.document if isinstance(r.document, str) else "-")
            + (f" {screen.text('about.simulated')}" if r.simulated else "")
            for r in found.itertuples()
        ],
    )
    shell.table(shown, ("moment", "stage", "name", "document"), screen, key="riwayat", empty="coverage.no_events")


def report(made: Made, screen: Screen, *, most: int) -> None:
    """The first rows of a report, as its files have them."""
    if made.rows.empty:
        shell.note(screen, screen.text("report.empty"))
        return
    shell.cells(
        made.rows.head(most),
        {c.name: heading(c.name, screen.view.language) for c in made.report.columns},
        screen,
        key="pratinjau",
    )
