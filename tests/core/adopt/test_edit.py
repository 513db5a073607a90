"""Editing a field file's text: what was wanted is read back, every other line is as it was."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkeep.core.adopt.edit import created, edited
from fieldkeep.core.adopt.yamltext import one_line
from fieldkeep.core.fields.load import load
from fieldkeep.model import Source
from tests.core.build import a_source
from tests.core.examples import EXAMPLES


def read(content: bytes) -> dict[str, Any]:
    file, problems = load(Source("fields/company.yaml", content))
    assert problems == ()
    assert file is not None
    return dict(file.attributes)


def becomes(before: str, after: str, **changes: Any) -> None:
    result = edited(a_source(before), changes)
    assert result.decode() == after
    assert load(a_source(after))[1] == ()


# --------------------------------------------------------------------------- by example

FILE = """\
# yaml-language-server: $schema=../schema/field.schema.json
name: company
display_name: 'Company'   # on screen
type: string
pages: [services, exporters]  # not all

# how it looks
visibility: {table: true, 'form': false}
options:
  - low   # the lowest
  # between
  - "high"
description: |  # long
  One line.

  Another.

validation:
  min_length: 2   # two
  max_length: 60
# the end
"""


@pytest.mark.parametrize(
    ("changes", "old", "new"),
    [
        ({"type": "url"}, "type: string\n", "type: url\n"),
        ({"display_name": "It's"}, "'Company'   #", "'It''s'   #"),
        ({"display_name": "no"}, "'Company'   #", "'no'   #"),
        ({"pages": ["services", "blackbox"]}, "exporters]  #", "blackbox]  #"),
        ({"pages": ["exporters"]}, "[services, exporters]", "[exporters]"),
        ({"pages": ["services"]}, "[services, exporters]", "[services]"),
        ({"pages": []}, "[services, exporters]  #", "[]  #"),
        ({"pages": "all"}, "[services, exporters]  #", "all  #"),
        ({"visibility": {"table": False}}, "{table: true,", "{table: false,"),
        ({"visibility": {"filter": True}}, "'form': false}", "'form': false, filter: true}"),
        ({"options": ["low", "mid", "high"]}, "  # between\n", "  - mid\n  # between\n"),
        ({"options": ["new", "low", "high"]}, "  - low ", "  - new\n  - low "),
        ({"options": ["low", "high", "x"]}, '  - "high"\n', '  - "high"\n  - x\n'),
        ({"options": ["high"]}, "  - low   # the lowest\n", ""),
        ({"options": ["low", "higher"]}, '"high"', '"higher"'),
        ({"validation": {"min_length": 3}}, "min_length: 2   #", "min_length: 3   #"),
        ({"validation": {"regex": "^a: #$"}}, "  min_length", "  regex: '^a: #$'\n  min_length"),
        ({"required": True}, "pages:", "required: true\npages:"),
        ({"order": 3}, "options:", "order: 3\noptions:"),
        ({"enabled": False}, "# the end", "enabled: false\n# the end"),
        (
            {"description": "Two.\nThree.\n"},
            "  One line.\n\n  Another.\n",
            "  Two.\n  Three.\n",
        ),
        (
            {"description": "Short"},
            "|  # long\n  One line.\n\n  Another.\n",
            "Short  # long\n",
        ),
    ],
    ids=str,
)
@pytest.mark.parametrize("form", ["unix", "windows", "mark", "open"])
def test_only_what_changes_changes(
    changes: Mapping[str, Any], old: str, new: str, form: str
) -> None:
    assert FILE.count(old) == 1

    def formed(text: str) -> bytes:
        text = {"windows": text.replace("\n", "\r\n"), "mark": "\ufeff" + text}.get(form, text)
        return (text.removesuffix("\n") if form == "open" else text).encode()

    result = edited(Source("fields/company.yaml", formed(FILE)), changes)
    assert result.decode() == formed(FILE.replace(old, new)).decode()


def test_a_list_without_indentation_that_is_emptied() -> None:
    becomes(
        "name: company\noptions: # none\n- a\n- b\norder: 1\n",
        "name: company\noptions: [] # none\norder: 1\n",
        options=[],
    )


def test_a_file_that_is_one_flow_map() -> None:
    becomes(
        '{"name": "company", "pages": ["services"]}\n',
        '{"name": "company", "pages": ["exporters"], order: 3}\n',
        order=3,
        pages=["exporters"],
    )


def test_a_comment_in_a_list_of_several_lines_stays() -> None:
    becomes(
        "name: company\noptions: [\n  a,  # one\n  'b',  # two\n]\n",
        "name: company\noptions: [\n  a,  # one\n  'b', c,  # two\n]\n",
        options=["a", "b", "c"],
    )


def test_a_comment_before_the_last_item_stays_when_that_is_removed() -> None:
    becomes(
        "name: company\noptions: [\n  a,  # one\n  b  # two\n]\n",
        "name: company\noptions: [\n  a,  # one\n    # two\n]\n",
        options=["a"],
    )


def test_no_comma_stays_behind_on_the_line_of_the_last_item() -> None:
    becomes(
        "name: company\noptions: [\n  a,  # one\n  b, c  # two\n]\n",
        "name: company\noptions: [\n  a,  # one\n  b  # two\n]\n",
        options=["a", "b"],
    )


def test_kept_line_ends_at_the_end_of_a_block() -> None:
    result = edited(a_source("name: company\ndescription: |+\n  a\n\n\n"), {"order": 1})
    assert read(result) == {"name": "company", "description": "a\n\n\n", "order": 1}


def test_nothing_to_change_is_the_same_bytes() -> None:
    source = a_source(FILE)
    assert edited(source, {"type": "string", "visibility": {"table": True}}) == source.content


def test_a_new_file_reads_as_the_ones_people_write() -> None:
    text = created(
        {
            "name": "company",
            "validation": {"regex": "^[a-z]+$"},
            "category": ["a", "b"],
            "description": "Two\nlines",
            "required": True,
        },
        "../schema/field.schema.json",
    )
    assert text.decode() == (
        "# yaml-language-server: $schema=../schema/field.schema.json\n"
        "name: company\n"
        "description: |-\n  Two\n  lines\n"
        "category: [a, b]\n"
        "required: true\n"
        "validation: {regex: '^[a-z]+$'}\n"
    )


# --------------------------------------------------------------------------- whatever there is

odd = st.sampled_from(
    ["no", "null", "~", "0x1", "1e3", "- a", "a: b", "a #b", "#", "'", '"', "\\", "\n", " a ", "é",
     "\ufeff", "\x85", "\u2028", "\x00", "\x7f", "🙂", "&a", "*a", "!x", "%", "@", "`", "|", ">",
     "a\nb", "a\n\nb\n", "a\n b\n", "{}", "[a", "---", "...", "? a", "a,", "<<", "=", "a\tb"]
)  # fmt: skip
texts = st.one_of(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), odd)
words = st.text("abcxyz_", min_size=1, max_size=5)
flags = st.booleans()
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "display_name": texts,
    "description": texts,
    "category": st.one_of(words, st.lists(words, min_size=1, max_size=4)),
    "required": flags,
    "pages": st.one_of(st.just("all"), st.lists(words, max_size=5, unique=True)),
    "visibility": st.dictionaries(
        st.sampled_from(["table", "dashboard", "form", "filter"]), flags, min_size=1
    ),
    "order": st.integers(0, 100_000),
    "options": st.lists(texts, max_size=5),
    "default": st.one_of(texts, flags, st.integers(-(2**53) + 1, 2**53 - 1), st.floats(-9, 9)),
    "validation": st.dictionaries(st.sampled_from(["regex", "message"]), texts, min_size=1),
}
attributes = st.fixed_dictionaries({}, optional=VALUES)


@given(value=st.one_of(*VALUES.values()), flow=flags, style=st.sampled_from(["", "'", '"']))
@settings(max_examples=2 * EXAMPLES)
def test_every_value_is_read_back_by_us_and_by_others(value: Any, flow: bool, style: str) -> None:
    said = one_line(value, style, flow=flow)
    text = f"a: [{said}, {said}]\n" if flow else f"a: {said}\nb: {said}\n"
    wanted: dict[str, Any] = {"a": [value, value]} if flow else {"a": value, "b": value}
    assert json.dumps(read(text.encode())) == json.dumps(wanted)
    if not isinstance(value, float):  # YAML 1.1 wants a dot where JSON needs none
        assert yaml.safe_load(text) == wanted


@dataclass(frozen=True)
class Written:
    """A file as somebody could have written it: each line with the attribute that it is of."""

    lines: tuple[tuple[str, str], ...]
    newline: str
    mark: str
    is_open: bool

    @property
    def content(self) -> bytes:
        text = self.newline.join(line for _, line in self.lines)
        return (self.mark + text + ("" if self.is_open else self.newline)).encode()


def _lines(draw: st.DrawFn, name: str, value: Any) -> list[str]:
    style = draw(st.sampled_from(["", "'", '"']))
    note = draw(st.sampled_from(["", "  # a note: 'it'", " # é 🙂"]))
    indent = draw(st.sampled_from(["  ", "    "]))
    if draw(flags) and isinstance(value, list) and value:
        items = [f"{indent}- {one_line(item, style)}{note}" for item in value]
        return [f"{name}:{note}", *items]
    if draw(flags) and isinstance(value, dict):
        return [
            f"{name}:{note}",
            *(f"{indent}{key}: {one_line(v, style)}{note}" for key, v in value.items()),
        ]
    if isinstance(value, list) and value and draw(flags):
        return [f"{name}: [", *(f"{indent}{one_line(v, style, flow=True)}, " for v in value), "]"]
    return [f"{name}: {one_line(value, style)}{note}"]


@st.composite
def files(draw: st.DrawFn) -> Written:
    said: list[tuple[str, str]] = []
    for name, value in draw(st.permutations(sorted(draw(attributes).items()))):
        said += [(name, line) for line in _lines(draw, name, value)]
        said += [
            ("", line) for line in draw(st.lists(st.sampled_from(["", "# x: [", "#"]), max_size=2))
        ]
    said.insert(0, ("", "name: company"))
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    return Written(tuple(said), newline, draw(st.sampled_from(["", "\ufeff"])), draw(flags))


def _expected(before: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    wanted = dict(before)
    for name, value in changes.items():
        both = isinstance(value, dict) and isinstance(before.get(name), dict)
        wanted[name] = {**before[name], **value} if both else value
    return wanted


@given(file=files(), changes=attributes)
@settings(max_examples=2 * EXAMPLES)
def test_whatever_is_edited_every_other_line_stays(file: Written, changes: dict[str, Any]) -> None:
    before = read(file.content)
    result = edited(Source("fields/company.yaml", file.content), changes)
    after = read(result)
    assert json.dumps(after, sort_keys=True) == json.dumps(
        _expected(before, changes), sort_keys=True
    )
    text = result.decode()
    assert text.startswith(file.mark)
    if file.newline == "\r\n" and b"\r\n" in file.content:
        assert "\n" not in text.replace("\r\n", "")
    left = iter(re.split("\r?\n", text.removeprefix(file.mark)))
    for name, line in file.lines:
        if name not in changes:
            assert line in left, f"the line {line!r} of {name or 'nobody'} is gone:\n{text}"


@given(file=attributes)
def test_a_new_file_says_what_it_was_given(file: dict[str, Any]) -> None:
    given_ = {"name": "company", **file}
    assert json.dumps(read(created(given_, "x")), sort_keys=True) == json.dumps(
        given_, sort_keys=True
    )
