"""How values of each type are written (see ``prometheus_types``), as go-yaml v2 decodes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from fieldkeep.core.labels.config.decode import null, pairs, text, text_map, texts
from fieldkeep.core.labels.config.goyaml import Node, Scalar, refusal
from fieldkeep.core.labels.config.goyaml_tags import is_bool, is_float
from fieldkeep.core.labels.config.target_groups import labels
from fieldkeep.core.labels.config.timing import parse_duration
from fieldkeep.core.labels.relabel.engine import Engine

_TLS: Final = ("TLS10", "TLS11", "TLS12", "TLS13")
_BYTES: Final = re.compile(r"0|[-+]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[KMGTPE]i?B|B))+")
_SCHEME: Final = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")
_AUTHORITY: Final = re.compile(r"//([^/?]*)")
_ESCAPES: Final = re.compile(r"%(?![0-9a-fA-F]{2})")


def refuse_value(node: Node, kind: str, engine: Engine) -> None:
    """Raise InputError if Prometheus refuses the value for a field of this type. Null is unset."""
    if kind in _CHECKS and not null(node):
        _CHECKS[kind](node, engine)


def is_url(value: str) -> bool:
    """Whether Go's url.Parse takes it; a few faults of hosts are not seen."""
    if any(char < " " or char == "\x7f" for char in value):
        return False
    value = value.partition("#")[0]
    scheme = _SCHEME.match(value)
    rest = value[scheme.end() :] if scheme else value
    if not scheme and (value.startswith(":") or ":" in value.partition("/")[0]):
        return False
    authority = _AUTHORITY.match(rest)
    if authority and not _is_authority(authority[1]):
        return False
    path = rest[authority.end() :] if authority else rest if rest.startswith("/") else ""
    return not _ESCAPES.search(path.partition("?")[0])


def _is_authority(authority: str) -> bool:
    host = authority.rpartition("@")[2]
    if " " in host or ("%" not in host and set(host) & set('"<>^`{|}\\')):
        return False
    _, colon, port = host.rpartition("]")[2].rpartition(":")
    return not colon or port == "" or (port.isascii() and port.isdigit())


def _text(node: Node, _: Engine) -> None:
    text(node)


def _texts(node: Node, _: Engine) -> None:
    texts(node, "this field")


def _map(node: Node, _: Engine) -> None:
    text_map(node, "mapping")


def _labels(node: Node, engine: Engine) -> None:
    labels(node, engine)


def _bool(node: Node, _: Engine) -> None:
    if not (_is_plain(node) and is_bool(text(node))):
        raise refusal(node.where, "not a boolean", "write true or false, without quotes")


def _int(node: Node, _: Engine) -> None:
    if not (_is_plain(node) and is_float(text(node))):
        raise refusal(node.where, "not a number", "write a whole number, without quotes")


def _uint(node: Node, engine: Engine) -> None:
    _int(node, engine)
    if text(node).startswith("-"):
        raise refusal(node.where, "a negative number", "write a whole number, 0 or greater")


def _float(node: Node, engine: Engine) -> None:
    _int(node, engine)


def _duration(node: Node, _: Engine) -> None:
    if parse_duration(text(node)) is None:
        raise refusal(node.where, "not a duration", "write for example 30s or 1m30s")


def _bytes(node: Node, _: Engine) -> None:
    if not _BYTES.fullmatch(text(node)):
        raise refusal(node.where, "not a size", "write a number and a unit, for example 10MB")


def _url(node: Node, _: Engine) -> None:
    if not is_url(text(node)):
        raise refusal(node.where, "not a URL", "write it as http://host:port/path")


def _tls_version(node: Node, _: Engine) -> None:
    if text(node) not in _TLS:
        raise refusal(node.where, "unknown TLS version", f"one of {', '.join(_TLS)}")


def _is_plain(node: Node) -> bool:
    text(node)  # refuses lists and mappings
    return isinstance(node, Scalar) and node.plain


def _lists(node: Node, _engine: Engine) -> None:
    for name, _, value in pairs(node, "mapping"):
        texts(value, name)


_CHECKS: Final[Mapping[str, Callable[[Node, Engine], None]]] = {
    "text": _text,
    "texts": _texts,
    "map": _map,
    "lists": _lists,
    "labels": _labels,
    "bool": _bool,
    "int": _int,
    "uint": _uint,
    "float": _float,
    "duration": _duration,
    "bytes": _bytes,
    "url": _url,
    "tls_version": _tls_version,
}
