"""A catalogue of a world of tests/core/build.py."""

from __future__ import annotations

from collections.abc import Sequence

from fieldkeep.core.catalog.build import Known, Surroundings, build
from fieldkeep.core.catalog.catalog import Catalog, CatalogField, Commit, Unknown
from fieldkeep.model import Problem
from tests.core.build import KEYS, NOW, World

ABOUT = Surroundings(
    NOW, "team/fields", "consul://store, key fields", "production", "1.0", "fields", "a" * 40,
    frozenset(),
)  # fmt: skip


def catalog(
    world: World,
    commits: tuple[Commit, ...] | Unknown = (),
    problems: Sequence[Problem] = (),
    about: Surroundings = ABOUT,
) -> Catalog:
    """As the next sync would find it."""
    desired = world.desired_state()
    _, stored = world.look()
    return build(Known(desired, tuple(problems), stored, world.evaluate(), commits), about)


def blind(world: World, reason: str = "no answer") -> Catalog:
    """Where the store could not be read."""
    unknown = Unknown(reason)
    return build(Known(world.desired_state(), (), unknown, unknown, ()), ABOUT)


def field(found: Catalog, name: str) -> CatalogField:
    return next(field for field in found.fields if field.name == name)


def edited(world: World, name: str, **values: object) -> None:
    """What people do in the application."""
    document = world.store.json(KEYS.document)
    next(entry for entry in document["fields"] if entry["name"] == name).update(values)
    world.store.put(KEYS.document, document)
