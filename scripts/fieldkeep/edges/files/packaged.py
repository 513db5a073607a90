"""Files that travel inside the package: schemas, pages, and templates of what `init` writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fieldkeep.model import Source

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def schema(name: str) -> Source:
    """The schema that this version of fieldkeep contains."""
    content = _package("fieldkeep.schema").joinpath(name).read_bytes()
    return Source(f"(packaged) {name}", content)


def page(topic: str) -> str:
    """A page of docs/, in Markdown."""
    return _package("fieldkeep.docs").joinpath(f"{topic}.md").read_text("utf-8")


def template(name: str) -> str:
    """A text of templates/."""
    return _package("fieldkeep").joinpath("templates", name).read_text("utf-8")


def _package(name: str) -> Traversable:
    from importlib import resources

    return resources.files(name)
