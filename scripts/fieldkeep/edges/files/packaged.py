"""Files that travel inside the package: schemas, pages, and templates of what `init` writes."""

from __future__ import annotations

import pkgutil

from fieldkeep.model import Source


def schema(name: str) -> Source:
    """The schema that this version of fieldkeep contains."""
    return Source(f"(packaged) {name}", _content("fieldkeep.schema", name))


def page(topic: str) -> str:
    """A page of docs/, in Markdown."""
    return _content("fieldkeep.docs", f"{topic}.md").decode()


def template(name: str) -> str:
    """A text of templates/."""
    return _content("fieldkeep", f"templates/{name}").decode()


def _content(package: str, path: str) -> bytes:
    # Not importlib.resources: it imports what unpacks archives, for 5 ms of each validation.
    content = pkgutil.get_data(package, path)
    if content is None:
        raise FileNotFoundError(path)
    return content
