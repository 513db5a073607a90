"""GitHub's expression language: what its documentation and its runner's source say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.actions.expressions import STATUS, Scope, evaluate, holds, interpolate, text_of, verify
from tests.actions.parsing import parse
from tests.actions.unknown import Unknown
from tests.actions.values import Closed, Exact, Value

CONTEXTS: dict[str, Value] = {
    "github": Closed(
        "github",
        {
            "ref": "refs/heads/main",
            "event": {"labels": [{"name": "Bug"}, {"name": "ui"}], "number": 7, "draft": False},
        },
    ),
    "env": Exact({"Name": "v", "EMPTY": ""}),
    "secrets": {"TOKEN": "s"},
    "steps": Closed(
        "steps", {"one": Closed("steps.one", {"outputs": {"n": "3"}, "outcome": "success"})}
    ),
}
SCOPE = Scope(CONTEXTS, dict.fromkeys(STATUS, lambda: True), frozenset({"matrix"}))


def value(text: str) -> Value:
    return evaluate(parse(text), SCOPE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("null", None),
        ("true", True),
        ("-2.5e1", -25),
        ("0xff", 255),
        ("'it''s'", "it's"),
        ("github.event.labels[1].name", "ui"),
        ("github['event']['number']", 7),
        ("GitHub.Ref", "refs/heads/main"),
        ("env.Name", "v"),
        ("env.NAME", None),
        ("secrets.token", "s"),
        ("secrets.OTHER", None),
        ("github.event.none.at.all", None),
        ("github.event.labels.*.name", ["Bug", "ui"]),
        ("github.event.labels[9]", None),
        ("steps.one.outputs.n", "3"),
        ("steps.one.outputs.other", None),
        ("!''", True),
        ("!'false'", False),
        ("1 < 2 == true", True),
        ("1 == '1'", True),
        ("'' == 0", True),
        ("null == 0", True),
        ("null == ''", True),
        ("null < null", False),
        ("'a' == 'A'", True),
        ("'abc' == 0", False),
        ("'abc' != 0", True),
        ("true == '1'", True),
        ("true == 'true'", False),
        ("'b' > 'A'", True),
        ("'x' < 1", False),
        ("2 >= '2'", True),
        ("github.event == github.event", True),
        ("github.event == 'Object'", False),
        ("'' || 'other'", "other"),
        ("'one' && 2", 2),
        ("false && 1 || 3", 3),
        ("true || false && false", True),
        ("(true || false) && false", False),
        ("!true || true", True),
        ("contains('Hello', 'hELL')", True),
        ("contains(github.event.labels.*.name, 'bug')", True),
        ("contains(fromJSON('[1, 2]'), '2')", True),
        ("contains(null, '')", True),
        ("startsWith('refs/heads/main', 'REFS/')", True),
        ("endsWith('main', 'in')", True),
        ("format('{0} {{1}} {1}', 'a', 3)", "a {1} 3"),
        ("join(github.event.labels.*.name, '; ')", "Bug; ui"),
        ("join(fromJSON('[1,true]'))", "1,true"),
        ("fromJSON('{\"a\": [null]}').a[0]", None),
        ("toJSON('x')", '"x"'),
        ("toJSON(fromJSON('{\"a\":1.0}'))", '{\n  "a": 1\n}'),
        ("always() && 'x'", "x"),
    ],
)
def test_an_expression_has_the_value_that_github_gives_it(text: str, expected: Value) -> None:
    found = value(text)
    assert found == expected
    assert isinstance(found, bool) == isinstance(expected, bool)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1 +",
        "a b",
        '"double"',
        "'open",
        "github.",
        "github..ref",
        "(1",
        "[1]",
        "1a",
        "contains('a')",
        "format('{0}')",
        "format('{')",
        "upper('a')",
        "hashFiles('x')",
        "success('job')",
        "fromJSON('{')",
        "github.reff",
        "steps.two.outputs.n",
        "steps.one.conclusions",
        "matrix.python",
        "other.thing",
        "github[env.Name]",
    ],
)
def test_what_is_not_known_fails(text: str) -> None:
    with pytest.raises(Unknown):
        value(text)


@pytest.mark.parametrize("text", ["false && github.reff", "true || upper('x')", "steps.two && 1"])
def test_what_is_not_known_is_found_where_nothing_evaluates_it(text: str) -> None:
    with pytest.raises(Unknown):
        verify(parse(text), SCOPE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("a ${{ 1 }} b ${{ 'x' }}", "a 1 b x"),
        ("${{ '}}' }}", "}}"),
        ("${{ secrets.NONE }}", ""),
        ("${{ 1.50 }}/${{ 3000000 }}/${{ true }}", "1.5/3000000/true"),
    ],
)
def test_text_holds_the_values_of_its_expressions(text: str, expected: str) -> None:
    assert text_of(text, SCOPE) == expected


def test_a_single_expression_keeps_its_kind() -> None:
    assert interpolate("${{ fromJSON('[1]') }}", SCOPE) == [1]
    with pytest.raises(Unknown, match="whole Array"):
        text_of("${{ fromJSON('[1]') }}", SCOPE)
    with pytest.raises(Unknown, match="without its end"):
        text_of("${{ 'a' ", SCOPE)


def status(*, ok: bool) -> Scope:
    said = {"success": ok, "failure": not ok, "always": True, "cancelled": False}
    return Scope(CONTEXTS, {name: lambda v=v: v for name, v in said.items()})  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "after_success", "after_failure"),
    [
        (None, True, False),
        (True, True, False),
        (False, False, False),
        ("github.event.number == 7", True, False),
        ("${{ github.event.number == 7 }}", True, False),
        ("always()", True, True),
        ("failure()", False, True),
        ("!cancelled()", True, True),
        ("always() && github.event.number == 8", False, False),
        ("failure() || true", True, True),
    ],
)
def test_an_if_is_about_success_unless_it_says_otherwise(
    text: Value, after_success: bool, after_failure: bool
) -> None:
    assert holds(text, status(ok=True)) is after_success
    assert holds(text, status(ok=False)) is after_failure


def test_an_if_that_is_always_true_because_of_text_around_it_fails() -> None:
    with pytest.raises(Unknown, match="always true"):
        holds("${{ false }} && true", SCOPE)


@given(st.text())
def test_any_text_survives_quoting(text: str) -> None:
    quoted = "'" + text.replace("'", "''") + "'"
    assert value(quoted) == text
    assert text_of(f"${{{{ {quoted} }}}}", SCOPE) == text
