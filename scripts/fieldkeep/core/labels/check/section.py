"""One section of a configuration with its values, and the faults that are found in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from fieldkeep.core.labels.config.decode import null
from fieldkeep.core.labels.config.goyaml import Listing, Node, Scalar
from fieldkeep.core.labels.relabel.engine import Engine
from fieldkeep.core.labels.relabel.version import parse_version
from fieldkeep.model import Place

NEVER: Final = "9999"


@dataclass(frozen=True, slots=True)
class Section:
    """A mapping of a known section, merge keys resolved."""

    where: Place
    values: Mapping[str, Node]
    engine: Engine

    def given(self, name: str) -> bool:
        """Whether the field is there and not null."""
        return name in self.values and not null(self.values[name])

    def filled(self, name: str) -> bool:
        """Whether the field has a value that is not empty."""
        match self.values.get(name):
            case None:
                return False
            case Scalar() as scalar:
                return not scalar.null and scalar.text != ""
            case Listing(items=items):
                return bool(items)
            case table:
                return bool(table.pairs)

    def text(self, name: str, default: str = "") -> str:
        """The text of a scalar; ``default`` if the field is absent; "" if it is null or no text."""
        match self.values.get(name):
            case None:
                return default
            case Scalar() as scalar:
                return "" if scalar.null else scalar.text
            case _:
                return ""

    def place(self, name: str) -> Place:
        """Where the field is, or the section if it is absent."""
        return self.values[name].where if name in self.values else self.where


@dataclass(frozen=True, slots=True)
class Fault:
    """What Prometheus refuses in a section; ``field`` is where ("": the section itself)."""

    field: str
    message: str
    hint: str


Check = Callable[[Section], Iterator[Fault]]


def covers(engine: Engine, since: str, until: str = NEVER) -> bool:
    """Whether the engine's release is ``since`` or newer, and older than ``until``."""
    first, last = parse_version(since), parse_version(until)
    return first is not None and last is not None and first <= engine.version < last
