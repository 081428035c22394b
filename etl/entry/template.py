"""The blank spreadsheet: a sheet of instructions, one of each kind of entry, and lists to choose from."""

from pathlib import Path
from typing import Any

import xlsxwriter

from core import places, words
from core.errors import UsageError
from core.settings import Settings
from etl.entry import contract, events, known

ROWS = 2_000  # that the lists to choose from reach down to
_WIDTH = {"place": 34, "name": 34, "source": 34, "document": 30, "owner": 34, "office": 34, "role": 30, "contact": 34}
_HELP = ("general", "stages", "time", "corrections", "places", "contacts", "check")


def write(settings: Settings, path: Path) -> None:
    """Writes the template. Raises UsageError where a file of that name is there."""
    if path.exists():
        raise UsageError("entry.template_there", file=path.name)
    there = known.of(settings, scenario=False)
    with xlsxwriter.Workbook(str(path)) as book:
        bold, wrap = book.add_format({"bold": True, "bottom": 1}), book.add_format({"text_wrap": True, "valign": "top"})
        text = book.add_format({"num_format": "@"})  # else Excel turns dates and numbers into what nobody typed
        help_sheet = book.add_worksheet(words.text("entry.sheet.help"))
        sheets = {key: book.add_worksheet(words.text(f"entry.sheet.{key}")) for key in contract.SHEETS}
        ranges = _lists(book.add_worksheet(words.text("entry.sheet.list")), there, bold)
        _help(help_sheet, bold, wrap)
        for key, sheet in sheets.items():
            sheet.freeze_panes(1, 0)
            for i, column in enumerate(contract.SHEETS[key]):
                sheet.set_column(i, i, _WIDTH.get(column.key, 18), text)
                title = words.text(f"entry.column.{column.key}") + (" *" if column.required else "")
                sheet.write_string(0, i, title, bold)
                if rule := ranges.get(column.key):
                    sheet.data_validation(1, i, ROWS, i, rule)


def _help(sheet: Any, bold: Any, wrap: Any) -> None:
    sheet.set_column(0, 0, 24, wrap)
    sheet.set_column(1, 1, 110, wrap)
    for line, key in enumerate(_HELP):
        sheet.write_string(line, 0, words.text(f"entry.help.{key}_title"), bold)
        sheet.write_string(line, 1, words.text(f"entry.help.{key}"), wrap)


def _lists(sheet: Any, there: known.Known, bold: Any) -> dict[str, dict[str, Any]]:
    """Lays the lists out and gives the rule of each column that chooses from one. Places and offices go by name."""
    placed = sorted((name, code) for code, name in there.name.items() if there.kind[code] in events.PLACED)
    lists = {
        "stage": [contract.stage_word(stage) for stage in places.STAGES],
        "confidence": [words.text(f"entry.confidence.{key}") for key in places.CONFIDENCE],
        "kind": [words.text(f"entry.kind.{kind}") for kind in places.KINDS],
        "simulated": [words.text(f"entry.answer.{key}") for key in ("no", "yes")],
        "category": sorted(there.categories),
        "owner": sorted(there.owners.values()),
        "place": [name for name, _ in placed],
        "place_id": [code for _, code in placed],
    }
    rules: dict[str, dict[str, Any]] = {}
    for i, (key, said) in enumerate(lists.items()):
        sheet.set_column(i, i, 30)
        sheet.write_string(0, i, words.text(f"entry.column.{key}"), bold)
        for line, word in enumerate(said, 1):
            sheet.write_string(line, i, word)
        letter = chr(ord("A") + i)
        source = f"='{words.text('entry.sheet.list')}'!${letter}$2:${letter}${len(said) + 1}"
        if said and key not in ("place", "place_id"):  # names and ids that are not in the list may be right, too
            rules[key] = {
                "validate": "list",
                "source": source,
                "error_title": words.text("entry.choose"),
                "error_message": words.text("entry.choose_from"),
            }
    return rules | ({"office": rules["owner"]} if "owner" in rules else {})
