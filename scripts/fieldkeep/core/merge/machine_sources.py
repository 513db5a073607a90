"""The documents that an application writes by itself, unless the settings say others."""

from __future__ import annotations

from typing import Final

MACHINE_SOURCES: Final = ("prewarm_*",)
"""Glob patterns of the ``source`` of documents that an application wrote by itself."""
