"""Findings over all files: complete, in one order, each with its place and its way out."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkeep.core.fields import field_schema
from fieldkeep.core.fields.validate import validate
from fieldkeep.model import FieldFile, Place, Problem, Severity, Source
from tests.core.build import FIELD_SCHEMA, PAGES, SCHEMA, a_source


def findings(text: str, name: str = "company") -> list[tuple[str, int, int]]:
    found = validate([a_source(text, f"fields/{name}.yaml")], FIELD_SCHEMA)
    assert all(problem.hint for problem in found.problems)
    return [(p.check, p.where.line, p.where.column) for p in found.problems]


def hint(text: str) -> str:
    (problem,) = validate([a_source(text)], FIELD_SCHEMA).problems
    return problem.hint


def test_a_file_that_says_only_its_name_is_fine() -> None:
    found = validate([a_source("name: company\n")], FIELD_SCHEMA)
    assert found.problems == ()
    assert [file.name for file in found.files] == ["company"]
    assert found.pages == PAGES


@pytest.mark.parametrize(
    ("line", "check", "column"),
    [
        ("display_nmae: X", "schema/unknown-attribute", 1),
        ("type: strng", "schema/enum", 7),
        ("category: basic,device", "schema/pattern", 11),
        ("category: ' basic'", "schema/pattern", 11),
        ('category: "a\\tb"', "schema/pattern", 11),
        ("category: []", "schema/length", 11),
        ("category: 5", "schema/oneOf", 11),
        ("category: [a, a]", "schema/unique", 11),
        ("category: [a, 'B ']", "schema/pattern", 15),
        ("required: yes", "schema/type", 11),
        ("pages: some", "schema/enum", 8),
        ("pages: [services, nowhere]", "schema/enum", 19),
        ("visibility: {table: 1}", "schema/type", 21),
        ("visibility: {tabel: true}", "schema/unknown-attribute", 14),
        ("visibility: {}", "schema/length", 13),
        ("order: -1", "schema/range", 8),
        ("order: 1.5", "schema/type", 8),
        ("options: [a, a]", "schema/unique", 10),
        ("options: [no, 1]", "schema/type", 15),
        ("default: []", "schema/type", 10),
        ("default: null", "schema/null", 10),
        ("description:", "schema/null", 13),
        ("validation: {regex: '('}", "rule/regex", 21),
        ("validation: {min_length: 3, max_length: 2}", "rule/length", 26),
        ("type: select", "rule/options", 7),
        ("{options: [a], default: b}", "yaml/syntax", 1),
        ("display_name: ''", "schema/length", 15),
        ("display_name: " + "x" * 121, "schema/length", 15),
    ],
)
def test_each_mistake_has_its_check_and_its_place(line: str, check: str, column: int) -> None:
    found = findings(f"name: company\n{line}\n")
    assert check in {found_check for found_check, _, _ in found}
    if not check.startswith("yaml"):
        assert found == [(check, 2, column)]


@pytest.mark.parametrize(
    ("line", "way_out"),
    [
        ("display_nmae: X", "did you mean 'display_name'?"),
        ("Type: string", "did you mean 'type'?"),
        ("type: strng", "did you mean 'string'?"),
        ("pages: [servics]", "did you mean 'services'?"),
        ("visibility: {tabel: true}", "did you mean 'table'?"),
        ("category: 'basic, device'", "write a list: [basic, device]"),
        ("required: yes", "write true"),
        ("required: off", "write false"),
        ("placeholder: 5", "put it in quotes"),
        (
            "default: null",
            "remove the line to leave it to the application, or clear it with '' or []",
        ),
    ],
)
def test_the_way_out_is_concrete(line: str, way_out: str) -> None:
    assert hint(f"name: company\n{line}\n") == way_out


def test_a_default_must_be_an_option() -> None:
    text = "name: company\ntype: select\noptions: [a, b]\ndefault: c\n"
    assert findings(text) == [("rule/default", 4, 10)]
    assert findings(text.replace("c\n", "b\n")) == []
    assert findings(text.replace("c\n", "''\n")) == []
    for value in ("0", "false"):  # values, unlike '', which clears
        assert findings(text.replace("c\n", f"{value}\n")) == [("rule/default", 4, 10)]


def rules(*lines: str) -> list[tuple[str, str, str]]:
    text = "\n".join(["name: company", *lines]) + "\n"
    found = validate([a_source(text)], FIELD_SCHEMA)
    assert all(problem.hint for problem in found.problems)
    return [(p.check, p.severity.value, p.message) for p in found.problems]


@pytest.mark.parametrize(
    "regex",
    [
        *(
            r"\p{Lu}",
            r"(?<x>a)\k<x>",
            r"(?<!a)b",
            r"^(?=a)",
            r"\u{41}",
            r"[\w.\-]",
            r"\d{3}\/",
            "a||b",
        ),
        *(r"[\p{L}\d_-]+", "[é😀]", "", r"^\S+@\S+$", "[a&&b]"),
    ],
)
def test_a_regex_is_javascripts(regex: str) -> None:
    assert rules(f"validation: {{regex: '{regex}'}}") == []


@pytest.mark.parametrize(
    ("regex", "severity", "hint"),
    [
        ("(?P<x>a)", "error", "(?<name>...)"),
        ("(?i)a", "error", "[Aa]"),
        ("(?>a)", "error", "atomic"),
        ("a++", "error", "possessive"),
        ("(?#a)b", "error", "comment"),
        ("(", "error", "single quotes"),
        ("[z-a]", "error", "a bracket"),
        (r"a\Z", "warning", "^ and $"),
        ("[[:alpha:]]", "warning", "POSIX"),
        (r"\x{41}", "warning", r"\u{...}"),
        ("a{,3}", "warning", "{0,3}"),
        (r"\pL", "warning", r"\p{L}"),
        (r"\p{IsGreek}", "warning", r"\p{Script=Greek}"),
        (r"\@", "warning", "without the backslash"),
        ("a]", "warning", "needs a backslash"),
    ],
)
def test_a_regex_of_another_dialect_is_hinted_at(regex: str, severity: str, hint: str) -> None:
    text = f"name: company\nvalidation: {{regex: '{regex}'}}\n"
    (problem,) = validate([a_source(text)], FIELD_SCHEMA).problems
    assert (problem.check, problem.severity.value) == ("rule/regex", severity)
    assert "JavaScript" in problem.message
    assert hint in problem.hint


@pytest.mark.parametrize(
    "regex", ["(" * 1000, "(?:" * 333, "[" * 1000, "a{1000}" * 140, "(?=" * 333]
)
def test_a_regex_that_is_all_brackets_is_no_crash(regex: str) -> None:
    assert {check for check, _, _ in rules(f"validation: {{regex: '{regex}'}}")} <= {"rule/regex"}


@pytest.mark.parametrize(
    "lines",
    [
        ("type: boolean", "default: maybe"),
        ("type: boolean", "default: 1"),
        ("type: number", "default: many"),
        ("type: number", "default: true"),
        ("type: number", "default: '1_000'"),
        ("type: url", "default: not a url"),
        ("type: string", "default: 5"),
        ("type: text", "default: false"),
        ("default: abcdef", "validation: {max_length: 3}"),
        ("default: a", "validation: {min_length: 3}"),
        ("default: abc", "validation: {regex: '^[0-9]+$'}"),
        ("type: select", "options: [a, b1]", "default: b1", "validation: {regex: '^[a-z]$'}"),
    ],
)
def test_a_default_that_does_not_fit_its_field_is_a_warning(lines: tuple[str, ...]) -> None:
    found = rules(*lines)
    assert {(check, severity) for check, severity, _ in found} <= {
        ("rule/default", "warning"),
        ("rule/option", "warning"),
    }
    assert "rule/default" in {check for check, _, _ in found}


@pytest.mark.parametrize(
    "lines",
    [
        ("type: boolean", "default: true"),
        ("type: boolean", "default: 'false'"),
        ("type: number", "default: -1.5e3"),
        ("type: number", "default: '10'"),
        ("type: url", "default: https://example.org/a?b"),
        ("type: url", "default: ''"),
        ("type: number", "default: ''"),
        ("type: string", "default: '5'"),
        ("default: abc", "validation: {max_length: 3, min_length: 3, regex: b}"),
        ("default: aab", r"validation: {regex: '^(a)\1$'}"),
        ("default: " + "a" * 60 + "!", "validation: {regex: '^(a+)+!$'}"),
    ],
)
def test_a_default_that_fits_is_fine(lines: tuple[str, ...]) -> None:
    assert rules(*lines) == []


def test_an_option_that_validation_refuses_is_a_warning() -> None:
    assert rules("options: [a, abcd]", "validation: {max_length: 3}") == [
        (
            "rule/option",
            "warning",
            "the option 'abcd' has 4 characters, at most 3 are allowed",
        )
    ]


def test_a_select_without_options_is_a_warning() -> None:
    for lines in (("type: select",), ("type: select", "options: []")):
        assert [(check, level) for check, level, _ in rules(*lines)] == [
            ("rule/options", "warning")
        ]


@pytest.mark.parametrize("line", ["pages: []", "enabled: false"])
def test_a_required_field_that_no_form_shows_is_a_warning(line: str) -> None:
    (found,) = rules("required: true", line)
    assert found[:2] == ("rule/required", "warning")
    assert rules("required: false", line) == []
    assert rules("required: true", "visibility: {form: false}") == []
    assert rules(line) == []


@pytest.mark.parametrize(
    "category", ["Rede Externa", "basic", "Ä/ö & co.", "'[x]'", "x" * 60, "[a, B c]", "日本"]
)
def test_a_category_is_any_printable_text(category: str) -> None:
    assert rules(f"category: {category}") == []


# --------------------------------------------------------------------------- a team's own entries


def test_an_entry_of_a_team_named_like_another_attribute_is_refused() -> None:
    names = ("regex", "source_label", "field_type", "show_in_services", "show_in_table")
    raw = changed(**{name: {"type": ["string", "boolean"]} for name in names})
    problems = with_schema(raw, "name: company\n" + "".join(f"{name}: x\n" for name in names))
    assert [(p.check, p.where.line) for p in problems] == [
        ("rule/reserved", line) for line in range(2, 7)
    ]
    assert "Prometheus" in problems[0].message
    assert "'type'" in problems[2].message


def test_a_name_must_be_the_files() -> None:
    assert findings("name: other\n") == [("file/name", 1, 7)]


@pytest.mark.parametrize("name", ["__x", "1a", "a-b", "", "é"])
def test_a_name_must_be_a_label(name: str) -> None:
    assert ("schema/pattern", 1, 7) in findings(f"name: '{name}'\n", name)


def test_a_trailing_newline_is_no_part_of_a_name() -> None:
    assert "schema/pattern" in {check for check, _, _ in findings('name: "company\\n"\n')}


def test_names_that_differ_only_in_case_are_one_finding() -> None:
    sources = [a_source(f"name: {name}\n", f"fields/{name}.yaml") for name in ("Site", "site")]
    found = validate(sources, FIELD_SCHEMA)
    assert [(p.check, p.where.path) for p in found.problems] == [("file/case", "fields/site.yaml")]


def test_an_order_taken_twice_in_a_category_is_a_warning() -> None:
    sources = [
        a_source(f"name: {name}\ncategory: {category}\norder: 5\n", f"fields/{name}.yaml")
        for name, category in [("a", "[basic, x]"), ("b", "basic"), ("c", "other")]
    ]
    found = validate(sources, FIELD_SCHEMA)
    assert found.errors == ()
    assert [(w.check, str(w.where)) for w in found.warnings] == [
        ("rule/order", "fields/b.yaml:3:8")
    ]


def test_ten_bad_files_are_ten_findings_in_one_run() -> None:
    sources = [a_source(f"name: f{i}\ntype: nope\n", f"fields/f{i}.yaml") for i in range(10)]
    assert len(validate(sources, FIELD_SCHEMA).problems) == 10


def test_findings_of_reading_count_too() -> None:
    already = Problem(Place("fields/x.yaml"), "file/link", "leaves the folder", "copy it")
    found = validate([a_source("name: company\n")], FIELD_SCHEMA, [already])
    assert found.errors == (already,)


# --------------------------------------------------------------------------- the schema itself


def with_schema(raw: Any, text: str) -> tuple[Problem, ...]:
    content = raw if isinstance(raw, bytes) else json.dumps(raw).encode()
    return validate([a_source(text)], Source("schema/field.schema.json", content)).problems


def changed(**properties: Any) -> dict[str, Any]:
    raw = json.loads(FIELD_SCHEMA.content)
    raw["properties"].update(properties)
    return raw  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("content", "check"),
    [
        (b"", "schema/json"),
        (b"{", "schema/json"),
        (b"[]", "schema/json"),
        (b"\xff", "schema/json"),
        (b"[" * 100_000, "schema/json"),
        (b'{"type": 5}', "schema/invalid"),
        (b'{"properties": {"a": {"pattern": "("}}}', "schema/invalid"),
        (b'{"$ref": "http://example.com/x.json"}', "schema/ref"),
        (b'{"$ref": "other.json"}', "schema/ref"),
        (b'{"$ref": "#/nowhere"}', "schema/invalid"),
        (b"{}", "schema/enum"),
        (b'{"properties": {"type": {"$ref": "#/properties/type"}}}', "schema/enum"),
        (b"true", "schema/json"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_schema_that_cannot_be_used_is_a_finding_of_its_own(content: bytes, check: str) -> None:
    problems = with_schema(content, "name: company\n")
    assert problems
    assert problems[0].check == check
    assert problems[0].hint
    assert problems[0].where.path == "schema/field.schema.json"


def test_types_and_pages_are_what_the_schema_says() -> None:
    raw = json.loads(FIELD_SCHEMA.content)
    raw["$defs"]["type"]["enum"].append("colour")
    raw["$defs"]["page"]["enum"].append("maps")
    content = json.dumps(raw).encode()
    found = validate(
        [a_source("name: company\ntype: colour\npages: [maps]\n")], Source("s.json", content)
    )
    assert found.problems == ()
    assert found.pages == (*PAGES, "maps")


def test_each_missing_attribute_is_named() -> None:
    raw = json.loads(FIELD_SCHEMA.content)
    raw["required"] = ["name", "type", "category"]
    problems = with_schema(raw, "order: 1\n")
    assert sorted(problem.message for problem in problems) == [
        "'category' is missing",
        "'name' is missing",
        "'type' is missing",
    ]


@pytest.mark.parametrize("pattern", ["^(?!x)", r"(a)\1", "^(?=a)", r"^\p{L}+$", r"^[^\x00]$"])
def test_a_teams_pattern_is_explained_or_refused_and_no_crash(pattern: str) -> None:
    problems = with_schema(
        changed(placeholder={"type": "string", "pattern": pattern}),
        "name: company\nplaceholder: xyz9\n",
    )
    for problem in problems:
        assert problem.check in ("schema/pattern", "schema/invalid")
        assert problem.hint


@pytest.mark.parametrize(
    ("pattern", "value", "valid"),
    [
        (r"^\S(?:.*\S)?$", "Foo\u00a0", False),
        (r"^\S(?:.*\S)?$", "Foo", True),
        ("^a$", "a\n", False),
        ("^.$", "\u0085", True),
        (r"^\s$", "\ufeff", True),
        (r"^\d$", "\u0663", False),
        (r"^\w$", "é", False),
        (r"^\p{L}$", "é", True),
        (r"^\p{Lu}$", "é", False),
        (r"^(?<n>a)$", "b", False),
        (r"^\u{41}$", "A", True),
    ],
)
def test_a_pattern_is_read_in_one_dialect(pattern: str, value: str, valid: bool) -> None:
    raw = changed(placeholder={"type": "string", "pattern": pattern})
    problems = with_schema(raw, f"name: company\nplaceholder: {json.dumps(value)}\n")
    assert [problem.check for problem in problems] == ([] if valid else ["schema/pattern"])


@pytest.mark.parametrize("pattern", [r"^x_\p{L}+$", r"^x_(?<n>.)"])
def test_pattern_properties_are_read_in_that_dialect_too(pattern: str) -> None:
    raw = changed()
    raw["patternProperties"] = {pattern: {"type": "integer"}}
    problems = with_schema(raw, "name: company\nx_é: text\nz_é: 1\ntype: nope\n")
    assert [(p.check, p.where.line) for p in problems] == [
        ("schema/type", 2),
        ("schema/unknown-attribute", 3),
        ("schema/enum", 4),
    ]


@pytest.mark.parametrize(
    ("schema", "line"),
    [
        (False, "extra: 1"),
        ({"not": {"type": "integer"}}, "extra: 1"),
        ({"contains": {"const": 1}}, "extra: [2]"),
        ({"propertyNames": {"pattern": r"^\p{Lu}"}}, "extra: {a: 1}"),
        ({"dependentRequired": {"a": ["b"]}}, "extra: {a: 1}"),
        ({"oneOf": [{"type": "integer"}, {"minimum": 0}]}, "extra: 1"),
        ({"if": {"type": "string"}, "then": {"maxLength": 1}}, "extra: ab"),
        ({"properties": {"a": {}}, "unevaluatedProperties": False}, "extra: {b: 1}"),
        ({"$id": "urn:x", "type": "object", "additionalProperties": False}, "extra: {b: 1}"),
        ({"multipleOf": 2}, "extra: 3"),
    ],
)
def test_every_keyword_of_a_teams_schema_is_explained(schema: Any, line: str) -> None:
    (problem,) = with_schema(changed(extra=schema), f"name: company\n{line}\n")
    assert (problem.check.split("/")[0], problem.where.line) == ("schema", 2)
    assert problem.hint
    assert problem.message


def test_a_pattern_that_python_would_never_finish_ends_at_once() -> None:
    raw = changed(placeholder={"type": "string", "pattern": "^(a+)+$"})
    problems = with_schema(raw, "name: company\nplaceholder: " + "a" * 60 + "!\n")
    assert [problem.check for problem in problems] == ["schema/pattern"]


# --------------------------------------------------------------------------- properties

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 10**6)
    | st.floats(allow_nan=False, allow_infinity=False, width=16)
    | st.sampled_from(["", "a", "all", "services", "basic", "Basic", "select", "string", "x" * 130])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["table", "regex", "min_length", "form", "zzz"]), inner)
    ),
    max_leaves=5,
)
ATTRIBUTES = st.dictionaries(st.sampled_from([*SCHEMA.raw["properties"], "zzz"]), VALUES)


@given(ATTRIBUTES)
def test_what_is_refused_is_explained_and_what_is_not_is_not(attributes: dict[str, Any]) -> None:
    file = FieldFile("company", attributes, "fields/company.yaml")
    problems = field_schema.check(SCHEMA, file)
    assert bool(problems) is not SCHEMA.validator.is_valid(attributes)
    for problem in problems:
        assert problem.hint
        assert problem.message
        assert problem.check.startswith("schema/")


LINES = st.lists(
    st.sampled_from(
        [
            *(
                "order: 5",
                "type: select",
                "type: nope",
                "options: [a]",
                "default: b",
                "category: x",
            ),
            *("category: [x, y]", "zzz: 1", "required: yes", "order: 5.5", "name: other", "- x"),
            *("validation: {regex: '('}", "description: null", "pages: [services]", "Type: a"),
        ]
    ),
    max_size=4,
)


@given(st.dictionaries(st.sampled_from(["a", "b", "c", "C"]), LINES), st.randoms())
def test_the_order_of_files_never_changes_a_finding(
    files: dict[str, list[str]], chance: random.Random
) -> None:
    sources = [
        a_source("\n".join([f"name: {name}", *lines]) + "\n", f"fields/{name}.yaml")
        for name, lines in files.items()
    ]
    before = validate(sources, FIELD_SCHEMA)
    chance.shuffle(sources)
    after = validate(sources, FIELD_SCHEMA)
    assert after.problems == before.problems
    if not before.errors:
        assert after.files == before.files
    for problem in before.problems:
        assert problem.hint
        assert problem.message
        assert problem.where.path.startswith("fields/")
    assert {p.severity for p in before.warnings} <= {Severity.WARNING}
