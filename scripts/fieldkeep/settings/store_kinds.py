"""The kinds of store. A new kind is a row here, and a module in edges/store with ``connect``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class StoreKind:
    """``name`` and ``forms`` (of URLs) are for messages. ``module`` of edges/store connects to URLs
    that begin with one of ``prefixes``. ``variables`` configure the connection; a URL without an
    address takes it from ``address_variable``. ``has_catalog``: the server registers services."""

    name: str
    module: str
    prefixes: tuple[str, ...]
    forms: tuple[str, ...]
    address_variable: str | None = None
    variables: tuple[str, ...] = ()
    has_catalog: bool = False


CONSUL: Final = StoreKind(
    "Consul",
    "consul_environment",
    ("consul://", "consul+https://"),
    ("consul://HOST:PORT", "consul+https://HOST:PORT"),
    address_variable="CONSUL_HTTP_ADDR",
    variables=(
        "CONSUL_HTTP_ADDR",
        "CONSUL_HTTP_SSL",
        "CONSUL_HTTP_SSL_VERIFY",
        "CONSUL_CACERT",
        "CONSUL_CLIENT_CERT",
        "CONSUL_CLIENT_KEY",
        "CONSUL_TLS_SERVER_NAME",
        "CONSUL_NAMESPACE",
        "CONSUL_PARTITION",
        "CONSUL_HTTP_TOKEN",
        "CONSUL_HTTP_TOKEN_FILE",
    ),
    has_catalog=True,
)
SQLITE: Final = StoreKind("SQLite", "sqlite", ("sqlite:///",), ("sqlite:///PATH",))
KINDS: Final = (CONSUL, SQLITE)


def kind_of(url: str) -> StoreKind | None:
    """None for a URL of no known kind."""
    return next((kind for kind in KINDS if url.startswith(kind.prefixes)), None)
