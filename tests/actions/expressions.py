"""GitHub's expressions, evaluated: `${{ }}` in strings, and `if:` conditions."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from tests.actions.parsing import Binary, Call, Index, Literal, Name, Node, Not, parse, pieces
from tests.actions.unknown import Unknown
from tests.actions.values import (
    Closed,
    Value,
    equal,
    every,
    less,
    primitive,
    prop,
    to_text,
    truthy,
)

STATUS = frozenset({"success", "failure", "always", "cancelled"})


@dataclass(frozen=True)
class Scope:
    """What expressions at one place may use.

    `contexts` by name; `absent` are contexts that exist, but not at this place; `status` gives
    success(), failure(), always(), cancelled() where they may be called.
    """

    contexts: Mapping[str, Value]
    status: Mapping[str, Callable[[], bool]] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()

    def context(self, name: str) -> Value:
        lowered = name.lower()
        if lowered in self.contexts:
            return self.contexts[lowered]
        why = "is not available here" if lowered in self.absent else "is no context here"
        raise Unknown(f"{name} {why}")


def evaluate(node: Node, scope: Scope) -> Value:
    match node:
        case Literal(value):
            return value
        case Name(name):
            return scope.context(name)
        case Index(owner, None):
            return every(evaluate(owner, scope))
        case Index(owner, key) if key is not None:
            return prop(evaluate(owner, scope), evaluate(key, scope))
        case Not(operand):
            return not truthy(evaluate(operand, scope))
        case Call(name, arguments):
            return _call(name, arguments, scope)
        case Binary(operator, left, right):
            return _binary(operator, evaluate(left, scope), right, scope)
        case _:
            raise AssertionError(node)


def _binary(operator: str, left: Value, right: Node, scope: Scope) -> Value:
    match operator:
        case "&&":
            return evaluate(right, scope) if truthy(left) else left
        case "||":
            return left if truthy(left) else evaluate(right, scope)
    other = evaluate(right, scope)
    match operator:
        case "==":
            return equal(left, other)
        case "!=":
            return not equal(left, other)
        case "<":
            return less(left, other)
        case "<=":
            return equal(left, other) or less(left, other)
        case ">":
            return less(other, left)
        case _:
            return equal(left, other) or less(other, left)


def _call(name: str, arguments: tuple[Node, ...], scope: Scope) -> Value:
    lowered = name.lower()
    if lowered in STATUS:
        if lowered not in scope.status:
            raise Unknown(f"{name}() cannot be called here")
        if arguments:
            raise Unknown(f"{name}() with arguments")
        return scope.status[lowered]()
    known = _FUNCTIONS.get(lowered)
    if known is None:
        raise Unknown(f"function {name}()")
    function, fewest, most = known
    if not fewest <= len(arguments) <= most:
        raise Unknown(f"{name}() with {len(arguments)} arguments")
    return function(*(evaluate(argument, scope) for argument in arguments))


def _contains(search: Value, item: Value) -> bool:
    if isinstance(search, list):
        return any(equal(entry, item) for entry in search)
    if primitive(search) and primitive(item):
        return to_text(item).upper() in to_text(search).upper()
    return False


def _starts(text: Value, start: Value) -> bool:
    pair = primitive(text) and primitive(start)
    return pair and to_text(text).upper().startswith(to_text(start).upper())


def _ends(text: Value, end: Value) -> bool:
    pair = primitive(text) and primitive(end)
    return pair and to_text(text).upper().endswith(to_text(end).upper())


def _format(template: Value, *arguments: Value) -> str:
    def filled(found: re.Match[str]) -> str:
        match found.group():
            case "{{" | "}}" as braces:
                return braces[0]
            case _ if found["n"] is None or int(found["n"]) >= len(arguments):
                raise Unknown(f"format(): {found.group()} in {template!r}")
            case _:
                return to_text(arguments[int(found["n"])])

    return re.sub(r"\{\{|\}\}|\{(?P<n>\d+)\}|[{}]", filled, to_text(template))


def _join(items: Value, separator: Value = ",") -> str:
    if isinstance(items, list):
        return to_text(separator).join(to_text(item) for item in items)
    return to_text(items) if primitive(items) else ""


def _to_json(value: Value) -> str:
    def whole(item: Value) -> Value:
        match item:
            case dict():
                return {key: whole(inner) for key, inner in item.items()}
            case list():
                return [whole(inner) for inner in item]
            case float() if item.is_integer():
                return int(item)
            case _:
                return item

    return json.dumps(whole(value), indent=2, ensure_ascii=False)


def _from_json(text: Value) -> Value:
    try:
        return json.loads(to_text(text))
    except ValueError as e:
        raise Unknown(f"fromJSON() of {text!r:.60}: {e}") from e


_FUNCTIONS: dict[str, tuple[Callable[..., Value], int, float]] = {
    "contains": (_contains, 2, 2),
    "startswith": (_starts, 2, 2),
    "endswith": (_ends, 2, 2),
    "format": (_format, 1, float("inf")),
    "join": (_join, 1, 2),
    "tojson": (_to_json, 1, 1),
    "fromjson": (_from_json, 1, 1),
}


def nodes(node: Node) -> Iterator[Node]:
    """The node and all below it."""
    yield node
    match node:
        case Index(owner, key):
            yield from nodes(owner)
            if key is not None:
                yield from nodes(key)
        case Not(operand):
            yield from nodes(operand)
        case Binary(_, left, right):
            yield from nodes(left)
            yield from nodes(right)
        case Call(_, arguments):
            for argument in arguments:
                yield from nodes(argument)
        case _:
            pass


def verify(node: Node, scope: Scope) -> None:
    """Fail for what is unknown anywhere in the tree, evaluated or not."""
    for part in nodes(node):
        match part:
            case Name(name):
                scope.context(name)
            case Index():
                _closed(part, scope)
            case Call(name, arguments):
                lowered = name.lower()
                if lowered in STATUS and (lowered not in scope.status or arguments):
                    raise Unknown(f"{name}() cannot be called here like this")
                if lowered not in STATUS and lowered not in _FUNCTIONS:
                    raise Unknown(f"function {name}()")
            case _:
                pass


def _closed(node: Node, scope: Scope) -> Value:
    """Follow literal properties through closed objects: one that is not there raises."""
    match node:
        case Name(name):
            return scope.context(name)
        case Index(owner, Literal(key)):
            found = _closed(owner, scope)
            return prop(found, key) if isinstance(found, Closed) else None
        case _:
            return None


def interpolate(text: Value, scope: Scope) -> Value:
    """A string with its `${{ }}` replaced; one that is a single expression keeps its kind."""
    if not isinstance(text, str):
        return text
    parts = list(pieces(text))
    if len(parts) == 1 and not isinstance(parts[0], str):
        verify(parts[0], scope)
        return evaluate(parts[0], scope)
    return "".join(_filled(part, scope) for part in parts)


def _filled(part: str | Node, scope: Scope) -> str:
    if isinstance(part, str):
        return part
    verify(part, scope)
    return to_text(evaluate(part, scope))


def text_of(text: Value, scope: Scope) -> str:
    return to_text(interpolate(text, scope))


def condition(text: Value) -> Node:
    """The tree of an `if:`; without a status function it begins with `success() &&`."""
    match text:
        case None | "":
            return Call("success", ())
        case bool() | int() | float():
            node: Node = Literal(text)
        case str():
            parts = list(pieces(text.strip()))
            if any(not isinstance(part, str) for part in parts):
                if len(parts) != 1 or isinstance(parts[0], str):
                    raise Unknown(f"if: text around ${{{{ }}}} is always true: {text!r}")
                node = parts[0]
            else:
                node = parse(text)
        case _:
            raise Unknown(f"if: {text!r}")
    named = any(isinstance(part, Call) and part.name.lower() in STATUS for part in nodes(node))
    return node if named else Binary("&&", Call("success", ()), node)


def holds(text: Value, scope: Scope) -> bool:
    """Whether an `if:` is true."""
    node = condition(text)
    verify(node, scope)
    return truthy(evaluate(node, scope))
