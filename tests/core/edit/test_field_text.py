"""Editing a field file's text: what was wanted is read back, every other line is as it was."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkeep.core.common.canonical import equal
from fieldkeep.core.edit.field_text import CannotEdit, created, edited, rewritten
from fieldkeep.core.edit.layout import layout
from fieldkeep.core.edit.yamltext import one_line
from fieldkeep.core.fields.load import load
from fieldkeep.model import Source
from tests.core.build import a_source
from tests.core.edit.files import VALUES, Written, attributes, by_pyyaml, files, flags, read
from tests.core.examples import EXAMPLES


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
        "name: company\noptions: [\n  a,  # one\n]\n",
        options=["a"],
    )


def test_no_comma_stays_behind_on_the_line_of_the_last_item() -> None:
    becomes(
        "name: company\noptions: [\n  a,  # one\n  b, c  # two\n]\n",
        "name: company\noptions: [\n  a,  # one\n  b  # two\n]\n",
        options=["a", "b"],
    )


def test_a_last_line_without_a_break_that_is_removed_leaves_none_behind() -> None:
    becomes(
        "name: company\noptions:\n  - a\n  - b", "name: company\noptions:\n  - a", options=["a"]
    )


def test_kept_line_ends_at_the_end_of_a_block() -> None:
    result = edited(a_source("name: company\ndescription: |+\n  a\n\n\n"), {"order": 1})
    assert read(result) == {"name": "company", "description": "a\n\n\n", "order": 1}


@pytest.mark.parametrize(
    ("gone", "old", "new"),
    [
        ("display_name", "display_name: 'Company'   # on screen\n", ""),
        ("pages", "pages: [services, exporters]  # not all\n", ""),
        ("options", 'options:\n  - low   # the lowest\n  # between\n  - "high"\n', ""),
        ("description", "description: |  # long\n  One line.\n\n  Another.\n", ""),
        ("visibility.table", "{table: true, 'form'", "{'form'"),
        ("visibility.form", ", 'form': false}", "}"),
        ("validation.min_length", "  min_length: 2   # two\n", ""),
        ("validation.max_length", "  max_length: 60\n", ""),
    ],
)
def test_what_is_removed_takes_its_lines_with_it(gone: str, old: str, new: str) -> None:
    wanted = read(FILE.encode())
    *outer, key = gone.split(".")
    del (wanted[outer[0]] if outer else wanted)[key]
    assert rewritten(a_source(FILE), wanted).decode() == FILE.replace(old, new)
    assert FILE.count(old) == 1


def test_an_entry_of_a_flow_map_of_several_lines_is_removed_with_its_line() -> None:
    before = "name: company\nvalidation: {\n  min_length: 2,  # two\n  max_length: 60\n}\n"
    for part, after in (
        ("min_length", before.replace("  min_length: 2,  # two\n", "")),
        ("max_length", before.replace("  max_length: 60\n", "")),
    ):
        wanted = read(before.encode())
        del wanted["validation"][part]
        assert rewritten(a_source(before), wanted).decode() == after


def test_what_no_edit_can_say_is_refused_with_its_place() -> None:
    # without `order`, the comment would be a part of the text
    source = a_source("name: company\ndescription: |\n  a\norder: 1\n  # b\n")
    with pytest.raises(CannotEdit) as raised:
        rewritten(source, {"name": "company", "description": "a\n"})
    assert str(raised.value.where) == "fields/company.yaml:4:1"


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


@given(value=st.one_of(*VALUES.values()), flow=flags, style=st.sampled_from(["", "'", '"']))
@settings(max_examples=2 * EXAMPLES)
def test_every_value_is_read_back_by_us_and_by_others(value: Any, flow: bool, style: str) -> None:
    said = one_line(value, style, flow=flow)
    text = f"a: [{said}, {said}]\n" if flow else f"a: {said}\nb: {said}\n"
    wanted: dict[str, Any] = {"a": [value, value]} if flow else {"a": value, "b": value}
    assert json.dumps(read(text.encode())) == json.dumps(wanted)
    assert by_pyyaml(text.encode()) == wanted


def _rest(text: str, changed: set[str]) -> list[str]:
    """The lines of a file that belong to none of these attributes."""
    at = layout(text.removeprefix("\ufeff"))
    taken: set[int] = set()
    for key in changed & at.root.entries.keys():
        first = at.text.count("\n", 0, at.root.keys[key][0])
        taken |= set(range(first, at.text.count("\n", 0, at.root.entries[key].end) + 1))
    return [line for n, line in enumerate(at.text.splitlines()) if n not in taken]


@given(file=files(), changes=attributes, gone=st.sets(st.sampled_from(sorted(VALUES)), max_size=3))
@settings(max_examples=10 * EXAMPLES // 3)
def test_only_the_lines_of_what_is_set_or_removed_change(
    file: Written, changes: dict[str, Any], gone: set[str]
) -> None:
    before = read(file.content)
    kept = {key: value for key, value in before.items() if key not in gone}
    wanted = {**kept, **changes}
    result = rewritten(Source("fields/company.yaml", file.content), wanted)
    assert equal(read(result), wanted)
    changed = {key for key in {*before, *wanted} if not equal(before.get(key), wanted.get(key))}
    assert _rest(result.decode(), changed) == _rest(file.content.decode(), changed)
    assert result.decode().startswith(file.mark)
    if file.newline == "\r\n" and b"\r\n" in file.content:
        assert b"\n" not in result.replace(b"\r\n", b"")
    if _rest(result.decode(), set())[-1]:
        assert result.endswith(b"\n") == file.content.endswith(b"\n")
    theirs, theirs_before = by_pyyaml(result), by_pyyaml(file.content)
    assert theirs == {**{k: v for k, v in theirs_before.items() if k in kept}, **changes}


@given(file=files(), names=st.sets(st.sampled_from(sorted(VALUES))))
def test_only_the_name_changes_of_what_is_renamed(file: Written, names: set[str]) -> None:
    before = read(file.content)
    wanted = {f"{key}_2" if key in names else key: value for key, value in before.items()}
    result = rewritten(Source("fields/company.yaml", file.content), wanted)
    text = file.content.decode().removeprefix(file.mark)
    for key, (start, end) in sorted(layout(text).root.keys.items(), key=lambda one: -one[1][0]):
        text = text[:start] + (f"{key}_2" if key in names else text[start:end]) + text[end:]
    assert result.decode() == file.mark + text


@given(file=attributes)
def test_a_new_file_says_what_it_was_given(file: dict[str, Any]) -> None:
    given_ = {"name": "company", **file}
    assert json.dumps(read(created(given_, "x")), sort_keys=True) == json.dumps(
        given_, sort_keys=True
    )
