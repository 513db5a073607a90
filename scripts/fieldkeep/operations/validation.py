"""The field files of a tree, validated."""

from __future__ import annotations

from fieldkeep.core.fields.validate import Validated, validate
from fieldkeep.edges.files import fieldfiles
from fieldkeep.edges.files.tree import Tree


def validated(tree: Tree) -> Validated:
    sources, problems = tree.fields()
    return validate(sources, tree.schema(fieldfiles.FIELD_SCHEMA), problems)
