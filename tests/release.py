"""A release of fieldkeep, where git finds it instead of at the address that the package names."""

from __future__ import annotations

from pathlib import Path

from fieldkeep import __version__
from fieldkeep.edges.files import installation
from tests.workflows.published import git


def tagged(folder: Path) -> str:
    """A repository with the tag of this version; the tag's commit."""
    folder.mkdir()
    git(folder, "init", "--quiet")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "Release")
    git(folder, "tag", "--annotate", f"v{__version__}", "--message", "Release")
    return git(folder, "rev-parse", "HEAD")


def elsewhere(folder: Path) -> dict[str, str]:
    """git reads the address of fieldkeep from a folder."""
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{folder.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": installation.repository(),
    }
