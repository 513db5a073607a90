"""A syntax tree of RE2 regexes: their alternatives, their groups, and the strings they match.

Reads the part of the syntax (https://github.com/google/re2/wiki/Syntax) that relabel rules use.
Functions return None for anything else: the regex may match anything. Regexes given here have
compiled.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import prod
from typing import Final

from fieldkeep.core.labels.relabel.goregex import GroupRef

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
    """Some character (a class, a dot, an escape), or an assertion about the text around it."""

    assertion: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A group in parentheses; ``number`` is None if it does not capture."""

    number: int | None
    name: str | None
    inner: Alternation
    text: str


@dataclass(frozen=True, slots=True)
class Piece:
    """An atom; ``repeated`` by ``* + ? {}``, ``optional`` if it may be repeated zero times."""

    atom: Literal | Opaque | Group
    repeated: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Branch:
    """One alternative of a ``|``."""

    pieces: tuple[Piece, ...]
    text: str


Alternation = tuple[Branch, ...]


@dataclass(frozen=True, slots=True)
class Capture:
    """A capture group: the ``text`` it must match, and whether every match fills it."""

    text: str
    filled: bool


class _UnsupportedError(Exception):
    """Syntax that is not read here."""


@lru_cache(maxsize=4096)
def parse(regex: str) -> Alternation | None:
    """The syntax tree of a regex, or None if it is not read here."""
    try:
        parser = _Parser(regex)
        alternation = parser.alternation(0)
    except _UnsupportedError:
        return None
    return alternation if parser.at == len(regex) else None


def alternatives(regex: str) -> tuple[str, ...]:
    """The regexes between its ``|``, also inside parentheses around the whole regex."""
    match parse(regex):
        case None:
            return (regex,)
        case (Branch(pieces=(Piece(atom=Group(inner=inner), repeated=False),)),):
            return tuple(part for branch in inner for part in alternatives(branch.text))
        case alternation:
            return tuple(branch.text for branch in alternation)


@lru_cache(maxsize=4096)
def all_strings(regex: str) -> frozenset[str] | None:
    """All strings that the regex matches, if they are few; else None."""
    alternation = parse(regex)
    return None if alternation is None else _strings(alternation)


@lru_cache(maxsize=4096)
def capture_group(regex: str, group: GroupRef) -> Capture | None:
    """The capture group of that number or name; None if it may match anything."""
    alternation = parse(regex)
    if alternation is None:
        return None
    whole = Group(0, None, alternation, f"({regex})")
    for captured, mandatory in ((whole, True), *_captures(alternation, mandatory=True)):
        if group.name in (captured.number, captured.name) and not _has_assertion(captured.inner):
            return Capture(captured.text, mandatory and not _may_be_empty(captured.inner))
    return None


class _Parser:
    """A recursive descent parser; ``groups`` counts the capturing groups opened so far."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.groups = 0

    def alternation(self, depth: int) -> Alternation:
        if depth > MAX_NESTING:
            raise _UnsupportedError
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

    def atom(self, depth: int) -> Literal | Opaque | Group:
        match self.text[self.at]:
            case "(":
                return self.group(depth)
            case "[":
                self.expect(_CLASS)
                return Opaque(assertion=False)
            case "\\":
                return self.escape()
            case "." | "^" | "$" as char:
                self.at += 1
                return Opaque(char in _ASSERTIONS)
            case "{" | "*" | "+" | "?":
                raise _UnsupportedError  # a brace that is no repetition, or a repeated repetition
            case char:
                self.at += 1
                return Literal(char)

    def group(self, depth: int) -> Group:
        start = self.at
        silent, name = self.expect(_OPEN).groups()
        number = None
        if not silent:
            self.groups += 1
            number = self.groups
        inner = self.alternation(depth + 1)
        if not self.text.startswith(")", self.at):
            raise _UnsupportedError
        self.at += 1
        return Group(number, name, inner, self.text[start : self.at])

    def escape(self) -> Literal | Opaque:
        escaped = self.expect(_ESCAPE)[0]
        if escaped[1] in "QEC":
            raise _UnsupportedError
        if escaped[1].isalnum():
            return Opaque(escaped in _ASSERTIONS)
        return Literal(escaped[1])

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self.text, self.at)
        if match:
            self.at = match.end()
        return match

    def expect(self, pattern: re.Pattern[str]) -> re.Match[str]:
        match = self.take(pattern)
        if match is None:
            raise _UnsupportedError
        return match


def _captures(alternation: Alternation, *, mandatory: bool) -> Iterator[tuple[Group, bool]]:
    """Each capturing group, outer before inner, with whether every match uses it."""
    single = mandatory and len(alternation) == 1
    for piece in _pieces(alternation):
        if isinstance(piece.atom, Group):
            in_every_match = single and not piece.optional
            if piece.atom.number is not None:
                yield piece.atom, in_every_match
            yield from _captures(piece.atom.inner, mandatory=in_every_match)


def _pieces(alternation: Alternation) -> Iterator[Piece]:
    return (piece for branch in alternation for piece in branch.pieces)


def _may_be_empty(alternation: Alternation) -> bool:
    return any(all(map(_piece_may_be_empty, branch.pieces)) for branch in alternation)


def _piece_may_be_empty(piece: Piece) -> bool:
    match piece:
        case Piece(optional=True) | Piece(atom=Opaque(assertion=True)):
            return True
        case Piece(atom=Group(inner=inner)):
            return _may_be_empty(inner)
        case _:
            return False


def _has_assertion(alternation: Alternation) -> bool:
    """Whether what it matches depends on the text around it."""
    return any(
        piece.atom.assertion
        if isinstance(piece.atom, Opaque)
        else isinstance(piece.atom, Group) and _has_assertion(piece.atom.inner)
        for piece in _pieces(alternation)
    )


def _strings(alternation: Alternation) -> frozenset[str] | None:
    strings: set[str] = set()
    for branch in alternation:
        parts = [_piece_strings(piece) for piece in branch.pieces]
        finite = [part for part in parts if part is not None]
        if len(finite) != len(parts) or prod(map(len, finite)) > MAX_STRINGS:
            return None
        strings.update("".join(texts) for texts in product(*finite))
    return frozenset(strings) if len(strings) <= MAX_STRINGS else None


def _piece_strings(piece: Piece) -> frozenset[str] | None:
    match piece:
        case Piece(repeated=True):
            return None
        case Piece(atom=Literal(char)):
            return frozenset({char})
        case Piece(atom=Group(inner=inner)):
            return _strings(inner)
        case _:
            return None
