"""Field files as somebody could have written them: any values, styles, comments, line ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml
from hypothesis import strategies as st

from fieldkeep.core.edit.yamltext import block, one_line
from fieldkeep.core.fields.load import load
from fieldkeep.model import Source


def read(content: bytes) -> dict[str, Any]:
    file, problems = load(Source("fields/company.yaml", content))
    assert problems == ()
    assert file is not None
    return dict(file.attributes)


def by_pyyaml(content: bytes) -> Any:
    return yaml.load(content, yaml.CSafeLoader)


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
    name = draw(st.sampled_from([f"{name}:", f"'{name}':", f"{name} :", f"{name}:  "]))
    last = draw(st.sampled_from([note, f",{note}"]))
    in_block, in_flow = draw(flags), draw(flags)
    if isinstance(value, list | dict) and value and in_block:
        items = [f"- {one_line(i, style)}" for i in value] if isinstance(value, list) else [
            f"{key}: {one_line(v, style)}" for key, v in value.items()
        ]  # fmt: skip
        return [f"{name}{note}", *(f"{indent}{item}{note}" for item in items)]
    if isinstance(value, list | dict) and value and in_flow:
        *items, final = [one_line(i, style, flow=True) for i in value] if isinstance(
            value, list
        ) else [f"{key}: {one_line(v, style, flow=True)}" for key, v in value.items()]  # fmt: skip
        first, end = "[]" if isinstance(value, list) else "{}"
        between = draw(st.lists(st.sampled_from(["", f"{indent}# x"]), max_size=1))
        lines = [line for item in items for line in (f"{indent}{item},{note}", *between)]
        return [f"{name} {first}{note}", *lines, f"{indent}{final}{last}", f" {end}{note}"]
    sign = "|-" if draw(flags) else ">-"
    if isinstance(value, str) and in_block and (text := block(value, len(indent), "\n")):
        if "\n" not in value:
            return [f"{name} {sign}{note}", f"{indent}{value}"]
        if not value.endswith("\n"):
            return [f"{name} |-{note}", *text.split("\n")[1:]]
    return [f"{name} {one_line(value, style)}{note}"]


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
