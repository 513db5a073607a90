"""What the installed package says of itself: where it is published."""

from __future__ import annotations

from importlib import metadata


def repository() -> str:
    """The URL under [project.urls] that this package was built with."""
    urls = metadata.metadata("fieldkeep").get_all("Project-URL", [])
    labelled: dict[str, str] = dict(url.split(", ", 1) for url in urls)
    return labelled["Repository"]
