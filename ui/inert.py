"""Names from outside (a register, a log) as text and nothing else, wherever they are drawn."""

import html
import json
import re


def for_html(name: str) -> str:
    """For HTML and for plotly's labels, which read a few tags."""
    return html.escape(name, quote=True)


def for_script(value: object) -> str:
    """A value as a JavaScript literal that cannot end its script element or open a template."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return re.sub("[<>&\u2028\u2029`]", lambda m: f"\\u{ord(m.group()):04x}", text)


def for_markdown(name: str) -> str:
    """For streamlit's markdown: no emphasis, link, directive, formula or HTML comes of it."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>$:~^&@/])", r"\\\1", name)
