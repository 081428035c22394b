"""The cells of one row, read one by one: what cannot be used is refused, all of it, and the row is then no entry."""

from collections.abc import Callable
from typing import Any, TypeVar

from core import words
from core.resolve import Doubtful, Resolver
from etl.entry import contract, values
from etl.entry.sheets import FAULTY, Row, Table
from etl.entry.values import Fault, Wrong

T = TypeVar("T")


class Cells:
    """A row while it is read; `bad` once a cell of it was refused."""

    def __init__(self, table: Table, row: Row, faults: list[Fault]) -> None:
        self._table, self._row, self._faults = table, row, faults
        self._required = {column.key for column in contract.SHEETS[table.key] if column.required}
        self.bad = False

    def has(self, column: str) -> bool:
        """Something stands in the cell."""
        return column in self._row.cells

    def get(self, column: str, read: Callable[[Any], T]) -> T | None:
        """The value of a cell; None where it is empty or refused."""
        cell = self._row.cells.get(column)
        if cell is FAULTY:
            self.bad = True
        elif cell is not None:
            try:
                if (found := read(cell)) != "":
                    return found
            except Wrong as wrong:
                self.refuse(column, wrong.expected)
                return None
        if cell is not FAULTY and column in self._required:
            self.refuse(column, words.text("entry.expected.required"))
        return None

    def text(self, column: str) -> str | None:
        """A cell as one line of text."""
        return self.get(column, values.text)

    def refuse(self, column: str, expected: str) -> None:
        """Refuses the cell of `column`, saying what was expected."""
        self.bad = True
        self._faults.append(self._table.fault(self._row, column, expected))


def resolved(said: str, names: Resolver, level: str, what: str) -> str:
    """The code of a name, or Wrong with the names that come near; `what` is expected."""
    try:
        return names.code(said, level)
    except Doubtful as doubt:
        if doubt.candidates:
            near = ", ".join(f"{name} ({code})" for code, name in doubt.candidates)
            raise Wrong("near", what=what, near=near) from None
        raise Wrong("named", what=what) from None
