"""The ``if`` of a VictoriaMetrics rule: series selectors, of which one must match the target.

https://docs.victoriametrics.com/victoriametrics/relabeling/#conditional-relabeling. A selector is
``name{label="value", other=~"regex" or third!="x"}``; a label that is absent is empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from fieldkeep.core.labels.relabel.engine import Engine
from fieldkeep.core.labels.relabel.goregex import is_regex, matches

NAME: Final = "__name__"
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_IDENTIFIER: Final = r"(?:[^\W\d]|:)(?:[\w:.]|\\.)*"
_QUOTED: Final = r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|`[^`]*`"
_TOKEN: Final = re.compile(rf"\s*(?:({_IDENTIFIER})|({_QUOTED})|(=~|!~|!=|=|[{{}},]))", re.DOTALL)
_CODE: Final = "x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}"
_ESCAPE: Final = re.compile(rf"\\({_CODE}|.)", re.DOTALL)
_REGEX_OPERATORS: Final = ("=~", "!~")


@dataclass(frozen=True, slots=True)
class LabelFilter:
    """A comparison of one label: ``operator`` is ``=``, ``!=``, ``=~`` or ``!~``."""

    label: str
    operator: str
    value: str

    def holds(self, value: str) -> bool:
        """Whether a label's value passes; "" if the label is absent."""
        is_equal = (
            matches(self.value, value) if self.operator in _REGEX_OPERATORS else value == self.value
        )
        return is_equal is not self.operator.startswith("!")


Condition = tuple[tuple[LabelFilter, ...], ...]  # one of the groups must hold, with all its filters


def holds(condition: Condition, labels: Mapping[str, str]) -> bool:
    """Whether a target's labels pass. A condition without groups always holds."""
    return not condition or any(
        all(part.holds(labels.get(part.label, "")) for part in group) for group in condition
    )


def selector(text: str, engine: Engine) -> Condition:
    """The condition that a series selector is.

    Raises:
        ValueError: not a selector. The message does not contain it.
    """
    tokens = list(_tokens(text))
    groups = _groups(tokens)
    if tokens or not any(groups):
        raise ValueError("not a series selector")
    for part in (part for group in groups for part in group):
        if part.operator in _REGEX_OPERATORS and not is_regex(part.value, engine):
            raise ValueError("not an RE2 regex")
    return tuple(groups)


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """Kind (``name``, ``text`` or ``sign``) and value of each token, in reverse order."""
    found = []
    end = 0
    text = text.rstrip()
    while end < len(text):
        token = _TOKEN.match(text, end)
        if token is None:
            raise ValueError("not a series selector")
        name, quoted, sign = token.groups()
        if name is not None:
            found.append(("name", re.sub(r"\\(.)", r"\1", name)))
        elif quoted is not None:
            found.append(("text", _unquoted(quoted)))
        else:
            found.append(("sign", sign))
        end = token.end()
    return reversed(found)


def _unquoted(quoted: str) -> str:
    return quoted[1:-1] if quoted[0] == "`" else _ESCAPE.sub(_unescaped, quoted[1:-1])


def _unescaped(match: re.Match[str]) -> str:
    code = match[1]
    if code[0] in "xuU" and len(code) > 1:
        return chr(int(code[1:], 16))
    return chr(int(code, 8)) if code.isdigit() else _ESCAPES.get(code, code)


def _groups(tokens: list[tuple[str, str]]) -> list[tuple[LabelFilter, ...]]:
    """Take a selector from the end of ``tokens``."""
    name: list[LabelFilter] = []
    if tokens and tokens[-1][0] == "name":
        name = [LabelFilter(NAME, "=", tokens.pop()[1])]
    if not tokens:
        return [tuple(name)]
    _take(tokens, "sign", "{")
    groups = [name[:]]
    while tokens and tokens[-1] != ("sign", "}"):
        if tokens[-1] == ("name", "or") and groups[-1] != name:
            tokens.pop()
            groups.append(name[:])
        groups[-1].append(_filter(tokens))
        if tokens and tokens[-1] == ("sign", ","):
            tokens.pop()
    _take(tokens, "sign", "}")
    return [tuple(group) for group in groups]


def _filter(tokens: list[tuple[str, str]]) -> LabelFilter:
    kind, label = tokens.pop()
    if kind == "text" and (not tokens or tokens[-1][1] not in ("=", "!=", "=~", "!~")):
        return LabelFilter(NAME, "=", label)  # {"name"}
    if kind == "sign" or not tokens:
        raise ValueError("not a series selector")
    operator = tokens.pop()[1]
    if operator not in ("=", "!=", "=~", "!~"):
        raise ValueError("not a series selector")
    return LabelFilter(label, operator, _take(tokens, "text"))


def _take(tokens: list[tuple[str, str]], kind: str, value: str | None = None) -> str:
    if not tokens or tokens[-1][0] != kind or value not in (None, tokens[-1][1]):
        raise ValueError("not a series selector")
    return tokens.pop()[1]
