"""The shell: settings of the page, navigation, the View from the URL, and what every screen begins with.

Streamlit runs this file as its script (see dashboard.py); pages import it for `open_page`, `headline` and `table`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from core import builds, formats, palette, rules, settings, words
from core import view as views
from core.errors import PantauError
from core.settings import ROOT
from core.view import View
from queries import city
from ui import inert

# path -> page file; the first is the one the front door leads to.
PAGES = {"kunjungan": "kunjungan.py"}


@dataclass(frozen=True)
class Screen:
    """What a page gets: its View, the words of its language, and the palette of the viewer's theme."""

    view: View
    colours: palette.Palette

    def text(self, key: str, **fields: object) -> str:
        return words.text(key, self.view.language, **fields)

    def category(self, code: str) -> str:
        """A category in words; another city's own category stands as its register writes it."""
        return self.text(f"category.{code}") if f"category.{code}" in words.catalogue() else code

    def number(self, value: float, decimals: int = 0) -> str:
        return formats.number(value, decimals, self.view.language)


def _language() -> str:
    return views.asked(st.query_params.to_dict()).language


def main() -> None:
    """One run of the script: navigation, then the page."""
    language = _language()
    st.set_page_config(page_title=words.text("app.name", language), layout="wide")
    pages = {
        path: st.Page(ROOT / "pages" / file, title=words.text(f"page.{path}", language), url_path=path)
        for path, file in PAGES.items()
    }
    first = next(iter(pages.values()))

    def front_door() -> None:
        st.switch_page(first, query_params=st.query_params.to_dict())

    door = st.Page(front_door, title=words.text("app.name", language), default=True, visibility="hidden")
    st.navigation([door, *pages.values()], position="top").run()


def open_page(path: str) -> Screen:
    """Resolves the View, draws the head and the filter bar. Ends the run in words where there is nothing to show."""
    asked = views.asked(st.query_params.to_dict())
    colours = palette.of(st.context.theme.type or "light")
    here = _settings_or_stop(asked.language)
    served, extent, gone = _build(here, asked)
    if served is None or extent is None:
        _empty(asked.language)
    view, fallen = views.resolve(asked, extent)
    screen = Screen(view, colours)
    _head(screen, path, named=served)
    if gone or fallen:
        keys = dict.fromkeys((["v"] if gone else []) + list(fallen))
        st.warning(screen.text("view.fell_back", keys=", ".join(keys)), icon=":material/link_off:")
    return Screen(_filters(screen, extent), colours)


def _settings_or_stop(language: str) -> settings.Settings:
    try:
        return settings.load()
    except PantauError as error:
        st.error(words.text(error.key, language, **error.fields))
        st.stop()


def _build(here: settings.Settings, asked: views.Asked) -> tuple[str | None, views.Extent | None, bool]:
    """The build to show, its extent, and whether the one the URL asked for is gone."""
    try:
        served = builds.usable(here)
        if served is None:
            return None, None, False
        build, gone = served.build, False
        if asked.build not in (None, build):
            if asked.build in builds.on_disk(here):
                build = asked.build
            else:
                gone = True
        return build, city.extent(build), gone
    except PantauError as error:
        st.error(words.text(error.key, asked.language, **error.fields), icon=":material/error:")
        st.stop()


def _empty(language: str) -> None:
    """No data yet: says in words how to make some."""
    st.title(words.text("app.name", language))
    st.subheader(words.text("empty.title", language))
    st.markdown(words.text("empty.example", language))
    st.code("make run", language="sh")
    st.markdown(words.text("empty.own", language))
    st.code("python -m etl load FILE --profile NAMA --build", language="sh")
    st.stop()


def _head(screen: Screen, path: str, named: str) -> None:
    """City and page, the mark of simulated data, and the moment the data are of."""
    facts = city.facts(named)
    last = city.last_scan(named)
    sources = city.sources(named)
    made_up = bool((sources["simulated"] & (sources["days"] > 0)).any())
    chip = (
        f'<span style="background:{screen.colours.simulation};color:{screen.colours.simulation_text};font-weight:700;'
        f'padding:2px 12px;white-space:nowrap">{screen.text("head.simulated")}</span>'
        if made_up
        else ""
    )
    stamp = screen.text("head.data_at", moment=formats.moment(last, screen.view.language)) if last else ""
    st.html(
        f'<div style="display:flex;flex-wrap:wrap;gap:8px 16px;align-items:center;justify-content:space-between;'
        f'color:{screen.colours.second}"><span><b style="color:{screen.colours.ink}">{screen.text("app.name")}</b> · '
        f"{inert.for_html(facts['city'])} · {screen.text(f'page.{path}')}</span>{chip}<span>{stamp}</span></div>"
    )


def _filters(screen: Screen, extent: views.Extent) -> View:
    """The filter bar. Widgets take their value from the View and write the URL, which is the one state."""
    view = screen.view
    areas = city.kelurahan(view.build)
    labels = {row.code: f"{row.name} ({row.kecamatan})" for row in areas.itertuples()}
    st.session_state.update(dari=view.first, sampai=view.last, kel=view.kelurahan or "", bahasa=view.language)

    def write(key: str) -> None:
        value = st.session_state[key]
        if value in ("", "id"):  # the defaults
            st.query_params.pop(key, None)
        else:
            st.query_params[key] = str(value)

    first, last, kelurahan, language = st.columns([2, 2, 4, 2])
    span = {"min_value": extent.first, "max_value": extent.last, "format": "DD/MM/YYYY"}
    first.date_input(screen.text("filter.first"), key="dari", on_change=write, args=("dari",), **span)
    last.date_input(screen.text("filter.last"), key="sampai", on_change=write, args=("sampai",), **span)
    if labels:
        kelurahan.selectbox(
            screen.text("filter.kelurahan"),
            ["", *labels],
            format_func=lambda code: labels.get(code) or screen.text("filter.whole_city"),
            key="kel",
            on_change=write,
            args=("kel",),
        )
    language.segmented_control(
        screen.text("filter.language"),
        ["id", "en"],
        format_func={"id": "Indonesia", "en": "English"}.__getitem__,
        key="bahasa",
        required=True,
        on_change=write,
        args=("bahasa",),
    )
    return view


def toggle_kelurahan(code: str | None, view: View) -> None:
    """A click on the map chooses a kelurahan; a click on the chosen one lets it go."""
    if code is None:
        return
    if code == view.kelurahan:
        st.query_params.pop("kel", None)
    else:
        st.query_params["kel"] = code
    st.rerun()


def headline(sentence: str) -> None:
    """The first line of a screen: a sentence made from the figures."""
    st.header(inert.for_markdown(sentence), anchor=False)


def table(frame: pd.DataFrame, columns: Sequence[str], screen: Screen, *, key: str) -> None:
    """A table with the catalogue's column names; unknown stays '?', which is not 0."""
    if frame.empty:
        st.caption(screen.text("table.empty"))
        return
    shown = frame[list(columns)].copy()
    for name in columns:
        if pd.api.types.is_integer_dtype(shown[name]):
            shown[name] = [screen.text("value.unknown") if pd.isna(v) else screen.number(int(v)) for v in shown[name]]
        elif shown[name].isna().any():
            shown[name] = shown[name].astype(object).where(shown[name].notna(), screen.text("value.unknown"))
    numeric = {n for n in columns if pd.api.types.is_integer_dtype(frame[n])}
    st.dataframe(
        shown,
        hide_index=True,
        key=key,
        column_config={
            name: st.column_config.TextColumn(
                screen.text(f"column.{name}"), alignment="right" if name in numeric else "left"
            )
            for name in columns
        },
    )


def footer(screen: Screen) -> None:
    """Where the figures come from, and a link that reproduces the view, data version included."""
    with st.expander(screen.text("about.title"), icon=":material/info:"):
        facts = city.facts(screen.view.build)
        accounting = {name: screen.number(n) for name, n in city.accounting(screen.view.build).items()}
        for source in city.sources(screen.view.build).itertuples():
            if pd.isna(source.first):
                span = screen.text("about.no_days")
            else:
                span = formats.period(source.first.date(), source.last.date(), screen.view.language)
            mark = screen.text("about.simulated") if source.simulated else ""
            st.markdown(f"- {inert.for_markdown(source.name)}: {span} {mark}")
        st.markdown(screen.text("about.accounting", **accounting))
        st.markdown(screen.text("about.definition", minutes=rules.REPEAT_SECONDS // 60))
        st.markdown(screen.text("about.version", build=screen.view.build))
        st.code("?" + urlencode(views.to_query(screen.view)), language=None)
        if facts["boundary_attribution"]:
            st.caption(inert.for_markdown(facts["boundary_attribution"]))


if __name__ == "__main__":
    main()
