"""What an error of Consul means, by its status and its text, for every release from 1.8 on.

The texts are those of Consul's source: agent/http.go, agent/kvs_endpoint.go, agent/txn_endpoint.go,
agent/consul/state/txn.go, agent/consul/rate/handler.go and acl/errors.go of
https://github.com/hashicorp/consul.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import consul.base

from fieldkeep.core.common.words import shortened
from fieldkeep.edges.http import Transient
from fieldkeep.edges.store.consul_http import Transport
from fieldkeep.errors import AccessDenied, Unavailable

LIMITED_SECONDS = 1.0  # Consul's rate limits count the requests of a second
_FRONT: Final = "check the server's logs, and what stands in front of it"
_LEADER: Final = (
    "is there a leader? `consul operator raft list-peers -stale=true` shows the servers;"
    " `fieldkeep history export --stale FILE` saves what one of them has"
)
_OP_INDEX: Final = re.compile(r'"OpIndex":\s*(\d+)')
_DENIED_INDEX: Final = re.compile(r'"OpIndex":\s*(\d+),\s*"What":\s*"Permission denied')
_STALE: Final = (
    '\\" exists',  # check-not-exists: key "..." exists, quoted once more in JSON
    "index is stale",
    "already exists",
    "current modify index",
    "doesn't exist",
    "is missing",
)


class Denied(AccessDenied):
    """Rights are missing; ``text`` is Consul's answer, which may name the operations."""

    def __init__(self, where: str, text: str, *, sent_token: bool = True) -> None:
        hint = "the token (CONSUL_HTTP_TOKEN) needs key read, and key write to sync"
        if "ACL not found" in text:
            hint = "Consul does not know the token (CONSUL_HTTP_TOKEN): it is deleted or expired"
        elif not sent_token or "anonymous token" in text:  # the text from 1.12 on
            hint = "no token was sent: set CONSUL_HTTP_TOKEN or CONSUL_HTTP_TOKEN_FILE"
        super().__init__(f"{where}: permission denied (HTTP 403)", hint)
        self.text = text

    def of(self, keys: Sequence[str]) -> tuple[str, ...]:
        """The keys of the denied operations; ``keys`` are those of all operations, in order."""
        numbers = {int(number) for number in _DENIED_INDEX.findall(self.text)}
        return tuple(key for index, key in enumerate(keys) if index in numbers)


class RolledBack(Exception):
    """Consul's 409 for an index that had changed."""

    def of(self, keys: Sequence[str]) -> tuple[str, ...]:
        """The keys of the failed operations, each once; ``keys`` are those of all operations."""
        failed = {int(number) for number in _OP_INDEX.findall(str(self))}
        return tuple(dict.fromkeys(key for index, key in enumerate(keys) if index in failed))


@contextmanager
def errors(http: Transport, where: str, lost: type[Unavailable]) -> Iterator[None]:
    """Turns python-consul's errors into ours; ``lost`` is the class for those that leave it unknown
    whether the request was carried out. Raises Unavailable, Denied, Transient, RolledBack."""
    try:
        yield
    except consul.base.ACLPermissionDenied as error:
        raise _forbidden(where, str(error), http) from error
    except consul.base.ACLDisabled as error:
        raise Unavailable(f"{where}: unauthorized (HTTP 401)", "check the token") from error
    except consul.base.ConsulException as error:
        status, _, body = str(error).partition(" ")
        if status == "409" and "Permission denied" in body:
            raise Denied(where, body, sent_token=http.sends_token) from error
        if status == "409" and any(mark in body for mark in _STALE):
            raise RolledBack(body) from error
        message = f"{where}: HTTP {status}: {_one_line(body)}"
        limited = status == "429" or "rate limit" in body  # 503 from the leader
        # 5xx on a write: a leader may have committed before it stopped answering. A limit on a
        # write: a proxy may have sent it twice, and only the second one was too many.
        if not limited and (not status.startswith("5") or _KEY_NAME in body):
            raise Unavailable(message, _advice(status, body)) from error
        hint = _later(body, limited=limited)
        if lost is not Unavailable:
            raise lost(message, hint) from error
        pause = max(http.pause, LIMITED_SECONDS) if limited else http.pause
        raise Transient(message, hint, pause) from error


_KEY_NAME: Final = "invalid key name"  # 500 from 1.21.5 on, 400 for a transaction of 2.0


def _advice(status: str, body: str) -> str:
    """The hint for an answer that would be the same a second time."""
    if _KEY_NAME in body:
        return "this Consul refuses the name of the key (disable_kv_key_validation): use another"
    if "Enterprise feature" in body or 'unknown field "Partition"' in body:
        return "unset CONSUL_NAMESPACE and CONSUL_PARTITION: this Consul has none"
    if status == "413":
        return (
            "set max_value_bytes and max_transaction_bytes to what the server takes"
            " (kv_max_value_size, txn_max_req_len)"
        )
    return "check the server's logs and limits"


def _later(body: str, *, limited: bool) -> str:
    """The hint for an answer that may be another one a moment later."""
    if limited:
        return "run it again later, or raise the server's limits"
    away = "leader" in body or "rpc error" in body  # a server could not reach its leader
    return _LEADER if away else _FRONT


def _forbidden(where: str, body: str, http: Transport) -> Unavailable:
    """A 403 of the ACL system, or of the agent's http_config, which no token changes."""
    if body and "Permission denied" not in body and "ACL not found" not in body:
        return Unavailable(
            f"{where}: refused (HTTP 403): {_one_line(body)}",
            "see http_config in the agent's settings, and what stands in front of it",
        )
    return Denied(where, body, sent_token=http.sends_token)


def _one_line(text: str) -> str:
    return shortened(" ".join(text.split()), 120)
