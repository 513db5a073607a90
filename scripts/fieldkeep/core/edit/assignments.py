"""``ATTR=VALUE`` as it is typed -> what a field file is to say.

A value is read by the type that the schema gives its attribute, so that nobody has to know when
YAML wants quotes. A value that fits no type stays text: the schema's finding says what is allowed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from fieldkeep.core.common.suggest import did_you_mean
from fieldkeep.core.document.attributes import ENTRY_OF, NAME, shows_field
from fieldkeep.core.edit.yamltext import sayable
from fieldkeep.core.fields import scalars
from fieldkeep.core.fields.allowed import Allowed, allowed, names
from fieldkeep.core.fields.field_schema import Schema
from fieldkeep.core.fields.load import load
from fieldkeep.errors import UsageError
from fieldkeep.model import Json, Source

_TEXTS: Final = frozenset({"string", "text", "select", "url"})  # types whose default is a text
_SCALARS: Final = (
    (bool, {"boolean"}),
    (int, {"integer", "number"}),
    (float, {"number", "integer"}),
)


def assigned(
    entries: Mapping[str, Json],
    schema: Schema,
    assignments: Sequence[str],
    unset: Sequence[str] = (),
) -> dict[str, Json]:
    """The entries of a field file with some removed (``unset``), then others set: a list as a whole
    (``a,b``) or by item (``+a,-b``). Raises UsageError."""
    known = names(allowed(schema.raw))
    result = dict(entries)
    for name in unset:
        if not _has(result, name):
            _require_known(name, known)
        result = _without(result, name.split("."))
    texts = _texts(assignments, known)
    for name in sorted(texts, key=lambda name: name == "default"):  # it is read by the field's type
        path = name.split(".")
        value = _value(name, texts[name], known[name], result)
        result = _with(result, path, value)
    return result


def _texts(assignments: Sequence[str], known: Mapping[str, Allowed]) -> dict[str, str]:
    """The value of each attribute as it was typed."""
    texts: dict[str, str] = {}
    for assignment in assignments:
        name, sign, text = assignment.partition("=")
        if not sign:
            raise UsageError(
                f"'{assignment}' does not say what to set", f"write {assignment}=VALUE"
            )
        _require_known(name, known)
        if not sayable(text):
            raise UsageError(f"{assignment}: is not UTF-8", "type it in a terminal that is")
        if name in texts:
            raise UsageError(f"{name} is given twice", "leave one of the two out")
        texts[name] = text
    return texts


def _require_known(name: str, known: Mapping[str, Allowed]) -> None:
    if name == NAME:
        raise UsageError("a field is renamed with its file", "`fieldkeep rename OLD NEW`")
    if name in known:
        return
    part = next((other for other in known if other.endswith(f".{name}")), None)
    if name in ENTRY_OF:
        hint = f"in a field file it is called '{ENTRY_OF[name]}'"
    elif shows_field(name):
        page = name.removeprefix("show_in_")
        hint = f"in a field file it is one of the pages: pages=+{page} or pages=-{page}"
    elif part:
        hint = f"did you mean '{part}'?"
    else:
        others = [other for other in known if other != NAME]
        hint = did_you_mean(name, others, "`fieldkeep help attributes` lists them")
    raise UsageError(f"'{name}' is not an attribute of a field", hint)


def _has(entries: Mapping[str, Json], name: str) -> bool:
    value: Json = entries
    for part in name.split("."):
        if not isinstance(value, dict) or part not in value:
            return False
        value = value[part]
    return name != NAME


def _with(entries: Mapping[str, Json], path: Sequence[str], value: Json) -> dict[str, Json]:
    key, *rest = path
    if not rest:
        return {**entries, key: value}
    parts = entries.get(key)
    return {**entries, key: _with(parts if isinstance(parts, dict) else {}, rest, value)}


def _without(entries: Mapping[str, Json], path: Sequence[str]) -> dict[str, Json]:
    """Without one entry; a map whose last part is removed goes too."""
    key, *rest = path
    parts = entries.get(key)
    left = _without(parts, rest) if rest and isinstance(parts, dict) else {}
    others = {other: value for other, value in entries.items() if other != key or left}
    return {**others, key: left} if left else others


# --------------------------------------------------------------------------- values


def _value(name: str, text: str, may: Allowed, entries: Mapping[str, Json]) -> Json:
    if name == "default" and (entries.get("type", "string") in _TEXTS or entries.get("options")):
        return text
    if text in may.choices:
        return text
    if text[:1] in ("[", "{") and may.types & {"array", "object"}:
        return _yaml(name, text)
    if "array" in may.types:
        parts = [part.strip() for part in text.split(",")] if text else []
        if parts and all(part[:1] in ("+", "-") for part in parts):
            return _changed_list(name, parts, may, entries)
        if not may.is_free_text or len(parts) > 1:
            return [_scalar(part, may.items) for part in parts]
    if not text and "string" not in may.types:
        raise UsageError(f"{name}= is no value", f"`--unset {name}` removes it from the file")
    return _scalar(text, may)


def _yaml(name: str, text: str) -> Json:
    file, problems = load(Source(name, f"value: {text}".encode()))
    if file is None or problems:
        raise UsageError(f"{name}={text}: {problems[0].message}", "write it as YAML: [a, 'b, c']")
    return file.attributes["value"]


def _scalar(text: str, may: Allowed) -> Json:
    """As YAML reads a plain text, if the schema allows a value of that type here."""
    try:
        value = scalars.resolve(text)
    except ValueError:
        return text
    fits = any(type(value) is kind and types & may.types for kind, types in _SCALARS)
    return value if fits else text


def _changed_list(
    name: str, parts: Sequence[str], may: Allowed, entries: Mapping[str, Json]
) -> Json:
    """The file's list with items added (``+a``) and removed (``-b``). The word for all items
    (``pages: all``) stays where none is left out."""
    old = _at(entries, name)
    is_all = old in may.choices and old not in may.items.choices and bool(may.items.choices)
    now = list(may.items.choices) if is_all else _list_now(name, old)
    for part in parts:
        item = _scalar(part[1:].strip(), may.items)
        if part[0] == "+":
            now += [item] if item not in now else []
        elif item in now:
            now.remove(item)
        elif item not in may.items.choices:
            raise UsageError(
                f"{name} does not list '{item}'",
                did_you_mean(str(item), map(str, now), "`fieldkeep get NAME` shows what it lists"),
            )
    return old if is_all and sorted(now, key=str) == sorted(may.items.choices, key=str) else now


def _at(entries: Mapping[str, Json], name: str) -> Json:
    value: Json = entries
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _list_now(name: str, value: Json) -> list[Json]:
    if value is None:
        raise UsageError(
            f"the file does not say {name}: there is nothing to add to, or to remove from",
            f"give the whole list, {name}=A,B: git owns it then; the list that is live:"
            " `fieldkeep get NAME`",
        )
    return list(value) if isinstance(value, list) else [value]
