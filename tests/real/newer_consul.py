"""A Consul 1.8.7 that answers as a newer release does, where the two differ.

with NewerConsul(consul.address, Release.V1_22) as newer:
    newer.limit_reads(2)
    ...what runs against newer.url is refused twice, as by `limits.request_limits`...

It follows the public source of Consul, https://github.com/hashicorp/consul: the files named beside
each answer, at the tags v1.15.11 and v1.18.2, after the pull requests 22682 (1.21.5) and 22850
(1.22.0), and pull request 23185 (2.0).
"""

from __future__ import annotations

import gzip
import json
import posixpath
import re
from collections.abc import Mapping
from dataclasses import replace
from enum import Enum
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from tests.real.proxy import Answer, Gate, Request

MAX_BYTES: Final = 524_288  # limits.kv_max_value_size and limits.txn_max_req_len, both by default
MAX_OPERATIONS: Final = 128  # agent/txn_endpoint.go, maxTxnOps, since 1.14
ACCESSOR: Final = "a2c1d9b0-7f3e-4c55-9b1e-0d6a3f0c8e11"
_LINK: Final = "https://developer.hashicorp.com/docs/agent/config/config-files"
# agent/consul/rate/handler.go, ErrRetryElsewhere and ErrRetryLater; agent/http.go makes them 429
# and 503. None of the releases sends Retry-After.
ELSEWHERE: Final = b"rate limit exceeded, try again later or against a different server"
LATER: Final = (
    b"rate limit exceeded for operation that can only be performed by the leader, try again later"
)
_1_21_5: Final = r"^[a-zA-Z0-9,_./\-?&=]+$"


class Release(Enum):
    """Each has what those before it have."""

    V1_15 = (1, 15)
    V1_18 = (1, 18)
    V1_21_5 = (1, 21, 5)
    V1_22 = (1, 22)
    V2_0 = (2, 0)


class NewerConsul(Gate):
    """Rules made with ``answer`` and ``hold`` come first, as in any gate."""

    def __init__(self, upstream: str, release: Release) -> None:
        super().__init__(upstream)
        self.release = release

    def limit_reads(self, times: int, headers: Mapping[str, str] | None = None) -> None:
        """Refuse the next reads; ``headers`` are those of a gateway in front of Consul."""
        self.answer("GET", "/v1/kv/", Answer(429, ELSEWHERE, headers or {}), times)

    def limit_writes(self, times: int, *, leader: bool) -> None:
        """Refuse the next writes, as a leader does or as a server that would pass them on."""
        refused = Answer(503, LATER) if leader else Answer(429, ELSEWHERE)
        self.answer("PUT", "/v1/", refused, times)

    def decide(self, request: Request) -> Answer:
        answer = super().decide(request)
        return (self._refused(request) or answer) if answer.forward else answer

    def _refused(self, request: Request) -> Answer | None:
        path = urlsplit(request.path).path
        if path.startswith("/v1/kv/"):
            return self._bad_name(unquote(path.removeprefix("/v1/kv/"))) or _large_value(request)
        if path == "/v1/txn":
            return _large_transaction(request) or self._bad_transaction(request)
        return None

    def _bad_name(self, sent: str) -> Answer | None:
        """agent/kvs_endpoint.go, KVSEndpoint and validateKVKey: errors without a status are 500."""
        if self.release.value < Release.V1_21_5.value:
            return None
        key = posixpath.normpath(sent)  # Go's path.Clean
        if self.release is Release.V1_21_5:
            if re.fullmatch(_1_21_5[1:-1], key) and ".." not in key:
                return None
            return Answer(
                500, f'invalid key name, keys should respect the "{_1_21_5}" format'.encode()
            )
        decoded = unquote(key)
        if key != key.strip(" ") or (decoded != key and " " in decoded):
            return Answer(500, b"invalid key name, leading/trailing spaces are not allowed")
        if ".." in key.split("/") or (decoded != key and ".." in decoded):
            return Answer(500, b"invalid key name, path traversal is not allowed")
        return None

    def _bad_transaction(self, request: Request) -> Answer | None:
        """Pull request 23185: a leading slash, which /v1/kv could never read."""
        slashed = any(kv["Key"].startswith("/") for kv in _operations(request))
        if self.release is Release.V2_0 and slashed:
            why = "Invalid key in transaction: invalid key name, must not begin with a '/'"
            return Answer(400, why.encode())
        return None

    def edited(self, request: Request, answer: Answer) -> Answer:
        """acl/errors.go, PermissionDeniedError.Error: since 1.12 it names token, right and key."""
        path = urlsplit(request.path).path
        if answer.headers.get("Content-Encoding") == "gzip":
            headers = {k: v for k, v in answer.headers.items() if k != "Content-Encoding"}
            answer = replace(answer, body=gzip.decompress(answer.body), headers=headers)
        if answer.status == 403 and answer.body == b"Permission denied":
            right = "read" if request.method == "GET" else "write"
            key = unquote(path.removeprefix("/v1/kv/"))
            return replace(answer, body=_denied(request, right, key).encode())
        if answer.status == 409 and path == "/v1/txn":
            return replace(answer, body=_with_denials(request, json.loads(answer.body)))
        if path.startswith("/v1/kv/") and answer.status == 404 and "recurse" in request.path:
            # agent/consul/kvs_endpoint.go, List: said of lists only, and only to a known token
            filtered = {"X-Consul-Results-Filtered-By-ACLs": "true"} if request.token else {}
            return replace(answer, headers={**answer.headers, **filtered})
        return answer


def _denied(request: Request, right: str, key: str) -> str:
    if not request.token:
        return (
            f"Permission denied: anonymous token lacks permission 'key:{right}' on \"{key}\". The"
            " anonymous token is used implicitly when a request does not specify a token."
        )
    return (
        f"Permission denied: token with AccessorID '{ACCESSOR}' lacks permission"
        f" 'key:{right}' on \"{key}\""
    )


def _with_denials(request: Request, answer: dict[str, Any]) -> bytes:
    operations = _operations(request)
    for error in answer["Errors"]:
        if error["What"] == "Permission denied":
            kv = operations[error["OpIndex"]]
            # agent/consul/kvs_endpoint.go, kvsPreApply: these two look at the right to read
            reads = kv["Verb"] in {"check-index", "check-session"}
            error["What"] = _denied(request, "read" if reads else "write", kv["Key"])
    return json.dumps(answer, separators=(",", ":")).encode()


def _large_value(request: Request) -> Answer | None:
    """agent/kvs_endpoint.go, KVSPut."""
    if (size := len(request.body)) <= MAX_BYTES:
        return None
    return _too_large(f"Request body({size} bytes)", "kv_max_value_size")


def _large_transaction(request: Request) -> Answer | None:
    """agent/txn_endpoint.go, convertOps."""
    if (size := len(request.body)) > MAX_BYTES:
        return _too_large(f"Request body({size} bytes)", "txn_max_req_len")
    if (count := len(_operations(request))) > MAX_OPERATIONS:
        why = f"Transaction contains too many operations ({count} > {MAX_OPERATIONS})"
        return Answer(413, why.encode())
    return None


def _too_large(what: str, setting: str) -> Answer:
    why = f"{what} too large, max size: {MAX_BYTES} bytes. See {_LINK}#{setting}."
    return Answer(413, why.encode())


def _operations(request: Request) -> list[dict[str, Any]]:
    return [operation["KV"] for operation in json.loads(request.body)]
