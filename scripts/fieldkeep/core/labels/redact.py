"""Hides secrets in the texts of a configuration: passwords in URLs, secrets in queries and headers,
and values of labels that are named like a secret."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from fieldkeep.model import LabelReading

MAX_VALUES: Final = 50
HIDDEN: Final = "***"
_WORD: Final = (  # a name with one of these in it
    r"[\w.-]*(?:passw(?:or)?d|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key"
    r"|credential|signature|bearer|sig)[\w.-]*"
)
_USERINFO: Final = re.compile(r"(?<=://)[^/?#@\s]*:[^/?#@\s]*(?=@)|(?<=://)[^/?#@\s:]+(?=@)")
_QUERY: Final = re.compile(rf"(?i)([?&;]{_WORD}=)[^&#;\s]+")
_PAIR: Final = re.compile(rf"(?i)^(\s*{_WORD}\s*[=:]\s*)\S+")
_HEADER: Final = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{4,}")
_SIGN: Final = re.compile(r"[=:@\s]")  # each of them needs one of these
_NAMED: Final = re.compile(rf"(?i){_WORD}")


def redact(text: str) -> str:
    """The text, with everything that looks like a secret replaced by ``***``."""
    if not _SIGN.search(text):
        return text
    text = _USERINFO.sub(HIDDEN, text)
    text = _QUERY.sub(rf"\1{HIDDEN}", text)
    text = _PAIR.sub(rf"\1{HIDDEN}", text)
    return _HEADER.sub(rf"\1 {HIDDEN}", text)


def redact_label(name: str, value: str) -> str:
    """A label's value, redacted; completely if the label is named like a secret."""
    return HIDDEN if value and _NAMED.fullmatch(name) else redact(value)


def with_values(
    labels: Iterable[LabelReading], targets: Sequence[Mapping[str, str]]
) -> tuple[LabelReading, ...]:
    """The labels, each with the first of its values on targets in sorted order, redacted."""
    values: dict[str, set[str]] = {}
    for target in targets:
        for name, value in target.items():
            values.setdefault(name, set()).add(value)
    return tuple(
        replace(
            label,
            values=tuple(
                sorted({redact_label(label.name, v) for v in values.get(label.name, ())})[
                    :MAX_VALUES
                ]
            ),
        )
        for label in labels
    )


def redact_labels(labels: Mapping[str, str]) -> Mapping[str, str]:
    """Labels with all values redacted."""
    return {name: redact_label(name, value) for name, value in labels.items()}
