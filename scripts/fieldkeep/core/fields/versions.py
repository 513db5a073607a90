"""The versions of the schema of field files: the one that we read, and what files and schemas name.

A file names its version with ``schema_version``; one that names none is of version 1. A schema
names it at the end of its ``$id``; one with an ``$id`` of its own names none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from fieldkeep.core.common.places import places_of
from fieldkeep.core.document.attribute_table import SCHEMA_VERSION
from fieldkeep.model import FieldFile, Json, Place, Problem

VERSION: Final = 1
_ID: Final = re.compile(r"urn:fieldkeep:field:([0-9]{1,9})")
_UPGRADE: Final = "upgrade fieldkeep"


def version(file: FieldFile) -> int | None:
    """The version that a file names; None for what is no version, which the schema refuses."""
    match file.attributes.get(SCHEMA_VERSION, 1):
        case bool():
            return None
        case int() | float() as named if named >= 1 and named % 1 == 0:
            return int(named)
    return None


def misfit(file: FieldFile) -> Problem | None:
    """The finding for a file of another version, whose entries may mean something else."""
    named = version(file)
    if named is None or named == VERSION:
        return None
    hint = _UPGRADE if named > VERSION else "`fieldkeep migrate` rewrites it"
    place = places_of(file).value((SCHEMA_VERSION,))
    return Problem(place, "file/version", _message(named), hint)


def misfit_of_schema(raw: Mapping[str, Json], path: str) -> Problem | None:
    """The finding for a schema of another version."""
    found = _ID.fullmatch(str(raw.get("$id")))
    if found is None or (named := int(found[1])) == VERSION:
        return None
    hint = _UPGRADE if named > VERSION else "take over what `fieldkeep schema` says, its $id too"
    return Problem(Place(path), "schema/version", _message(named), hint)


def _message(named: int) -> str:
    return (
        f"written for version {named} of the schema of field files; this fieldkeep reads"
        f" version {VERSION}"
    )
