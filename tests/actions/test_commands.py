"""The runner's command grammar: what acts, and what is only text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.actions.commands import Command, Masks, obey
from tests.actions.unknown import Unknown


def acted(*lines: str) -> list[tuple[str, dict[str, str], str]]:
    return [(c.name, dict(c.properties), c.message) for c in obey(lines).commands]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("::error::bad", ("error", {}, "bad")),
        (
            "  \t::warning file=a b.yaml,line=3::m",
            ("warning", {"file": "a b.yaml", "line": "3"}, "m"),
        ),
        ("::ERROR::bad", ("error", {}, "bad")),
        ("::error ::", ("error", {}, "")),
        ("::error title=a%3Ab%2Cc,x=,=y::%25 a%0Ab::c", ("error", {"title": "a:b,c"}, "% a\nb::c")),
        ("::error::%250A", ("error", {}, "%0A")),
        ("::error::%3A", ("error", {}, "%3A")),
        ("::error file==x=y::m", ("error", {"file": "x=y"}, "m")),
        ("text ##[error]bad", ("error", {}, "bad")),
        ("##[error file=a;line=2]x%5D%3B%0A", ("error", {"file": "a", "line": "2"}, "x];\n")),
        ("::unknown::##[warning]x", ("warning", {}, "x")),
        ("::group::x", ("group", {}, "x")),
    ],
)
def test_a_line_that_acts(line: str, expected: tuple[str, dict[str, str], str]) -> None:
    assert acted(line) == [expected]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "text ::error::bad",
        "::error",
        ":: error::x",
        "::error:bad",
        "::err::x",
        "##[error x",
        "# #[error]x",
        "##[err]x",
        "%3A%3Aerror::x",
    ],
)
def test_a_line_that_is_only_text(line: str) -> None:
    assert acted(line) == []
    assert obey([line]).shown == (line,)


def test_a_carriage_return_ends_a_line() -> None:
    assert acted("50 %\r::error::x") == [("error", {}, "x")]


@pytest.mark.parametrize("start", ["::stop-commands::{}", "##[stop-commands]{}"])
@pytest.mark.parametrize("end", ["::{}::", "##[{}]", "  ::{}::", "::ToKeN::"])
def test_nothing_acts_between_stop_and_token(start: str, end: str) -> None:
    lines = [start.format("token"), "::error::a", "##[error]b", "::stop-commands::other", "::end::"]
    found = obey([*lines, end.format("token"), "::error::c"])
    assert [(c.name, c.message) for c in found.commands[1:]] == [("error", "c")]
    assert found.shown[1:3] == ("::error::a", "##[error]b")


@pytest.mark.parametrize(
    "line",
    [
        "::set-output name=a::b",
        "::set-env name=a::b",
        "::add-path::/x",
        "x ##[set-output name=a]b",
        "::add-matcher::f.json",
        "::stop-commands::",
        "::stop-commands::error",
    ],
)
def test_commands_that_github_switched_off_fail(line: str) -> None:
    with pytest.raises(Unknown):
        obey([line])


def test_masks_hide_what_comes_after_them() -> None:
    masks = Masks(["secret", "secret-longer"])
    found = obey(["secret-longer secret", "abc", "::add-mask::abc", "xabcx", "::error::abc"], masks)
    assert found.shown == ("*** ***", "abc", "x***x", "##[error]***")


def test_each_line_of_a_secret_is_hidden() -> None:
    assert Masks(["one\ntwo\n"]).hide("one, two, \n") == "***, ***, \n"


def escaped(text: str, *, inside: bool = False) -> str:
    """As GitHub documents it for workflow commands."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if inside else text


@given(st.sampled_from(["error", "warning", "notice"]), st.text(min_size=1), st.text())
def test_an_escaped_annotation_comes_back_as_it_was(level: str, file: str, message: str) -> None:
    file = file.strip().lstrip("=") or "f"
    line = f"::{level} title=t,file={escaped(file, inside=True)},line=3::{escaped(message)}"
    expected = Command(level, {"title": "t", "file": file, "line": "3"}, message)
    assert obey([line]).commands == (expected,)


@given(st.lists(st.text(alphabet="ab:#[]% \r\n=,;error"), max_size=6))
def test_nothing_acts_in_stopped_output(lines: list[str]) -> None:
    found = obey(["::stop-commands::7f3", *lines, "::7f3::"])
    assert len(found.commands) == 1
