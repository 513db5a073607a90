"""Kinds of checks that several sections share. Each makes a check of some fields."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from fieldkeep.core.common.suggest import did_you_mean
from fieldkeep.core.labels.check.section import Check, Fault, Section, covers
from fieldkeep.core.labels.check.values import is_url
from fieldkeep.core.labels.config.goyaml import Listing, Scalar

_WITH_HOST: Final = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*)://[^/?#]")


def required(*names: str, since: str = "0") -> Check:
    """Each of the fields must be there, and not empty."""

    def check(section: Section) -> Iterator[Fault]:
        for name in names if covers(section.engine, since) else ():
            if not section.filled(name):
                yield Fault(name, f"{name} is missing or empty", f"add {name}")

    return check


def not_blank(name: str, since: str = "0") -> Check:
    """The field has a default, which must not be overwritten by an empty value."""

    def check(section: Section) -> Iterator[Fault]:
        blank = name in section.values and not section.text(name).strip()
        if blank and covers(section.engine, since):
            yield Fault(name, f"{name} is empty", "leave it out, or give it a value")

    return check


def choice(
    name: str, by_release: dict[str, str], default: str = "", *, any_case: bool = False
) -> Check:
    """The field must be one of the values, which came with releases; the empty ``default`` says
    that it must be given."""

    def check(section: Section) -> Iterator[Fault]:
        values = [
            value
            for since, names in by_release.items()
            if covers(section.engine, since)
            for value in names.split()
        ]
        value = section.text(name, default)
        if not values or (value.upper() if any_case else value) in values:
            return
        if value:
            hint = did_you_mean(value, values, f"one of {', '.join(values)}")
            yield Fault(name, f"unknown {name}", hint)
        else:
            yield Fault(name, f"{name} is missing or empty", f"one of {', '.join(values)}")

    return check


def at_most_one(*names: str, since: str = "0", until: str = "9999") -> Check:
    """Of the fields, at most one may have a value."""

    def check(section: Section) -> Iterator[Fault]:
        filled = [name for name in names if section.filled(name)]
        if len(filled) > 1 and covers(section.engine, since, until):
            yield Fault(filled[1], f"{filled[0]} and {filled[1]} exclude each other", "keep one")

    return check


def at_least_one(*names: str) -> Check:
    """Of the fields, at least one must have a value."""

    def check(section: Section) -> Iterator[Fault]:
        if not any(section.filled(name) for name in names):
            yield Fault("", f"neither {' nor '.join(names)} is there", f"add {names[0]}")

    return check


def url(name: str, *, schemes: tuple[str, ...] = (), until: str = "9999") -> Check:
    """The field must be a URL with a host, of one of the schemes (any, if there are none)."""

    def check(section: Section) -> Iterator[Fault]:
        value = section.text(name)
        if value and covers(section.engine, "0", until) and not _has_host(value, schemes):
            hint = f"write it as {schemes[0] if schemes else 'http'}://host/path"
            yield Fault(name, f"{name} is no URL with a scheme and a host", hint)

    return check


def _has_host(value: str, schemes: tuple[str, ...]) -> bool:
    match = _WITH_HOST.match(value)
    scheme = match[1].lower() if match else ""
    return match is not None and is_url(value) and (not schemes or scheme in schemes)


def begins_with_slash(name: str) -> Check:
    """Each text of a list must begin with a slash."""

    def check(section: Section) -> Iterator[Fault]:
        listed = section.values.get(name)
        for item in listed.items if isinstance(listed, Listing) else ():
            if isinstance(item, Scalar) and not item.text.startswith("/"):
                yield Fault(name, f"{name} must begin with a slash", "write /path")

    return check
