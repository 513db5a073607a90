"""document.schema.json: what consumers accept, asked of live values and of what we would write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import jsonschema_rs

from fieldkeep.core.common.paths import dotted
from fieldkeep.core.document.schemafile import leaving, parse_json
from fieldkeep.model import Json, Place, Problem, Source


@dataclass(frozen=True, slots=True)
class DocumentSchema:
    """The compiled schema, for a whole document and for one field of it."""

    path: str
    whole: jsonschema_rs.Draft202012Validator
    field: jsonschema_rs.Draft202012Validator

    def refused(self, field: Mapping[str, Json]) -> tuple[str, ...]:
        """The attributes of a live field whose values consumers would refuse."""
        try:
            if self.field.is_valid(field):
                return ()
            paths = [error.instance_path for error in self.field.iter_errors(field)]
        except ValueError:  # text or nesting that the validator itself cannot take
            return tuple(sorted(name for name in field if not self._readable({name: field[name]})))
        return tuple(sorted({str(path[0]) for path in paths if path}))

    def _readable(self, part: Mapping[str, Json]) -> bool:
        try:
            return all(not error.instance_path for error in self.field.iter_errors(part))
        except ValueError:
            return False

    def misfits(self, document: Mapping[str, Json]) -> tuple[str, ...]:
        """Why a document must not be written, a line each; nothing if it may."""
        if self.whole.is_valid(document):
            return ()
        return tuple(
            f"{dotted(error.instance_path) or 'the document'}: {error.message}"[:200]
            for error in self.whole.iter_errors(document)
        )


def compile_document(source: Source) -> tuple[DocumentSchema | None, tuple[Problem, ...]]:
    raw, problems = parse_json(source)
    if problems:
        return None, problems
    if remote := leaving(source.path, raw):
        return None, (remote,)
    try:
        whole = jsonschema_rs.Draft202012Validator(raw)
        field = jsonschema_rs.Draft202012Validator({"$ref": "#/$defs/field", "$defs": raw["$defs"]})
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        message = f"not a JSON Schema (2020-12): {str(error).splitlines()[0]}"
    except (KeyError, TypeError):
        message = "it has no $defs with a 'field'"
    else:
        return DocumentSchema(source.path, whole, field), ()
    hint = "restore it from git, or delete it to use the packaged schema"
    return None, (Problem(Place(source.path), "schema/invalid", message, hint),)
