"""The canonical form of a field file: the same data, the same comments, the same order."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkeep.core.edit.formatting import formatted
from fieldkeep.core.fields.load import load
from tests.core.build import a_source
from tests.core.edit.files import Written, by_pyyaml, files, read
from tests.core.examples import EXAMPLES

ODD = """\

# head
  name:   company
  display_name : "Company"   # on screen\x20
  pages: [ services,exporters ]\x20



  visibility: { table:   true,  'form': "no" }
  options:
  - low   # lowest
  # between
  -   "it's"
  validation:
      # about
      min_length: 2
      message: |
          two
            three
      regex: '^a$'
# end"""
CANONICAL = """\
# head
name: company
display_name: Company   # on screen
pages: [services, exporters]

visibility: {table: true, form: "no"}
options:
  - low   # lowest
  # between
  - it's
validation:
  # about
  min_length: 2
  message: |
      two
        three
  regex: '^a$'
# end
"""


def canonical(text: str | bytes) -> str:
    file, problems = load(a_source(text))
    assert file, problems
    return formatted(file).decode()


@pytest.mark.parametrize("before", [ODD, CANONICAL])
def test_spaces_indentation_and_quotes(before: str) -> None:
    assert canonical(before) == CANONICAL


def test_windows_line_ends_and_a_byte_order_mark_stay() -> None:
    windows = "\ufeff" + CANONICAL.replace("\n", "\r\n")
    assert canonical("\ufeff" + ODD.replace("\n", "\r\n")) == windows


@pytest.mark.parametrize(
    "text",
    [
        "name: company\ndescription: |+\n  a\n\n\n\n",  # the empty lines are text
        "name: company\ndescription: |\n  a  \n",
        "name: company\ndescription: 'a   b: [ c ]  # d'\n",
        "---\nname: company\n...\n",
        "name: company # \x85\u2028\xa0\n",
    ],
)
def test_what_is_text_is_left_alone(text: str) -> None:
    assert canonical(text) == text


@given(file=files(), spoiled=st.lists(st.sampled_from([" ", "\n", "\n\n\n"]), max_size=3))
@settings(max_examples=EXAMPLES)
def test_nothing_that_is_said_changes(file: Written, spoiled: list[str]) -> None:
    before = file.content + "".join(spoiled).encode()
    after = canonical(before).encode()
    assert json.dumps(read(after)) == json.dumps(read(before))
    assert by_pyyaml(after) == by_pyyaml(before)
    assert comments(after) == comments(before)
    assert canonical(after).encode() == after


def comments(content: bytes) -> list[str]:
    """Those that ``files`` may write."""
    lines = "\n".join(content.decode().splitlines())
    return re.findall(r"# (?:a note: 'it'|é 🙂|x: \[|x)|#(?= *$)", lines, re.MULTILINE)
