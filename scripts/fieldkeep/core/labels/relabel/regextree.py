"""What the text of a regex tells about what it can match: groups, and finite sets of strings.

Reads the part of RE2's syntax that relabel rules are written in
(https://github.com/google/re2/wiki/Syntax). Anything else gives None: nothing is known, which
callers must take as "anything". Regexes given here have compiled.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import prod
from typing import Final

from fieldkeep.core.labels.relabel.goregex import Group

MAX_NESTING: Final = 50
MAX_STRINGS: Final = 256
_OPEN: Final = re.compile(r"\((?:(\?:)|\?P?<(\w+)>|(?!\?))")
_CLASS: Final = re.compile(r"\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]", re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(?:[pP](?:\{[^}]*\}|.)|x(?:\{[^}]*\}|..)|[0-7]{1,3}|.)", re.DOTALL)
_REPEAT: Final = re.compile(r"(?:([*?]|\{0+(?:,\d*)?\})|\+|\{\d+(?:,\d*)?\})\??")
_ASSERTIONS: Final = frozenset({"^", "$", r"\b", r"\B", r"\A", r"\z"})


@dataclass(frozen=True, slots=True)
class Literal:
    """Exactly this character."""

    char: str


@dataclass(frozen=True, slots=True)
class Opaque:
    """A class, a dot, an escape: some character. An assertion matches none, but looks around."""

    assertion: bool


@dataclass(frozen=True, slots=True)
class Parens:
    """A group; ``number`` is None where it does not capture."""

    number: int | None
    name: str | None
    inner: Alternation
    text: str


@dataclass(frozen=True, slots=True)
class Piece:
    """An atom; ``repeated`` by ``* + ? {}``, ``optional`` if that may be no times at all."""

    atom: Literal | Opaque | Parens
    repeated: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Branch:
    """One side of a ``|``."""

    pieces: tuple[Piece, ...]
    text: str


Alternation = tuple[Branch, ...]


@dataclass(frozen=True, slots=True)
class Capture:
    """A capture group: the ``text`` it must match, and whether every match fills it."""

    text: str
    filled: bool


class _UnknownError(Exception):
    """Syntax that is not read here."""


@lru_cache(maxsize=4096)
def tree(regex: str) -> Alternation | None:
    """The alternatives of a regex, or None."""
    try:
        parser = _Parser(regex)
        found = parser.alternation(0)
    except _UnknownError:
        return None
    return found if parser.at == len(regex) else None


def branches(regex: str) -> tuple[str, ...]:
    """The regexes between its ``|``, seen through parentheses around the whole; else itself."""
    match tree(regex):
        case None:
            return (regex,)
        case (Branch(pieces=(Piece(atom=Parens(inner=inner), repeated=False),)),):
            return tuple(part for branch in inner for part in branches(branch.text))
        case found:
            return tuple(branch.text for branch in found)


@lru_cache(maxsize=4096)
def strings(regex: str) -> frozenset[str] | None:
    """All strings that the regex matches, if they are few; else None."""
    alternatives = tree(regex)
    return None if alternatives is None else _strings(alternatives)


def capture(regex: str, group: Group) -> Capture | None:
    """The capture group of that number or name, or None: unknown, and it may match anything."""
    alternatives = tree(regex)
    if alternatives is None:
        return None
    whole = Parens(0, None, alternatives, f"({regex})")
    for parens, mandatory in ((whole, True), *_captures(alternatives, mandatory=True)):
        if group.name in (parens.number, parens.name) and not _looks_around(parens.inner):
            return Capture(parens.text, mandatory and not _may_be_empty(parens.inner))
    return None


class _Parser:
    """Recursive descent over the text; ``groups`` numbers the capturing ones as they open."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.groups = 0

    def alternation(self, depth: int) -> Alternation:
        if depth > MAX_NESTING:
            raise _UnknownError
        branches = [self.branch(depth)]
        while self.text.startswith("|", self.at):
            self.at += 1
            branches.append(self.branch(depth))
        return tuple(branches)

    def branch(self, depth: int) -> Branch:
        start = self.at
        pieces: list[Piece] = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            atom = self.atom(depth)
            repeat = self.take(_REPEAT)
            pieces.append(Piece(atom, repeat is not None, bool(repeat and repeat[1])))
        return Branch(tuple(pieces), self.text[start : self.at])

    def atom(self, depth: int) -> Literal | Opaque | Parens:
        match self.text[self.at]:
            case "(":
                return self.parens(depth)
            case "[":
                self.must(_CLASS)
                return Opaque(assertion=False)
            case "\\":
                return self.escape()
            case "." | "^" | "$" as char:
                self.at += 1
                return Opaque(char in _ASSERTIONS)
            case "{" | "*" | "+" | "?":
                raise _UnknownError  # a brace that is no repetition, or a repeated repetition
            case char:
                self.at += 1
                return Literal(char)

    def parens(self, depth: int) -> Parens:
        start = self.at
        silent, name = self.must(_OPEN).groups()
        number = None
        if not silent:
            self.groups += 1
            number = self.groups
        inner = self.alternation(depth + 1)
        if not self.text.startswith(")", self.at):
            raise _UnknownError
        self.at += 1
        return Parens(number, name, inner, self.text[start : self.at])

    def escape(self) -> Literal | Opaque:
        escaped = self.must(_ESCAPE)[0]
        if escaped[1] in "QEC":
            raise _UnknownError
        if escaped[1].isalnum():
            return Opaque(escaped in _ASSERTIONS)
        return Literal(escaped[1])

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def must(self, pattern: re.Pattern[str]) -> re.Match[str]:
        found = self.take(pattern)
        if found is None:
            raise _UnknownError
        return found


def _captures(alternatives: Alternation, *, mandatory: bool) -> Iterator[tuple[Parens, bool]]:
    """Each capturing group, outer ones first, with whether every match goes through it."""
    single = mandatory and len(alternatives) == 1
    for piece in _pieces(alternatives):
        if isinstance(piece.atom, Parens):
            through = single and not piece.optional
            if piece.atom.number is not None:
                yield piece.atom, through
            yield from _captures(piece.atom.inner, mandatory=through)


def _pieces(alternatives: Alternation) -> Iterator[Piece]:
    return (piece for branch in alternatives for piece in branch.pieces)


def _may_be_empty(alternatives: Alternation) -> bool:
    return any(all(map(_piece_may_be_empty, branch.pieces)) for branch in alternatives)


def _piece_may_be_empty(piece: Piece) -> bool:
    match piece:
        case Piece(optional=True) | Piece(atom=Opaque(assertion=True)):
            return True
        case Piece(atom=Parens(inner=inner)):
            return _may_be_empty(inner)
        case _:
            return False


def _looks_around(alternatives: Alternation) -> bool:
    """Whether what it matches depends on the text around it."""
    return any(
        piece.atom.assertion
        if isinstance(piece.atom, Opaque)
        else isinstance(piece.atom, Parens) and _looks_around(piece.atom.inner)
        for piece in _pieces(alternatives)
    )


def _strings(alternatives: Alternation) -> frozenset[str] | None:
    found: set[str] = set()
    for branch in alternatives:
        parts = [_piece_strings(piece) for piece in branch.pieces]
        known = [part for part in parts if part is not None]
        if len(known) != len(parts) or prod(map(len, known)) > MAX_STRINGS:
            return None
        found.update("".join(chosen) for chosen in product(*known))
    return frozenset(found) if len(found) <= MAX_STRINGS else None


def _piece_strings(piece: Piece) -> frozenset[str] | None:
    match piece:
        case Piece(repeated=True):
            return None
        case Piece(atom=Literal(char)):
            return frozenset({char})
        case Piece(atom=Parens(inner=inner)):
            return _strings(inner)
        case _:
            return None
