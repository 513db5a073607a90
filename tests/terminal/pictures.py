"""The pictures of the terminal in the README: what a command shows at 80 columns, drawn by rich.
test_pictures.py writes them anew where FIELDKEEP_UPDATE is set."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Final

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from tests.real.parts import ROOT
from tests.terminal.sample_world import NOW, a_copy, variables
from tests.terminal.terminal import show

FOLDER: Final = ROOT / "docs" / "pictures"
PICTURES: Final[Mapping[str, str]] = {
    "plan": "plan -q",
    "history": "history",
    "get-explain": "get company --explain -q",
}
"""The command line of each. `-q` leaves out how long each step took."""

WIDTH: Final = 80
# A page that shows a picture asks no other server for a font.
_FORMAT: Final = re.sub(
    r"@font-face \{\{.*?\}\}\s*|<!--.*?-->\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL
).replace("Fira Code, monospace", "ui-monospace, Menlo, Consolas, monospace")


def picture(name: str, week: Path) -> str:
    """SVG, the same each time."""
    line = PICTURES[name]
    with a_copy(week) as root:
        shown = show(shlex.split(line), root, variables(root), NOW, width=WIDTH).colored
    console = Console(
        record=True, width=WIDTH, file=StringIO(), force_terminal=True, _environ={}, highlight=False
    )
    console.print(Text.assemble(("$ ", "dim"), (f"fieldkeep {line}", "bold")))
    for each in shown.splitlines():
        console.print(Text.from_ansi(each), soft_wrap=True)
    drawn = console.export_svg(title="fieldkeep", code_format=_FORMAT, unique_id=name)
    return "\n".join(each.rstrip() for each in drawn.splitlines()) + "\n"
