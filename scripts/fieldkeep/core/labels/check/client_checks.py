"""What Prometheus requires of the settings of an HTTP client: HTTPClientConfig.Validate and the
Validate methods of its parts (prometheus/common, config/http_config.go).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from fieldkeep.core.labels.check.checks import at_most_one, required
from fieldkeep.core.labels.check.section import Check, Fault, Section, covers
from fieldkeep.core.labels.config.decode import any_fields
from fieldkeep.core.labels.config.goyaml import Table
from fieldkeep.core.labels.config.goyaml_tags import TRUE

RESERVED_HEADERS: Final = frozenset(
    {
        "authorization",
        "host",
        "content-encoding",
        "content-length",
        "content-type",
        "user-agent",
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "www-authenticate",
        "accept-encoding",
        "x-prometheus-remote-write-version",
        "x-prometheus-remote-read-version",
        "x-amz-date",
        "x-amz-security-token",
        "x-amz-content-sha256",
    }
)
_SCRAPE_HEADERS: Final = RESERVED_HEADERS | {"x-prometheus-scrape-timeout-seconds"}
_TOKENS: Final = ("bearer_token", "bearer_token_file")
_JWT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def client(section: Section) -> Iterator[Fault]:
    """Credentials that exclude each other, and headers that cannot be set."""
    yield from at_most_one(*_TOKENS)(section)
    token = next((name for name in _TOKENS if section.filled(name)), None)
    ways = [name for name in ("basic_auth", "authorization", "oauth2") if section.given(name)]
    if token and ways:
        yield Fault(token, f"{ways[0]} and {token} exclude each other", "keep one")
    if len(ways) > 1:
        yield Fault(ways[1], f"{ways[0]} and {ways[1]} exclude each other", "keep one")
    headers = section.values.get("http_headers")
    for name in any_fields(headers) if isinstance(headers, Table) else ():
        if name.lower() in _SCRAPE_HEADERS:
            yield Fault("http_headers", f"the header {name} cannot be set", "remove it")
    yield from proxy(section)


def proxy(section: Section) -> Iterator[Fault]:
    """Settings of a proxy that need each other, or exclude each other."""
    if not covers(section.engine, "2.43"):
        if section.filled("proxy_connect_header") and not section.filled("proxy_url"):
            yield Fault("proxy_connect_header", "proxy_connect_header needs proxy_url", "add it")
        return
    from_environment = section.text("proxy_from_environment") in TRUE
    if section.filled("proxy_connect_header") and not (
        from_environment or section.filled("proxy_url")
    ):
        yield Fault("proxy_connect_header", "proxy_connect_header needs proxy_url", "add it")
    for name in ("proxy_url", "no_proxy"):
        if from_environment and section.filled(name):
            message = f"proxy_from_environment and {name} exclude each other"
            yield Fault(name, message, "keep one")
    if section.filled("no_proxy") and not (from_environment or section.given("proxy_url")):
        yield Fault("no_proxy", "no_proxy needs proxy_url", "add proxy_url")


def _authorization(section: Section) -> Iterator[Fault]:
    if section.text("type").strip().lower() == "basic":
        yield Fault("type", "authorization cannot be of type basic", "use basic_auth")


def _oauth2(section: Section) -> Iterator[Fault]:
    if not covers(section.engine, "2.51"):
        secrets = ("client_secret", "client_secret_file")
        if not any(map(section.filled, secrets)):
            yield Fault("", "oauth2 has no client_secret", "add client_secret or its file")
    if section.text("grant_type") != _JWT:
        yield from at_most_one("client_secret", "client_secret_file", "client_secret_ref")(section)
        return
    keys = ("client_certificate_key", "client_certificate_key_file", "client_certificate_key_ref")
    yield from at_most_one(*keys)(section)
    if section.text("signature_algorithm", "RS256") not in ("", "RS256", "RS384", "RS512"):
        yield Fault(
            "signature_algorithm", "unknown signature_algorithm", "one of RS256, RS384, RS512"
        )


def _tls(section: Section) -> Iterator[Fault]:
    if not covers(section.engine, "2.45"):
        return
    for name in ("ca", "cert", "key"):
        yield from at_most_one(name, f"{name}_file", f"{name}_ref")(section)
    has = {
        name: any(section.filled(f"{name}{ending}") for ending in ("", "_file", "_ref"))
        for name in ("cert", "key")
    }
    if has["cert"] != has["key"]:
        there, missing = ("cert", "key") if has["cert"] else ("key", "cert")
        yield Fault("", f"a client {there} without a {missing}", f"add {missing}_file")


# Sections that are checked with the client that they are in.
PARTS: Final = ("BasicAuth", "Authorization", "OAuth2")
CHECKS: Final[Mapping[str, tuple[Check, ...]]] = {
    "BasicAuth": (
        at_most_one("username", "username_file", "username_ref"),
        at_most_one("password", "password_file", "password_ref"),
    ),
    "Authorization": (
        at_most_one("credentials", "credentials_file", "credentials_ref"),
        _authorization,
    ),
    "OAuth2": (required("client_id", "token_url"), _oauth2, proxy),
    "TLSConfig": (_tls,),
}
