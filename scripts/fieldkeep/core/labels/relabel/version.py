"""The programs whose configurations are read, and their releases."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

PROMETHEUS: Final = "prometheus"
VICTORIAMETRICS: Final = "victoriametrics"
PRODUCTS: Final = (PROMETHEUS, VICTORIAMETRICS)
_VERSION: Final = re.compile(r"v?([0-9]{1,4})(?:\.([0-9]{1,4})(?:\.[0-9]+.*)?)?")


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A release: its first two numbers. Patch releases do not differ in what is read here."""

    major: int
    minor: int = 0

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


def parse_version(text: str) -> Version | None:
    """``2.42``, ``v3.5.0`` or ``3``; None for anything else."""
    match = _VERSION.fullmatch(text.strip())
    return Version(int(match[1]), int(match[2] or 0)) if match else None
