"""Where secrets may be sent: to the hosts that the user trusts, whatever a project's settings name.

The list is the user's own. A checkout may hold somebody else's settings, so no setting adds to it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from fieldkeep.errors import Refused, UsageError

VARIABLE: Final = "FIELDKEEP_TRUSTED_HOSTS"
SENDING: Final = logging.getLogger("fieldkeep.sending")
"""Told of each secret that is about to be sent, where there is no list of trusted hosts."""
_NAME: Final = "fieldkeep/trusted-hosts"
_HINT: Final = "write HOST, HOST:PORT, or https://HOST:PORT for encrypted requests only"


@dataclass(frozen=True, slots=True)
class TrustedHosts:
    """``entries`` are None if the user has no list; ``place`` is where it is, or would be."""

    entries: tuple[Url, ...] | None
    place: str

    def trust(self, url: Url) -> bool:
        return any(
            entry.host == url.host
            and entry.port in (None, _port(url))
            and entry.scheme in (None, url.scheme)
            for entry in self.entries or ()
        )


def require_trusted(secret: str, url: str, variables: Mapping[str, str]) -> None:
    """Raises Refused if ``secret`` (how messages name it) may not be sent to the host of ``url``;
    UsageError if the list cannot be read."""
    trusted, target = trusted_hosts(variables), parse_url(url)
    address = f"{target.host}:{_port(target)}"
    if trusted.entries is None:
        SENDING.warning(
            "%s goes to %s://%s; `%s` would limit where such secrets go",
            *(secret, target.scheme, address, trusted.place),
        )
    elif not trusted.trust(target):
        raise Refused(
            f"{secret} would go to {target.scheme}://{address}, which is none of your trusted hosts"
            f" ({trusted.place}): nothing was sent",
            f"if you trust it with that, add {address} to {trusted.place}",
        )


def trusted_hosts(variables: Mapping[str, str]) -> TrustedHosts:
    """The list in the variable, or else in the user's file, one on each line. Raises UsageError."""
    if text := variables.get(VARIABLE):
        return TrustedHosts(_entries(text, VARIABLE), VARIABLE)
    path, shown = _file(variables)
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return TrustedHosts(None, shown)
    except (OSError, UnicodeDecodeError) as error:
        message = f"the list of trusted hosts, {shown}, cannot be read"
        raise UsageError(message, "check its rights; it is a UTF-8 text") from error
    return TrustedHosts(_entries(re.sub(r"(?m)#.*$", "", text), shown), shown)


def _file(variables: Mapping[str, str]) -> tuple[Path, str]:
    """The file, and how messages name it.
    https://specifications.freedesktop.org/basedir-spec/latest/"""
    folder = Path(variables.get("XDG_CONFIG_HOME", ""))
    if folder.is_absolute():  # else the specification ignores it
        return folder / _NAME, str(folder / _NAME)
    home = variables.get("HOME")
    folder = Path(home) if home else Path.home()
    return folder / ".config" / _NAME, f"~/.config/{_NAME}"


def _entries(text: str, place: str) -> tuple[Url, ...]:
    return tuple(_entry(entry, place) for entry in re.split(r"[\s,]+", text) if entry)


def _entry(text: str, place: str) -> Url:
    """A host, with the port and the scheme that it is limited to. Raises UsageError."""
    try:  # the parser of the HTTP client: both have to see the same host
        entry = parse_url(text if "://" in text else f"//{text}")
    except LocationParseError as error:
        raise UsageError(f"{place}: {_quoted(text)} is not a host", _HINT) from error
    more = entry.auth or entry.query or entry.fragment or (entry.path or "/") != "/"
    if more or not entry.host or "*" in entry.host or entry.scheme not in (None, "http", "https"):
        raise UsageError(f"{place}: {_quoted(text)} is not a host", _HINT)
    return entry


def _quoted(text: str) -> str:
    return "an entry" if "@" in text else f"'{text}'"  # it may hold a password


def _port(url: Url) -> int:
    return url.port or (443 if url.scheme == "https" else 80)
