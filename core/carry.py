"""Text that leaves the screen: a headline with all that a reader needs to quote it and to look it up again.

Plain text and nothing else. What comes from outside (names of places, sources, files) is kept on one line, so that no
name can pass for a line of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from core import formats, revision, words
from core.view import View, to_query

# Most worth a reader's attention first.
STATUSES = (
    revision.UNKNOWN, revision.PROVISIONAL, revision.PARTIAL, revision.REVISED, revision.OPEN, revision.FINAL,
)  # fmt: skip


@dataclass(frozen=True)
class Basis:
    """What a sentence rests on: `time` ('period' or 'moment' of the View), `status` in words, `sources` as pairs of
    name and simulated, whether any of it is simulated, and whether the View's filters bear on it."""

    time: str
    status: str
    sources: tuple[tuple[str, bool], ...]
    simulated: bool
    filtered: bool = True


def line(text: str) -> str:
    """Text on one line: line ends and control characters become spaces."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def link(page: str | None, view: View, **more: str) -> str:
    """The address that reproduces a view, data version included; `page`: the page's own, None where not known."""
    return f"{page or ''}?{urlencode(to_query(view) | more, safe=':')}"


def status(days: Mapping[str, int], revised: int, language: str) -> str:
    """'angka sementara untuk 2 dari 7 hari, angka tetap untuk 5 dari 7 hari'; 'angka tetap' where all days are alike.

    `days`: how many days have each status of core.revision; `revised`: of how many days under another status the
    city's figure was revised all the same.
    """
    total = sum(days.values())
    said = []
    for name in STATUSES:
        if n := days.get(name, 0):
            key = "carry.state.partial" if name == revision.PARTIAL else f"revision.status.{name}"
            one = words.text(key, language)
            said.append(one if n == total else words.text("carry.state.days", language, status=one, n=n, days=total))
    if revised:
        said.append(words.text("carry.state.revised_city", language, n=revised))
    return ", ".join(said)


def text(sentence: str, basis: Basis, view: View, *, filters: str, data_at: datetime | None, address: str) -> str:
    """The sentence with its period or moment, filters, status, sources, the mark of simulation, data version and link.

    `filters` in words ('' for the whole city); `data_at`: the latest scan (WIB), None without one.
    """
    language = view.language

    def said(key: str, **fields: object) -> str:
        return words.text(f"carry.{key}", language, **fields)

    if basis.time == "period":
        when = said("period", period=formats.period(view.first, view.last, language))
    else:
        when = said("moment", moment=formats.moment(view.moment, language))
    at = formats.moment(data_at, language) if data_at else words.text("value.unknown", language)
    lines = [
        line(sentence),
        when,
        *([said("filters", filters=line(filters))] if basis.filtered and filters not in sentence else []),
        said("status", status=basis.status),
        _sources(basis.sources, language),
        *([said("simulated")] if basis.simulated else []),
        said("version", moment=at, build=view.build),
        said("link", link=address),
    ]
    return "\n".join(lines)


def _sources(sources: Sequence[tuple[str, bool]], language: str) -> str:
    """The line of sources; where all are simulated it is said once."""
    if not sources:
        return words.text("carry.sources", language, sources=words.text("carry.no_sources", language))
    if all(simulated for _, simulated in sources):
        names = "; ".join(line(name) for name, _ in sources)
        return words.text("carry.sources_simulated", language, sources=names)
    mark = " " + words.text("about.simulated", language)
    names = "; ".join(line(name) + (mark if simulated else "") for name, simulated in sources)
    return words.text("carry.sources", language, sources=names)
