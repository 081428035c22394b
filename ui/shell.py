"""The shell: settings of the page, navigation, the View from the URL, and what every screen begins with.

Streamlit runs this file as its script (see dashboard.py); pages import it for `open_page`, `headline` and `table`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time
from typing import Literal
from urllib.parse import urlencode

import numpy as np
import pandas as pd
import streamlit as st

from core import builds, clock, formats, palette, rules, settings, words
from core import view as views
from core.errors import PantauError, StoreFailed
from core.settings import ROOT
from core.view import View
from queries import city, followup
from ui import clipboard, filters, inert
from ui.screen import Screen

# path -> page file and which time its filter bar asks for; '' is the front page, at '/'.
PAGES = {
    "": ("ringkasan.py", "moment"),
    "kunjungan": ("kunjungan.py", "period"),
    "keramaian": ("keramaian.py", "moment"),
    "cakupan": ("cakupan.py", "moment"),
    "tempat": ("tempat.py", "both"),
    "taman": ("taman.py", "moment"),
    "mutu": ("mutu.py", "period"),
    "laporan": ("laporan.py", "both"),
}
VIEW_KEYS = ("v", "dari", "sampai", "saat", "jam", "bahasa", *views.CODES.values())


def _language() -> str:
    return views.asked(st.query_params.to_dict()).language


def _title(path: str) -> str:
    return f"page.{path or 'ringkasan'}"


def page_of(path: str, language: str) -> st.navigation:  # type: ignore[valid-type]
    """The page at a path, for navigation and links."""
    file, _ = PAGES[path]
    title = words.text(_title(path), language)
    if path:
        return st.Page(ROOT / "pages" / file, title=title, url_path=path)
    return st.Page(ROOT / "pages" / file, title=title, default=True)


def main() -> None:
    """One run of the script: navigation, then the page."""
    language = _language()
    st.set_page_config(page_title=words.text("app.name", language), layout="wide")
    page = st.navigation([page_of(path, language) for path in PAGES], position="top")
    try:
        page.run()
    except StoreFailed as error:
        if error.key != "error.no_build_file":
            raise
        st.rerun()  # pruned while this run was reading it: the next begins with what is served now


def open_page(path: str) -> Screen:
    """Resolves the View, draws the head and the filter bar. Ends the run in words where there is nothing to show."""
    _carry_view(path)
    asked = views.asked(st.query_params.to_dict())
    colours = palette.of(st.context.theme.type or "light")
    here = _settings_or_stop(asked.language)
    served, extent, gone = _build(here, asked)
    if served is None or extent is None:
        _empty(asked.language)
    view, fallen = views.resolve(asked, extent)
    screen = Screen(view, colours)
    _head(screen, path)
    told = st.container()
    if gone or fallen:
        keys = dict.fromkeys((["v"] if gone else []) + list(fallen))
        told.warning(screen.text("view.fell_back", keys=", ".join(keys)), icon=":material/link_off:")
    screen = replace(screen, top=st.container())
    filters.bar(screen, extent, PAGES[path][1])
    if wanted := st.session_state.pop("_go", None):
        st.switch_page(page_of(wanted, view.language), query_params=st.query_params.to_dict())
    return screen


def _carry_view(path: str) -> None:
    """Streamlit's own links drop the URL's keys: a change of page takes the View along, a link of one's own wins."""
    asked = {key: st.query_params[key] for key in VIEW_KEYS if key in st.query_params}
    kept = st.session_state.get("_view", {})
    if not asked and kept and st.session_state.get("_path") not in (None, path):
        st.query_params.update(kept)
        asked = kept
    st.session_state["_view"], st.session_state["_path"] = asked, path


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
            if builds.readable(asked.build):
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


def _head(screen: Screen, path: str) -> None:
    """City and page, the mark of simulated data, and the moment the data are of."""
    view = screen.view
    facts = city.facts(view.build)
    last = city.last_scan(view.build)
    chip = (
        f'<span style="background:{screen.colours.simulation};color:{screen.colours.simulation_text};font-weight:700;'
        f'padding:2px 12px;white-space:nowrap">{screen.text("head.simulated")}</span>'
        if city.simulated(view.build)
        else ""
    )
    stamp = screen.text("head.data_at", moment=formats.moment(last, view.language)) if last else ""
    st.html(
        f'<div style="display:flex;flex-wrap:wrap;gap:8px 16px;align-items:center;justify-content:space-between;'
        f'color:{screen.colours.second}"><span><b style="color:{screen.colours.ink}">{screen.text("app.name")}</b> · '
        f"{inert.for_html(facts['city'])} · {screen.text(_title(path))}</span>{chip}<span>{stamp}</span></div>"
    )
    if clock.mode(last, city.simulated(view.build)) != clock.RIWAYAT:
        for row in followup.late(replace(view, moment=clock.now())).itertuples():
            said = screen.text(
                "head.late", source=inert.for_html(str(row.name)), days=int(row.days_late),
                last=formats.day(row.last.date(), view.language, long=False),
            )  # fmt: skip
            st.html(
                f'<div style="background:{screen.colours.late};color:{screen.colours.late_text};padding:4px 12px">'
                f"{said}</div>"
            )


def toggle_kelurahan(code: str | None, view: View) -> None:
    """A click on the map chooses a kelurahan; a click on the chosen one lets it go."""
    if code is None:
        return
    if code == view.kelurahan:
        st.query_params.pop("kel", None)
    else:
        st.query_params["kel"] = code
    st.rerun()


def primary(screen: Screen) -> Literal["primary", "secondary"]:
    """The look of a page's main button: on the dark theme's pale colour Streamlit writes white, too faint to read."""
    return "secondary" if screen.colours is palette.DARK else "primary"


def chips(screen: Screen) -> None:
    """What filters the figures below, so that nobody reads a part for the whole."""
    with st.container():  # always there: what comes and goes above a map would make its frame anew
        filters.chips(screen)


def where(screen: Screen) -> str:
    """The filters in words, for a sentence; '' for the whole city."""
    return filters.said(screen)


def go(path: str, screen: Screen, **query: str) -> None:
    """Leads to another page with the same View and what `query` changes."""
    kept = {key: st.query_params[key] for key in VIEW_KEYS if key in st.query_params}
    st.switch_page(page_of(path, screen.view.language), query_params=kept | query)


def headline(screen: Screen, sentence: str, rests_on: str | None = None, **query: str) -> None:
    """The first line of a screen: a sentence made from the figures, and a button that copies it for quoting.

    `rests_on`: its kind, of queries.basis.KINDS; None where it has no figures. `query`: what a link needs beside the
    View to show the same sentence.
    """
    with (screen.top or st).container(gap="xsmall"):
        st.header(inert.for_markdown(sentence), anchor=False)
        if rests_on:
            clipboard.sentence(sentence, rests_on, screen, **query)


def note(screen: Screen, text: str) -> None:
    """A small line in the second colour; Streamlit's own caption is too pale to read."""
    st.html(f'<p style="color:{screen.colours.second};font-size:14px;margin:0">{inert.for_html(text)}</p>')


def table(
    frame: pd.DataFrame,
    columns: Sequence[str],
    screen: Screen,
    *,
    key: str,
    empty: str = "table.empty",
    caption: str | None = None,
) -> None:
    """A table with the catalogue's column names; unknown stays '?', which is not 0. `caption`: its words for those who
    hear it."""
    if frame.empty:
        note(screen, screen.text(empty))
        return
    said = screen.text(caption) if caption else None
    cells(frame, {name: screen.text(f"column.{name}") for name in columns}, screen, key=key, caption=said)


def cells(
    frame: pd.DataFrame, headings: Mapping[str, str], screen: Screen, *, key: str, caption: str | None = None
) -> None:
    """Columns of a frame in words under their headings; numbers stand at the right."""
    numeric = {
        n for n in headings if pd.api.types.is_numeric_dtype(frame[n]) and not pd.api.types.is_bool_dtype(frame[n])
    }
    st.dataframe(
        pd.DataFrame({name: _said(frame[name], screen) for name in headings}),
        hide_index=True,
        key=key,
        alt=caption,
        column_config={
            name: st.column_config.TextColumn(heading, alignment="right" if name in numeric else "left")
            for name, heading in headings.items()
        },
    )


def _said(values: pd.Series, screen: Screen) -> list[str]:
    """A column in words: numbers and days as the office writes them."""

    def one(value: object) -> str:
        if pd.isna(value):  # type: ignore[call-overload]
            return screen.text("value.unknown")
        if isinstance(value, datetime):
            text = formats.day(value.date(), screen.view.language)
            return text if value.time() == time() else f"{text}, {value:%H.%M}"
        if isinstance(value, bool | np.bool_):
            return screen.text("value.yes") if value else screen.text("value.no")
        if isinstance(value, int | np.integer):
            return screen.number(int(value))
        return screen.number(value, 1) if isinstance(value, float) else str(value)

    return [one(value) for value in values]


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
            note(screen, facts["boundary_attribution"])


if __name__ == "__main__":
    main()
