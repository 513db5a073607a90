"""A new project: its settings, the names of its sources, and which files it begins with."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fieldkeep.core.adopt.adopted_files import Adoption
from fieldkeep.errors import UsageError
from fieldkeep.model import Json, Skipped

SETTINGS: Final = "fieldkeep.toml"
# The files of each CI, from the repository's top, with their templates.
CI_FILES: Final[Mapping[str, Mapping[str, str]]] = {
    "github": {
        f".github/workflows/fieldkeep-{name}.yml": f"github/{name}.yml"
        for name in ("pull-request", "apply", "drift", "propose", "drill", "recover", "catalog")
    },
    "gitlab": {
        ".gitlab/fieldkeep.yml": "gitlab/fieldkeep.yml",
        ".gitlab-ci.yml": "gitlab/gitlab-ci.yml",
    },
    "none": {},
}
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_PLAIN: Final = re.compile(r"[\w. +/-]+")
_PLACEHOLDER: Final = re.compile(r"__([a-z]+)__")


@dataclass(frozen=True, slots=True)
class Pin:
    """The fieldkeep that CI runs: where it is published, and what names it there. ``release`` is
    for people; ``ref`` is a commit, or a tag if its commit is not known."""

    url: str
    ref: str
    release: str

    @property
    def is_commit(self) -> bool:
        return re.fullmatch(r"[0-9a-f]{40,64}", self.ref) is not None


def installed_pin(url: str, tag: str, origin: Mapping[str, Json]) -> Pin | None:
    """The commit of an installation from git; None for any other. ``origin`` is what the installer
    recorded (https://packaging.python.org/en/latest/specifications/direct-url/)."""
    match origin:
        case {"vcs_info": {"commit_id": str(commit), "requested_revision": str(asked)}}:
            return Pin(url, commit, asked)
        case {"vcs_info": {"commit_id": str(commit)}}:
            return Pin(url, commit, f"{tag} or newer")
    return None


@dataclass(frozen=True, slots=True)
class Begun:
    """What was written and what was there already, as paths from the folder of the command.
    ``unread`` are files that look like a source and cannot be read, ``skipped`` are sources that
    could not be read now. ``labels`` are those that become fields, ``static`` those that would with
    ``static_labels``; ``pin`` is what the CI files that were written run. ``variable`` is one that
    has to hold the store's address, '' if none has."""

    environment: str | None
    ci: str
    pin: Pin | None
    written: tuple[str, ...]
    left: tuple[str, ...]
    sources: Mapping[str, Sequence[str]]
    unread: tuple[Skipped, ...]
    skipped: tuple[Skipped, ...]
    labels: tuple[str, ...]
    static: tuple[str, ...]
    variable: str
    adoption: Adoption | None


def source_names(paths: Iterable[str]) -> dict[str, str]:
    """YAML files by a name for each: its stem, with as many folders before it as tell it from the
    others."""
    parts = {path: path.rpartition(".")[0].split("/") for path in paths}
    names = {_shortest(own, parts.values()): path for path, own in parts.items()}
    return names if len(names) == len(parts) else {path: path for path in parts}


def _shortest(own: Sequence[str], every: Iterable[Sequence[str]]) -> str:
    """The end of a path that only it has, or else the whole path."""
    ends = (own[-depth:] for depth in range(1, len(own) + 1))
    alone = (end for end in ends if sum(other[-len(end) :] == end for other in every) == 1)
    return "-".join(next(alone, own))


def settings_text(
    top: Mapping[str, str], environment: str, store: str, sources: Mapping[str, Sequence[str]]
) -> str:
    """The file of settings. ``top`` are those of every environment, ``sources`` places by name."""
    lines = ["# What fieldkeep reads here; `fieldkeep help settings` explains each setting.", ""]
    lines += ["# A label without a field file becomes a field that no page shows."]
    lines += [
        'unmanaged = "hide"',
        *(f"{name} = {_text(value)}" for name, value in top.items()),
        "",
    ]
    if sources:
        lines += ["# Where labels are read: the configurations of Prometheus.", "[sources]"]
        lines += [f"{_key(name)} = {_place(where)}" for name, where in sources.items()]
    else:
        lines += ["# Where labels are read, for example:", "# [sources]"]
        lines += ['# north = "prometheus/north.yml"']
    lines += ["", "# Where fields are applied, each with `fieldkeep sync --env NAME`."]
    if store == "consul://":
        lines += ["# consul:// takes the address from the variable CONSUL_HTTP_ADDR."]
    lines += [f"[environments.{_key(environment)}]", f"store = {_text(store)}"]
    return "\n".join(lines) + "\n"


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


def _place(where: Sequence[str]) -> str:
    texts = [_text(place) for place in where]
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def _text(value: str) -> str:
    """A TOML string: JSON's escapes are TOML's too, but for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def editor_files(fields: str, schema: str) -> dict[str, str]:
    """The files, from the repository's top, by which Visual Studio Code knows the schema of field
    files. Both folders are seen from there too."""
    mapping = {f"./{schema}/field.schema.json": f"{fields}/*.yaml"}
    texts = {
        ".vscode/settings.json": {"yaml.schemas": mapping},
        ".vscode/extensions.json": {"recommendations": ["redhat.vscode-yaml"]},
    }
    return {
        path: json.dumps(value, indent=2, ensure_ascii=False) + "\n"
        for path, value in texts.items()
    }


def filled(template: str, values: Mapping[str, str]) -> str:
    """The template with a value for each ``__name__``."""
    return _PLACEHOLDER.sub(lambda found: values[found[1]], template)


def require_plain(what: str, name: str) -> None:
    """Raises UsageError for a name that a shell, YAML or a forge's expression would not take as it
    is: the templates put it between double quotes."""
    if not _PLAIN.fullmatch(name):
        raise UsageError(
            f"the {what} '{name}' cannot stand in a CI file",
            "give it a name of letters, digits, spaces and . _ - + /, or use --ci none",
        )


def ci_values(pin: Pin, branch: str, folder: str, environment: str) -> dict[str, str]:
    """What the templates of CI files take. ``folder`` is the project's, from the repository's top;
    branch, folder and environment are quoted, as YAML and a shell read it."""
    return {
        "url": pin.url,
        "repository": "/".join(pin.url.removesuffix(".git").split("/")[-2:]),
        "ref": pin.ref,
        "release": pin.release,
        "branch": json.dumps(branch, ensure_ascii=False),
        "folder": json.dumps(folder, ensure_ascii=False),
        "environment": json.dumps(environment, ensure_ascii=False),
        "environmentname": environment,
        "environments": json.dumps(json.dumps([environment])),
    }
