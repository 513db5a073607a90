"""The pictures show what the program shows now, and ask no server for anything."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.real.parts import ROOT
from tests.terminal.pictures import FOLDER, PICTURES, picture
from tests.terminal.test_terminal import RENEW, UPDATE


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_what_the_program_shows(name: str, week: Path) -> None:
    drawn = picture(name, week)
    ET.fromstring(drawn)
    assert set(re.findall(r"https?://[^\"\s]+", drawn)) == {"http://www.w3.org/2000/svg"}
    file = FOLDER / f"{name}.svg"
    if UPDATE:
        file.write_text(drawn, "utf-8")
    assert drawn == file.read_text("utf-8"), f"if it is right: {RENEW}"


def test_there_is_no_other_picture_and_the_readme_describes_those_that_it_shows() -> None:
    assert {file.stem for file in FOLDER.iterdir()} == PICTURES.keys()
    shown = re.findall(r"!\[(.*?)\]\(docs/pictures/(.*?)\.svg\)", (ROOT / "README.md").read_text())
    assert shown
    for description, name in shown:
        assert name in PICTURES
        assert len(description.split()) > 5
