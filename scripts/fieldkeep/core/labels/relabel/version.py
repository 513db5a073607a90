"""What a release of Prometheus reads differently. Seen on real 2.24, 2.42, 2.53 and 3.5 servers;
the releases between are those of Prometheus' changelog.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_NAME: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_WRITTEN: Final = re.compile(r"v?([0-9]{1,4})(?:\.([0-9]{1,4})(?:\.[0-9]+.*)?)?")


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A release by its first two numbers; patches change nothing that is read here."""

    major: int
    minor: int = 0

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"

    @property
    def utf8(self) -> bool:
        """Any text is a label name; before, ``[a-zA-Z_][a-zA-Z0-9_]*`` only."""
        return self >= Version(3)

    def admits(self, name: str) -> bool:
        """Whether a text is a label name."""
        return bool(name) if self.utf8 else _NAME.fullmatch(name) is not None

    @property
    def dotall(self) -> bool:
        """A dot in a regex matches a line break too."""
        return self >= Version(3)

    @property
    def written_ports(self) -> bool:
        """An address without a port stays as it is; before, the scheme's port was added to it."""
        return self >= Version(3)

    @property
    def deletes_by_template(self) -> bool:
        """An empty replacement deletes the label that ``target_label`` expands to; before, the
        one that it spells, which a name with ``$`` in it never is."""
        return self >= Version(2, 50)

    @property
    def timing_labels(self) -> bool:
        """Targets carry ``__scrape_interval__`` and ``__scrape_timeout__``."""
        return self >= Version(2, 30)


NEWEST: Final = Version(3, 999)


def parse_version(written: str) -> Version | None:
    """``2.42``, ``v3.5.0`` or ``3``; None for anything else."""
    found = _WRITTEN.fullmatch(written.strip())
    return Version(int(found[1]), int(found[2] or 0)) if found else None
