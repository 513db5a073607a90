"""The settings of each source of labels: a text or a list is its place, a table has more keys."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from fieldkeep.core.common.suggest import did_you_mean
from fieldkeep.core.labels.relabel.version import (
    PRODUCTS,
    PROMETHEUS,
    VICTORIAMETRICS,
    Version,
    parse_version,
)

SCHEMES: Final = ("http", "https")
SECONDS: Final = 15.0
MAX_SECONDS: Final = 600


class Wrong(Exception):
    """A value of the wrong form; its message continues a sentence: "SETTING must be ..."."""


@dataclass(frozen=True, slots=True)
class Access:
    """The credentials and certificates for a server. A secret is never a setting: the settings name
    the variable or the file with it. ``seconds`` is the limit for a whole answer."""

    user: str | None = None
    password_env: str | None = None
    password_file: str | None = None
    token_env: str | None = None
    token_file: str | None = None
    ca: str | None = None
    cert: str | None = None
    key: str | None = None
    seconds: float = SECONDS


@dataclass(frozen=True, slots=True)
class SourceSetting:
    """One source. ``where`` are files, globs, folders, ``git:REV:PATH`` or ``http(s)://``;
    ``live`` is a Prometheus and ``catalog`` a Consul that know the targets which the files leave
    open. ``engine`` is the program that reads the files; ``version`` is None if it is not set. Not
    ``strict``: VictoriaMetrics leaves out fields that it does not know. ``map`` pairs folders of
    the server with those that have their files here."""

    where: tuple[str, ...]
    version: Version | None = None
    engine: str = PROMETHEUS
    strict: bool = True
    map: tuple[tuple[str, str], ...] = ()
    live: str | None = None
    catalog: str | None = None
    access: Access = field(default_factory=Access)
    catalog_access: Access = field(default_factory=Access)


_ACCESS: Final = tuple(key.name for key in fields(Access) if key.name != "seconds")
_CATALOG: Final = "catalog_"
_KNOWN: Final = (
    *("where", "engine", "version", "strict", "map", "live", "catalog", "timeout", *_ACCESS),
    *(_CATALOG + name for name in _ACCESS),
)
_NO_TEXTS: Final = ("where", "timeout", "strict", "map")


def parse_sources(value: Any) -> Mapping[str, SourceSetting]:
    """The ``sources`` of a settings table, or ``NAME=WHERE,...`` from a variable.

    Raises:
        Wrong: its message contains no value, which may be a secret.
    """
    if isinstance(value, str):
        return parse_flags(value.split(","))
    if not isinstance(value, dict):
        raise Wrong('must be a table of names, for example { master = "prometheus/*.yml" }')
    return {name: _source(name, source) for name, source in value.items()}


def parse_flags(values: Sequence[str]) -> Mapping[str, SourceSetting]:
    """Sources from ``[NAME=]WHERE`` texts; several of one name are one source. The default of NAME
    is the file's stem or the server's host. Raises Wrong."""
    places: dict[str, tuple[str, ...]] = {}
    unnamed: set[str] = set()
    for value in values:
        name, equals, where = value.partition("=")
        if not equals or any(char in name for char in "/*:"):
            name, where = _name(value), value
            if name in unnamed:
                raise Wrong(f"needs names: two sources would both be called '{name}'")
            unnamed.add(name)
        if not where or not name:
            raise Wrong("must be WHERE or NAME=WHERE")
        places[name] = (*places.get(name, ()), where)
    return {name: SourceSetting(_places(name, list(where))) for name, where in places.items()}


def at_ref(setting: SourceSetting, ref: str) -> SourceSetting:
    """The same source at a commit, without its servers, ``live`` and ``catalog``."""
    places = tuple(
        f"git:{ref}:{where}"
        for where in setting.where
        if not is_url(where) and not where.startswith("git:") and not where.startswith("/")
    )
    return replace(setting, where=places, live=None, catalog=None)


def _name(where: str) -> str:
    if is_url(where):
        return urlsplit(where).hostname or ""
    path = re.sub(
        r"\?.*=.*|#.*", "", where
    )  # the query of an address without http://: maybe a token
    return Path(path.rpartition(":")[2]).stem.replace("*", "all")


def is_url(where: str) -> bool:
    """Whether a place is a server, not a file."""
    return "://" in where


def _source(name: str, value: Any) -> SourceSetting:
    if not isinstance(value, dict):
        return SourceSetting(_places(name, value))
    unknown = [key for key in value if key not in _KNOWN]
    if unknown:
        hint = did_you_mean(unknown[0], _KNOWN, "see `fieldkeep help labels`")
        raise Wrong(f"'{name}' has an unknown key '{unknown[0]}': {hint}")
    if "where" not in value:
        raise Wrong(f"'{name}' has no where: name a file, a folder or a server")
    texts = {key: _text(name, key, value[key]) for key in value if key not in _NO_TEXTS}
    seconds = _seconds(name, value.get("timeout", SECONDS))
    version = parse_version(texts["version"]) if "version" in texts else None
    if "version" in texts and version is None:
        raise Wrong(f"'{name}': version must be like 2.53")
    engine = texts.get("engine", PROMETHEUS)
    if engine not in PRODUCTS:
        raise Wrong(f"'{name}': engine must be {' or '.join(PRODUCTS)}")
    return SourceSetting(
        where=_places(name, value["where"]),
        version=version,
        engine=engine,
        strict=_strict(name, engine, value.get("strict", True)),
        map=_map(name, value.get("map", {})),
        live=_server(name, "live", texts["live"]) if "live" in texts else None,
        catalog=_server(name, "catalog", texts["catalog"]) if "catalog" in texts else None,
        access=_access(name, texts, "", seconds),
        catalog_access=_access(name, texts, _CATALOG, seconds),
    )


def _strict(name: str, engine: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise Wrong(f"'{name}': strict must be true or false")
    if not value and engine != VICTORIAMETRICS:
        raise Wrong(f"'{name}': strict = false needs engine = \"{VICTORIAMETRICS}\"")
    return value


def _map(name: str, value: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict) or not all(isinstance(f, str) and f for f in value.values()):
        raise Wrong(f"'{name}': map must be a table of folders")
    if any(not prefix.startswith("/") for prefix in value):
        raise Wrong(f"'{name}': map must name absolute folders, such as \"/etc/prometheus\"")
    return tuple(value.items())


def _access(name: str, texts: Mapping[str, str], prefix: str, seconds: float) -> Access:
    access = {key: texts[prefix + key] for key in _ACCESS if prefix + key in texts}
    for secret in ("password", "token"):
        if f"{secret}_env" in access and f"{secret}_file" in access:
            pair = f"{prefix}{secret}_env and {prefix}{secret}_file"
            raise Wrong(f"'{name}': {pair} exclude each other")
    has_password = "password_env" in access or "password_file" in access
    if ("user" in access) != has_password:
        raise Wrong(f"'{name}': {prefix}user and {prefix}password_env belong together")
    if "key" in access and "cert" not in access:
        raise Wrong(f"'{name}': {prefix}key needs {prefix}cert")
    return Access(**access, seconds=seconds)


def _places(name: str, value: Any) -> tuple[str, ...]:
    places = [value] if isinstance(value, str) else value
    if not isinstance(places, list) or not all(isinstance(at, str) and at for at in places):
        raise Wrong(f"'{name}' must be a file, a glob, a folder or a server, or a list")
    if not places:
        raise Wrong(f"'{name}' names no place")
    return tuple(_server(name, "where", at) if is_url(at) else at for at in places)


def _server(name: str, key: str, url: str) -> str:
    """The URL without a slash at its end."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise Wrong(f"'{name}': {key} is not a URL") from None  # it may hold a password
    if parts.scheme not in SCHEMES or not parts.hostname:
        raise Wrong(f"'{name}': {key} must be http://HOST:PORT or https://HOST:PORT")
    if parts.username is not None or parts.query or parts.fragment:
        raise Wrong(
            f"'{name}': {key} must hold no user, password or query: use user and password_env,"
            " or token_env"
        )
    return url.rstrip("/")


def _text(name: str, key: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Wrong(f"'{name}': {key} must be a text that is not empty")
    return value


def _seconds(name: str, value: Any) -> float:
    good = isinstance(value, int | float) and not isinstance(value, bool)
    if not good or not 0 < value <= MAX_SECONDS:
        raise Wrong(f"'{name}': timeout must be seconds, at most {MAX_SECONDS}")
    return float(value)
