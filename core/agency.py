"""The list of matters for one agency as a sentence and as a text for WhatsApp. Pure: rows in, words out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core import carry, formats, words
from core.view import View

MOST = 20  # matters shown on screen and in a message; the file has all
_PLAIN = str.maketrans("*_~`", "∗＿∼ˋ")  # WhatsApp makes bold, italic, struck and code of these


@dataclass(frozen=True)
class Matter:
    """One matter in words: kind, name (of the place or source), kelurahan, since (None: not known), detail, next_step,
    rule."""

    kind: str
    name: str
    kelurahan: str | None
    since: datetime | None
    detail: str
    next_step: str
    rule: str

    @property
    def what(self) -> str:
        """Kind and detail in one; most details say their kind themselves."""
        return self.detail if self.kind in self.detail else f"{self.kind}: {self.detail}"


def since(matter: Matter, language: str) -> str:
    """'Senin 1 Nov 2021'; '?' where not known."""
    if matter.since is None:
        return words.text("value.unknown", language)
    return formats.day(matter.since.date(), language)


def sentence(owner: str, matters: Sequence[Matter], view: View) -> str:
    """'Dinas Kesehatan: 7 hal perlu tindak lanjut per 29 Nov 2021 pukul 15.00 WIB; yang tertua sejak Senin 1 Nov'"""
    language = view.language
    moment = formats.moment(view.moment, language)
    if not matters:
        return words.text("agency.nothing", language, owner=owner, moment=moment)
    said = words.text("agency.sentence", language, owner=owner, n=len(matters), moment=moment)
    dated = [m.since for m in matters if m.since]
    if not dated:
        return words.text("agency.undated", language, said=said)
    return words.text("agency.oldest", language, said=said, day=formats.day(min(dated).date(), language))


def whatsapp(
    owner: str, matters: Sequence[Matter], view: View, *, simulated: bool, data_at: datetime | None, address: str
) -> str:
    """A message: title, sentence, the first MOST matters numbered, how many more there are, data version and link.

    `data_at`: the latest scan (WIB), None without one. Without contacts: a message is passed on.
    """
    language = view.language

    def said(key: str, **fields: object) -> str:
        return words.text(f"agency.{key}", language, **fields)

    lines = [said("wa.title", owner=plain(owner))]
    if simulated:
        lines.append(said("wa.simulated"))
    lines += [plain(sentence(owner, matters, view)), *([""] if matters else [])]
    for n, matter in enumerate(matters[:MOST], 1):
        where = f" ({plain(matter.kelurahan)})" if matter.kelurahan else ""
        name, what, day = plain(matter.name), plain(matter.what), since(matter, language)
        lines.append(said("wa.item", n=n, name=name, where=where, what=what, since=day))
        lines.append(said("wa.step", step=matter.next_step, rule=plain(matter.rule)))
    if len(matters) > MOST:
        lines.append(said("more", n=len(matters) - MOST))
    at = formats.moment(data_at, language) if data_at else words.text("value.unknown", language)
    lines += ["", words.text("carry.version", language, moment=at, build=view.build)]
    lines.append(words.text("carry.link", language, link=address))
    return "\n".join(lines)


def plain(text: str) -> str:
    """Text on one line of which WhatsApp makes no format."""
    return carry.line(text).translate(_PLAIN)
