"""Strict YAML: every value with its place, every oddity a finding, and never a crash."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fieldkeep.core.common.places import places_of
from fieldkeep.core.fields import scalars
from fieldkeep.core.fields.load import MAX_BYTES, load
from fieldkeep.model import FieldFile, Place, Problem
from tests.core.build import a_source


def one(text: str | bytes) -> Problem:
    _, problems = load(a_source(text))
    assert len(problems) == 1, problems
    assert problems[0].hint
    return problems[0]


def attributes(text: str | bytes) -> dict[str, Any]:
    file, problems = load(a_source(text))
    assert problems == ()
    assert file is not None
    return dict(file.attributes)


def at(problem: Problem) -> tuple[int, int]:
    return problem.where.line, problem.where.column


# --------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("text", "check", "place"),
    [
        ("name: company\norder: 1\nname: x\n", "yaml/duplicate-key", (3, 1)),
        ("name: a\nvisibility:\n  table: true\n  table: false\n", "yaml/duplicate-key", (4, 3)),
        ('name: a\n"name": b\n', "yaml/duplicate-key", (2, 1)),
        ("1: a\n", "yaml/key", (1, 1)),
        ("name: a\ntrue: b\n", "yaml/key", (2, 1)),
        ("? [a, b]\n: c\n", "yaml/key", (1, 3)),
        ("? {a: b}\n: c\n", "yaml/key", (1, 3)),
        ("'': a\n\"\": b\n", "yaml/duplicate-key", (2, 1)),
        ("<<: {a: b}\n", "yaml/key", (1, 1)),
        ("name: &x company\n", "yaml/anchor", (1, 7)),
        ("name: a\norder: *x\n", "yaml/anchor", (2, 8)),
        ("name: !!str 5\n", "yaml/tag", (1, 7)),
        ("name: !thing {}\n", "yaml/tag", (1, 7)),
        ("!!map\nname: a\n", "yaml/tag", (1, 1)),
        ("name: a\n---\nname: b\n", "yaml/documents", (2, 1)),
        ("", "yaml/empty", (1, 1)),
        ("# nothing but a comment\n", "yaml/empty", (1, 1)),
        ("null\n", "yaml/empty", (1, 1)),
        ("- a\n", "yaml/mapping", (1, 1)),
        ("  just text\n", "yaml/mapping", (1, 3)),
        ("name: a\n\torder: 1\n", "yaml/syntax", (2, 1)),
        ("name: 'a\n", "yaml/syntax", (1, 7)),
        ("name: [a\n", "yaml/syntax", (1, 7)),
        ("name: a\n order: 1\n", "yaml/syntax", (2, 7)),
        (b"name: \xe9\n", "yaml/encoding", (1, 7)),
        (b"name: a\nplaceholder: caf\xc3\xa9 \xff\n", "yaml/encoding", (2, 19)),
        ("name: a\x00b\n", "yaml/syntax", (1, 8)),
        ("name: a\ndescription: é\x07\n", "yaml/syntax", (2, 15)),
        ("name: .nan\n", "yaml/number", (1, 7)),
        ("name: a\norder: -.inf\n", "yaml/number", (2, 8)),
        ("order: 9007199254740993\n", "yaml/number", (1, 8)),
        ("order: " + "1" * 30 + "\n", "yaml/number", (1, 8)),
        ("order: 1e400\n", "yaml/number", (1, 8)),
        ("order: 1e99999\n", "yaml/number", (1, 8)),
        ("order: 0x" + "f" * 30 + "\n", "yaml/number", (1, 8)),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_refused_says_where(text: str | bytes, check: str, place: tuple[int, int]) -> None:
    problem = one(text)
    assert problem.check == check
    assert at(problem) == place


def test_all_duplicates_are_named_in_one_run() -> None:
    _, problems = load(a_source("name: a\nname: b\norder: 1\norder: 2\nname: c\n"))
    assert [(p.check, p.where.line) for p in problems] == [
        ("yaml/duplicate-key", 2),
        ("yaml/duplicate-key", 4),
        ("yaml/duplicate-key", 5),
    ]


@pytest.mark.parametrize("text", ["[" * 30_000, "{a: " * 12_000, "- " * 30_000, "? " * 30_000])
def test_nesting_without_end_is_a_finding_and_no_crash(text: str) -> None:
    file, problems = load(a_source(text))
    assert file is None
    assert problems[0].check in ("yaml/depth", "yaml/key", "yaml/syntax")


def test_sixteen_levels_are_read_and_seventeen_are_not() -> None:
    assert attributes("a: " + "[" * 15 + "]" * 15)
    assert one("a: " + "[" * 16 + "]" * 16).check == "yaml/depth"


def test_a_billion_laughs_are_one_finding() -> None:
    lines = ["a: &a [x, x]"] + [f"b{i}: &b{i} [*a, *a]" for i in range(20)]
    assert one("\n".join(lines)).check == "yaml/anchor"


def test_a_file_over_the_limit_is_not_parsed() -> None:
    text = "name: a\n" + "#" * MAX_BYTES
    problem = one(text)
    assert problem.check == "file/size"
    assert f"{len(text):,}" in problem.message
    assert attributes(text[:MAX_BYTES])


def test_a_tab_is_called_a_tab() -> None:
    assert "tab" in one("name: a\n\torder: 1\n").hint


# --------------------------------------------------------------------------- what is read


def test_windows_line_ends_and_a_byte_order_mark_do_not_matter() -> None:
    text = "name: company\norder: 1\n"
    assert attributes("\ufeff" + text) == attributes(text)
    assert attributes(text.replace("\n", "\r\n")) == attributes(text)
    file, _ = load(a_source("\ufeffname: company\r\norder: 1\r\n"))
    assert file is not None
    assert places_of(file).value(("order",)) == Place("fields/company.yaml", 2, 8)
    assert places_of(file).value(("name",)) == Place("fields/company.yaml", 1, 7)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[(word, word) for word in ("no", "yes", "on", "off", "NO", "y", "2026-01-01", "12:30:45")],
        *[("true", True), ("False", False), ("TRUE", True), ("tRUE", "tRUE")],
        *[("null", None), ("~", None), ("", None), ("Null", None), ("nULL", "nULL")],
        *[
            ("10", 10),
            ("010", 10),
            ("-3", -3),
            ("+3", 3),
            ("0o17", 15),
            ("0x1F", 31),
            ("0b1", "0b1"),
        ],
        *[
            ("1_000", "1_000"),
            ("1.5", 1.5),
            (".5", 0.5),
            ("1.", 1.0),
            ("1e3", 1000.0),
            ("1e", "1e"),
        ],
        *[("'5'", "5"), ('"true"', "true"), ("'null'", "null"), ("0.1.2", "0.1.2"), ("-", [None])],
        *[("=", "="), ("<<", "<<"), ("1,2", "1,2"), ("٣", "٣"), ("1:30", "1:30"), ("-0", 0)],
    ],
    ids=repr,
)
def test_scalars_mean_what_the_core_schema_says(text: str, value: object) -> None:
    found = attributes(f"a: {text}\n" if text != "-" else "a:\n  -\n")["a"]
    assert found == value
    assert type(found) is type(value)


def test_blocks_and_quotes_are_text() -> None:
    assert attributes("a: |\n  true\nb: >-\n  5\n") == {"a": "true\n", "b": "5"}


@given(st.integers(-(2**53) + 1, 2**53 - 1))
def test_integers_that_json_can_carry_are_themselves(number: int) -> None:
    assert scalars.resolve(str(number)) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_are_themselves(number: float) -> None:
    assert scalars.resolve(repr(number)) == number


@given(st.text("0123456789.eE+-xoabf_:infNa~trulsyTRUE", max_size=8))
def test_no_scalar_becomes_something_json_cannot_carry(text: str) -> None:
    try:
        value = scalars.resolve(text)
    except ValueError:
        return
    assert value is None or isinstance(value, bool | int | float | str)
    assert not isinstance(value, float) or math.isfinite(value)
    assert not isinstance(value, str) or value == text


# --------------------------------------------------------------------------- places

WORDS = st.text("abcdefghij", min_size=1, max_size=6)
SCALARS = st.sampled_from(["x", "'quoted, text'", '"é ü"', "17", "true", "日本"])
NESTED = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.dictionaries(WORDS, inner, min_size=1, max_size=3)
    ),
    max_leaves=6,
)


def written(value: Any, indent: int) -> str:
    """The value as YAML, block style outside and flow style inside."""
    match value:
        case dict():
            if indent >= 4:
                return "{" + ", ".join(f"{k}: {written(v, indent)}" for k, v in value.items()) + "}"
            pad = "\n" + " " * (indent + 2)
            return "".join(f"{pad}{k}: {written(v, indent + 2)}" for k, v in value.items())
        case list():
            return "[" + ",  ".join(written(item, 9) for item in value) + "]"
        case _:
            return str(value)


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], str]]:
    match value:
        case dict():
            return [leaf for k, v in value.items() for leaf in leaves(v, (*path, k))]
        case list():
            return [leaf for i, v in enumerate(value) for leaf in leaves(v, (*path, i))]
        case _:
            return [(path, value)]


@given(st.dictionaries(WORDS, NESTED, min_size=1, max_size=4))
def test_every_mark_points_at_its_text(value: dict[str, Any]) -> None:
    text = written(value, -2).lstrip("\n")
    file, problems = load(a_source(text))
    assert problems == ()
    assert file is not None
    lines = text.split("\n")
    places = places_of(file)
    for path, scalar in leaves(value):
        place = places.values[path]
        assert lines[place.line - 1][place.column - 1 :].startswith(scalar), (text, path)
    for path, place in places.keys.items():
        assert lines[place.line - 1][place.column - 1 :].startswith(str(path[-1]))


@pytest.mark.parametrize("character", ["\x85", "\u2028", "\u2029"])
@pytest.mark.parametrize(
    "form",
    ["Halle{}Nord", '"Halle{}Nord"', "'Halle{}Nord'", "|-\n  Halle{}Nord", ">-\n  Halle{}Nord"],
)
def test_what_only_yaml_1_1_takes_for_a_line_break_is_kept(character: str, form: str) -> None:
    value = f"Halle{character}Nord"
    text = f"# {character}\nname: company\ndisplay_name: {form.format(character)}\nzzz: [é\n"
    assert attributes(text.removesuffix("zzz: [é\n"))["display_name"] == value
    assert one(text).where.line == text[: text.index("zzz")].count("\n") + 1
    assert attributes(f"{{a{character}b: 1}}") == {f"a{character}b": 1}


def test_a_character_that_nothing_can_stand_for_is_a_finding() -> None:
    everything = "".join(map(chr, range(0x100, 0x800)))
    assert one(f"description: \x85{everything}\n").check == "yaml/syntax"


@pytest.mark.parametrize("separator", ["\x85", "\u2028", "\u2029"])
def test_lines_are_counted_as_an_editor_counts_them(separator: str) -> None:
    """YAML 1.2 knows two line breaks; these are characters of a text."""
    file, problems = load(a_source(f"description: 'a{separator}b'\norder: 1\n"))
    assert problems == ()
    assert file is not None
    assert places_of(file).value(("order",)).line == 2


# --------------------------------------------------------------------------- never a crash

YAMLISH = st.lists(
    st.sampled_from([*"ab:-[]{}?&*!|>'\"%@`#,~ \n\t\r\\0x.\ufeff\x85é\x00", "<<: ", "---\n"]),
    max_size=40,
).map("".join)


def sound(file: FieldFile | None, problems: tuple[Problem, ...]) -> None:
    assert file is not None or problems
    for problem in problems:
        assert problem.hint
        assert problem.message
        assert problem.where.line >= 1
        assert problem.where.column >= 1


@given(YAMLISH)
@example("a: !<tag:x> b")
@example("%YAML 9.9\n---\na: b")
@example("a: b\n...\nc: d")
@example("\ufeff\ufeffa: b")
@example('a: "\\ud800"')
@example("? a")
def test_any_text_is_a_file_or_findings(text: str) -> None:
    sound(*load(a_source(text)))


@given(st.binary(max_size=60))
def test_any_bytes_are_a_file_or_findings(content: bytes) -> None:
    sound(*load(a_source(content)))
