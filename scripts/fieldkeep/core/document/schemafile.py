"""A JSON Schema file: read as JSON, and refused if it would fetch another."""

from __future__ import annotations

import json
from collections.abc import Iterator

from fieldkeep.model import Json, Place, Problem, Source


def parse_json(source: Source) -> tuple[Json, tuple[Problem, ...]]:
    """The JSON value in ``source``, or a finding at the place where it stops being JSON."""
    try:
        return json.loads(source.content.decode("utf-8-sig")), ()
    except json.JSONDecodeError as error:
        place = Place(source.path, error.lineno, error.colno)
        return None, (Problem(place, "schema/json", f"not JSON: {error.msg}", RESTORE),)
    except RecursionError:
        return None, (
            Problem(Place(source.path), "schema/json", "not JSON: nested too deep", RESTORE),
        )
    except ValueError as error:
        message = f"not JSON: {str(error).splitlines()[0]}"
        return None, (Problem(Place(source.path), "schema/json", message, RESTORE),)


def leaving(path: str, raw: Json) -> Problem | None:
    """The finding for a schema with a ``$ref`` that would have to be fetched."""
    remote = sorted({ref for ref in _references(raw) if not ref.startswith("#")})
    if not remote:
        return None
    message = f"$ref '{remote[0]}' leaves the schema"
    return Problem(Place(path), "schema/ref", message, "copy what it needs under $defs")


def _references(node: Json) -> Iterator[str]:
    match node:
        case dict():
            for key, value in node.items():
                if key in ("$ref", "$dynamicRef") and isinstance(value, str):
                    yield value
                else:
                    yield from _references(value)
        case list():
            for item in node:
                yield from _references(item)


RESTORE = "restore it from git, or delete it to use the packaged schema"
