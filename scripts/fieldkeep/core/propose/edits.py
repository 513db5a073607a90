"""The edits of a proposal, and the marks by which a later run knows them again.

A mark names an entry and holds a digest of its value: ``company.display_name 3f2a90b3c1d2``. It
stands in the message of the commit that takes the edit, and in the body of its pull request.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from fieldkeep.core.adopt.select import Draft
from fieldkeep.core.common import canonical
from fieldkeep.core.document.attributes import HAS_PARTS, NAME, SET_BY, shows_field
from fieldkeep.model import Attributes, FieldFile, Json

TRAILER: Final = "Fieldkeep-Edit"
_DIGITS: Final = 12
_MARK: Final = rf"([\w.%]+) ([0-9a-f]{{{_DIGITS}}})"
_IN_MESSAGE: Final = re.compile(rf"^{TRAILER}: {_MARK}$", re.MULTILINE | re.ASCII)
_IN_BODY: Final = re.compile(rf"^{_MARK}$", re.MULTILINE | re.ASCII)
_OPEN, _CLOSE = "<!-- fieldkeep:edits", "-->"
Marks = Mapping[str, str]
"""The digest of a value by the name of its entry."""


@dataclass(frozen=True, slots=True)
class Edit:
    """An ``entry`` of a field file, parts written ``visibility.table``, that is to say what is
    live. ``old`` is None if the file says nothing of it."""

    field: str
    entry: str
    old: Json
    new: Json

    @property
    def name(self) -> str:
        """For marks: other characters than those of a label are escaped."""
        whole = f"{self.field}.{self.entry}"
        return re.sub(r"[^\w.]", lambda found: f"%{ord(found[0]):x}", whole, flags=re.ASCII)

    @property
    def digest(self) -> str:
        return canonical.digest(self.new).partition(":")[2][:_DIGITS]


def edits_of(draft: Draft, file: FieldFile) -> tuple[Edit, ...]:
    """What a draft changes in its file."""
    old = dict(_flat(file.attributes))
    return tuple(
        Edit(draft.name, entry, old.get(entry), new)
        for entry, new in _flat(draft.entries)
        if entry != NAME and not (entry in old and canonical.equal(old[entry], new))
    )


def _flat(entries: Attributes) -> Iterator[tuple[str, Json]]:
    for key, value in entries.items():
        if key in HAS_PARTS and isinstance(value, dict):
            yield from ((f"{key}.{part}", inner) for part, inner in value.items())
        else:
            yield key, value


def without(draft: Draft, file: FieldFile, left_out: Callable[[Edit], bool]) -> Draft:
    """The draft without some of its edits; what it no longer asks for is out of its scope."""
    entries, scope = dict(draft.entries), set(draft.scope)
    for edit in filter(left_out, edits_of(draft, file)):
        key, _, part = edit.entry.partition(".")
        if part and key in HAS_PARTS:
            entries[key] = {n: v for n, v in entries[key].items() if n != part}
        if not part or not entries[key]:
            del entries[key]
        scope -= set(attributes_of(edit.entry, scope))
    return replace(draft, entries=entries, scope=frozenset(scope))


def attributes_of(entry: str, names: Iterable[str]) -> Iterator[str]:
    """Those of the document's attributes that an entry sets."""
    own = SET_BY.get(entry, (entry,))
    return (name for name in names if name in own or (entry == "pages" and shows_field(name)))


def marks(edits: Iterable[Edit]) -> Marks:
    return {edit.name: edit.digest for edit in edits}


def has(known: Marks, edit: Edit) -> bool:
    """Whether the newest mark of the entry is of this value."""
    return known.get(edit.name) == edit.digest


def trailers(edits: Iterable[Edit]) -> str:
    return "\n".join(f"{TRAILER}: {name} {digest}" for name, digest in marks(edits).items())


def of_message(message: str) -> Marks:
    """The marks of a commit."""
    return dict(_IN_MESSAGE.findall(message))


def comment(known: Marks) -> str:
    """For a body: Markdown that nobody sees."""
    lines = (f"{name} {digest}" for name, digest in sorted(known.items()))
    return "\n".join([_OPEN, *lines, _CLOSE])


def of_body(body: str) -> Marks:
    """The marks of a pull request; a forge may have changed its line ends."""
    _, _, rest = body.replace("\r\n", "\n").partition(_OPEN)
    return dict(_IN_BODY.findall(rest.partition(_CLOSE)[0]))
