"""The settings of those who are told of each apply: a text is a URL, a table has more keys."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from fieldkeep.core.common.suggest import did_you_mean
from fieldkeep.settings.sources import SCHEMES, Wrong

SECONDS: Final = 5.0
MAX_SECONDS: Final = 60
_KNOWN: Final = ("url", "url_env", "secret_env", "ca", "consul_event", "timeout")
_EVENT: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@dataclass(frozen=True, slots=True)
class Webhook:
    """A POST to ``url``, or to the URL in the variable ``url_env``. The variable ``secret_env``
    holds what it is signed with; ``ca`` is a file with certificates. ``seconds`` is the limit for
    all attempts together."""

    url: str | None = None
    url_env: str | None = None
    secret_env: str | None = None
    ca: str | None = None
    seconds: float = SECONDS


@dataclass(frozen=True, slots=True)
class ConsulEvent:
    """A user event of the store's Consul."""

    name: str
    seconds: float = SECONDS


Receiver = Webhook | ConsulEvent


def parse_receivers(value: Any) -> tuple[Receiver, ...]:
    """The ``notify`` of a settings table, or URLs with commas between them from a variable. Raises
    Wrong; its message contains no value, which may be a secret."""
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    if not isinstance(value, list):
        raise Wrong("must be a list of URLs and tables")
    return tuple(_receiver(number, entry) for number, entry in enumerate(value, start=1))


def _receiver(number: int, entry: Any) -> Receiver:
    which = f"(entry {number})"
    table = {"url": entry} if isinstance(entry, str) else entry
    if not isinstance(table, dict):
        raise Wrong(f"{which} must be a URL or a table")
    if unknown := [key for key in table if key not in _KNOWN]:
        hint = did_you_mean(unknown[0], _KNOWN, "see `fieldkeep help watch`")
        raise Wrong(f"{which} has an unknown key '{unknown[0]}': {hint}")
    seconds = _seconds(which, table.get("timeout", SECONDS))
    texts = {key: _text(which, key, table[key]) for key in table if key != "timeout"}
    if len({"url", "url_env", "consul_event"} & texts.keys()) != 1:
        raise Wrong(f"{which} must have one of url, url_env and consul_event")
    if name := texts.pop("consul_event", None):
        if texts:
            raise Wrong(f"{which}: beside consul_event, only timeout has a meaning")
        if not _EVENT.fullmatch(name):
            raise Wrong(f"{which}: consul_event must be letters, digits and _ . -, 64 at most")
        return ConsulEvent(name, seconds)
    if "url" in texts:
        check_url(texts["url"], which)
    return Webhook(**texts, seconds=seconds)


def check_url(url: str, which: str) -> None:
    """Raises Wrong, without the URL, if it is none of HTTP or holds a user."""
    from urllib3.exceptions import LocationParseError  # slow to import, and few have a receiver
    from urllib3.util import parse_url

    try:  # the parser of the HTTP client: what passes here has to be a URL there
        parts = parse_url(url)
    except LocationParseError:
        raise Wrong(f"{which} is not a URL") from None
    if " " in url or not url.isprintable():  # a surrogate is not printable
        raise Wrong(f"{which} is not a URL: it has a space or a control character")
    if parts.scheme not in SCHEMES or not parts.host:
        raise Wrong(f"{which} must be an http:// or https:// URL")
    if parts.auth is not None:
        raise Wrong(f"{which} must hold no user or password: sign with secret_env, or use url_env")


def _text(which: str, key: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Wrong(f"{which}: {key} must be a text that is not empty")
    return value


def _seconds(which: str, value: Any) -> float:
    good = isinstance(value, int | float) and not isinstance(value, bool)
    if not good or not 0 < value <= MAX_SECONDS:
        raise Wrong(f"{which}: timeout must be seconds, at most {MAX_SECONDS}")
    return float(value)
