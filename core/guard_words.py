"""The guard plan in words: its sentence, a line a park, and the message for WhatsApp. Pure: a plan in, words out."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from core import formats, guards, words
from core.agency import plain
from core.guards import SHIFTS, Expected, Post
from core.view import View

ROUNDED_TO = 5  # persons expected are a rough figure, and no exact number of a place and hour leaves the screens


@dataclass(frozen=True)
class Line:
    """One park. By shift: `posts`, `reasons` (of core.guards.REASONS, None with a post) and `expected`.

    In words: `limit`, `basis`, `use` and `why`, which is empty where the park opens in every shift.
    """

    place_id: str
    name: str
    kelurahan: str | None
    owner: str | None
    gates: str | None
    posts: tuple[Post | None, ...]
    reasons: tuple[str | None, ...]
    expected: tuple[Expected | None, ...]
    basis: str
    limit: str
    persons: int | None
    why: str
    use: str

    @property
    def decision(self) -> str:
        """'open' with a guarded shift; else why not: of core.guards.REASONS, the one that more guards would mend."""
        if any(self.posts):
            return "open"
        return max((r for r in self.reasons if r), key=guards.REASONS.index)


def shift(n: int) -> str:
    """'08.00-16.00'."""
    first, last = SHIFTS[n]
    return f"{first:02d}.00-{last:02d}.00"


def team(post: Post | None, language: str) -> str:
    """'Regu 1, 2 petugas'; '-' without one."""
    if post is None:
        return "-"
    return words.text("guards.team", language, team=post.team, n=formats.number(post.guards, 0, language))


def about(persons: float) -> int:
    """Persons expected, to the nearest ROUNDED_TO, a half upwards."""
    return int(persons / ROUNDED_TO + 0.5) * ROUNDED_TO


def people(expected: Expected | None, language: str) -> str:
    """'kira-kira 120'; '?' where not known."""
    if expected is None:
        return words.text("value.unknown", language)
    return words.text("guards.about", language, n=formats.number(about(expected.persons), 0, language))


def reckoned(expected: Expected | None, language: str) -> str:
    """'Perkiraan 120 orang menurut luas', for where there is no room for the whole basis."""
    if expected is None:
        return words.text("guards.reckoned.unknown", language)
    key = "area" if expected.basis == "area" else "counted"
    return words.text(f"guards.reckoned.{key}", language, n=formats.number(about(expected.persons), 0, language))


def sentence(day: date, n: int, lines: Sequence[Line], language: str) -> str:
    """'Sabtu 30 Okt 2021, 8 petugas per sif: 4 taman dapat dibuka dengan penjagaan, 6 belum (4 ...).'"""
    if not lines:
        return words.text("guards.no_parks", language)

    def number(value: int) -> str:
        return formats.number(value, 0, language)

    found = Counter(line.decision for line in lines)
    parts = [
        words.text(f"guards.part.{name}", language, n=number(found[name]))
        for name in guards.REASONS
        if found[name] and name != "short"
    ]
    some = sum(any(line.posts) and not all(line.posts) for line in lines)
    said = words.text(
        "guards.sentence", language, day=formats.day(day, language), n=number(n), open=number(found["open"]),
        some=words.text("guards.one_shift", language, n=number(some)) if some else "",
        rest=number(len(lines) - found["open"]),
    )  # fmt: skip
    return said + (f" ({', '.join(parts)})." if parts else ".")


def duty(line: Line, post: Post, language: str) -> str:
    """'Jaga 08.00-16.00, Regu 1, 2 petugas, pintu utara.'"""
    gates = words.text("guards.gates", language, gates=line.gates) if line.gates else ""
    return words.text("guards.duty", language, shift=shift(post.shift), team=team(post, language), gates=gates)


def overflow(line: Line, language: str) -> str:
    """What the team does when more people are inside than may be: an office to tell, never a contact."""
    owner = line.owner or words.text("guards.owner", language)
    return words.text("guards.overflow", language, owner=owner)


def left(lines: Sequence[Line]) -> list[tuple[str, list[str]]]:
    """Parks that do not open, by why, in the order of the lines: with 86 of them a name each is no message."""
    found: dict[str, list[str]] = {}
    for line in lines:
        if not any(line.posts):
            found.setdefault(line.why, []).append(line.name)
    return list(found.items())


def whatsapp(
    day: date, n: int, lines: Sequence[Line], view: View, *, simulated: bool, data_at: datetime | None, address: str
) -> str:
    """A message: title, sentence, teams of each shift with their limit, what does not open and why, version, link."""
    language = view.language

    def said(key: str, **fields: object) -> str:
        return words.text(f"guards.wa.{key}", language, **fields)

    out = [said("title", day=formats.day(day, language))]
    if simulated:
        out.append(words.text("agency.wa.simulated", language))
    out.append(sentence(day, n, lines, language))
    for k in range(len(SHIFTS)):
        out += ["", said("shift", shift=shift(k))]
        mine = [(post, line) for line in lines if (post := line.posts[k])]
        for post, line in sorted(mine, key=lambda pair: pair[0].team):
            where = f" ({plain(line.kelurahan)})" if line.kelurahan else ""
            gates = words.text("guards.gates", language, gates=plain(line.gates)) if line.gates else ""
            out.append(
                said("post", name=plain(line.name), where=where, team=team(post, language), gates=gates,
                     limit=plain(line.limit), people=reckoned(line.expected[k], language))
            )  # fmt: skip
        if not mine:
            out.append(said("nobody"))
    if any(any(line.posts) for line in lines):
        out += ["", said("overflow")]
    if closed := left(lines):
        n_closed = sum(len(names) for _, names in closed)
        out += ["", said("closed", n=formats.number(n_closed, 0, language))]
        for why, names in closed:
            out.append(said("left", names=", ".join(plain(name) for name in names), why=plain(why)))
    at = formats.moment(data_at, language) if data_at else words.text("value.unknown", language)
    out += ["", words.text("carry.version", language, moment=at, build=view.build)]
    out.append(words.text("carry.link", language, link=address))
    return "\n".join(out)
