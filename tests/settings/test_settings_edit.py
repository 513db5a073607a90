"""A setting is added to a settings file, and every other line stays as it is."""

from __future__ import annotations

import pytest

from fieldkeep.settings.settings_edit import with_setting
from fieldkeep.settings.settings_file import OWN, SHARED

ADDED = 'unmanaged = "hide"'


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        (OWN, "", f"{ADDED}\n"),
        (OWN, "# Ours\n\nkey = 'a'\n", f"# Ours\n\nkey = 'a'\n{ADDED}\n"),
        (OWN, "key = 'a'", f"key = 'a'\n{ADDED}\n"),
        (
            OWN,
            "key = 'a'\n\n# where\n[environments.x]\nkey = 'b'\n",
            f"key = 'a'\n\n{ADDED}\n\n# where\n[environments.x]\nkey = 'b'\n",
        ),
        (
            OWN,
            "exclude = [\n'a',\n]\n# where\n[sources]\nm = 'a'\n",
            f"exclude = [\n'a',\n]\n{ADDED}\n\n# where\n[sources]\nm = 'a'\n",
        ),
        (OWN, "[sources]\r\nm = 'a'\r\n", f"{ADDED}\r\n\r\n[sources]\r\nm = 'a'\r\n"),
        (
            SHARED,
            "[project]\nname = 'x'\n[tool.fieldkeep] # we\nkey = 'a'\n[tool.x]\ny = 9\n",
            f"[project]\nname = 'x'\n[tool.fieldkeep] # we\n{ADDED}\nkey = 'a'\n[tool.x]\ny = 9\n",
        ),
        (
            SHARED,
            "[x]\ny = 9\n\n# m\n[tool.fieldkeep.sources]\nm = 'a'\n",
            f"[x]\ny = 9\n\n[tool.fieldkeep]\n{ADDED}\n\n# m\n[tool.fieldkeep.sources]\nm = 'a'\n",
        ),
        (SHARED, "# [tool.fieldkeep]\n[tool]\nfieldkeep = {key = 'a'}\n", None),
        (SHARED, "# [tool.fieldkeep]\ntool.fieldkeep.key = 'a'\n", None),
    ],
)
def test_one_line_is_added(name: str, before: str, after: str | None) -> None:
    assert with_setting(name, before, "unmanaged", "hide") == after
