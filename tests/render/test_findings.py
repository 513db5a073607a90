"""Findings in each format: for people, for programs, and as annotations that cannot be forged."""

from __future__ import annotations

import json
import re
import unicodedata
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from fieldkeep.model import Place, Problem, Severity
from fieldkeep.render.findings import FORMATS
from fieldkeep.render.screen import PIPE

ERROR = Problem(
    Place("fields/a.yaml", 3, 7), "schema/enum", "'x' is not allowed", "did you mean 'y'?"
)
WARNING = Problem(Place("fields/b.yaml", 1, 1), "rule/order", "taken", "choose", Severity.WARNING)

SHAPE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["schema", "findings"],
    "properties": {
        "schema": {"const": 1},
        "findings": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["path", "line", "column", "check", "severity", "message", "hint"],
                "properties": {
                    "path": {"type": "string"},
                    "line": {"type": "integer", "minimum": 1},
                    "column": {"type": "integer", "minimum": 1},
                    "check": {"type": "string"},
                    "severity": {"enum": ["error", "warning"]},
                    "message": {"type": "string"},
                    "hint": {"type": "string", "minLength": 1},
                },
            },
        },
    },
}


def raw_controls(text: str) -> set[str]:
    """What a terminal would obey, or what turns the reading direction."""
    return {
        c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    }


def test_formats_are_the_documented_ones() -> None:
    assert sorted(FORMATS) == ["codequality", "github", "json", "junit", "markdown", "text"]


def test_text_says_where_what_and_the_way_out_and_counts() -> None:
    assert FORMATS["text"]([ERROR, WARNING], PIPE) == (
        "fields/a.yaml:3:7: error: 'x' is not allowed [schema/enum]\n"
        "    did you mean 'y'?\n"
        "fields/b.yaml:1:1: warning: taken [rule/order]\n"
        "    choose\n"
        "1 error, 1 warning; `fieldkeep explain schema/enum` says more"
    )


def test_nothing_found_is_said() -> None:
    assert FORMATS["text"]([], PIPE) == "no findings"
    assert json.loads(FORMATS["json"]([], PIPE)) == {"schema": 1, "findings": []}
    assert FORMATS["github"]([], PIPE) == ""
    (case,) = ET.fromstring(FORMATS["junit"]([], PIPE)).iter("testcase")
    assert list(case) == []


def test_json_has_the_documented_shape() -> None:
    found = json.loads(FORMATS["json"]([ERROR, WARNING], PIPE))
    Draft202012Validator(SHAPE).validate(found)
    assert found["findings"][0] == {
        "path": "fields/a.yaml",
        "line": 3,
        "column": 7,
        "check": "schema/enum",
        "severity": "error",
        "message": "'x' is not allowed",
        "hint": "did you mean 'y'?",
    }


def test_annotations_name_file_line_and_column_and_errors_come_first() -> None:
    assert FORMATS["github"]([WARNING, ERROR], PIPE).split("\n") == [
        (
            "::error file=fields/a.yaml,line=3,col=7,title=schema/enum::"
            "'x' is not allowed: did you mean 'y'?"
        ),
        "::warning file=fields/b.yaml,line=1,col=1,title=rule/order::taken: choose",
    ]


def test_an_annotation_escapes_what_would_end_it() -> None:
    bad = Problem(Place("a,b:c\n%.yaml"), "x", "one\r\n::error::two 100%", "hint\n::stop::")
    (line,) = FORMATS["github"]([bad], PIPE).split("\n")
    assert re.search(r"file=a%2Cb%3Ac(%0A|\\n)%25\.yaml,", line)
    assert re.search(r"::one(%0D%0A|\\r\\n)::error::two 100%25: hint(%0A|\\n)::stop::$", line)


def test_junit_has_a_test_case_for_each_file() -> None:
    second = Problem(Place("fields/a.yaml", 9), "schema/type", "a number", "write text")
    root = ET.fromstring(FORMATS["junit"]([WARNING, second, ERROR], PIPE))
    (suite,) = root.iter("testsuite")
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "0")
    red, green = suite.iter("testcase")
    assert (red.get("name"), green.get("name")) == ("fields/a.yaml", "fields/b.yaml")
    (failure,) = red
    assert failure.tag == "failure"
    assert failure.get("type") == "schema/enum"
    assert failure.get("message") == "'x' is not allowed (and 1 more error)"
    assert failure.text == (
        "fields/a.yaml:3:7: error: 'x' is not allowed [schema/enum]\n"
        "    did you mean 'y'?\n"
        "fields/a.yaml:9:1: error: a number [schema/type]\n"
        "    write text"
    )
    (output,) = green  # a warning does not fail
    assert output.tag == "system-out"
    assert output.text == "fields/b.yaml:1:1: warning: taken [rule/order]\n    choose"
    assert FORMATS["junit"]([ERROR, second, WARNING], PIPE) == FORMATS["junit"](
        [WARNING, second, ERROR], PIPE
    )


TEXT = st.text(max_size=8) | st.sampled_from(
    ["\x1b[31m", "\u202e", "\x9b", "\ud800", "::x", "%0A", "]]>", "\0"]
)


@given(TEXT, TEXT, TEXT.filter(bool))
def test_no_text_of_others_is_a_line_or_an_order_of_its_own(
    path: str, message: str, hint: str
) -> None:
    bad = Problem(Place(path, 2, 3), "x/y", message, hint)
    text = FORMATS["text"]([bad], PIPE)
    assert text.count("\n") == 2
    assert raw_controls(text) == set()
    github = FORMATS["github"]([bad], PIPE)
    assert re.fullmatch(r"::error file=[^,:\r\n]*,line=2,col=3,title=x/y::[^\r\n]*", github)
    (case,) = ET.fromstring(FORMATS["junit"]([bad], PIPE)).iter("testcase")
    assert [child.tag for child in case] == ["failure"]
    assert case[0].text is not None
    assert case[0].text.count("\n") == 1
    assert FORMATS["junit"]([bad], PIPE).isascii()
    assert raw_controls(FORMATS["junit"]([bad], PIPE)) == set()
    found = FORMATS["json"]([bad], PIPE)
    assert raw_controls(found) == set()
    assert json.loads(found)["findings"][0]["message"] == message


@given(st.lists(st.builds(Problem, st.builds(Place, TEXT), st.just("x/y"), TEXT, TEXT), max_size=4))
def test_there_is_one_annotation_for_each_finding(found: list[Problem]) -> None:
    lines = FORMATS["github"](found, PIPE).splitlines()
    assert len(lines) == len(found)
    assert all(line.startswith("::error file=") for line in lines)


@pytest.mark.parametrize("text", ["\x1b[2J", "a\u202eb", "\x07"])
def test_an_annotation_sends_nothing_that_a_terminal_obeys(text: str) -> None:
    """Logs of a run are read in terminals too."""
    assert raw_controls(FORMATS["github"]([Problem(Place("a"), "x", text, text)], PIPE)) == set()


def test_a_summary_has_the_counts_first_and_the_worst_before_the_rest() -> None:
    said = FORMATS["markdown"]([WARNING, ERROR], PIPE)
    assert said.startswith("### validate: 1 error, 1 warning\n")
    assert said.index("schema/enum") < said.index("rule/order")
    assert FORMATS["markdown"]([], PIPE) == "### validate: no findings"
