"""A button that copies a text, also over plain http and without a network; where a browser forbids it, the text to
select by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from core import carry
from queries import basis, city
from ui import filters

if TYPE_CHECKING:
    from ui.screen import Screen

_HTML = """<button type="button"><svg viewBox="0 0 24 24" width="16" height="16" aria-hidden="true"><path
fill="currentColor" d="M16 1H4a2 2 0 0 0-2 2v14h2V3h12V1zm3 4H8a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h11a2 2 0 0 0 2-2V7a2 2
0 0 0-2-2zm0 16H8V7h11v14z"/></svg><span class="label"></span></button>
<span role="status"></span><label hidden><span></span><textarea readonly rows="9"></textarea></label>"""
_CSS = """
button, label { font: inherit; font-size: 14px; color: var(--second); }
button { display: inline-flex; align-items: center; gap: 6px; min-height: 24px; padding: 2px 8px 2px 0; border: 0;
    background: none; cursor: pointer; text-decoration: underline; text-underline-offset: 3px; }
button.framed { min-height: 40px; padding: 4px 12px; color: var(--st-text-color); text-decoration: none;
    border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius, 8px); }
button:hover, button.done, button.framed.done { color: var(--st-primary-color); }
button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
[role=status] { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
label { display: block; }
label[hidden] { display: none; }
textarea { display: block; box-sizing: border-box; width: 100%; margin-top: 4px; padding: 8px; font: inherit;
    color: var(--st-text-color); background: var(--st-secondary-background-color);
    border: 1px solid var(--st-border-color); }
@media print { button { display: none; } }
"""
_copy = st.components.v2.component(
    "pantau_copy", html=_HTML, css=_CSS, js=Path(__file__).with_name("js").joinpath("copy.js").read_text("utf-8")
)


def button(text: str, label: str, screen: Screen, *, key: str, framed: bool = False) -> None:
    """Copies `text`, exactly, and says so; `label` is the button's name. `framed`: as one among other buttons."""
    words = {"label": label, "done": screen.text("carry.copied"), "by_hand": screen.text("carry.by_hand")}
    look = {"colour": screen.colours.second, "framed": framed}
    _copy(data={"text": text, **look, **words}, key=key, height="content")


def sentence(said: str, rests_on: str, screen: Screen, **query: str) -> None:
    """Salin kalimat: a headline with what a reader needs to quote it. Arguments as of shell.headline."""
    view = screen.view
    text = carry.text(
        said,
        basis.of(view, rests_on),
        view,
        filters=filters.said(screen),
        data_at=city.last_scan(view.build),
        address=carry.link(st.context.url, view, **query),
    )
    button(text, screen.text("carry.copy"), screen, key="salin_kalimat")
