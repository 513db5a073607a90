"""PyYAML's events, with the line breaks of YAML 1.2.

libyaml reads YAML 1.1, where U+0085, U+2028 and U+2029 end a line; in YAML 1.2 they are characters
like others (https://yaml.org/spec/1.2.2/#54-line-break-characters). The parser gets a letter in the
place of each, which the text does not hold and which takes as many bytes; the values get it back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import yaml

# The characters, and the letters of as many bytes in UTF-8 that may stand for them.
_NO_BREAKS: Final = {
    "\x85": range(0x100, 0x800),
    "\u2028": range(0x4E00, 0x9FA6),
    "\u2029": range(0x4E00, 0x9FA6),
}


def events(text: str) -> Iterator[yaml.Event]:
    """The events of a text. Their marks count its characters. Raises what yaml.parse raises."""
    letters = _stand_ins(text)
    if not letters:
        return _parsed(text)
    return _translated(text, letters)


def _parsed(text: str) -> Iterator[yaml.Event]:
    """As yaml.parse, which asks the parser twice for each event."""
    return iter(yaml.CSafeLoader(text).get_event, None)


def _stand_ins(text: str) -> dict[str, str]:
    letters: dict[str, str] = {}
    for character, candidates in _NO_BREAKS.items():
        if character in text:
            taken = {*text, *letters.values()}
            letter = next((chr(c) for c in candidates if chr(c) not in taken), None)
            if letter is None:
                problem = f"U+{ord(character):04X} beside too many other characters"
                raise yaml.MarkedYAMLError(problem=problem)
            letters[character] = letter
    return letters


def _translated(text: str, letters: Mapping[str, str]) -> Iterator[yaml.Event]:
    there = {ord(character): letter for character, letter in letters.items()}
    back = {ord(letter): character for character, letter in letters.items()}
    for event in _parsed(text.translate(there)):
        if isinstance(event, yaml.ScalarEvent):
            event.value = event.value.translate(back)
        yield event
