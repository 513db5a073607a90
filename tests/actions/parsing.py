"""GitHub's expression language as a tree. What is no expression raises `Unknown`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.actions.unknown import Unknown
from tests.actions.values import Value, parse_number


@dataclass(frozen=True)
class Literal:
    value: Value


@dataclass(frozen=True)
class Name:
    """A context: `github`, `steps`, ..."""

    name: str


@dataclass(frozen=True)
class Index:
    """`owner.key` and `owner[key]`; a key of None is `.*`."""

    owner: Node
    key: Node | None


@dataclass(frozen=True)
class Call:
    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Not:
    operand: Node


@dataclass(frozen=True)
class Binary:
    operator: str
    left: Node
    right: Node


Node = Literal | Name | Index | Call | Not | Binary

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<string>'(?:[^']|'')*')
    | (?P<number>[+-]?(?:0x[0-9a-fA-F]+|0o[0-7]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?![\w.]))
    | (?P<name>[A-Za-z_][A-Za-z0-9_-]*)
    | (?P<operator>&&|\|\||==|!=|<=|>=|[<>!()\[\].,*])
    )""",
    re.VERBOSE,
)
_LEVELS: tuple[frozenset[str], ...] = (
    frozenset({"||"}),
    frozenset({"&&"}),
    frozenset({"==", "!="}),
    frozenset({"<", "<=", ">", ">="}),
)
_WORDS: dict[str, Value] = {
    "null": None,
    "true": True,
    "false": False,
    "NaN": float("nan"),
    "Infinity": float("inf"),
}


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    position = 0
    while text[position:].strip():
        found = _TOKEN.match(text, position)
        if found is None or found.lastgroup is None:
            raise Unknown(f"no expression at {text[position:]!r} in {text!r}")
        yield found.lastgroup, found.group(found.lastgroup)
        position = found.end()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = [*_tokens(text), ("end", "")]
        self.at = 0

    def peek(self) -> str:
        kind, text = self.tokens[self.at]
        return text if kind == "operator" else ""

    def take(self) -> tuple[str, str]:
        self.at += 1
        return self.tokens[self.at - 1]

    def expect(self, operator: str) -> None:
        if self.peek() != operator:
            raise self.wrong()
        self.take()

    def wrong(self) -> Unknown:
        found = self.tokens[self.at][1] or "its end"
        return Unknown(f"no expression: {self.text!r}, at {found}")

    def binary(self, level: int = 0) -> Node:
        if level == len(_LEVELS):
            return self.unary()
        left = self.binary(level + 1)
        while self.peek() in _LEVELS[level]:
            _, operator = self.take()
            left = Binary(operator, left, self.binary(level + 1))
        return left

    def unary(self) -> Node:
        if self.peek() == "!":
            self.take()
            return Not(self.unary())
        return self.postfix(self.atom())

    def postfix(self, node: Node) -> Node:
        while True:
            match self.peek():
                case ".":
                    self.take()
                    node = Index(node, self.member())
                case "[":
                    self.take()
                    star = self.peek() == "*"
                    key = None if star else self.binary()
                    if star:
                        self.take()
                    self.expect("]")
                    node = Index(node, key)
                case _:
                    return node

    def member(self) -> Node | None:
        if self.peek() == "*":
            self.take()
            return None
        kind, text = self.tokens[self.at]
        if kind != "name":
            raise self.wrong()
        self.take()
        return Literal(text)

    def atom(self) -> Node:
        kind, text = self.tokens[self.at]
        match kind:
            case "string":
                self.take()
                return Literal(text[1:-1].replace("''", "'"))
            case "number":
                self.take()
                return Literal(parse_number(text))
            case "name":
                self.take()
                if self.peek() == "(":
                    return Call(text, self.arguments())
                return Literal(_WORDS[text]) if text in _WORDS else Name(text)
            case "operator" if text == "(":
                self.take()
                inner = self.binary()
                self.expect(")")
                return inner
            case _:
                raise self.wrong()

    def arguments(self) -> tuple[Node, ...]:
        self.expect("(")
        found: list[Node] = []
        while self.peek() != ")":
            if found:
                self.expect(",")
            found.append(self.binary())
        self.take()
        return tuple(found)


def parse(text: str) -> Node:
    """The tree of one expression, without its `${{ }}`."""
    parser = _Parser(text)
    node = parser.binary()
    if parser.at != len(parser.tokens) - 1:
        raise parser.wrong()
    return node


def pieces(text: str) -> Iterator[str | Node]:
    """A string with `${{ }}` in it: text as str, expressions as trees."""
    position = 0
    while (start := text.find("${{", position)) >= 0:
        if start > position:
            yield text[position:start]
        end = _closing(text, start + 3)
        yield parse(text[start + 3 : end])
        position = end + 2
    if position < len(text):
        yield text[position:]


def _closing(text: str, position: int) -> int:
    """Where the `}}` stands that ends an expression: not one inside a string."""
    quoted = False
    for index in range(position, len(text)):
        if text[index] == "'":
            quoted = not quoted
        elif not quoted and text.startswith("}}", index):
            return index
    raise Unknown(f"an expression without its end: {text[position - 3 :]!r:.80}")
