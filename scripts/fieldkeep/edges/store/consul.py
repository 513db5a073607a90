"""Consul's KV as a store: consistent reads of exact keys, one transaction for a write.

https://developer.hashicorp.com/consul/api-docs/kv and .../txn
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from copy import copy
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlsplit

import consul.base

from fieldkeep.core.journal.sizes import too_large, transaction_bytes
from fieldkeep.edges.http import ATTEMPTS, retried
from fieldkeep.edges.store.consul_errors import Denied, RolledBack, errors
from fieldkeep.edges.store.consul_http import Transport
from fieldkeep.edges.store.kv import Connection, Retrying, Seen, StillWaiting, Store, WaitOver
from fieldkeep.edges.store.patience import noticed
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

_API: Final = "is this Consul's HTTP API itself?"
_NEVER: Final = 2**62  # an index that no key will ever have
LONGEST_WAIT_SECONDS: Final = 10.0
"""Of a blocking query. Consul adds a sixteenth, and the transport expects a byte within 15 s."""


class _Client(consul.base.Consul):  # type: ignore[misc]
    """python-consul's API classes without its constructor, which would let the environment win over
    the user's arguments."""

    def __init__(self, http: Transport, consistency: str) -> None:
        self.http = http
        self.token, self.dc, self.consistency, self.scheme = None, None, consistency, "http"
        self.kv = consul.base.Consul.KV(self)
        self.txn = consul.base.Consul.Txn(self)
        self.event = consul.base.Consul.Event(self)


class ConsulStore(Store):
    """Reads exact keys only: a list without the rights for it is empty instead of refused."""

    shared = True

    def __init__(
        self,
        url: str,
        transport: Transport,
        limits: Limits,
        tenancy: Mapping[str, str] | None = None,
    ) -> None:
        """``tenancy``: the Namespace and Partition that each operation of a transaction names."""
        self._tenancy = dict(tenancy or {})
        room = len(json.dumps(self._tenancy)) * limits.operations if self._tenancy else 0
        self.url, self.limits = url, replace(limits, transaction=limits.transaction - room)
        self._client = _Client(transport, "consistent")
        self._found_a_key = False

    def stale(self) -> ConsulStore:
        other = copy(self)
        other._client = _Client(self._client.http, "stale")  # noqa: SLF001 - ours
        return other

    def get(self, key: str) -> Live:
        def read() -> Live:
            where = f"{self.url}: reading {key}"
            with self._noticed():
                _, live = self._read(key, where)
            self._require_knowledge(live, where)
            return live

        return retried(read, failed=self._tell_of_retry)

    def _require_knowledge(self, live: Live, where: str) -> None:
        """A server that was started without a leader has not applied its own log yet: as long as it
        has shown no key at all, what it does not have may well be in there. Seen with Consul
        1.8.7."""
        self._found_a_key |= isinstance(live, Present)
        if not self._found_a_key and not self._client.http.knows_leader:
            raise Unavailable(
                f"{where}: not there, on a server that has no leader and may not have read its log",
                "ask another server (CONSUL_HTTP_ADDR), or wait for a leader",
            )

    def wait(self, key: str, after: Seen | None, seconds: float) -> Seen:
        """A blocking query. https://developer.hashicorp.com/consul/api-docs/features/blocking

        An index that does not rise says nothing: the time is up, or a neighbour of an absent key
        was written, or a snapshot was restored and this is the value from before it. With an index
        that Consul has yet to reach, a query would sleep through changes. So the next one is an
        ordinary read.
        """
        mark = after.mark if after else 0
        limit = f"{max(1, round(min(seconds, LONGEST_WAIT_SECONDS) * 1000))}ms"
        index, live = self._read(key, f"{self.url}: waiting for {key}", mark, limit)
        return Seen(live, index if index > mark else 0)

    def _read(self, key: str, where: str, after: int = 0, limit: str = "") -> tuple[int, Live]:
        """The index of the answer, and the key. ``after`` an index, waits up to the ``limit``."""
        with self._errors(where, Unavailable):
            answered, entry = self._client.kv.get(key, index=after or None, wait=limit)
        if not answered.isdecimal():
            raise Unavailable(f"{where}: the answer is not Consul's", _API)
        return int(answered), self._live(key, entry, where)

    def _live(self, key: str, entry: Json, where: str) -> Live:
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
        raise Unavailable(f"{where}: the answer is not Consul's", _API)

    def _noticed(self) -> AbstractContextManager[None]:
        http = self._client.http
        return noticed(
            lambda: self.tell(StillWaiting(self.url, http.is_leaderless())),
            lambda: self.tell(WaitOver()),
        )

    def _tell_of_retry(self, error: Unavailable, attempt: int) -> None:
        self.tell(Retrying(error, attempt, ATTEMPTS))

    def commit(self, operations: Sequence[Operation]) -> Outcome:
        with self._noticed():
            return self._committed(operations)

    def _committed(self, operations: Sequence[Operation]) -> Outcome:
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
            with self._errors(where, Unanswered):
                answer = self._client.txn.put(self._body(operations))
        except RolledBack as error:
            return Conflict(error.of(_keys(operations)))
        except Denied as error:
            if keys := error.of(_keys(operations)):
                named = ", ".join(dict.fromkeys(keys))
                raise Denied(f"{self.url}: writing {named}", error.text) from error
            raise
        return Applied(_indexes(answer, operations, where))

    def _needs_no_transaction(self, operations: Sequence[Operation]) -> bool:
        return transaction_bytes(operations) > self.limits.transaction

    def _put(self, key: str, value: bytes, expect: int, flags: int) -> Outcome:
        """Write a value that no transaction can hold with a single check-and-set. Its answer is
        only true or false, so the new index is read afterwards."""
        with self._errors(f"{self.url}: writing {key}", Unanswered):
            won = self._client.kv.put(key, value, cas=expect, flags=flags)
        if won is False:
            return Conflict((key,))
        if won is not True:
            raise Unanswered(f"{self.url}: writing {key}: the answer is not Consul's", _API)
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
            with self._errors(where, Unavailable):
                self._client.txn.put(self._body([Put(key, b"", _NEVER) for key in keys]))
        except RolledBack:
            return ()
        except Denied as error:
            return error.of(keys) or tuple(keys)
        raise Unavailable(f"{where}: the answer is not Consul's", _API)

    def announce(self, name: str, payload: bytes) -> None:
        where = f"{self.url}: firing the event {name}"
        with self._errors(where, Unavailable):
            self._client.event.fire(name, payload.decode())

    def _body(self, operations: Sequence[Operation]) -> list[dict[str, Any]]:
        """A transaction, in the namespace and partition that were asked for."""
        return [{"KV": {**kv, **self._tenancy}} for op in operations for kv in _sent(op)]

    def _errors(self, where: str, lost: type[Unavailable]) -> AbstractContextManager[None]:
        return errors(self._client.http, where, lost)

    def connection(self) -> Connection:
        http = self._client.http
        host = urlsplit(http.base_uri).hostname or ""
        local = host in ("localhost", "::1") or host.startswith("127.")
        tls = http.base_uri.startswith("https:")
        return Connection(tls, http.session.verify is not False, local, http.date, http.behind)


def _sent(operation: Operation) -> list[dict[str, Any]]:
    """Consul's operations for one of ours."""
    match operation:
        case Check(key, 0):
            return [{"Verb": "check-not-exists", "Key": key}]
        case Check(key, expect):
            return [{"Verb": "check-index", "Key": key, "Index": expect}]
        case Delete(key, expect):
            # alone, delete-cas would also succeed if another writer had deleted the key
            check = {"Verb": "check-index", "Key": key, "Index": expect}
            return [check, {**check, "Verb": "delete-cas"}]
        case Put(key, value, expect, flags):
            encoded = base64.b64encode(value).decode("ascii")
            # cas with index 0 creates only
            return [{"Verb": "cas", "Key": key, "Value": encoded, "Index": expect, "Flags": flags}]


def _keys(operations: Sequence[Operation]) -> list[str]:
    """The key of each operation as sent to Consul, in order."""
    return [op.key for op in operations for _ in _sent(op)]


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
