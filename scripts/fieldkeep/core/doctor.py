"""What a look at settings, store, sources and git found, judged: fine, odd or broken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final

from fieldkeep.core.fields.validate import Validated
from fieldkeep.errors import FieldkeepError, InputError, Unavailable, UsageError
from fieldkeep.model import NEARLY_FULL_PERCENT, Extracted, Present, Reading

SKEW_SECONDS: Final = 30.0


class Level(StrEnum):
    """A warning is something to know; a failure is something to repair."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Line:
    """One check. ``hint`` is the way out, and there is one unless all is well; ``code`` the exit
    code of a failure."""

    check: str
    level: Level
    message: str
    hint: str = ""
    code: int = 0


def ok(check: str, message: str) -> Line:
    return Line(check, Level.OK, message)


def warning(check: str, message: str, hint: str) -> Line:
    return Line(check, Level.WARNING, message, hint)


def failed(check: str, error: FieldkeepError) -> Line:
    hint = error.hint or "correct what the message names"
    return Line(check, Level.FAILURE, str(error), hint, error.exit_code)


def exit_code(lines: Iterable[Line]) -> int:
    """0 without a failure; else a server's first, then settings, then input."""
    codes = {line.code for line in lines if line.level is Level.FAILURE}
    order = (Unavailable.exit_code, UsageError.exit_code, InputError.exit_code)
    return next((code for code in (*order, *sorted(codes)) if code in codes), 0)


# --------------------------------------------------------------------------- each check


def size(check: str, key: str, live: Present, limit: int) -> Line:
    """How much of the largest value one key fills."""
    share = 100 * len(live.value) / limit
    said = f"{key}: readable, {len(live.value):,} bytes, {share:.0f} % of {limit:,}"
    if share < NEARLY_FULL_PERCENT:
        return ok(check, said)
    return warning(check, said, "raise the server's kv_max_value_size, then max_value_bytes")


def clock(date: str | None, now: datetime) -> Line | None:
    """The store's clock beside ours; it says seconds only. None if it did not say."""
    try:
        theirs = parsedate_to_datetime(date or "")
        skew = (theirs - now).total_seconds()
    except (ValueError, TypeError):
        return None
    if abs(skew) <= SKEW_SECONDS:
        return ok("clock", f"the store's clock is within {SKEW_SECONDS:.0f} s of ours")
    way = "ahead of" if skew > 0 else "behind"
    message = f"the store's clock is {abs(skew):,.0f} s {way} ours"
    return warning(
        "clock", message, "set both by NTP: holds end, and backups are listed, by the clock"
    )


def transport(*, tls: bool, verified: bool, local: bool) -> Line:
    if tls and verified:
        return ok("tls", "encrypted, the server's certificate is verified")
    if tls:
        hint = "unset CONSUL_HTTP_SSL_VERIFY, and name the authority with CONSUL_CACERT"
        return warning("tls", "encrypted, but nobody verifies the server's certificate", hint)
    if local:
        return ok("tls", "off; the store is on this machine")
    hint = "use consul+https://HOST:8501, or CONSUL_HTTP_SSL=true"
    return warning("tls", "off: token and values cross the network in clear text", hint)


def rights(keys: Sequence[str], denied: Sequence[str]) -> Iterator[Line]:
    """Whether each key may be written. A token that may only read is right for a plan."""
    for key in keys:
        if key in denied:
            hint = "enough for plan; sync needs key write: see docs/consul-acl.md"
            yield warning("write", f"{key}: may not be written", hint)
        else:
            yield ok("write", f"{key}: may be written")


def sources(readings: Sequence[Reading]) -> Iterator[Line]:
    if not readings:
        yield warning("source", "no sources are configured", "set sources: see docs/settings.md")
    for reading in readings:
        match reading:
            case Extracted():
                names = {label.name for pool in reading.pools for label in pool.labels}
                said = f"{len(reading.pools)} scrape pools, {len(names)} target labels"
                yield ok("source", f"{reading.source}: {said}")
            case _:
                hint = "correct the source; until then its last known labels stay"
                message = f"{reading.source}: {reading.reason}"
                yield Line("source", Level.FAILURE, message, hint, Unavailable.exit_code)


def files(found: Validated, where: str) -> Line:
    if found.errors:
        first = found.errors[0]
        message = f"{len(found.errors)} errors in {where} or the schema, the first: {first.message}"
        hint = "`fieldkeep validate` names all of them"
        return Line("fields", Level.FAILURE, message, hint, InputError.exit_code)
    if found.warnings:
        message = f"{where}: {len(found.files)} field files, {len(found.warnings)} warnings"
        return warning("fields", message, "`fieldkeep validate` names all of them")
    return ok("fields", f"{where}: {len(found.files)} field files, all valid")
