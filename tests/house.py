"""The pictures and the table of docs/architecture.md, drawn from the imports.

    python -m tests.house       draws them anew, and writes the pages of tests/reference.py

tests/test_house.py fails while they show anything but the code.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import grimp

from tests import reference

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "architecture.md"
SOURCE = ROOT / "scripts"
SPLIT = ("fieldkeep.core", "fieldkeep.edges")  # each package in them is a room of its own
COMMON = {"fieldkeep.model", "fieldkeep.errors"}  # what everything imports would hide the rest
Arrows = dict[str, set[str]]


def arrows(*split: str) -> Arrows:
    """The rooms, and which others each imports directly."""
    graph = grimp.build_graph("fieldkeep", cache_dir=None)
    packages = ["fieldkeep", *split]
    rooms = set().union(*(graph.find_children(package) for package in packages))
    rooms -= {*split, *COMMON}
    for room in rooms:
        graph.squash_module(room)
    return {
        room: (graph.find_modules_directly_imported_by(room) & rooms) - {room}
        for room in sorted(rooms)
    }


def picture(found: Arrows) -> str:
    """An arrow is left out where a longer way leads to the same room."""

    @cache
    def below(room: str) -> frozenset[str]:
        return frozenset().union(*({other} | below(other) for other in found[room]))

    lines = ["```mermaid", "graph TD"]
    for room, imported in found.items():
        indirect = frozenset().union(*map(below, imported))
        lines += [f"  {name(room)} --> {name(other)}" for other in sorted(imported - indirect)]
    return "\n".join([*lines, "```"])


def table(found: Arrows) -> str:
    lines = ["| room | what it is for | what it imports |", "|---|---|---|"]
    for room, imported in found.items():
        others = ", ".join(sorted(map(short, imported))) or "nothing"
        lines.append(f"| `{short(room)}` | {purpose(room)} | {others} |")
    return "\n".join(lines)


def name(room: str) -> str:
    """The last part of a room's name, in a picture of one package."""
    return short(room).split("/")[-1]


def short(room: str) -> str:
    """`core/plan` of `fieldkeep.core.plan`."""
    return room.removeprefix("fieldkeep.").replace(".", "/").replace("__main__", "main")


def purpose(room: str) -> str:
    """The first paragraph of its docstring."""
    path = SOURCE / room.replace(".", "/")
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    text = ast.get_docstring(ast.parse(file.read_text("utf-8"))) or ""
    return " ".join(text.split("\n\n")[0].split())


def drawn(page: str) -> str:
    """The page with everything that is drawn drawn anew."""
    core = {k: v for k, v in arrows(*SPLIT).items() if k.startswith("fieldkeep.core")}
    parts = {
        "rooms": picture(arrows()),
        "core": picture({k: v & core.keys() for k, v in core.items()}),
        "table": table(arrows(*SPLIT)),
    }
    for part, text in parts.items():
        before, place, rest = page.partition(f"<!-- drawn: {part} -->\n")
        _, end, after = rest.partition("\n<!-- end -->")
        page = f"{before}{place}\n{text}\n{end}{after}"
    return page


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text("utf-8")), "utf-8")
    reference.write()
