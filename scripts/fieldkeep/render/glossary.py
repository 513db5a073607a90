"""The glossary page, taken apart: what `explain` shows, and where a link leads."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from textwrap import TextWrapper, fill
from typing import Final

from fieldkeep.core.document.attribute_table import ANY_PAGE, ENTRIES, Attribute
from fieldkeep.core.document.attribute_table import Entry as FileEntry
from fieldkeep.core.document.attributes import NAME

COLUMNS: Final = 78  # unless the terminal has fewer
OF_A_SCHEMA: Final = "schema/..."
_HEADING: Final = re.compile(r"^(##+) (.+)\n", re.MULTILINE)
_ALSO: Final = re.compile(r"^Also: (.+)\.$", re.MULTILINE)
_NOT_IN_ANCHORS: Final = re.compile(r"[^\w\- ]")


@dataclass(frozen=True, slots=True)
class Entry:
    """A word, the heading of its group, and its text in Markdown. ``anchor`` is GitHub's; ``also``
    are other words that people type for it."""

    word: str
    group: str
    text: str
    anchor: str
    also: tuple[str, ...] = ()


def entries(page: str) -> tuple[Entry, ...]:
    """The entries of the page, in its order. A word may have several, each in its own group."""
    return tuple(_entries(page))


def _entries(page: str) -> Iterator[Entry]:
    group, anchors = "", Counter[str]()
    _, *parts = _HEADING.split(page)
    for level, title, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        plain = _NOT_IN_ANCHORS.sub("", title.lower()).replace(" ", "-")
        anchor = f"{plain}-{anchors[plain]}" if anchors[plain] else plain
        anchors[plain] += 1
        if level == "##":
            group = title
        else:
            also = _ALSO.search(text)
            others = tuple(also[1].split(", ")) if also else ()
            yield Entry(title, group, text.strip(), anchor, others)


def attributes() -> Iterator[Entry]:
    """An entry for each attribute of a field file; the page of the field file has their links."""
    for entry in ENTRIES:
        yield Entry(entry.key, "Attributes of a field file", _attribute(entry), "")


def _attribute(entry: FileEntry) -> str:
    lines = [entry.text]
    if parts := [a.part for a in entry.attributes if a.part]:
        lines.append(f"Its parts: {', '.join(dict.fromkeys(parts))}.")
    elif (default := _default(entry.attributes[0])) != "":
        lines.append(f"Without a value it is {default}.")
    if names := [a.name for a in entry.attributes if a.name != entry.key and "." not in a.name]:
        lines.append(f"In the document it is called {' and '.join(names)}.")
    command = "rename OLD NEW" if entry.key == NAME else f"set NAME {entry.key}=VALUE"
    way = f"`fieldkeep {command}` changes it; `fieldkeep help attributes` says more."
    return f"{' '.join(lines)}\n\nWhat to do: {way}"


def _default(attribute: Attribute) -> str:
    match attribute.default:
        case bool(value):
            return ("all" if attribute.name == ANY_PAGE else "true") if value else "false"
        case None:
            return ""
        case value:
            return str(value)


def find(word: str, everything: Iterable[Entry]) -> tuple[Entry, ...]:
    """Every entry of the word, however it is typed; a keyword of a team's own schema has the entry
    ``schema/...``."""
    typed = _plain(word)
    found = tuple(entry for entry in everything if typed in map(_plain, (entry.word, *entry.also)))
    if not found and typed.startswith("schema-") and typed != _plain(OF_A_SCHEMA):
        return find(OF_A_SCHEMA, everything)
    return found


def _plain(word: str) -> str:
    return re.sub(r"[\s_/-]+", "-", word.strip().lower())


def explained(found: Iterable[Entry], columns: int = COLUMNS) -> str:
    """Each entry below its word and its group."""
    return "\n\n".join(
        f"{fill(f'{entry.word} ({entry.group})', columns, break_on_hyphens=False)}\n\n"
        f"{_filled(entry.text, columns)}"
        for entry in found
    )


def _filled(text: str, columns: int) -> str:
    wrapper = TextWrapper(
        columns,
        initial_indent="  ",
        subsequent_indent="  ",
        break_on_hyphens=False,
        break_long_words=False,
    )
    return "\n\n".join(map(wrapper.fill, text.split("\n\n")))


def listed(everything: Iterable[Entry], columns: int = COLUMNS) -> str:
    """The words by group; then how to show one."""
    groups: dict[str, list[str]] = {}
    for entry in everything:
        groups.setdefault(entry.group, []).append(entry.word)
    blocks = [f"{group}\n{_filled(', '.join(words), columns)}" for group, words in groups.items()]
    return "\n\n".join([*blocks, "`fieldkeep explain WORD` says what it means, and what to do."])
