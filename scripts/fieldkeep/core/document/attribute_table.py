"""Every attribute of a field, a row each: the one place that knows its names, type and default.

A field file consists of *entries* (``type``, ``visibility.table``); each sets one or several
*attributes* of the document (``field_type``, ``show_in_table``). To add one, add a row here, the
same to both files in schema/, and a line to docs/fields.md:
tests/core/document/test_attribute_table.py fails until all of them agree.

Types and pages are not in this table: a team edits the enums of schema/field.schema.json.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fieldkeep.model import Json

ANY_PAGE: Final = "show_in_*"

_BOOLEAN: Final = ("boolean",)
_INTEGER: Final = ("integer",)
_STRING: Final = ("string",)


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of the document: its JSON types there, and its value where nothing sets it.

    ``part`` is the part of the entry that sets it (``table`` of ``visibility``), ``cleared`` what a
    field file says to clear it (None: it cannot). ``show_in_*`` stands for an attribute per page.
    """

    name: str
    types: tuple[str, ...]
    default: Json = None
    part: str = ""
    cleared: Json = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a field file, its description for editors, and the attributes that it sets; the
    first names it to people. ``adopt`` writes what ``must_survive`` to every new file, even at its
    default."""

    key: str
    text: str
    attributes: tuple[Attribute, ...]
    must_survive: bool = False


# In the order of a field file's lines.
ENTRIES: Final = (
    Entry(
        "name",
        "The Prometheus label; equals the file's stem."
        " Labels that begin with __ never reach a series.",
        (Attribute("name", _STRING),),
    ),
    Entry(
        "display_name",
        "What people read in column heads and forms.",
        (Attribute("display_name", _STRING),),  # the default is made from the name
        must_survive=True,
    ),
    Entry(
        "description",
        "One or two sentences for a tooltip; '' clears it.",
        (Attribute("description", _STRING, "", cleared=""),),
    ),
    Entry(
        "type",
        "How a value is entered.",
        (Attribute("field_type", _STRING, "string"),),
        must_survive=True,
    ),
    Entry(
        "category",
        "One category or several; the first is the main one.",
        (Attribute("category", ("string", "array"), "extra"),),
        must_survive=True,
    ),
    Entry(
        "required",
        "Must be filled in when a service is registered.",
        (Attribute("required", _BOOLEAN, False),),
        must_survive=True,
    ),
    Entry(
        "auto_register",
        "Offered when a service is registered.",
        (Attribute("available_for_registration", _BOOLEAN, False),),
        must_survive=True,
    ),
    Entry(
        "pages",
        "The pages that show the field; all, or a list ([] for none).",
        (Attribute(ANY_PAGE, _BOOLEAN, True),),
        must_survive=True,
    ),
    Entry(
        "visibility",
        "Where on those pages; a part that is not named is left to the application.",
        (
            Attribute("show_in_table", _BOOLEAN, True, "table"),
            Attribute("show_in_dashboard", _BOOLEAN, False, "dashboard"),
            Attribute("show_in_form", _BOOLEAN, True, "form"),
            Attribute("show_in_filter", _BOOLEAN, True, "filter"),
        ),
        must_survive=True,
    ),
    Entry(
        "order",
        "Position within its category, lowest first.",
        (Attribute("order", _INTEGER, 999),),
    ),
    Entry(
        "options",
        "The choices of a select; [] clears them.",
        (Attribute("options", ("array", "null"), cleared=[]),),
    ),
    Entry(
        "default",
        "What a new service starts with; '' clears it.",
        (Attribute("default_value", ("string", "number", "boolean", "null"), cleared=""),),
    ),
    Entry(
        "placeholder",
        "Grey text in an empty input; '' clears it.",
        (Attribute("placeholder", ("string", "null"), "", cleared=""),),
    ),
    Entry(
        "validation",
        "What a value must look like; a part that is not named is left to the application.",
        (
            Attribute("validation", ("object", "null")),
            Attribute("validation.regex", _STRING, None, "regex", ""),
            Attribute("validation_regex", ("string", "null"), None, "regex", ""),
            Attribute("validation.min_length", _INTEGER, None, "min_length"),
            Attribute("validation.max_length", _INTEGER, None, "max_length"),
            Attribute("validation.message", _STRING, None, "message", ""),
        ),
    ),
    Entry(
        "editable",
        "Whether people may change a service's value in the application.",
        (Attribute("editable", _BOOLEAN, True),),
    ),
    Entry(
        "enabled",
        "A field that is not enabled is hidden everywhere.",
        (Attribute("enabled", _BOOLEAN, True),),
    ),
)

# The entry that says which version of the schema a field file is written for. It sets nothing.
SCHEMA_VERSION: Final = "schema_version"

# What applications write into a field and no person sets: neither a customization nor a change.
SET_BY_NO_PERSON: Final = frozenset({"discovered_in"})

# What Prometheus gives, and no field file. The defaults are for a label that no source sets.
FROM_PROMETHEUS: Final = (
    Attribute("source_label", _STRING, "unknown"),
    Attribute("regex", _STRING, ""),
    Attribute("replacement", _STRING, ""),
)
