"""What the settings say of each source of labels. A text is a place; a table says more of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from fieldkeep.core.common.suggest import did_you_mean
from fieldkeep.core.labels.relabel.engine import Version, parse_version

SCHEMES: Final = ("http", "https")
SECONDS: Final = 15.0
MAX_SECONDS: Final = 600


class Wrong(Exception):
    """A value of the wrong form; its message completes "SETTING in PLACE ..."."""


@dataclass(frozen=True, slots=True)
class Access:
    """How a server lets us in. Secrets are named, never written: the variable or the file that
    holds one. ``seconds`` is how long a whole answer may take."""

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
    ``live`` is the Prometheus whose targets settle what files leave open, ``catalog`` the Consul
    whose catalogue does. ``version`` is None where nobody said."""

    where: tuple[str, ...]
    version: Version | None = None
    live: str | None = None
    catalog: str | None = None
    access: Access = field(default_factory=Access)
    catalog_access: Access = field(default_factory=Access)


_ACCESS: Final = tuple(one.name for one in fields(Access) if one.name != "seconds")
_CATALOG: Final = "catalog_"
_KNOWN: Final = (
    *("where", "version", "live", "catalog", "timeout", *_ACCESS),
    *(_CATALOG + name for name in _ACCESS),
)


def parse_sources(value: Any) -> Mapping[str, SourceSetting]:
    """The ``sources`` of a settings table, or ``NAME=WHERE,...`` from a variable.

    Raises:
        Wrong: with what is wrong; never with a value, which may hold a secret.
    """
    if isinstance(value, str):
        return parse_flags(value.split(","))
    if not isinstance(value, dict):
        raise Wrong('must be a table of names, for example { master = "prometheus/*.yml" }')
    return {name: _source(name, given) for name, given in value.items()}


def parse_flags(values: Sequence[str]) -> Mapping[str, SourceSetting]:
    """``[NAME=]WHERE``, several with one name together; without a name it is the file's stem, or
    a server's host."""
    found: dict[str, tuple[str, ...]] = {}
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
        found[name] = (*found.get(name, ()), where)
    return {name: SourceSetting(_places(name, list(where))) for name, where in found.items()}


def at_ref(setting: SourceSetting, ref: str) -> SourceSetting:
    """The same source as a commit has it; its servers, and what is live, are left out."""
    places = tuple(
        f"git:{ref}:{where}"
        for where in setting.where
        if not is_url(where) and not where.startswith("git:") and not where.startswith("/")
    )
    return SourceSetting(places, setting.version)


def _name(where: str) -> str:
    if is_url(where):
        return urlsplit(where).hostname or ""
    return Path(where.rpartition(":")[2]).stem.replace("*", "all")


def is_url(where: str) -> bool:
    """Whether a place is a server, not a file."""
    return "://" in where


def _source(name: str, given: Any) -> SourceSetting:
    if not isinstance(given, dict):
        return SourceSetting(_places(name, given))
    unknown = [key for key in given if key not in _KNOWN]
    if unknown:
        hint = did_you_mean(unknown[0], _KNOWN, f"known: {', '.join(_KNOWN)}")
        raise Wrong(f"'{name}' has an unknown key '{unknown[0]}': {hint}")
    if "where" not in given:
        raise Wrong(f"'{name}' has no where: name a file, a folder or a server")
    texts = {key: _text(name, key, given[key]) for key in given if key not in ("where", "timeout")}
    seconds = _seconds(name, given.get("timeout", SECONDS))
    version = parse_version(texts["version"]) if "version" in texts else None
    if "version" in texts and version is None:
        raise Wrong(f"'{name}': version must be like 2.53")
    return SourceSetting(
        where=_places(name, given["where"]),
        version=version,
        live=_server(name, "live", texts.get("live")),
        catalog=_server(name, "catalog", texts.get("catalog")),
        access=_access(name, texts, "", seconds),
        catalog_access=_access(name, texts, _CATALOG, seconds),
    )


def _access(name: str, texts: Mapping[str, str], prefix: str, seconds: float) -> Access:
    given = {key: texts[prefix + key] for key in _ACCESS if prefix + key in texts}
    for one, other in (("password_env", "password_file"), ("token_env", "token_file")):
        if one in given and other in given:
            raise Wrong(f"'{name}': {prefix}{one} and {prefix}{other} exclude each other")
    has_password = "password_env" in given or "password_file" in given
    if ("user" in given) != has_password:
        raise Wrong(f"'{name}': {prefix}user and {prefix}password_env belong together")
    if "key" in given and "cert" not in given:
        raise Wrong(f"'{name}': {prefix}key needs {prefix}cert")
    return Access(**given, seconds=seconds)


def _places(name: str, given: Any) -> tuple[str, ...]:
    listed = [given] if isinstance(given, str) else given
    if not isinstance(listed, list) or not all(isinstance(one, str) and one for one in listed):
        raise Wrong(f"'{name}' must be a file, a glob, a folder or a server, or a list")
    if not listed:
        raise Wrong(f"'{name}' names no place")
    for where in listed:
        if is_url(where):
            _server(name, "where", where)
    return tuple(listed)


def _server(name: str, key: str, url: str | None) -> str | None:
    """The URL without a slash at its end."""
    if url is None:
        return None
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
