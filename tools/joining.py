"""One .mpy in the place of many: the modules of a folder that stay on the board, in one module.

MicroPython gives every module a table of names, a dictionary and an object of its own, and every
.mpy file brings its texts again: of the 150 modules that a board keeps 24 kB of heap. Here they
become one for each folder (`cf_unit` ...): their statements one after the other in the order in
which they import each other, each word of a module's level under a short name of its own, and what
one takes from another that very name. tools/resident.py says which modules; `lines` and `words`
say what a line and a word of a joined module is in the sources.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from tools.baking import Edit, edited, span
from tools.folding import parsed
from tools.naming import shorts
from tools.resident import joinable, ordered
from tools.scopes import Place, names_of

KEPT = ("App",)
Lines = dict[str, list[tuple[int, str, int]]]


class JoinError(Exception):
    """Two modules that cannot be joined, in one line."""


@dataclass
class Joined:
    """The sources of a build after joining; `homes` says where a module that is gone went."""

    sources: dict[str, str]
    homes: dict[str, str] = field(default_factory=dict)
    lines: Lines = field(default_factory=dict)
    words: dict[str, dict[str, str]] = field(
        default_factory=dict
    )  # of each, its word: what it was


def join(sources: Mapping[str, str], kept: Iterable[str]) -> Joined:
    """`sources` with the modules that `kept` import at once in a few modules."""
    order = ordered(kept, sources)
    homes = {name: _home(name) for name in joinable(order, sources)}
    return _Joiner(sources, homes, order).made()


def _home(name: str) -> str:
    top = name.partition(".")[0]
    return "app" if top.startswith("app") else f"cf_{top}"


class _Joiner:
    def __init__(self, sources: Mapping[str, str], homes: dict[str, str], order: list[str]):
        self.sources, self.homes = sources, homes
        self.order = [name for name in order if name in homes]
        self.places = {name: names_of(source) for name, source in sources.items()}
        self.words: dict[tuple[str, str], str] = {}  # (module, word of its own): the word now
        self.outside: dict[tuple[str, str, str], str] = {}  # (home, module, its word): the word
        self._choose()

    # --- words ----------------------------------------------------------------------
    def _choose(self) -> None:
        """A word of its own for every name of a joined module's level."""
        local = {
            place.word
            for name in self.homes
            for place in self.places[name]
            if place.scope != "module"
        }
        free = {
            place.word
            for name in self.homes
            for place in self.places[name]
            if place.scope == "module" and not place.bound
        }
        taken = {home: local | free | set(dir(builtins)) for home in set(self.homes.values())}
        for name in self.order:
            home = self.homes[name]
            own = {p.word for p in self.places[name] if p.scope == "module" and p.bound}
            for word in sorted(own - self._imports(name).keys()):
                plain = word in KEPT or word.endswith("Error")  # what an exception is called stays
                self.words[name, word] = _fresh(word if plain else "", taken[home])
        self.taken = taken

    def _imports(self, name: str) -> dict[str, tuple[str, str]]:
        """Word that an import at the top of a module binds: (module, its word or "")."""
        found = {}
        for node in parsed(self.sources[name])[0].body:
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    inner = f"{node.module}.{alias.name}"
                    found[alias.asname or alias.name] = (
                        (inner, "") if inner in self.sources else (str(node.module), alias.name)
                    )
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    found[alias.asname or alias.name] = (alias.name, "")
        return found

    def _outside(self, home: str, module: str, word: str, hint: str) -> str:
        """The word for something that a joined module imports from elsewhere, once for all."""
        key = (home, module, word)
        if key not in self.outside:
            self.outside[key] = _fresh(hint, self.taken[home])
        return self.outside[key]

    # --- texts ----------------------------------------------------------------------
    def made(self) -> Joined:
        done = Joined({}, dict(self.homes))
        for name in self.sources:
            if name not in self.homes:
                done.sources[name] = self._apart(name)
        for home in sorted(set(self.homes.values())):
            text: list[str] = []
            lines: list[tuple[int, str, int]] = []
            self.told: set[tuple[str, str, str]] = set()
            for name in self.order:
                if self.homes[name] != home:
                    continue
                code = list(_code(self._joined(name)))
                text += self._import_lines(home)  # here: what it runs may need what is above
                last = -1
                for at, line in code:
                    if at != last + 1:
                        lines.append((len(text) + 1, name, at))
                    last = at
                    text.append(line)
            done.lines[home] = lines
            done.words[home] = {
                new: f"{name}.{word}"
                for (name, word), new in self.words.items()
                if self.homes[name] == home
            }
            done.sources[home] = "\n".join(text) + "\n"
        return done

    def _import_lines(self, home: str) -> list[str]:
        """What a joined module takes from others and has not yet."""
        lines = []
        for key, own in self.outside.items():
            where, module, word = key
            if where != home or key in self.told:
                continue
            self.told.add(key)
            if module in self.homes:
                lines.append(f"from {self.homes[module]} import {_as(word, own)}")
            elif word:
                lines.append(f"from {module} import {_as(word, own)}")
            elif "." in module:
                package, _, last = module.rpartition(".")
                lines.append(f"from {package} import {_as(last, own)}")
            else:
                lines.append(f"import {_as(module, own)}")
        return lines

    def _joined(self, name: str) -> str:
        """A module's own text, for its place in the joined one."""
        home = self.homes[name]
        imports = self._imports(name)
        edits: list[Edit] = []
        for node in parsed(self.sources[name])[0].body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                edits.append((*span(node), ""))
            elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                edits.append((*span(node), ""))
        bases = self._attributes(name)
        for place in self.places[name]:
            if place.scope != "module" or place.import_at_top:
                continue
            new = self._word(home, name, place, imports, bases)
            if isinstance(new, tuple):
                edits.append(new)
            elif new != place.word:
                edits.append((*place.where, new))
        edits += self._late(name)
        return edited(self.sources[name], edits)

    def _attributes(self, name: str) -> dict[tuple[int, int], ast.Attribute]:
        """By the place of what the attribute is asked of."""
        return {
            (node.value.lineno, node.value.col_offset): node
            for node in parsed(self.sources[name])[1]
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        }

    def _word(
        self, home: str, name: str, place: Place, imports: dict[str, tuple[str, str]],
        bases: dict[tuple[int, int], ast.Attribute],
    ) -> str | Edit:  # fmt: skip
        if (name, place.word) in self.words:
            return self.words[name, place.word]
        if place.word not in imports:
            return place.word  # Python's own
        module, word = imports[place.word]
        if module in self.homes:
            if not word:  # p.WORD
                node = bases[place.at]
                return (*span(node), self._own(home, module, node.attr))
            return self._own(home, module, word)
        return self._outside(home, module, word, place.word)

    def _own(self, home: str, module: str, word: str) -> str:
        """The word in `home` for a word of another joined module, through what that imports."""
        while (module, word) not in self.words:
            if module not in self.homes:
                return self._outside(home, module, word, word)
            module, word = self._imports(module)[word]
        new = self.words[module, word]
        return new if self.homes[module] == home else self._outside(home, module, new, new)

    def _late(self, name: str) -> list[Edit]:
        """Imports inside functions, of what has been joined."""
        top = {id(node) for node in parsed(self.sources[name])[0].body}
        if name not in self.homes:
            top = set()
        edits: list[Edit] = []
        for node in parsed(self.sources[name])[1]:
            if not isinstance(node, ast.ImportFrom) or id(node) in top:
                continue
            parts = []
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                own = alias.asname or alias.name
                if inner in self.homes:
                    parts.append(f"import {_as(self.homes[inner], own)}")
                elif node.module in self.homes:
                    module, word = self._source(str(node.module), alias.name)
                    parts.append(f"from {module} import {_as(word, own)}")
                else:
                    parts.append(f"from {node.module} import {_as(alias.name, own)}")
            if any(f"{node.module}.{a.name}" in self.homes for a in node.names) or (
                node.module in self.homes
            ):
                edits.append((*span(node), "; ".join(parts)))
        return edits

    def _source(self, module: str, word: str) -> tuple[str, str]:
        """Where a module that stays apart finds a word of a joined one now."""
        while (module, word) not in self.words:
            if module not in self.homes:
                return module, word
            if word not in (found := self._imports(module)):
                raise JoinError(f"{module} has no {word}")
            module, word = found[word]
        return self.homes[module], self.words[module, word]

    def _apart(self, name: str) -> str:
        """A module that stays, with what it takes from joined ones."""
        source = self.sources[name]
        edits = self._late(name)
        modules = {
            alias.asname or alias.name: f"{node.module}.{alias.name}"
            for node in parsed(source)[1]
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
            if f"{node.module}.{alias.name}" in self.homes
        }
        if modules:
            for node in parsed(source)[1]:
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                    if (module := modules.get(node.value.id)) is None:
                        continue
                    home, word = self._source(module, node.attr)
                    if home != self.homes[module]:
                        raise JoinError(f"{name}: {node.attr} is not {module}'s own")
                    edits.append((*span(node), f"{node.value.id}.{word}"))
        return edited(source, edits)


def _as(word: str, own: str) -> str:
    return word if word == own else f"{word} as {own}"


def _fresh(word: str, taken: set[str]) -> str:
    """`word` if it is not taken, else the first of _a, _b ... that is not; taken from now on."""
    new = word if word and word not in taken else next(shorts(taken))
    taken.add(new)
    return new


def _code(text: str) -> Iterator[tuple[int, str]]:
    """The lines with code on them, by number; a literal over many lines stays whole."""
    inside: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            assert node.end_lineno is not None
            inside.update(range(node.lineno, node.end_lineno + 1))
    for number, line in enumerate(text.split("\n"), 1):
        words = line.strip()
        if number in inside or (words and not words.startswith("#")):
            yield number, line
