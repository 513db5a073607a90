"""document.schema.json: checks live values and our own documents for what consumers accept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import jsonschema_rs

from fieldkeep.core.common.paths import dotted
from fieldkeep.core.document import schemafile
from fieldkeep.model import Json, Place, Problem, Source


@dataclass(frozen=True, slots=True)
class DocumentSchema:
    """The schema, compiled for a whole document and for one field, and the attributes that it
    requires of a field."""

    path: str
    whole: jsonschema_rs.Draft202012Validator
    field: jsonschema_rs.Draft202012Validator
    required: tuple[str, ...] = ()

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
        """The reasons why a document must not be written, a line each."""
        if self.whole.is_valid(document):
            return ()
        return tuple(
            f"{dotted(error.instance_path) or 'the document'}: {error.message}"[:200]
            for error in self.whole.iter_errors(document)
        )


def compile_document(source: Source) -> tuple[DocumentSchema | None, tuple[Problem, ...]]:
    """The compiled schema, or the finding why it cannot be used."""
    raw, problems = schemafile.parse(source)
    if problems:
        return None, problems
    try:
        whole = schemafile.validator(raw)
        field = schemafile.validator({"$ref": "#/$defs/field", "$defs": raw["$defs"]})
    except schemafile.NotASchemaError as error:
        message = str(error)
    except (KeyError, TypeError):
        message = "it has no $defs with a 'field'"
    else:
        required = raw["$defs"]["field"].get("required", [])
        return DocumentSchema(source.path, whole, field, tuple(required)), ()
    return None, (Problem(Place(source.path), "schema/invalid", message, schemafile.RESTORE),)
