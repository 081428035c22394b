"""Rows of the sheets of places and contacts become rows of the register; what is there already is not changed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core import places, words
from core.resolve import Resolver
from etl.entry import contract, values
from etl.entry.cells import Cells, resolved
from etl.entry.known import Known
from etl.entry.sheets import Row, Table
from etl.entry.values import Fault, Wrong

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST_ID = 60
# What may stand above each kind; a door must have something above it, or nobody knows where it is.
ABOVE = {"area": (), "site": ("area",), "building": ("site",), "door": ("site", "building")}
_SITE_ONLY = ("kelurahan", "category", "owner", "capacity", "valid_from")


@dataclass
class Read:
    """What the rows come to, as records of place and site or of contact; `there`: how many were known already."""

    place: list[dict[str, Any]] = field(default_factory=list)
    site: list[dict[str, Any]] = field(default_factory=list)
    contact: list[dict[str, Any]] = field(default_factory=list)
    there: int = 0
    changed: dict[tuple[str, str], str] = field(default_factory=dict)  # contact -> what stood there
    faults: list[Fault] = field(default_factory=list)

    def names(self, kinds: tuple[str, ...]) -> dict[str, str]:
        """New places of these kinds by id."""
        return {row["place_id"]: row["name"] for row in self.place if row["kind"] in kinds}


def read(table: Table, known: Known, scenario: Known, file: str, areas: int) -> Read:
    """New places of `table`. A parent may stand in the file too; source and confidence are the file's where empty.

    areas: how many the city has by its city.toml (0: not said); a build with more would not pass its checks.
    """
    found = Read()
    kinds = contract.kinds()
    heads: dict[str, tuple[str, str]] = {}  # of the file: id -> kind, name
    for row in table.rows:
        cells = Cells(table, row, [])  # refused below, once
        place, kind, name = cells.get("place_id", _id), cells.get("kind", lambda c: _kind(c, kinds)), cells.text("name")
        if place and kind and name:
            heads.setdefault(place, (kind, name))
    lines: dict[str, int] = {}
    for row in table.rows:
        cells = Cells(table, row, found.faults)
        place, kind, name = cells.get("place_id", _id), cells.get("kind", lambda c: _kind(c, kinds)), cells.text("name")
        parent = _parent(cells, kind, known, heads) if kind else None
        site = _site(cells, kind, known)
        record = {"place_id": place, "kind": kind, "name": name, **_provenance(cells, file)}
        if place in lines:
            cells.refuse("place_id", words.text("entry.expected.once_in_file", line=lines[place]))
        elif place:
            lines[place] = row.line
        if place and place not in known.places and place in scenario.places:
            cells.refuse("place_id", words.text("entry.expected.id_made_up"))
        if kind == "area" and areas and place not in known.places:
            cells.refuse("kind", words.text("entry.expected.no_area", n=areas))
        if cells.bad or not place or not kind:
            continue
        above = None if kind == "site" else parent
        full = (
            site["valid_from"],
            site["kelurahan_code"],
            parent,
            site["category"],
            site["owner_id"],
            site["capacity"],
        )
        if place in known.places:
            same_site = kind != "site" or full in known.sites.get(place, [])
            if known.places[place] == (kind, above, name) and same_site:
                found.there += 1
            else:
                cells.refuse("place_id", words.text("entry.expected.place_there"))
            continue
        found.place.append(record | {"parent_id": above or ""})
        if kind == "site":
            found.site.append(
                {**record, **{k: "" if v is None else v for k, v in site.items()}, "area_id": parent or ""}
            )
    _trim(found)
    return found


def _trim(found: Read) -> None:
    for rows, table in ((found.place, "place"), (found.site, "site")):
        fields = {column.name for column in places.columns(table)}
        rows[:] = [{name: value for name, value in row.items() if name in fields} for row in rows]


def _parent(cells: Cells, kind: str, known: Known, heads: Mapping[str, tuple[str, str]]) -> str | None:
    above = ABOVE[kind]
    if not cells.has("parent"):
        if kind in ("building", "door"):
            cells.refuse("parent", words.text("entry.expected.parent", kinds=_kinds(above)))
        return None
    if not above:
        cells.refuse("parent", words.text("entry.expected.no_parent"))
        return None
    names = known.places_of(above, {place: name for place, (k, name) in heads.items() if k in above})
    what = words.text("entry.expected.parent", kinds=_kinds(above))
    return cells.get("parent", lambda cell: resolved(values.text(cell), names, "place", what))


def _site(cells: Cells, kind: str | None, known: Known) -> dict[str, Any]:
    """What only a site has."""
    categories = contract.categories(known.categories)
    owners = Resolver({"owner": known.owners})
    site = {
        "valid_from": cells.get("valid_from", values.any_day),
        "kelurahan_code": cells.get(
            "kelurahan",
            lambda c: resolved(values.text(c), known.kelurahan, "kelurahan", words.text("entry.what.kelurahan")),
        ),
        "category": cells.get("category", lambda c: values.word(c, categories, ", ".join(known.categories))),
        "owner_id": cells.get(
            "owner", lambda c: resolved(values.text(c), owners, "owner", words.text("entry.what.owner"))
        ),
        "capacity": cells.get("capacity", values.count),
    }
    if kind and kind != "site":
        for column in _SITE_ONLY:
            if cells.has(column):
                cells.refuse(column, words.text("entry.expected.only_site", kind=words.text("entry.kind.site")))
    return site


def contacts(table: Table, known: Known, file: str) -> Read:
    """New contacts of offices. Who is entered again for the same role takes the place of who stood there."""
    found = Read()
    owners = Resolver({"owner": known.owners})
    seen: dict[tuple[str, str], tuple[Row, str]] = {}
    for row in table.rows:
        cells = Cells(table, row, found.faults)
        owner = cells.get("office", lambda c: resolved(values.text(c), owners, "owner", words.text("entry.what.owner")))
        role, contact = cells.get("role", values.contact), cells.get("contact", values.contact)
        record = _provenance(cells, file)
        if cells.bad or not owner or not role or not contact:
            continue
        key = (owner, role)
        if key in seen:
            if seen[key][1] != contact:
                cells.refuse("contact", words.text("entry.expected.once_in_file", line=seen[key][0].line))
            continue
        seen[key] = (row, contact)
        if known.contacts.get(key) == contact:
            found.there += 1
            continue
        if key in known.contacts:
            found.changed[key] = known.contacts[key]
        found.contact.append({"owner_id": owner, "role": role, "contact": contact, **record})
    return found


def _provenance(cells: Cells, file: str) -> dict[str, str]:
    confidences = contract.confidences()
    names = " | ".join(words.text(f"entry.confidence.{key}") for key in places.CONFIDENCE)
    return {
        "source": cells.text("source") or file,
        "confidence": cells.get("confidence", lambda c: values.word(c, confidences, names)) or "medium",
    }


def _kind(cell: Any, kinds: Mapping[str, str]) -> str:
    return values.word(cell, kinds, _kinds(places.KINDS))


def _kinds(kinds: tuple[str, ...]) -> str:
    return " | ".join(words.text(f"entry.kind.{kind}") for kind in kinds)


def _id(cell: Any) -> str:
    said = values.text(cell)
    if said and (not _ID.fullmatch(said) or len(said) > _LONGEST_ID):
        raise Wrong("place_id")
    return said
