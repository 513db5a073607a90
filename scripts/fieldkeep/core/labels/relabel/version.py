"""Releases of Prometheus, and how they differ in reading labels and relabel rules.

Checked on real 2.24, 2.42, 2.53 and 3.5 servers; the releases between follow Prometheus' changelog
(https://github.com/prometheus/prometheus/blob/main/CHANGELOG.md).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_LEGACY_NAME: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_VERSION: Final = re.compile(r"v?([0-9]{1,4})(?:\.([0-9]{1,4})(?:\.[0-9]+.*)?)?")


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A release: its first two numbers. Patch releases do not differ in what is read here."""

    major: int
    minor: int = 0

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"

    @property
    def utf8_names(self) -> bool:
        """Whether any text is a label name; before, only ``[a-zA-Z_][a-zA-Z0-9_]*`` was."""
        return self >= Version(3)

    def is_label_name(self, text: str) -> bool:
        """Whether ``text`` can name a label."""
        return bool(text) if self.utf8_names else _LEGACY_NAME.fullmatch(text) is not None

    @property
    def dotall(self) -> bool:
        """Whether a dot in a regex also matches a line break."""
        return self >= Version(3)

    @property
    def adds_default_port(self) -> bool:
        """Whether an address without a port gets the port of its scheme."""
        return self < Version(3)

    @property
    def deletes_expanded_name(self) -> bool:
        """Whether an empty replacement deletes the label that ``target_label`` expands to. Before,
        it deleted the label named by the unexpanded text, and no label has a ``$`` in its name."""
        return self >= Version(2, 50)

    @property
    def timing_labels(self) -> bool:
        """Whether targets start with ``__scrape_interval__`` and ``__scrape_timeout__``."""
        return self >= Version(2, 30)


NEWEST: Final = Version(3, 999)


def parse_version(text: str) -> Version | None:
    """``2.42``, ``v3.5.0`` or ``3``; None for anything else."""
    match = _VERSION.fullmatch(text.strip())
    return Version(int(match[1]), int(match[2] or 0)) if match else None
