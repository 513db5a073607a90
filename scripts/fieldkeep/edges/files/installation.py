"""What the installed package says of itself: where it is published, and what it was made from."""

from __future__ import annotations

import json
from importlib import metadata

from fieldkeep import __version__
from fieldkeep.core.init import Pin, installed_pin
from fieldkeep.edges.files.git import Checkout
from fieldkeep.errors import Unavailable, UsageError


def repository() -> str:
    """The URL under [project.urls] that this package was built with. Raises UsageError if its
    metadata has none: an old editable installation, or one that a packager changed."""
    urls = metadata.metadata("fieldkeep").get_all("Project-URL", [])
    labelled: dict[str, str] = dict(url.split(", ", 1) for url in urls)
    if "Repository" not in labelled:
        raise UsageError(
            "this installation does not say where fieldkeep is published",
            "install it again, for example with `pip install --force-reinstall`",
        )
    return labelled["Repository"]


def page(topic: str) -> str:
    """The address of a page of the documentation. Raises UsageError as `repository` does."""
    return f"{repository()}/blob/main/docs/{topic}.md"


def requirement() -> str:
    """What an installer has to be told to install this very program again: the repository that it
    came from, the folder, or the published one."""
    recorded = metadata.distribution("fieldkeep").read_text("direct_url.json")
    origin = json.loads(recorded) if recorded else {}
    match origin:
        case {"url": str(url), "vcs_info": {"vcs": "git"}}:
            return f"git+{url}"
        case {"url": str(url), "dir_info": dict()}:
            return url.removeprefix("file://")
    return f"git+{repository()}"


def pin(checkout: Checkout) -> Pin:
    """What names this very fieldkeep: the commit that it was installed from, or that of its
    release's tag, which the repository is asked for; else that tag."""
    url, tag = repository(), f"v{__version__}"
    recorded = metadata.distribution("fieldkeep").read_text("direct_url.json")
    if recorded and (installed := installed_pin(url, tag, json.loads(recorded))):
        return installed
    try:
        return Pin(url, checkout.commit_of_tag(url, tag) or tag, tag)
    except Unavailable:
        return Pin(url, tag, tag)
