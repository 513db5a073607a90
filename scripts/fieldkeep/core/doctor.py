"""The checks of settings, store, sources and git, each with its level and its way out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final

from fieldkeep.core.common.words import number
from fieldkeep.core.fields.validate import Validated
from fieldkeep.errors import FieldkeepError, InputError, Unavailable, UsageError
from fieldkeep.model import NEARLY_FULL_PERCENT, Extracted, Present, Reading, Skipped

SKEW_SECONDS: Final = 30.0


class Level(StrEnum):
    """A warning is something to know; a failure is something to repair."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Line:
    """One check. ``hint`` says what to do, '' if it is ok; ``code`` is the exit code of a
    failure."""

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
    """0 without a failure; else the first of 4 (a server), 64 (settings), 1 (input)."""
    codes = {line.code for line in lines if line.level is Level.FAILURE}
    order = (Unavailable.exit_code, UsageError.exit_code, InputError.exit_code)
    return next((code for code in (*order, *sorted(codes)) if code in codes), 0)


# --------------------------------------------------------------------------- each check


def size(check: str, key: str, live: Present, limit: int) -> Line:
    """How much of the largest value that the store takes this key fills."""
    share = 100 * len(live.value) / limit
    message = f"{key}: readable, {len(live.value):,} bytes, {share:.0f} % of {limit:,}"
    if share < NEARLY_FULL_PERCENT:
        return ok(check, message)
    return warning(check, message, "raise the server's kv_max_value_size, then max_value_bytes")


def clock(date: str | None, now: datetime) -> Line | None:
    """Whether the store's clock, an HTTP date, agrees with ours; None if it is unknown."""
    try:
        skew = (parsedate_to_datetime(date or "") - now).total_seconds()
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
        return warning("tls", "encrypted, but the server's certificate is not verified", hint)
    if local:
        return ok("tls", "off; the store is on this machine")
    hint = "use consul+https://HOST:8501, or CONSUL_HTTP_SSL=true"
    return warning("tls", "off: token and values cross the network in clear text", hint)


def rights(keys: Sequence[str], denied: Sequence[str]) -> Iterator[Line]:
    """Whether each key may be written; a plan needs no such right."""
    for key in keys:
        if key in denied:
            hint = "enough for plan; sync needs key write: see `fieldkeep help consul-acl`"
            yield warning("write", f"{key}: may not be written", hint)
        else:
            yield ok("write", f"{key}: may be written")


def sources(readings: Sequence[Reading]) -> Iterator[Line]:
    if not readings:
        yield warning(
            "source", "no sources are configured", "set sources: see `fieldkeep help labels`"
        )
    for reading in readings:
        match reading:
            case Extracted():
                names = {label.name for pool in reading.pools for label in pool.labels}
                pools = number(len(reading.pools), "scrape pool")
                labels = number(len(names), "target label")
                yield ok("source", f"{reading.source}: {pools}, {labels}")
            case Skipped(name, reason):
                hint = "correct the source; until then its last known labels stay"
                code = Unavailable.exit_code
                yield Line("source", Level.FAILURE, f"{name}: {reason}", hint, code)


def files(validated: Validated, where: str) -> Line:
    hint = "`fieldkeep validate` names all of them"
    if validated.errors:
        errors, first = number(len(validated.errors), "error"), validated.errors[0].message
        message = f"{errors} in {where} or the schema, the first: {first}"
        return Line("fields", Level.FAILURE, message, hint, InputError.exit_code)
    count = f"{where}: {number(len(validated.files), 'field file')}"
    if validated.warnings:
        return warning("fields", f"{count}, {number(len(validated.warnings), 'warning')}", hint)
    return ok("fields", f"{count}, all valid")
