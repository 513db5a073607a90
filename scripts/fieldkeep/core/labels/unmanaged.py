"""What becomes of a label without a field file."""

from __future__ import annotations

from enum import StrEnum


class Unmanaged(StrEnum):
    """What a sync makes of a label that has neither a field file nor a field in the document."""

    SHOW = "show"  # a field with the usual defaults
    HIDE = "hide"  # a field that no page and no view shows
    IGNORE = "ignore"  # no field
