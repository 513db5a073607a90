"""The seven attributes of a field that must survive everything, by name, as one value."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

PAGES = (
    "services",
    "exporters",
    "blackbox",
    "network_probes",
    "web_probes",
    "system_exporters",
    "database_exporters",
    "infrastructure_exporters",
    "hardware_exporters",
)
PARTS = ("table", "dashboard", "form", "filter")


@dataclass(frozen=True)
class Look:
    display_name: str
    type: str
    category: tuple[str, ...]
    auto_register: bool
    pages: tuple[str, ...]
    required: bool
    visible: tuple[str, ...]

    @property
    def attributes(self) -> dict[str, Any]:
        """As the document holds them: nineteen values for the seven attributes."""
        category: Any = self.category[0] if len(self.category) == 1 else list(self.category)
        return {
            "display_name": self.display_name,
            "field_type": self.type,
            "category": category,
            "available_for_registration": self.auto_register,
            **{f"show_in_{page}": page in self.pages for page in PAGES},
            "required": self.required,
            **{f"show_in_{part}": part in self.visible for part in PARTS},
        }

    def yaml(self, name: str) -> str:
        """A field file that says all seven and nothing else."""
        visibility = {part: part in self.visible for part in PARTS}
        lines = {
            "name": name,
            "display_name": self.display_name,
            "type": self.type,
            "category": list(self.category),
            "auto_register": self.auto_register,
            "pages": list(self.pages),
            "required": self.required,
            "visibility": visibility,
        }
        return "".join(f"{key}: {json.dumps(value)}\n" for key, value in lines.items())

    def differs(self, other: Look) -> list[str]:
        """The document attributes in which two looks differ."""
        mine, theirs = self.attributes, other.attributes
        return [name for name in mine if mine[name] != theirs[name]]


GIT = Look("As git says", "text", ("basic", "business"), True, PAGES[:4], True, ("table", "filter"))
# In every single attribute the opposite of what git says.
APPLICATION = Look(
    "Edited in the application", "url", ("custom",), False, PAGES[4:], False, ("dashboard", "form")
)
GIT_LATER = replace(GIT, display_name="As git says later", category=("support",))


def default(name: str) -> Look:
    """A field at its defaults."""
    words = " ".join(word.capitalize() for word in name.split("_"))
    return Look(words, "string", ("extra",), False, PAGES, False, ("table", "form", "filter"))


def check_seven(fields: Mapping[str, Mapping[str, Any]], name: str, look: Look) -> None:
    """Each of the seven by name, so that a failure says which one was lost."""
    assert name in fields, f"the field {name} is gone"
    wanted, live = look.attributes, fields[name]
    assert len(wanted) == 5 + 9 + 4
    for attribute, value in wanted.items():
        assert attribute in live, f"{name}.{attribute} is gone"
        current = live[attribute]
        if attribute == "category" and isinstance(current, list) and len(current) == 1:
            (current,) = current
        assert (attribute, current) == (attribute, value), f"{name}.{attribute}"
