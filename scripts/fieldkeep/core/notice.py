"""What consumers are told after the document was written, and how it is signed.

The form is that of Standard Webhooks, https://www.standardwebhooks.com/: there are libraries that
check it in every language.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from fieldkeep.core.common import canonical
from fieldkeep.core.common.times import rfc3339
from fieldkeep.core.journal.journal import Journal
from fieldkeep.core.plan.evaluate import Evaluation
from fieldkeep.core.stored import record
from fieldkeep.core.stored.keys import Keys
from fieldkeep.core.stored.record import Record
from fieldkeep.model import Json, Present, Put

if TYPE_CHECKING:
    from fieldkeep.core.restore.restore import Restoration

SECRET_PREFIX = "whsec_"  # noqa: S105 - of secrets that are written in base64


@dataclass(frozen=True, slots=True)
class Notice:
    """One write of the document. ``run`` is that of the record; ``changes`` are the field, what
    happened to it, and the attributes that changed. ``digest`` is that of the value under
    ``key``."""

    run: str
    at: str
    key: str
    commit: str | None
    actor: str
    reason: str
    digest: str
    changes: tuple[tuple[str, str, tuple[str, ...]], ...]
    restored: bool = False
    environment: str | None = None

    def body(self) -> bytes:
        changes = [
            {"field": field, "action": action, "attributes": list(attributes)}
            for field, action, attributes in self.changes
        ]
        what = "restored" if self.restored else "applied"
        data = {
            "key": self.key,
            "environment": self.environment,
            "commit": self.commit,
            "actor": self.actor,
            "reason": self.reason,
            "digest": self.digest,
            "changes": changes,
        }
        value: Json = {"type": f"fieldkeep.document.{what}", "timestamp": self.at, "data": data}
        return canonical.dumps(value)

    def brief(self) -> bytes:
        """For a Consul event, which takes little more than 100 bytes."""
        commit = self.commit[:12] if self.commit else None
        return canonical.dumps({"commit": commit, "digest": self.digest})

    def headers(self, seconds: int, secret: str | None) -> dict[str, str]:
        """The headers of a POST that is sent at a time (in seconds since 1970), signed if there is
        a secret."""
        signed = {"webhook-id": self.run, "webhook-timestamp": str(seconds)}
        if secret:
            content = b".".join([self.run.encode(), str(seconds).encode(), self.body()])
            mac = hmac.new(_key(secret), content, hashlib.sha256).digest()
            signed["webhook-signature"] = f"v1,{base64.b64encode(mac).decode()}"
        return {"content-type": "application/json", **signed}


def _key(secret: str) -> bytes:
    if secret.startswith(SECRET_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
        except (binascii.Error, ValueError):
            pass  # then the text itself is the secret
    return secret.encode()


def of_applied(
    evaluation: Evaluation, journal: Journal, keys: Keys, reason: str, at: datetime
) -> Notice | None:
    """The notice of an apply; None if it did not write the document."""
    changes = (
        (change.field, change.action.value, tuple(a.name for a in change.attributes))
        for change in evaluation.plan.changes
    )
    environment = evaluation.plan.environment
    return _of_journal(journal, keys, reason, at, changes, environment=environment)


def of_restored(
    restoration: Restoration,
    journal: Journal,
    keys: Keys,
    reason: str,
    at: datetime,
    environment: str | None,
) -> Notice | None:
    """The notice of a restore; None if it did not write the document."""
    changes = (
        (name, restoration.action(name).value, tuple(d.attribute for d in differences))
        for name, differences in restoration.changes.items()
    )
    return _of_journal(journal, keys, reason, at, changes, restored=True, environment=environment)


def _of_journal(
    journal: Journal,
    keys: Keys,
    reason: str,
    at: datetime,
    changes: Iterable[tuple[str, str, tuple[str, ...]]],
    *,
    restored: bool = False,
    environment: str | None = None,
) -> Notice | None:
    written = {op.key: op for step in journal.steps for op in step if isinstance(op, Put)}
    if keys.document not in written or keys.record not in written:
        return None
    recorded = record.decode(Present(written[keys.record].value, 0, 0))
    raw: Mapping[str, Json] = recorded.raw if isinstance(recorded, Record) else {}
    return Notice(
        str(raw.get("run")),
        rfc3339(at),
        keys.document,
        commit if isinstance(commit := raw.get("commit"), str) else None,
        str(raw.get("actor")),
        reason,
        canonical.digest_of(written[keys.document].value),
        tuple(changes),
        restored,
        environment,
    )
