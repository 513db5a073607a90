"""Computes the size of a write before its first byte is sent."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from fieldkeep.core.stored.backups import Backup, Damaged
from fieldkeep.model import Delete, Limits, Operation, Put

# The longest JSON of one operation in Consul's API, without key and value:
# https://developer.hashicorp.com/consul/api-docs/txn
_ENVELOPE = len(
    json.dumps(
        {"KV": {"Verb": "check-not-exists", "Key": "", "Value": "", "Index": 2**63, "Flags": 2**63}}
    )
) + len(", ")


def transaction_bytes(operations: Sequence[Operation]) -> int:
    """The size of the body that Consul's API takes (JSON with base64 values), or a little more."""
    return 2 + sum(_sent(op) * (_ENVELOPE + len(op.key)) + _encoded(op) for op in operations)


def _sent(operation: Operation) -> int:
    """The number of Consul operations for one of ours: a delete is sent with an index check."""
    return 2 if isinstance(operation, Delete) else 1


def _encoded(operation: Operation) -> int:
    return 4 * -(-len(operation.value) // 3) if isinstance(operation, Put) else 0


def too_large(operations: Sequence[Operation], limits: Limits) -> str | None:
    """Why a store with these limits would refuse the transaction, or None."""
    for operation in operations:
        if isinstance(operation, Put) and len(operation.value) > limits.value:
            return (
                f"the value of {operation.key} is {len(operation.value):,} bytes,"
                f" the store takes {limits.value:,}"
            )
    match operations:
        case [Put()]:  # sent as a plain check-and-set, without a transaction's body
            return None
    if (size := transaction_bytes(operations)) > limits.transaction:
        return f"the transaction is {size:,} bytes, the store takes {limits.transaction:,}"
    if (count := sum(map(_sent, operations))) > limits.operations:
        return f"the transaction has {count} operations, the store takes {limits.operations}"
    return None


def way_past_another_writer(entries: Iterable[Backup | Damaged], limits: Limits) -> Iterator[str]:
    """The way out where a backup that is not ours takes most of the room."""
    others = (entry for entry in entries if isinstance(entry, Backup) and not entry.ours)
    largest = max((len(entry.encoded) for entry in others), default=0)
    if largest > limits.value // 2:
        yield (
            f"another writer's backup has {largest:,} bytes of it: keep a copy with `fieldkeep"
            " history export FILE`, then sync once with FIELDKEEP_HISTORY=1, which leaves only the"
            " newest backup of ours"
        )
