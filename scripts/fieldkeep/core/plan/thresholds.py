"""How much a sync may delete or change before a guard refuses it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

FEW_DELETES: Final = 2
FEWEST_COMPARED: Final = 10


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Thresholds of the `deletes` and `changes` guards (settings of the same names). Each method
    names the threshold that is exceeded, or returns ''."""

    most_deletes: int = 5
    delete_percent: int = 30
    change_percent: int = 50

    def many_deletes(self, deleted: int, total: int) -> str:
        if deleted > self.most_deletes:
            return f"more than most_deletes = {self.most_deletes}"
        if deleted > FEW_DELETES and deleted * 100 > self.delete_percent * total:
            return f"more than delete_percent = {self.delete_percent}"
        return "which is all of them" if deleted == total else ""

    def many_changes(self, changed: int, compared: int) -> str:
        if compared < FEWEST_COMPARED or changed * 100 <= self.change_percent * compared:
            return ""
        return f"more than change_percent = {self.change_percent}"
