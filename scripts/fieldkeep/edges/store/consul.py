"""Consul's KV as a store: consistent reads of exact keys, one transaction for a write.

https://developer.hashicorp.com/consul/api-docs/kv and .../txn
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import consul.base

from fieldkeep.core.common.words import shortened
from fieldkeep.core.journal.sizes import too_large, transaction_bytes
from fieldkeep.edges.http import Transient, retried
from fieldkeep.edges.store.consul_http import Transport
from fieldkeep.edges.store.kv import Connection, Store
from fieldkeep.errors import Refused, Unanswered, Unavailable
from fieldkeep.model import (
    Absent,
    Applied,
    Check,
    Conflict,
    Delete,
    Json,
    Limits,
    Live,
    Operation,
    Outcome,
    Present,
    Put,
)

_FRONT: Final = "check the server's logs, and what stands in front of it"
_LEADER: Final = "is there a leader? `consul operator raft list-peers` tells"
_OP_INDEX: Final = re.compile(r'"OpIndex":\s*(\d+)')
_DENIED_INDEX: Final = re.compile(r'"OpIndex":\s*(\d+),\s*"What":\s*"Permission denied')
_NEVER: Final = 2**62  # an index that no key will ever have
_STALE: Final = (
    '\\" exists',  # check-not-exists: key "..." exists, quoted once more in JSON
    "index is stale",
    "already exists",
    "current modify index",
    "doesn't exist",
    "is missing",
)


class _Client(consul.base.Consul):  # type: ignore[misc]
    """python-consul's API classes without its constructor, which would let the environment win over
    the user's arguments."""

    def __init__(self, http: Transport) -> None:
        self.http = http
        self.token, self.dc, self.consistency, self.scheme = None, None, "consistent", "http"
        self.kv = consul.base.Consul.KV(self)
        self.txn = consul.base.Consul.Txn(self)


class ConsulStore(Store):
    """Reads exact keys only: a list without the rights for it is empty instead of refused."""

    shared = True

    def __init__(self, url: str, transport: Transport, limits: Limits) -> None:
        self.url, self.limits = url, limits
        self._client = _Client(transport)

    def get(self, key: str) -> Live:
        return retried(lambda: self._read(key))

    def _read(self, key: str) -> Live:
        where = f"{self.url}: reading {key}"
        with _errors(where, Unavailable):
            _, entry = self._client.kv.get(key)
        if entry is None:
            return Absent()
        match entry:
            case {
                "Key": str(found),
                "Value": bytes() | None as value,
                "ModifyIndex": int(modified),
                "CreateIndex": int(created),
                "Flags": int(flags),
            } if found == key:
                return Present(value or b"", modified, created, flags)
        raise Unavailable(
            f"{where}: the answer is not Consul's", "is this Consul's HTTP API itself?"
        )

    def commit(self, operations: Sequence[Operation]) -> Outcome:
        if why := too_large(operations, self.limits):
            raise Refused(
                f"{self.url}: {why}",
                "raise max_transaction_bytes or max_value_bytes if the server allows more",
            )
        where = f"{self.url}: writing {len(operations)} keys"
        match operations:
            case [Put(key, value, expect, flags)] if self._needs_no_transaction(operations):
                return self._put(key, value, expect, flags)
        try:
            with _errors(where, Unanswered):
                answer = self._client.txn.put([body for op in operations for body in _sent(op)])
        except _RolledBack as error:
            return Conflict(_moved(str(error), operations))
        except _Denied as error:
            if keys := error.of([operation.key for operation in operations]):
                raise _denied(f"{self.url}: writing {', '.join(keys)}") from error
            raise
        return Applied(_indexes(answer, operations, where))

    def _needs_no_transaction(self, operations: Sequence[Operation]) -> bool:
        return transaction_bytes(operations) > self.limits.transaction

    def _put(self, key: str, value: bytes, expect: int, flags: int) -> Outcome:
        """Write a value that no transaction can hold with a single check-and-set. Its answer is
        only true or false, so the new index is read afterwards."""
        with _errors(f"{self.url}: writing {key}", Unanswered):
            won = self._client.kv.put(key, value, cas=expect, flags=flags)
        if won is not True:
            return Conflict((key,))
        try:
            live = self.get(key)
        except Unavailable as error:
            raise Unanswered(f"{error}, after it was written", error.hint) from error
        # if another writer was faster than this read, the old index: it matches nothing any more
        is_ours = isinstance(live, Present) and live.value == value
        return Applied({key: live.index if is_ours and isinstance(live, Present) else expect})

    def denied(self, keys: Sequence[str]) -> tuple[str, ...]:
        """Sends a transaction that can never be applied: Consul checks the rights first, and names
        each operation that the token has no right to."""
        where = f"{self.url}: asking for write rights"
        try:
            with _errors(where, Unavailable):
                self._client.txn.put(
                    [body for key in keys for body in _sent(Put(key, b"", _NEVER))]
                )
        except _RolledBack:
            return ()
        except _Denied as error:
            return error.of(keys) or tuple(keys)
        raise Unavailable(
            f"{where}: the answer is not Consul's", "is this Consul's HTTP API itself?"
        )

    def connection(self) -> Connection:
        http = self._client.http
        host = urlsplit(http.base_uri).hostname or ""
        local = host in ("localhost", "::1") or host.startswith("127.")
        tls = http.base_uri.startswith("https:")
        return Connection(tls, http.session.verify is not False, local, http.date)


class _Denied(Unavailable):
    """Rights are missing; ``text`` is Consul's answer, which may name the operations."""

    def __init__(self, message: str, hint: str, text: str) -> None:
        super().__init__(message, hint)
        self.text = text

    def of(self, keys: Sequence[str]) -> tuple[str, ...]:
        """The keys of the denied operations; ``keys`` are those of all operations, in order."""
        numbers = {int(number) for number in _DENIED_INDEX.findall(self.text)}
        return tuple(key for index, key in enumerate(keys) if index in numbers)


class _RolledBack(Exception):
    """Consul's 409 for an index that had changed; carries its text."""


@contextmanager
def _errors(where: str, lost: type[Unavailable]) -> Iterator[None]:
    """Turns python-consul's errors into ours; ``lost`` is the class for those that leave it unknown
    whether the request was carried out."""
    try:
        yield
    except consul.base.ACLPermissionDenied as error:
        raise _denied(where) from error
    except consul.base.ACLDisabled as error:
        raise Unavailable(f"{where}: unauthorized (HTTP 401)", "check the token") from error
    except consul.base.ConsulException as error:
        status, _, body = str(error).partition(" ")
        if status == "409" and "Permission denied" in body:
            raise _denied(where, body) from error
        if status == "409" and any(mark in body for mark in _STALE):
            raise _RolledBack(body) from error
        message = f"{where}: HTTP {status}: {shortened(' '.join(body.split()), 120)}"
        # 5xx on a write: a leader may have committed before it stopped answering
        if status.startswith("5"):
            kind = Transient if lost is Unavailable else lost
            away = "leader" in body or "rpc error" in body  # a server could not reach its leader
            raise kind(message, _LEADER if away else _FRONT) from error
        raise Unavailable(message, "check the server's logs and limits") from error


def _denied(where: str, body: str = "") -> Unavailable:
    hint = "the token (CONSUL_HTTP_TOKEN) needs key read, and key write to sync"
    return _Denied(f"{where}: permission denied (HTTP 403)", hint, body)


def _sent(operation: Operation) -> list[dict[str, Any]]:
    """Consul's operations for one of ours."""
    match operation:
        case Check(key, 0):
            return [{"KV": {"Verb": "check-not-exists", "Key": key}}]
        case Check(key, expect):
            return [{"KV": {"Verb": "check-index", "Key": key, "Index": expect}}]
        case Delete(key, expect):
            # alone, delete-cas would also succeed if another writer had deleted the key
            check = {"Verb": "check-index", "Key": key, "Index": expect}
            return [{"KV": check}, {"KV": {**check, "Verb": "delete-cas"}}]
        case Put(key, value, expect, flags):
            encoded = base64.b64encode(value).decode("ascii")
            # cas with index 0 creates only
            body = {"Verb": "cas", "Key": key, "Value": encoded, "Index": expect, "Flags": flags}
            return [{"KV": body}]


def _moved(text: str, operations: Sequence[Operation]) -> tuple[str, ...]:
    """The keys of the operations that failed, by `"OpIndex":N` in Consul's answer."""
    failed = {int(number) for number in _OP_INDEX.findall(text)}
    sent = [op.key for op in operations for _ in _sent(op)]
    return tuple(dict.fromkeys(key for index, key in enumerate(sent) if index in failed))


def _indexes(answer: Json, operations: Sequence[Operation], where: str) -> dict[str, int]:
    written = {op.key for op in operations if isinstance(op, Put)}
    try:
        results = [result["KV"] for result in answer["Results"]]
        indexes = {kv["Key"]: int(kv["ModifyIndex"]) for kv in results if kv["Key"] in written}
    except (KeyError, TypeError, ValueError):
        indexes = {}
    if indexes.keys() != written:
        raise Unanswered(
            f"{where}: the answer does not name every key",
            "run the command again: it reads what is live first",
        )
    return indexes


def _one_line(text: str) -> str:
    return shortened(" ".join(text.split()), 120)
