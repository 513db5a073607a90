"""Consul's KV as a store: exact-key consistent reads, one transaction for a write."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import consul.base

from fieldkeep.core.sizes import too_large
from fieldkeep.edges.consul_http import Transport
from fieldkeep.edges.kv import Store
from fieldkeep.errors import Refused, Unanswered, Unavailable
from fieldkeep.model import (
    Absent,
    Applied,
    Check,
    Conflict,
    Limits,
    Live,
    Operation,
    Outcome,
    Present,
    Put,
)

_ATTEMPTS: Final = 3
_PAUSE_SECONDS: Final = 0.3
_STALE: Final = (
    "index is stale",
    "already exists",
    "current modify index",
    "doesn't exist",
    "is missing",
)

T = TypeVar("T")


class _Client(consul.base.Consul):  # type: ignore[misc]
    """python-consul's API classes, without its constructor: that reads the environment, which
    would win over what the user asked for."""

    def __init__(self, http: Transport) -> None:
        self.http = http
        self.token, self.dc, self.consistency, self.scheme = None, None, "consistent", "http"
        self.kv = consul.base.Consul.KV(self)
        self.txn = consul.base.Consul.Txn(self)


class ConsulStore(Store):
    """Only exact-key reads are used: a token without rights sees an empty list, not a refusal."""

    shared = True

    def __init__(self, url: str, transport: Transport, limits: Limits) -> None:
        self.url, self.limits = url, limits
        self._client = _Client(transport)

    def get(self, key: str) -> Live:
        def read() -> Live:
            _, data = self._client.kv.get(key)
            if data is None:
                return Absent()
            if data["Key"] != key:
                raise ValueError(f"asked for {key}, got {data['Key']}")
            return Present(
                data["Value"] or b"", data["ModifyIndex"], data["CreateIndex"], data["Flags"]
            )

        return _retried(lambda: self._typed(f"reading {key}", read))

    def commit(self, operations: Sequence[Operation]) -> Outcome:
        if why := too_large(operations, self.limits):
            raise Refused(
                f"{self.url}: {why}",
                "raise max_transaction_bytes or max_value_bytes if the server allows more",
            )
        payload = [_operation(op) for op in operations]

        def send() -> Outcome:
            try:
                answer = self._client.txn.put(payload)
            except consul.base.ClientError as error:
                return _lost(error, operations)
            results = [result["KV"] for result in answer["Results"]]
            written = {op.key for op in operations if isinstance(op, Put)}
            indexes = {r["Key"]: r["ModifyIndex"] for r in results if r["Key"] in written}
            if indexes.keys() != written:
                raise Unanswered(
                    f"{self.url}: the answer to the transaction does not name every key",
                    "run the command again: it reads what is live first",
                )
            return Applied(indexes)

        return self._typed(f"writing {len(payload)} keys", send, lost=Unanswered)

    def _typed(self, doing: str, call: Callable[[], T], lost: type[Unavailable] = Unavailable) -> T:
        """Run a call of python-consul; its errors become ours. ``lost`` is for an answer that
        came but cannot be read."""
        where = f"{self.url}: {doing}"
        try:
            return call()
        except consul.base.ACLPermissionDenied as error:
            hint = "the token (CONSUL_HTTP_TOKEN) needs key read, and key write to sync"
            raise Unavailable(f"{where}: permission denied (HTTP 403)", hint) from error
        except consul.base.ACLDisabled as error:
            raise Unavailable(f"{where}: unauthorized (HTTP 401)", "check the token") from error
        except consul.base.ConsulException as error:
            status, _, body = str(error).partition(" ")
            message = f"{where}: HTTP {status}: {_one_line(body)}"
            hint = "is there a leader? `consul operator raft list-peers` tells"
            # 5xx on a write: a leader may have committed before it stopped answering
            kind = lost if status.startswith("5") else Unavailable
            raise kind(message, hint) from error
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            hint = "is this address Consul's HTTP API, with nothing in front of it?"
            raise lost(f"{where}: the answer is not Consul's", hint) from error


def _retried(call: Callable[[], Live]) -> Live:
    """Reads may be repeated; writes never are."""
    for attempt in range(1, _ATTEMPTS):
        try:
            return call()
        except Unavailable as error:
            if "permission" in str(error) or "no answer within" in str(error):
                raise
            time.sleep(_PAUSE_SECONDS * attempt)
    return call()


def _operation(operation: Operation) -> dict[str, Any]:
    match operation:
        case Check(key, 0):
            return {"KV": {"Verb": "check-not-exists", "Key": key}}
        case Check(key, expect):
            return {"KV": {"Verb": "check-index", "Key": key, "Index": expect}}
        case Put(key, value, expect, flags):
            encoded = base64.b64encode(value).decode("ascii")
            # cas with index 0 creates only
            body = {"Verb": "cas", "Key": key, "Value": encoded, "Index": expect, "Flags": flags}
            return {"KV": body}


def _lost(error: consul.base.ClientError, operations: Sequence[Operation]) -> Conflict:
    """A transaction that was rolled back: by a moved index (a conflict), or by missing rights."""
    text = str(error)
    if not text.startswith("409 ") or "Permission denied" in text:
        if "Permission denied" in text:
            raise consul.base.ACLPermissionDenied(text) from error
        raise error
    if not any(mark in text for mark in _STALE):
        raise consul.base.ConsulException(text) from error
    failed = [index for index in range(len(operations)) if f'"OpIndex":{index},' in text]
    return Conflict(tuple(operations[index].key for index in failed))


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 120 else line[:119] + "…"  # noqa: PLR2004
