"""The connection to a Consul: from the store's URL, then from Consul's environment variables.

https://developer.hashicorp.com/consul/commands#environment-variables
"""

from __future__ import annotations

import os.path
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from fieldkeep.edges.deadline import Adapter
from fieldkeep.edges.store.consul import ConsulStore
from fieldkeep.edges.store.consul_http import Transport
from fieldkeep.edges.trusted_hosts import require_trusted
from fieldkeep.errors import UsageError
from fieldkeep.model import Limits


def connect(url: str, _root: Path, environment: Mapping[str, str], limits: Limits) -> ConsulStore:
    """``consul://HOST:PORT`` or ``consul+https://HOST:PORT``. An address that is missing there, and
    everything else, comes from Consul's usual environment variables. Raises UsageError."""
    http = transport(url, environment)
    http.most_bytes = max(http.most_bytes, 4 * limits.value)
    scheme, _, address = http.base_uri.partition("://")
    name = "consul+https" if scheme == "https" else "consul"
    query = f"?{urlencode(http.params)}" if http.params else ""
    tenancy = {_FIELDS[parameter]: value for parameter, value in http.params.items()}
    return ConsulStore(f"{name}://{address}{query}", http, limits, tenancy)


def transport(url: str, environment: Mapping[str, str]) -> Transport:
    """HTTP to the Consul of a store's URL and the environment. Raises UsageError, and Refused if
    its token may not be sent there."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise UsageError("the store's URL is not one", _EXAMPLE) from error
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise UsageError(
            "a consul:// URL names a host and a port, nothing more",
            "the key goes into --key, a token into CONSUL_HTTP_TOKEN",
        )
    variables = {name: value for name, value in environment.items() if value}  # empty is unset
    if "@" in parts.netloc:
        raise UsageError(
            "a store's URL holds no user or token", "put the token into CONSUL_HTTP_TOKEN"
        )
    scheme, address = _address(parts.scheme, parts.netloc, variables)
    params = {parameter: variables[name] for name, parameter in _TENANCY if name in variables}
    token = _token(variables)
    if token:
        require_trusted("the Consul token", f"{scheme}://{address}", variables)
    http = Transport(
        f"{scheme}://{address}",
        token,
        verify=_verify(variables),
        cert=_certificate(variables),
        params=params,
    )
    if name := variables.get("CONSUL_TLS_SERVER_NAME"):
        http.session.mount("https://", _ServerName(name))
    return http


# Consul Enterprise: a read is told in the query, /v1/txn in each operation (it ignores the query).
# https://developer.hashicorp.com/consul/api-docs/txn
_TENANCY = (("CONSUL_NAMESPACE", "ns"), ("CONSUL_PARTITION", "partition"))
_FIELDS = {"ns": "Namespace", "partition": "Partition"}

# The address is not quoted: an invalid one may contain a password.
_NO_ADDRESS = "the Consul address is not HOST:PORT"
_EXAMPLE = "for example consul://127.0.0.1:8500"


def _address(scheme: str, netloc: str, variables: Mapping[str, str]) -> tuple[str, str]:
    # consul:// with CONSUL_HTTP_SSL=true is encrypted: neither ever takes back what the other asks
    secure = scheme == "consul+https" or _encrypted(variables)
    if not netloc:
        address = variables.get("CONSUL_HTTP_ADDR", "127.0.0.1:8500")
        secure = secure or address.startswith("https://")
        netloc = address.removeprefix("https://").removeprefix("http://").rstrip("/")
    try:
        parts = urlsplit(f"//{netloc}")
        port = parts.port or (8501 if secure else 8500)
    except ValueError as error:
        raise UsageError(_NO_ADDRESS, _EXAMPLE) from error
    if not parts.hostname or set(netloc) & set("@/?#"):
        raise UsageError(_NO_ADDRESS, _EXAMPLE)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return "https" if secure else "http", f"{host}:{port}"


def _encrypted(variables: Mapping[str, str]) -> bool:
    """Raises UsageError for an unknown spelling: as "false" it would send a token unencrypted."""
    value = variables.get("CONSUL_HTTP_SSL", "false").lower()
    if value not in ("true", "t", "1", "false", "f", "0"):
        raise UsageError("CONSUL_HTTP_SSL is neither true nor false", "set it to true or to false")
    return value in ("true", "t", "1")


def _token(variables: Mapping[str, str]) -> str | None:
    token = variables.get("CONSUL_HTTP_TOKEN", "")
    if not token and (path := variables.get("CONSUL_HTTP_TOKEN_FILE")):
        try:
            token = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            hint = "check its path and rights"
            raise UsageError("CONSUL_HTTP_TOKEN_FILE cannot be read", hint) from error
    token = token.strip()
    if token and not (token.isascii() and token.isprintable()):
        # checked here, because the libraries' message about a bad header would quote it
        raise UsageError("the Consul token holds characters that no token has", "set it again")
    return token or None


def _verify(variables: Mapping[str, str]) -> bool | str:
    """False only for "false" and "0"; an unknown spelling keeps verification on."""
    if variables.get("CONSUL_HTTP_SSL_VERIFY", "").lower() in ("false", "0"):
        return False
    return _existing(variables, "CONSUL_CACERT") or True


def _certificate(variables: Mapping[str, str]) -> tuple[str, str] | None:
    cert, key = (
        _existing(variables, "CONSUL_CLIENT_CERT"),
        _existing(variables, "CONSUL_CLIENT_KEY"),
    )
    if cert and key:
        return cert, key
    if cert or key:
        raise UsageError(
            "CONSUL_CLIENT_CERT and CONSUL_CLIENT_KEY go together", "set both, or none"
        )
    return None


def _existing(variables: Mapping[str, str], name: str) -> str | None:
    path = variables.get(name)
    if path and not os.path.exists(path):  # noqa: PTH110 - Path.exists raises for some names
        raise UsageError(f"{name}: there is no file {path}", "correct the variable")
    return path


class _ServerName(Adapter):
    """Requests and verifies the name of CONSUL_TLS_SERVER_NAME instead of the address's."""

    def __init__(self, name: str) -> None:
        self._name = name
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        options |= {"server_hostname": self._name, "assert_hostname": self._name}
        super().init_poolmanager(*args, **options)
