"""Files that travel inside the package: schemas, pages, and templates of what `init` writes."""

from __future__ import annotations

from importlib import resources

from fieldkeep.model import Source


def schema(name: str) -> Source:
    """The schema that this version of fieldkeep contains."""
    content = resources.files("fieldkeep.schema").joinpath(name).read_bytes()
    return Source(f"(packaged) {name}", content)


def page(topic: str) -> str:
    """A page of docs/, in Markdown."""
    return resources.files("fieldkeep.docs").joinpath(f"{topic}.md").read_text("utf-8")


def template(name: str) -> str:
    """A text of templates/."""
    return resources.files("fieldkeep").joinpath("templates", name).read_text("utf-8")
