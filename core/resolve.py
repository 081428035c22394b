"""From names to codes: the code itself, then the exact name, then the normalised one, then an alias. Never a guess."""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# Words that stand before a name and are no part of it; they also say which level is meant.
_LEVEL_WORDS = {"kecamatan": "kecamatan", "kec": "kecamatan", "kelurahan": "kelurahan", "kel": "kelurahan"}
CANDIDATES = 3


@dataclass(frozen=True)
class Doubtful(Exception):
    """A name that fits no code or several; `candidates` are (code, name), likeliest first."""

    name: str
    level: str
    candidates: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        known = ", ".join(f"{name} ({code})" for code, name in self.candidates) or "-"
        return f"{self.level} '{self.name}': {known}"


def normalised(name: str) -> str:
    """Lower case, no accents, no spaces, hyphens or marks: 'Oro-oro Dowo' and 'ORO ORO DOWO' are one."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]", "", plain.lower())


class Resolver:
    """Codes of one register by level (kecamatan, kelurahan, place); five names are both kecamatan and kelurahan."""

    def __init__(self, names: Mapping[str, Mapping[str, str]], aliases: Iterable[tuple[str, str, str]] = ()) -> None:
        """`names`: level -> code -> name; `aliases`: (level, name, code)."""
        self._names = {level: dict(codes) for level, codes in names.items()}
        self._exact: dict[tuple[str, str], set[str]] = {}
        self._normal: dict[tuple[str, str], set[str]] = {}
        self._alias: dict[tuple[str, str], set[str]] = {}
        for level, codes in self._names.items():
            for code, name in codes.items():
                self._exact.setdefault((level, name), set()).add(code)
                self._normal.setdefault((level, normalised(name)), set()).add(code)
        for level, name, code in aliases:
            self._alias.setdefault((level, normalised(name)), set()).add(code)

    def code(self, said: str, level: str) -> str:
        """The code of `said` at `level`; raises Doubtful with its candidates where it is not certain."""
        said = said.strip()
        first, _, rest = said.partition(" ")
        word = first.lower().rstrip(".")
        if rest and word in _LEVEL_WORDS and level in _LEVEL_WORDS.values():
            if _LEVEL_WORDS[word] != level:  # 'Kecamatan Sukun' is no kelurahan, though Sukun is one too
                raise Doubtful(said, level, self._near(rest, level))
            said = rest.strip()
        if said in self._names[level]:
            return said
        for found in (
            self._exact.get((level, said)),
            self._normal.get((level, normalised(said))),
            self._alias.get((level, normalised(said))),
        ):
            if found and len(found) == 1:
                return next(iter(found))
            if found:  # several places of one name: the reader must say which
                raise Doubtful(said, level, tuple(sorted((c, self._names[level][c]) for c in found)))
        raise Doubtful(said, level, self._near(said, level))

    def _near(self, said: str, level: str) -> tuple[tuple[str, str], ...]:
        by_normal = {normalised(name): (code, name) for code, name in sorted(self._names[level].items())}
        close = difflib.get_close_matches(normalised(said), list(by_normal), n=CANDIDATES, cutoff=0.6)
        return tuple(by_normal[key] for key in close)
